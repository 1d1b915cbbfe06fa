// weakref: a reference that does not keep its object alive.
#pragma once

#include <interlock/objects/call.hpp>

#include <optional>

INTERLOCK_BEGIN

class weakref : public object {
public:
    INTERLOCK_KIND(weakref)
    static bool is_kind(PyObject* object) noexcept { return PyWeakref_Check(object) != 0; }

    // Throws python_error (TypeError) for objects that have no room for one.
    static weakref of(const object& referent);
    // The callback is called with the reference when the object has died.
    static weakref of(const object& referent, const object& callback);

    // The object, if it is still there.
    std::optional<object> get() const;
};
INTERLOCK_KIND_UNBIND(weakref)

INTERLOCK_END
