// What a library's module offers to the harness: loops, each under the name of its row.
//
// A loop is a plain function that does the row's operation n times. The harness knows nothing of the library: it makes the
// threads, holds the watch and switches the instruction counter on and off, for all libraries alike. Here, too, stand the
// two escapes with which every loop of every library keeps its work from being optimized away (invariant: a loop's body
// ends in exactly one of them).
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstddef>
#include <initializer_list>

namespace bench {

// The value is needed, and memory may be read and written here.
template <class T>
inline void escape(const T* value) noexcept {
    asm volatile("" : : "r"(value) : "memory");
}
inline void escape() noexcept { asm volatile("" : : : "memory"); }

// `setup` and `teardown` run before and after `run`, on its thread and outside of the time taken; setup is told what n
// will be.
struct loop {
    const char* name;
    void (*run)(long n);
    void (*setup)(long n) = nullptr;
    void (*teardown)() = nullptr;
};

// A dictionary of name -> (run, setup, teardown), as addresses. Null with a Python error set, where that fails.
inline PyObject* table(std::initializer_list<loop> loops) {
    PyObject* made = PyDict_New();
    for (const loop& each : loops) {
        PyObject* entry =
            made == nullptr
                ? nullptr
                : Py_BuildValue("NNN", PyLong_FromVoidPtr(reinterpret_cast<void*>(each.run)),
                                PyLong_FromVoidPtr(reinterpret_cast<void*>(each.setup)),
                                PyLong_FromVoidPtr(reinterpret_cast<void*>(each.teardown)));
        if (entry == nullptr || PyDict_SetItemString(made, each.name, entry) != 0) {
            Py_XDECREF(entry);
            Py_XDECREF(made);
            return nullptr;
        }
        Py_DECREF(entry);
    }
    return made;
}

// What a body does that allocates.
inline void allocate() {
    PyObject* made = PyBytes_FromStringAndSize(nullptr, 100);
    escape(made);
    Py_XDECREF(made);
}

// `lambda: None`, a new reference.
inline PyObject* lambda_none() {
    PyObject* scope = PyDict_New();
    PyDict_SetItemString(scope, "__builtins__", PyEval_GetBuiltins());
    PyObject* made = PyRun_String("lambda: None", Py_eval_input, scope, scope);
    Py_DECREF(scope);
    return made;
}

}  // namespace bench
