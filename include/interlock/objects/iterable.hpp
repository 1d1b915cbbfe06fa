// iterable: what a for loop takes.
#pragma once

#include <interlock/objects/iterator.hpp>

INTERLOCK_BEGIN

class iterable : public object {
public:
    INTERLOCK_KIND(iterable)
    // Has __iter__, or is walked over by index; asks the class and runs nothing.
    static bool is_kind(PyObject* object) noexcept {
        return INTERLOCK_TYPE_SLOT(Py_TYPE(object), tp_iter, getiterfunc) != nullptr ||
               PySequence_Check(object) != 0;
    }
    iterator iter() const { return interlock::iter(*this); }
};
INTERLOCK_KIND_UNBIND(iterable)

INTERLOCK_END
