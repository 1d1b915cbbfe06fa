// A Python type in plain C API whose instances are counted, and call a hook when they die.
#pragma once

#include <interlock/interlock.hpp>

#include <atomic>
#include <functional>
#include <new>

namespace counted {

namespace il = interlock;

inline std::atomic<long> alive{0};

using hook = std::function<void()>;

struct instance {
    PyObject_HEAD hook at_death;
};

inline void deallocate(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    auto* counted = reinterpret_cast<instance*>(self);
    const hook at_death = std::move(counted->at_death);
    counted->at_death.~hook();
    type->tp_free(self);
    Py_DECREF(type);
    if (at_death) {
        at_death();
    }
    alive.fetch_sub(1, std::memory_order_relaxed);
}

// The type, made anew: each interpreter has its own.
inline il::object make_type(il::python py) {
    static PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                                  {0, nullptr}};
    static PyType_Spec spec = {"counted", sizeof(instance), 0, Py_TPFLAGS_DEFAULT, slots};
    return il::steal<il::object>(py, PyType_FromSpec(&spec));
}

inline il::object make(il::python py, const il::object& type, hook at_death = {}) {
    auto* python_type = reinterpret_cast<PyTypeObject*>(type.ptr());
    il::object made = il::steal<il::object>(py, python_type->tp_alloc(python_type, 0));
    new (&reinterpret_cast<instance*>(made.ptr())->at_death) hook(std::move(at_death));
    alive.fetch_add(1, std::memory_order_relaxed);
    return made;
}

// For Python code: alive(), a plain C function that never goes through a door.
inline il::object alive_function(il::python py) {
    static PyMethodDef definition = {
        "alive",
        [](PyObject*, PyObject*) { return PyLong_FromLong(alive.load(std::memory_order_relaxed)); },
        METH_NOARGS, nullptr};
    return il::steal<il::object>(py, PyCFunction_New(&definition, nullptr));
}

}  // namespace counted
