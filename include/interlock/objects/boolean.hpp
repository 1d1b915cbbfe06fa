// boolean: True and False.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class boolean : public object {
public:
    INTERLOCK_KIND(boolean)
    static bool is_kind(PyObject* object) noexcept { return PyBool_Check(object) != 0; }
    static boolean of(python, bool value) {
        detail::require_attached("il::boolean::of");
        return boolean(detail::adopt_t{}, Py_NewRef(value ? Py_True : Py_False));
    }
    // Throws not_attached.
    bool value() const {
        detail::require_attached_inline("il::boolean::value");
        return pointer_ == Py_True;
    }
};
INTERLOCK_KIND_UNBIND(boolean)

INTERLOCK_END
