// il::converter<T>: conversions that users write.
#pragma once

#include <interlock/convert/handles.hpp>

#include <optional>

INTERLOCK_BEGIN
namespace detail {

// Runs a converter's function, which may throw. What it throws as a Python error is `raised`; a cast_error, by as<T>()
// inside of it, means that the value does not fit.
bool refuse_exception(loading& l) noexcept;
// Sets the Python error for the exception that is being handled.
void set_error_of_exception() noexcept;

template <class T>
consteval const char* type_text_of_converter() {
    if constexpr (requires { converter<T>::python_type; }) {
        return converter<T>::python_type;
    } else {
        return "object";
    }
}

template <class T>
struct conversion<T, category::user> {
    using storage = std::optional<T>;
    static constexpr loader loads = by_load;
    static constexpr hint in{type_text_of_converter<T>()};
    static constexpr hint out{type_text_of_converter<T>()};

    static bool load(PyObject* from, storage& to, loading& l) {
        static_assert(
            requires(const object& o) { std::optional<T>(converter<T>::from_python(o)); },
            "interlock: il::converter<T> has no function std::optional<T> from_python(const "
            "il::object&)");
        try {
            const object held(adopt_t{}, Py_NewRef(from));
            to = converter<T>::from_python(held);
        } catch (...) {
            return refuse_exception(l);
        }
        return to.has_value() || l.refuse(in, from);
    }
    template <class A>
    static A&& pass(storage& value) noexcept {
        return static_cast<A&&>(*value);
    }
    template <class V>
    static PyObject* make(V&& value) {
        static_assert(
            requires(python py) { object(converter<T>::to_python(py, value)); },
            "interlock: il::converter<T> has no function il::object to_python(il::python, const "
            "T&)");
        try {
            return object(converter<T>::to_python(token_called, static_cast<V&&>(value))).release();
        } catch (...) {
            set_error_of_exception();
            return nullptr;
        }
    }
};

}  // namespace detail
INTERLOCK_END
