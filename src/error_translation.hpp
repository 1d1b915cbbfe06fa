// What the parts of the core that make Python exceptions of C++ ones tell one another. Internal.
#pragma once

#include "python_call.hpp"

#include <interlock/objects/error.hpp>
#include <interlock/objects/special_errors.hpp>

#include <atomic>
#include <exception>

INTERLOCK_BEGIN
namespace detail {

// What the core asks of one of the builtin classes.
struct error_access {
    static PyObject* make_python(const base_exception& error, PyObject* cls) {
        return error.make_python(cls);
    }
    static builtin_error code(const base_exception& error) noexcept { return error.python_code(); }
};

// A text whose bytes may be no UTF-8, which must not lose an error: a new reference, or null with an error set.
PyObject* text_object(std::string_view text) noexcept;

// Sets an exception that was made, and releases it; null leaves the error that is set.
void set_exception(PyObject* exception) noexcept;
// Sets an exception of the class with this text.
void set_text(PyObject* type, const char* text) noexcept;

// An OSError (which chooses its subclass by errno), or the subclass given. Null with an error set.
PyObject* make_os_error(PyObject* cls, int number, std::string_view text, const std::string* first,
                        const std::string* second);

// The Python exception that a C++ one becomes: a new reference, never null. Needs an attached thread; keeps the error indicator.
// In a handler:
PyObject* exception_of_current() noexcept;
PyObject* exception_of(const std::exception& error) noexcept;
PyObject* exception_of(const std::exception_ptr& error) noexcept;

// ---- what modules have registered -----------------------------------------------------------------------------------------

// Asks what a module of this core has registered: the translators of this interpreter, newest first, before all others; then its
// registered exceptions. `error` is null for what is not derived from std::exception; called in its handler. True: a Python error is
// set. Throws what a translator throws. Null where nothing is registered: what asks is no part of a module that registers nothing.
using error_question = std::atomic<bool (*)(const std::exception* error)>;
extern error_question translators_to_ask;
extern error_question registered_to_ask;
// Whether one of them comes before the usual std:: types.
extern std::atomic<bool> asked_before_usual;

// Whether another extension may have registered that exception: not those of libraries that every extension has, nor types that each
// file has for itself.
bool may_be_known_elsewhere(const std::type_info& type) noexcept;
// The Python class of an exception that this extension has not registered, where another one of this interpreter has: what is thrown as
// it, or as what derives from it; and of that type. A new reference, or null without an error. Nothing of the C++ object is read there,
// of which the other extension may know another version.
PyObject* class_of_thrown_elsewhere(const std::exception& error) noexcept;
PyObject* class_of_exception_elsewhere(const std::type_info& type) noexcept;
// What the others ask; null while nothing is registered.
extern std::atomic<PyObject* (*)(const std::exception& error) noexcept> thrown_for_others;
extern std::atomic<PyObject* (*)(const char* cpp_name) noexcept> classes_for_others;

inline bool ask(const error_question& whom, const std::exception* error) {
    auto* function = whom.load(std::memory_order_acquire);
    return function != nullptr && function(error);
}

}  // namespace detail
INTERLOCK_END
