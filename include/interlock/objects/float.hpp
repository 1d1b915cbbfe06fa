// float_: a Python float.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class float_ : public object {
public:
    INTERLOCK_KIND(float_)
    static bool is_kind(PyObject* object) noexcept { return PyFloat_Check(object) != 0; }
    static float_ of(python, double value) {
        detail::require_attached("il::float_::of");
        return float_(detail::adopt_t{}, detail::check_new(PyFloat_FromDouble(value)));
    }
    // float(value): numbers and text. Throws python_error.
    static float_ from(python py, const object& value);

    // The number itself. Throws not_attached, std::logic_error after a move.
    double value() const;
    // Whether it is finite and has no fraction.
    bool is_integer() const;
};
INTERLOCK_KIND_UNBIND(float_)

INTERLOCK_END
