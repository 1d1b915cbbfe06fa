// not_implemented: what an operator returns that leaves the answer to the other side.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class not_implemented : public object {
public:
    INTERLOCK_KIND(not_implemented)
    static bool is_kind(PyObject* object) noexcept { return object == Py_NotImplemented; }
    static not_implemented make(python) {
        detail::require_attached("il::not_implemented::make");
        return not_implemented(detail::adopt_t{}, Py_NewRef(Py_NotImplemented));
    }
};
INTERLOCK_KIND_UNBIND(not_implemented)

INTERLOCK_END
