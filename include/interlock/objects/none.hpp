// none: Python's None.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class none : public object {
public:
    INTERLOCK_KIND(none)
    static bool is_kind(PyObject* object) noexcept { return object == Py_None; }
    static none make(python) {
        detail::require_attached("il::none::make");
        return none(detail::adopt_t{}, Py_NewRef(Py_None));
    }
};
INTERLOCK_KIND_UNBIND(none)

inline object attachment::none() const {
    detail::require_attached("il::python::none");
    return object(detail::adopt_t{}, Py_NewRef(Py_None));
}

INTERLOCK_END
