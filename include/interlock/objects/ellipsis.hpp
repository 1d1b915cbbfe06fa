// ellipsis: Python's `...`.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class ellipsis : public object {
public:
    INTERLOCK_KIND(ellipsis)
    static bool is_kind(PyObject* object) noexcept { return object == Py_Ellipsis; }
    static ellipsis make(python) {
        detail::require_attached("il::ellipsis::make");
        return ellipsis(detail::adopt_t{}, Py_NewRef(Py_Ellipsis));
    }
};
INTERLOCK_KIND_UNBIND(ellipsis)

INTERLOCK_END
