// python_error: a Python exception on its way through C++. cast_error: a conversion that did not fit.
#pragma once

#include <interlock/objects/owned.hpp>

#include <exception>
#include <memory>

INTERLOCK_BEGIN

// Carries a Python exception through C++ frames. Copying, destroying and what() are safe on any thread, attached or not.
class python_error : public std::exception {
public:
    // Takes the error that is set in the interpreter. Needs an attached thread.
    explicit python_error(python);

    python_error(const python_error&) noexcept = default;
    python_error& operator=(const python_error&) noexcept = default;
    ~python_error() override = default;

    // "ValueError: text", made on first use, for which it enters the interpreter; where that is closed, a text that says so.
    const char* what() const noexcept override;

    // The exception, its class, its traceback (None where there is none). Need an attached thread.
    object value() const;
    object type() const;
    object traceback() const;

    // Whether it is an instance of the exception class, or of one in the tuple.
    bool matches(const object& classes) const;

    // Puts it back into the interpreter as the current error; for code that returns to CPython. Needs an attached thread.
    void restore() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

// Thrown by as<T>(): the object does not fit the C++ type.
class cast_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

INTERLOCK_END
