// Threads by hand: as in the themes "calls" and "classes", with a critical section wherever something is read that another thread may
// change: the object of a method, and the list that is converted.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_ints.hpp"
#include "../harness/c_objects.hpp"
#include "work.hpp"

#include <new>

namespace {

template <class T>
PyObject* construct(PyObject* type, PyObject* const* arguments, std::size_t flagged,
                    PyObject* names) {
    int start = 0;
    if (PyVectorcall_NARGS(flagged) != 1 || (names != nullptr && PyTuple_GET_SIZE(names) != 0)) {
        PyErr_SetString(PyExc_TypeError, "one argument, by position");
        return nullptr;
    }
    if (!to_int(arguments[0], start)) {
        return nullptr;
    }
    auto* made = reinterpret_cast<PyTypeObject*>(type);
    PyObject* self = made->tp_alloc(made, 0);
    if (self != nullptr) {
        new (&value_of<T>(self)) T(start);
    }
    return self;
}
PyObject* get_of_counter(PyObject* self, PyObject*) {
    int value = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    value = value_of<work::counter>(self).get();
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(value);
}
PyObject* add_to_counter(PyObject* self, PyObject* argument) {
    int more = 0;
    if (!to_int(argument, more)) {
        return nullptr;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    value_of<work::counter>(self).add(more);
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}
PyObject* get_of_constant(PyObject* self, PyObject*) {
    return PyLong_FromLong(value_of<work::constant>(self).get());
}

PyMethodDef counter_methods[] = {{"get", get_of_counter, METH_NOARGS, nullptr},
                                 {"add", add_to_counter, METH_O, nullptr},
                                 {nullptr, nullptr, 0, nullptr}};
PyMethodDef constant_methods[] = {{"get", get_of_constant, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
PyType_Slot counter_slots[] = {{Py_tp_methods, counter_methods},
                               {Py_tp_dealloc, as_slot(free_object<work::counter>)},
                               {0, nullptr}};
PyType_Slot constant_slots[] = {{Py_tp_methods, constant_methods},
                                {Py_tp_dealloc, as_slot(free_object<work::constant>)},
                                {0, nullptr}};
PyType_Spec counter_spec = {"bench_threads_best_c.Counter", sizeof(holder<work::counter>), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, counter_slots};
PyType_Spec constant_spec = {"bench_threads_best_c.Constant", sizeof(holder<work::constant>), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, constant_slots};

PyObject* noop(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (given != 0) {
        PyErr_SetString(PyExc_TypeError, "noop() takes no arguments");
        return nullptr;
    }
    work::noop();
    Py_RETURN_NONE;
}
PyObject* one_int(PyObject*, PyObject* argument) {
    int value = 0;
    return to_int(argument, value) ? PyLong_FromLong(work::one_int(value)) : nullptr;
}
PyObject* sum(PyObject*, PyObject* list) {
    if (!PyList_CheckExact(list)) {
        PyErr_SetString(PyExc_TypeError, "expected a list");
        return nullptr;
    }
    std::vector<int> values;
    bool good = true;
    Py_BEGIN_CRITICAL_SECTION(list);
    const Py_ssize_t size = PyList_GET_SIZE(list);
    values.resize(static_cast<std::size_t>(size));
    for (Py_ssize_t i = 0; good && i < size; ++i) {
        good = to_int(PyList_GET_ITEM(list, i), values[static_cast<std::size_t>(i)]);
    }
    Py_END_CRITICAL_SECTION();
    return good ? PyLong_FromLong(work::sum(values)) : nullptr;
}

PyMethodDef methods[] = {{"noop", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(noop)),
                          METH_FASTCALL, nullptr},
                         {"one_int", one_int, METH_O, nullptr},
                         {"sum", sum, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

int fill(PyObject* m) {
    const auto type = [m](PyType_Spec& spec) {
        return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(m, &spec, nullptr));
    };
    PyTypeObject* counter = type(counter_spec);
    PyTypeObject* constant = type(constant_spec);
    if (counter == nullptr || constant == nullptr) {
        return -1;
    }
    counter->tp_vectorcall = construct<work::counter>;
    constant->tp_vectorcall = construct<work::constant>;
    return PyModule_AddType(m, counter) == 0 && PyModule_AddType(m, constant) == 0 ? 0 : -1;
}

PyModuleDef_Slot slots[] = {{Py_mod_exec, as_slot(fill)},
#if defined(Py_GIL_DISABLED)
                            {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                            {0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_threads_best_c",
                          nullptr,
                          0,
                          methods,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_threads_best_c() { return PyModuleDef_Init(&definition); }
