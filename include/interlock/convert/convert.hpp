// Conversions as calls, attributes and as<T>() use them: to_python throws what Python raised, from_python throws cast_error.
#pragma once

#include <interlock/convert/containers.hpp>
#include <interlock/convert/user.hpp>
#include <interlock/objects/error.hpp>

#include <optional>

INTERLOCK_BEGIN
namespace detail {

// A new reference. Throws python_error. Needs an attached thread, which its callers have checked.
template <class T>
PyObject* to_python(T&& value) {
    return check_new(conversion_of<T>::make(std::forward<T>(value)));
}

// Types whose values view the memory of the Python object that they were made from.
template <class T>
inline constexpr bool is_view = requires { conversion<T>::views; };

template <class T>
T from_python(PyObject* object) {
    require_attached("il::object::as");
    if (object == nullptr) [[unlikely]] {
        throw_empty_handle("il::object::as");
    }
    typename conversion<T>::storage value{};
    if constexpr (requires { conversion<T>::fast(object, value); }) {
        if (conversion<T>::fast(object, value)) {
            return conversion<T>::template pass<T>(value);
        }
    }
    loading l = loading::plain();
    if (!conversion<T>::load(object, value, l)) [[unlikely]] {
        l.raise_cast_error("il::object::as");
    }
    return conversion<T>::template pass<T>(value);
}

template <class T>
std::optional<T> try_from_python(PyObject* object) {
    require_attached("il::object::try_as");
    if (object == nullptr) [[unlikely]] {
        throw_empty_handle("il::object::try_as");
    }
    typename conversion<T>::storage value{};
    loading l = loading::plain();
    l.quiet = true;
    if (!load_value<T>(object, value, l)) {
        if (l.problem == loading::raised) {
            throw_python_error();
        }
        return std::nullopt;
    }
    return conversion<T>::template pass<T>(value);
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
