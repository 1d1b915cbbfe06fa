// exception_: a C++ exception class as a Python one.
//
//   struct AppError : std::runtime_error { ...; int code; };
//   il::exception_<AppError, il::runtime_error>(m, "AppError").def_readonly<&AppError::code>("code");
//
// What is thrown as AppError, or as a class derived from it, reaches Python as an instance of the Python class; what Python
// raises of that class reaches C++ as il::python_error, of which matches<AppError>() is true. The Python class belongs to the
// interpreter that the module is imported in: each has one of its own. Functions of this extension translate by it, those
// of other extensions do not; there it is a Python exception like any other.
#pragma once

#include <interlock/bind/class_scope.hpp>
#include <interlock/objects/kinds.hpp>
#include <interlock/objects/special_errors.hpp>

#include <typeinfo>

INTERLOCK_BEGIN
namespace detail {

// What the core knows of a registered class.
struct exception_description {
    const std::type_info* type;
    // The exception as one of the class, or null: found by a cast where it is derived from std::exception, and by a handler where it
    // is not.
    const void* (*find)(const std::exception& error) noexcept;
    const void* (*find_current)() noexcept;
    const char* (*text)(const void* error) noexcept;                  // null: it has none
    const base_exception* (*as_builtin)(const void* error) noexcept;  // null: it is none
    bool is_usual;  // the core would know it without asking
};

template <class T>
struct exception_finder {
    static const void* find(const std::exception& error) noexcept {
        return dynamic_cast<const T*>(&error);
    }
    static const void* find_current() noexcept {
        if constexpr (!std::is_base_of_v<std::exception, T>) {
            try {
                throw;
            } catch (const T& error) {
                return &error;
            } catch (...) {
                return nullptr;
            }
        }
        return nullptr;
    }
    static const char* text(const void* error) noexcept {
        return static_cast<const T*>(error)->what();
    }
    static const base_exception* as_builtin(const void* error) noexcept {
        return static_cast<const T*>(error);
    }

    static constexpr exception_description describe() noexcept {
        exception_description made{&typeid(T), &find, &find_current, nullptr, nullptr, false};
        if constexpr (std::is_base_of_v<base_exception, T>) {
            made.as_builtin = &as_builtin;
        } else if constexpr (requires(const T& t) {
                                 { t.what() } noexcept -> std::convertible_to<const char*>;
                             }) {
            made.text = &text;
        }
        return made;
    }
};

// Makes the class and registers it for the interpreter that this thread is in. `base`: a class or a tuple of classes; doc may be
// null. Returns a new reference.
PyObject* register_exception(const class_scope& scope, const char* name, const char* doc,
                             const object& base, const exception_description& description);
// Adds an attribute of a type that is read from the C++ exception when it is converted.
void add_exception_field(const std::type_info& type, const object& cls, const char* name,
                         const hint& of_type, PyObject* (*read)(const void* error));

// Throws std::logic_error for a class that is not registered.
template <class Base>
object base_class_of(const char* name) {
    PyObject* cls = python_class_of<Base>();
    if (cls == nullptr) [[unlikely]] {
        throw std::logic_error(
            std::string("interlock: il::exception_ \"") + name +
            "\": its base is not registered in this interpreter: bind the base with il::exception_ "
            "first, or give the Python class itself as an argument");
    }
    return object(adopt_t{}, cls);
}

template <class T>
consteval bool check_exception() {
    static_assert(std::is_class_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>,
                  "interlock: il::exception_<T>: T is the C++ class that is thrown, without const "
                  "and without a reference; other types are translated with "
                  "il::register_translator");
    if constexpr (std::is_class_v<T>) {
        static_assert(!builtin_exception<T> && !std::is_same_v<T, python_error>,
                      "interlock: il::exception_<T>: T stands for a Python exception already: "
                      "derive a class of your own from it");
        return !builtin_exception<T>;
    } else {
        return false;
    }
}

}  // namespace detail

// T: the C++ class, of any kind. Base: what stands for the Python base class, one of il's own errors or a class that
// il::exception_ has registered. The class is itself an il::type: the Python class that was made.
template <class T, class Base = general_exception>
class exception_ : public type {
    static_assert(detail::check_exception<T>());

public:
    // Makes the class and adds it to the module (or to the class) that it is to be in. The message of the Python exception is
    // what(); where T is derived from one of il's own errors, it has that one's attributes too. Registering T again, as an
    // import after a reload does, replaces what was there. Throws python_error, std::logic_error, std::bad_alloc.
    exception_(const detail::class_scope& scope, const char* name, const char* doc = nullptr)
        : exception_(scope, name, detail::base_class_of<Base>(name), doc) {}
    // The same with any Python class, or a tuple of classes, as base.
    exception_(const detail::class_scope& scope, const char* name, const object& base,
               const char* doc = nullptr)
        : type(detail::adopt_t{},
               detail::register_exception(scope, name, doc, base,
                                          detail::exception_finder<T>::describe())) {}

    // An attribute of the Python exception, converted from a data member, a member function or a captureless lambda when the
    // exception reaches Python; None for one that was raised from Python. Its type is among the annotations of the class.
    template <auto Member>
    const exception_& def_readonly(const char* name) const {
        static_assert(std::is_invocable_v<decltype(Member), const T&>,
                      "interlock: il::exception_<T>::def_readonly<F>: F is called with a const T&: "
                      "a data member, a const member function, or a lambda [](const T&)");
        using value = std::remove_cvref_t<std::invoke_result_t<decltype(Member), const T&>>;
        detail::add_exception_field(
            typeid(T), *this, name, detail::conversion_of<value>::out,
            [](const void* error) -> PyObject* {
                return detail::to_python(std::invoke(Member, *static_cast<const T*>(error)));
            });
        return *this;
    }
    // The same, as class_ names it for what is computed.
    template <auto Getter>
    const exception_& def_property(const char* name) const {
        return def_readonly<Getter>(name);
    }
};

INTERLOCK_END
