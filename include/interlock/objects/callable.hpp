// callable: what can be called.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class callable : public object {
public:
    INTERLOCK_KIND(callable)
    static bool is_kind(PyObject* object) noexcept { return PyCallable_Check(object) != 0; }
};
INTERLOCK_KIND_UNBIND(callable)

INTERLOCK_END
