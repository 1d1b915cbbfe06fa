// python_error: a Python exception on its way through C++. cast_error: a conversion that did not fit.
#pragma once

#include <interlock/objects/builtin_errors.hpp>
#include <interlock/objects/owned.hpp>

#include <exception>
#include <memory>

INTERLOCK_BEGIN

class exception;
class exception_class;
class list;
class type;

// Carries a Python exception through C++ frames. Copying, destroying, what() and discard_as_unraisable() are safe on any thread,
// attached or not, and after the interpreter has finished; copies are of one exception. Everything else needs an attached
// thread, and throws not_attached, and wrong_interpreter under another interpreter.
//
// Thrown with std::throw_with_nested, or with anything else nested in it, it gets what is nested as its __cause__ when it
// reaches Python.
class python_error : public std::exception {
public:
    // Takes the error that is set in the interpreter.
    explicit python_error(python);
    // Carries this exception: what `raise value` does, for a C++ throw.
    explicit python_error(const interlock::exception& value);

    python_error(const python_error& other) noexcept;
    python_error& operator=(const python_error& other) noexcept;
    ~python_error() override;

    // "ValueError: text", made on first use, for which it enters the interpreter; where that is closed, a text that says so. An
    // exception whose __str__ raises has a text that says that.
    const char* what() const noexcept override;

    // The exception, its class, its traceback (None where there is none).
    interlock::exception value() const;
    class type type() const;
    object traceback() const;

    // Whether it is an instance of the exception class, or of one in the tuple.
    bool matches(const object& classes) const;
    bool matches(const exception_class& imported) const;
    // The same for Python's builtin exceptions, matches<il::key_error>(), and for types that il::exception_ has registered;
    // false for a type that is registered in no module of this interpreter.
    template <class E>
    bool matches() const {
        return matches_class(detail::python_class_of<E>());
    }

    // Its notes (a list of str, empty where there are none); adds one.
    list notes() const;
    void add_note(std::string_view text) const;

    // The same exception with `cause` as its __cause__, converted to Python where it is another C++ exception: for
    // throw error.with_cause(caught).
    python_error with_cause(const std::exception& cause) const;

    // As Python prints it: traceback, causes, notes.
    std::string format() const;

    // Puts it back into the interpreter as the current error; for code that returns to CPython. May be done again.
    void restore() const;

    // Reports it to sys.unraisablehook, with `where` as the object that the hook is told, and keeps no error set: for
    // destructors and callbacks, where nothing can be thrown. Enters the interpreter by itself.
    void discard_as_unraisable(std::string_view where) const noexcept;

private:
    struct state;
    // Takes the reference to the class over; null matches nothing.
    bool matches_class(PyObject* cls) const;

    state* state_;  // counted by itself
};

// Thrown by as<T>(): the object does not fit the C++ type.
class cast_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

INTERLOCK_END
