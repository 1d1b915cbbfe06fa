// Python objects around a C++ value, by hand: what the modules "C API" and "C best" share.
#pragma once

#include <Python.h>

#include <new>

#if !defined(Py_BEGIN_CRITICAL_SECTION)  // CPython 3.13
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
#endif

template <class F>
void* as_slot(F* f) {
    return reinterpret_cast<void*>(f);
}

template <class T>
struct holder {
    PyObject head;
    T value;
};
template <class T>
T& value_of(PyObject* self) {
    return reinterpret_cast<holder<T>*>(self)->value;
}
// A tp_new that makes a T(Arguments...).
template <class T, auto... Arguments>
PyObject* new_object(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        new (&value_of<T>(self)) T(Arguments...);
    }
    return self;
}
template <class T>
void free_object(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    value_of<T>(self).~T();
    type->tp_free(self);
    Py_DECREF(type);
}
