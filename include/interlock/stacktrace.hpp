// C++ stack traces on exceptions, as notes that Python prints below its own traceback:
//
//     throw il::with_stacktrace(std::runtime_error("no route"));
//
// Optional, and in no other header: <stacktrace> is large. It is C++23, and not every standard library has it, or without a
// library to link (libstdc++: -lstdc++exp, or -lstdc++_libbacktrace); elsewhere the exception is thrown as it is.
#pragma once

#include <interlock/objects/notes.hpp>

#include <version>

#if defined(__cpp_lib_stacktrace) && __cpp_lib_stacktrace >= 202011L
#include <stacktrace>
#define INTERLOCK_HAS_STACKTRACE 1
#else
#define INTERLOCK_HAS_STACKTRACE 0
#endif

INTERLOCK_BEGIN

// Whether with_stacktrace has a stack to tell of.
inline constexpr bool has_stacktrace = INTERLOCK_HAS_STACKTRACE != 0;

// The exception, to be thrown, with the stack of this place as a note. It is caught as what it was. For exceptions that
// il::with_note takes. Needs no interpreter; costs the walk over the stack and the look-up of its names.
template <class E>
auto with_stacktrace(E error) {
#if INTERLOCK_HAS_STACKTRACE
    return with_note(std::move(error), "C++ stack (innermost first):\n" +
                                           std::to_string(std::stacktrace::current(1)));
#else
    static_assert(std::is_base_of_v<std::exception, E> && !std::is_final_v<E>,
                  "interlock: il::with_stacktrace takes an exception that is derived from "
                  "std::exception and is not final");
    return error;
#endif
}

INTERLOCK_END
