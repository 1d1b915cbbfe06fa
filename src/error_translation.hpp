// What the parts of the core that make Python exceptions of C++ ones tell one another. Internal.
#pragma once

#include "python_call.hpp"

#include <interlock/objects/error.hpp>
#include <interlock/objects/special_errors.hpp>

#include <exception>
#include <memory>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

// What the core asks of one of the builtin classes.
struct error_access {
    static PyObject* make_python(const base_exception& error, PyObject* cls) {
        return error.make_python(cls);
    }
    static builtin_error code(const base_exception& error) noexcept { return error.python_code(); }
};

// std::make_shared, by a type of the core's own: its instances for types of the C++ library alone are exported by each module,
// and looked up at every import.
template <class T>
std::shared_ptr<const T> keep_shared(T value) {
    struct kept {
        T value;
    };
    auto made = std::make_shared<const kept>(kept{std::move(value)});
    return {made, &made->value};
}

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

// Bits: something is registered; something that comes before the usual std:: types.
inline constexpr unsigned hooks_any = 1;
inline constexpr unsigned hooks_before_usual = 2;
extern std::atomic<unsigned> error_hooks;

// Asks the translators of this interpreter, newest first, then its registered exceptions. `error` is null for what is not
// derived from std::exception; called in its handler. True: a Python error is set. Throws what a translator throws.
bool ask_translators(const std::exception* error);
bool ask_registered(const std::exception* error);

}  // namespace detail
INTERLOCK_END
