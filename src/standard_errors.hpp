// The exceptions of the C++ library, told by the names of their types. Internal.
//
// Whoever mentions a type_info of the library refers to a variable that the dynamic linker looks up whenever a module is imported:
// the twenty of them that translating asks about took a tenth of the instructions of importing an empty module. With GNU's library
// (and its runtime, whose type_infos are equal where their names are) a class is told by its name instead, and found in an object by
// the function behind dynamic_cast, which is given a type_info of our own. Elsewhere they are told as usual.
#pragma once

#include <interlock/attach/compat.hpp>

#include <exception>
#include <filesystem>
#include <functional>
#include <ios>
#include <memory>
#include <new>
#include <optional>
#include <regex>
#include <stdexcept>
#include <system_error>
#include <typeinfo>
#include <variant>

#if defined(__GLIBCXX__) && !__GXX_MERGED_TYPEINFO_NAMES
#include <cxxabi.h>

#include <cstring>
#endif

INTERLOCK_BEGIN
namespace detail {

#if defined(__GLIBCXX__) && !__GXX_MERGED_TYPEINFO_NAMES

// As type_info::name() has it.
template <class E>
inline constexpr const char* name_of_error = nullptr;
template <>
inline constexpr const char* name_of_error<std::bad_alloc> = "St9bad_alloc";
template <>
inline constexpr const char* name_of_error<std::bad_cast> = "St8bad_cast";
template <>
inline constexpr const char* name_of_error<std::bad_function_call> = "St17bad_function_call";
template <>
inline constexpr const char* name_of_error<std::bad_optional_access> = "St19bad_optional_access";
template <>
inline constexpr const char* name_of_error<std::bad_typeid> = "St10bad_typeid";
template <>
inline constexpr const char* name_of_error<std::bad_variant_access> = "St18bad_variant_access";
template <>
inline constexpr const char* name_of_error<std::bad_weak_ptr> = "St12bad_weak_ptr";
template <>
inline constexpr const char* name_of_error<std::domain_error> = "St12domain_error";
template <>
inline constexpr const char* name_of_error<std::invalid_argument> = "St16invalid_argument";
template <>
inline constexpr const char* name_of_error<std::length_error> = "St12length_error";
template <>
inline constexpr const char* name_of_error<std::logic_error> = "St11logic_error";
template <>
inline constexpr const char* name_of_error<std::nested_exception> = "St16nested_exception";
template <>
inline constexpr const char* name_of_error<std::out_of_range> = "St12out_of_range";
template <>
inline constexpr const char* name_of_error<std::overflow_error> = "St14overflow_error";
template <>
inline constexpr const char* name_of_error<std::range_error> = "St11range_error";
template <>
inline constexpr const char* name_of_error<std::regex_error> = "St11regex_error";
template <>
inline constexpr const char* name_of_error<std::runtime_error> = "St13runtime_error";
template <>
inline constexpr const char* name_of_error<std::system_error> = "St12system_error";
template <>
inline constexpr const char* name_of_error<std::underflow_error> = "St15underflow_error";
#if _GLIBCXX_USE_CXX11_ABI
template <>
inline constexpr const char* name_of_error<std::ios_base::failure> = "NSt8ios_base7failureB5cxx11E";
template <>
inline constexpr const char* name_of_error<std::filesystem::filesystem_error> =
    "NSt10filesystem7__cxx1116filesystem_errorE";
#endif

template <class E>
bool is_exactly(const std::type_info& type) noexcept {
    if constexpr (name_of_error<E> != nullptr) {
        return std::strcmp(type.name(), name_of_error<E>) == 0;
    } else {
        return type == typeid(E);
    }
}

// dynamic_cast.
template <class E>
const E* find_error(const std::exception& error) noexcept {
    if constexpr (name_of_error<E> != nullptr) {
        const abi::__class_type_info wanted(name_of_error<E>);
        return static_cast<const E*>(abi::__dynamic_cast(
            &error, static_cast<const abi::__class_type_info*>(&typeid(std::exception)), &wanted,
            -1));
    } else {
        return dynamic_cast<const E*>(&error);
    }
}

#else

template <class E>
bool is_exactly(const std::type_info& type) noexcept {
    return type == typeid(E);
}
template <class E>
const E* find_error(const std::exception& error) noexcept {
    return dynamic_cast<const E*>(&error);
}

#endif

}  // namespace detail
INTERLOCK_END
