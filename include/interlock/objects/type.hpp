// type: a Python class.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class tuple;

class type : public object {
public:
    INTERLOCK_KIND(type)
    static bool is_kind(PyObject* object) noexcept { return PyType_Check(object) != 0; }

    // The class of an object: type(o). Throws not_attached, std::logic_error for an object that was moved from.
    static type of(const object& value);
    // A new class: type(name, bases, namespace).
    static type make(python py, std::string_view name, const tuple& bases, const dict& scope);

    // __name__, __qualname__ and __module__. Throw python_error.
    std::string name() const;
    std::string qualified_name() const;
    std::string module_name() const;

    // Whether it is the other class or derived from it; __subclasscheck__ is not asked, as il::issubclass does.
    bool is_subtype_of(const type& other) const;
    tuple bases() const;
    // The classes in which attributes are looked up, in that order.
    tuple mro() const;
    // The C structure, borrowed.
    PyTypeObject* type_ptr() const noexcept { return reinterpret_cast<PyTypeObject*>(pointer_); }
};
INTERLOCK_KIND_UNBIND(type)

INTERLOCK_END
