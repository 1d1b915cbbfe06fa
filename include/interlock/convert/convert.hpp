// Where a C++ type meets a Python type: conversion<T>, chosen by what T is.
//
// to() makes a new reference or throws; from() gives an empty optional where the object does not fit, with no Python error
// left set. Both need an attached thread, which their callers have checked.
#pragma once

#include <interlock/objects/error.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

PyObject* int_to_python(long long value);
PyObject* unsigned_to_python(unsigned long long value);
PyObject* float_to_python(double value);
PyObject* text_to_python(std::string_view utf8);
std::optional<long long> int_from_python(PyObject* object);
std::optional<unsigned long long> unsigned_from_python(PyObject* object);
std::optional<double> float_from_python(PyObject* object);
std::optional<std::string_view> text_from_python(PyObject* object);

// Throws cast_error: "cannot convert str 'abc' to int".
[[noreturn]] void throw_cast_error(const char* expected, PyObject* got);

template <class T>
struct conversion;

template <class T>
concept convertible_object = std::is_base_of_v<object, T>;

template <class T>
concept plain_integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                        !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                        !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <convertible_object T>
struct conversion<T> {
    static constexpr const char* expected = T::kind_name;
    static PyObject* to(const T& value) {
        require_attached_inline("converting il::object");
        return Py_XNewRef(value.ptr());
    }
    static std::optional<T> from(PyObject* object) {
        if (!T::is_kind(object)) {
            return std::nullopt;
        }
        return T(adopt_t{}, Py_NewRef(object));
    }
};

template <class T>
struct conversion<owned<T>> {
    static constexpr const char* expected = T::kind_name;
    static PyObject* to(const owned<T>& value) { return value.bind(token_inside).release(); }
    static std::optional<owned<T>> from(PyObject* object) {
        std::optional<T> bound = conversion<T>::from(object);
        if (!bound) {
            return std::nullopt;
        }
        return owned<T>(bound->release(), interpreter_of_this_thread());
    }
};

template <>
struct conversion<bool> {
    static constexpr const char* expected = "bool";
    static PyObject* to(bool value) { return Py_NewRef(value ? Py_True : Py_False); }
    static std::optional<bool> from(PyObject* object) {
        if (object == Py_True) {
            return true;
        }
        if (object == Py_False) {
            return false;
        }
        return std::nullopt;
    }
};

template <plain_integer T>
struct conversion<T> {
    static_assert(sizeof(T) <= sizeof(long long));
    static constexpr const char* expected = "int";
    static PyObject* to(T value) {
        if constexpr (std::is_signed_v<T>) {
            return int_to_python(value);
        } else {
            return unsigned_to_python(value);
        }
    }
    static std::optional<T> from(PyObject* object) {
        const auto wide = [object] {
            if constexpr (std::is_signed_v<T>) {
                return int_from_python(object);
            } else {
                return unsigned_from_python(object);
            }
        }();
        if (!wide || *wide < std::numeric_limits<T>::min() ||
            *wide > std::numeric_limits<T>::max()) {
            return std::nullopt;
        }
        return static_cast<T>(*wide);
    }
};

template <std::floating_point T>
struct conversion<T> {
    static constexpr const char* expected = "float";
    static PyObject* to(T value) { return float_to_python(static_cast<double>(value)); }
    static std::optional<T> from(PyObject* object) {
        const std::optional<double> value = float_from_python(object);
        return value ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
    }
};

template <>
struct conversion<std::string> {
    static constexpr const char* expected = "str";
    static PyObject* to(std::string_view value) { return text_to_python(value); }
    static std::optional<std::string> from(PyObject* object) {
        const std::optional<std::string_view> view = text_from_python(object);
        return view ? std::optional<std::string>(*view) : std::nullopt;
    }
};

// A view into the Python string: valid while that lives.
template <>
struct conversion<std::string_view> {
    static constexpr const char* expected = "str";
    static PyObject* to(std::string_view value) { return text_to_python(value); }
    static std::optional<std::string_view> from(PyObject* object) {
        return text_from_python(object);
    }
};

template <>
struct conversion<const char*> {
    static constexpr const char* expected = "str";
    static PyObject* to(const char* value) {
        return value == nullptr ? Py_NewRef(Py_None) : text_to_python(value);
    }
    static std::optional<const char*> from(PyObject* object) {
        const std::optional<std::string_view> view = text_from_python(object);
        // A NUL inside would cut the text short without a word.
        if (!view || view->find('\0') != std::string_view::npos) {
            return std::nullopt;
        }
        return view->data();
    }
};

template <>
struct conversion<std::nullptr_t> {
    static PyObject* to(std::nullptr_t) { return Py_NewRef(Py_None); }
};

// What a value is converted as: arrays of characters are text.
template <class T>
struct converted_as {
    using type = T;
};
template <std::size_t N>
struct converted_as<char[N]> {
    using type = const char*;
};
template <>
struct converted_as<char*> {
    using type = const char*;
};

template <class T>
PyObject* to_python(T&& value) {
    return conversion<typename converted_as<std::remove_cvref_t<T>>::type>::to(
        std::forward<T>(value));
}

template <class T>
inline constexpr bool is_view =
    std::is_same_v<T, std::string_view> || std::is_same_v<T, const char*>;

template <class T>
T from_python(PyObject* object) {
    require_attached("il::object::as");
    if (object == nullptr) [[unlikely]] {
        throw_empty_handle("il::object::as");
    }
    std::optional<T> value = conversion<T>::from(object);
    if (!value) [[unlikely]] {
        throw_cast_error(conversion<T>::expected, object);
    }
    return *std::move(value);
}

template <class T>
std::optional<T> try_from_python(PyObject* object) {
    require_attached("il::object::try_as");
    if (object == nullptr) [[unlikely]] {
        throw_empty_handle("il::object::try_as");
    }
    return conversion<T>::from(object);
}

}  // namespace detail

template <class T>
auto object::as() const& {
    return detail::from_python<T>(pointer_);
}

template <class T>
auto object::as() && {
    static_assert(
        !detail::is_view<T>,
        "interlock: as<T>() would view the memory of a temporary object, which ends here: keep "
        "the object in a variable, or convert to std::string");
    return detail::from_python<T>(pointer_);
}

template <class T>
auto object::try_as() const& {
    return detail::try_from_python<T>(pointer_);
}

template <class T>
auto object::try_as() && {
    static_assert(!detail::is_view<T>,
                  "interlock: try_as<T>() would view the memory of a temporary object, which ends "
                  "here: keep the object in a variable, or convert to std::string");
    return detail::try_from_python<T>(pointer_);
}

INTERLOCK_END
