// Errors as values: std::expected, whose error is raised, and std::error_code; and what has their members.
//
// No C++ exception is thrown for them. An error that is a std::exception is raised as it would be had it been thrown; an error
// code, and an enumeration with a make_error_code, as OSError of the subclass that its errno asks for; a text as RuntimeError;
// an exception object of Python as it is; and anything else as RuntimeError of what it converts to.
#pragma once

#include <interlock/convert/containers.hpp>

#include <exception>

INTERLOCK_BEGIN
namespace detail {

// These set the Python error. `exception` is an object of any kind: what is no exception is put into a RuntimeError; its
// reference is taken over, and null means that the error is set already.
PyObject* translate(const std::exception& error) noexcept;
void raise_object(PyObject* exception) noexcept;
void raise_exception_pointer(const std::exception_ptr& error) noexcept;
// An OSError, or null with an error set; without errno where the code is of no system.
PyObject* make_os_error(int code, bool has_errno, const char* text, std::size_t size) noexcept;
// The errno of an OSError, 0 of None; false, and the loading says why.
bool load_errno(PyObject* from, int& to, loading& l) noexcept;

inline constexpr hint hint_error{"OSError | None"};

// The category of errno, found without its name: what an empty code stands for everywhere.
template <class T>
decltype(auto) generic_category_of() {
    return T().default_error_condition().category();
}

template <class T>
PyObject* make_error_of_code(const T& code) {
    const auto condition = code.default_error_condition();
    const auto text = code.message();
    const bool has_errno = condition.category() == generic_category_of<T>();
    return make_os_error(condition.value(), has_errno, text.data(), text.size());
}

template <class E>
void raise_error_value(const E& error) {
    if constexpr (std::is_base_of_v<std::exception, E>) {
        translate(error);
    } else if constexpr (std::is_same_v<E, std::exception_ptr>) {
        raise_exception_pointer(error);
    } else if constexpr (error_code_like<E>) {
        raise_object(make_error_of_code(error));
    } else if constexpr (requires { make_error_code(error).default_error_condition(); }) {
        raise_object(make_error_of_code(make_error_code(error)));
    } else {
        raise_object(conversion_of<E>::make(error));
    }
}

template <class T>
struct conversion<T, category::expected> : loaded_place<T> {
    using value_type = typename T::value_type;
    using typename loaded_place<T>::storage;

    static consteval const hint& hint_of_value(bool on_the_way_in) {
        if constexpr (std::is_void_v<value_type>) {
            return hint_none;
        } else {
            return on_the_way_in ? conversion_of<value_type>::in : conversion_of<value_type>::out;
        }
    }
    static constexpr const hint& in = hint_of_value(true);
    static constexpr const hint& out = hint_of_value(false);

    static bool load(PyObject* from, storage& to, loading& l) {
        if constexpr (std::is_void_v<value_type>) {
            loaded_place<T>::put(to);
            return from == Py_None || l.refuse(in, from);
        } else {
            typename conversion<value_type>::storage value{};
            if (!load_item<value_type>(from, value, l)) {
                return false;
            }
            loaded_place<T>::put(to, conversion<value_type>::template pass<value_type>(value));
            return true;
        }
    }
    template <class V>
    static PyObject* make(V&& value) {
        if (!value.has_value()) {
            raise_error_value(value.error());
            return nullptr;
        }
        if constexpr (std::is_void_v<value_type>) {
            return Py_NewRef(Py_None);
        } else {
            return conversion_of<value_type>::make(*static_cast<V&&>(value));
        }
    }
};

// As a value: an OSError object, and None for success.
template <class T>
struct conversion<T, category::error_code> : loaded_value<T> {
    static constexpr const hint& in = hint_error;
    static constexpr const hint& out = hint_error;

    static bool load(PyObject* from, T& to, loading& l) {
        int code = 0;
        if (!load_errno(from, code, l)) {
            return false;
        }
        to = code == 0 ? T() : T(code, generic_category_of<T>());
        return true;
    }
    static PyObject* make(const T& value) {
        return value ? make_error_of_code(value) : Py_NewRef(Py_None);
    }
};

}  // namespace detail
INTERLOCK_END
