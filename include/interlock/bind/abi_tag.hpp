// What two extensions have to have in common to use one another's C++ objects, as a text to compare and to read.
//
// It is the module's own file that is asked, since the user's flags decide how objects of the standard library lie in memory.
#pragma once

#include <interlock/attach/config.hpp>

#include <cstddef>

INTERLOCK_BEGIN
namespace detail {

#define INTERLOCK_TEXT_OF(MACRO) INTERLOCK_TEXT_OF_VALUE(MACRO)
#define INTERLOCK_TEXT_OF_VALUE(VALUE) #VALUE

#if defined(_MSC_VER)
#define INTERLOCK_ABI_OF_COMPILER "MSVC"
#else
#define INTERLOCK_ABI_OF_COMPILER "Itanium"
#endif

#if defined(_LIBCPP_VERSION)
#define INTERLOCK_ABI_OF_LIBRARY "libc++ ABI " INTERLOCK_TEXT_OF(_LIBCPP_ABI_VERSION)
#elif defined(__GLIBCXX__)
#if _GLIBCXX_USE_CXX11_ABI
#define INTERLOCK_ABI_OF_STRINGS "cxx11"
#else
#define INTERLOCK_ABI_OF_STRINGS "before cxx11"
#endif
#if defined(_GLIBCXX_DEBUG)
#define INTERLOCK_ABI_OF_LIBRARY "libstdc++ " INTERLOCK_ABI_OF_STRINGS " debug mode"
#else
#define INTERLOCK_ABI_OF_LIBRARY "libstdc++ " INTERLOCK_ABI_OF_STRINGS
#endif
#elif defined(_ITERATOR_DEBUG_LEVEL)
#if defined(_DEBUG)
#define INTERLOCK_ABI_OF_RUNTIME " debug runtime"
#else
#define INTERLOCK_ABI_OF_RUNTIME
#endif
#define INTERLOCK_ABI_OF_LIBRARY                                              \
    "MSVC STL iterator debug level " INTERLOCK_TEXT_OF(_ITERATOR_DEBUG_LEVEL) \
        INTERLOCK_ABI_OF_RUNTIME
#else
#define INTERLOCK_ABI_OF_LIBRARY "unknown standard library"
#endif

// The number is that of struct instance, outside_value and what holds a shared pointer: see convert/class_site.hpp.
inline constexpr const char* abi_tag =
#if defined(INTERLOCK_ABI_TAG_FOR_TESTS)
    INTERLOCK_ABI_TAG_FOR_TESTS;
#else
    "interlock 2, " INTERLOCK_ABI_OF_COMPILER " C++ ABI, " INTERLOCK_ABI_OF_LIBRARY;
#endif

#undef INTERLOCK_TEXT_OF
#undef INTERLOCK_TEXT_OF_VALUE
#undef INTERLOCK_ABI_OF_COMPILER
#undef INTERLOCK_ABI_OF_LIBRARY
#undef INTERLOCK_ABI_OF_STRINGS
#undef INTERLOCK_ABI_OF_RUNTIME

}  // namespace detail
INTERLOCK_END
