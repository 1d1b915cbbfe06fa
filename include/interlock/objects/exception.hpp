// exception: an exception object. What travels through C++ is il::python_error, which holds one.
#pragma once

#include <interlock/objects/traceback.hpp>
#include <interlock/objects/tuple.hpp>

INTERLOCK_BEGIN

class exception : public object {
public:
    INTERLOCK_KIND(exception)
    static bool is_kind(PyObject* object) noexcept {
        return PyExceptionInstance_Check(object) != 0;
    }

    tuple args() const;
    // What it was raised from, and what was being handled when it was raised.
    std::optional<exception> cause() const;
    std::optional<exception> context() const;
    void set_cause(const exception& cause) const;
    std::optional<class traceback> traceback() const;
    // A line that is printed below it.
    void add_note(std::string_view text) const;

    // Throws it, as python_error.
    [[noreturn]] void raise() const;
};
INTERLOCK_KIND_UNBIND(exception)

INTERLOCK_END
