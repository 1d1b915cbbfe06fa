// Threads by hand, as most people would write them with CPython's API: as in the themes "calls", "conversions" and "classes", with the
// critical section that CPython's guide to free-threaded extensions has for what another thread may change. The list is read through
// the checked functions, which lock it themselves.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_ints.hpp"
#include "../harness/c_objects.hpp"
#include "work.hpp"

#include <new>

namespace {

template <class T>
int init_object(PyObject* self, PyObject* arguments, PyObject* names) {
    static const char* known[] = {"start", nullptr};
    return PyArg_ParseTupleAndKeywords(arguments, names, "i", const_cast<char**>(known),
                                       &value_of<T>(self).value) != 0
               ? 0
               : -1;
}
PyObject* get_of_counter(PyObject* self, PyObject*) {
    int value = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    value = value_of<work::counter>(self).get();
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(value);
}
PyObject* add_to_counter(PyObject* self, PyObject* arguments) {
    int more = 0;
    if (PyArg_ParseTuple(arguments, "i:add", &more) == 0) {
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
                                 {"add", add_to_counter, METH_VARARGS, nullptr},
                                 {nullptr, nullptr, 0, nullptr}};
PyMethodDef constant_methods[] = {{"get", get_of_constant, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
PyType_Slot counter_slots[] = {{Py_tp_new, as_slot(new_object<work::counter, 0>)},
                               {Py_tp_init, as_slot(init_object<work::counter>)},
                               {Py_tp_dealloc, as_slot(free_object<work::counter>)},
                               {Py_tp_methods, counter_methods},
                               {0, nullptr}};
PyType_Slot constant_slots[] = {{Py_tp_new, as_slot(new_object<work::constant, 0>)},
                                {Py_tp_init, as_slot(init_object<work::constant>)},
                                {Py_tp_dealloc, as_slot(free_object<work::constant>)},
                                {Py_tp_methods, constant_methods},
                                {0, nullptr}};
PyType_Spec counter_spec = {"bench_threads_plain_c.Counter", sizeof(holder<work::counter>), 0,
                            Py_TPFLAGS_DEFAULT, counter_slots};
PyType_Spec constant_spec = {"bench_threads_plain_c.Constant", sizeof(holder<work::constant>), 0,
                             Py_TPFLAGS_DEFAULT, constant_slots};

PyObject* noop(PyObject*, PyObject*) {
    work::noop();
    Py_RETURN_NONE;
}
PyObject* one_int(PyObject*, PyObject* argument) {
    int value = 0;
    return to_int_slowly(argument, value) ? PyLong_FromLong(work::one_int(value)) : nullptr;
}
PyObject* sum(PyObject*, PyObject* list) {
    const Py_ssize_t size = PySequence_Size(list);
    if (size < 0) {
        return nullptr;
    }
    std::vector<int> values;
    for (Py_ssize_t i = 0; i < size; ++i) {
        PyObject* item = PySequence_GetItem(list, i);
        int value = 0;
        const bool fits = item != nullptr && to_int_slowly(item, value);
        Py_XDECREF(item);
        if (!fits) {
            return nullptr;
        }
        values.push_back(value);
    }
    return PyLong_FromLong(work::sum(values));
}

PyMethodDef methods[] = {{"noop", noop, METH_NOARGS, nullptr},
                         {"one_int", one_int, METH_O, nullptr},
                         {"sum", sum, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

int fill(PyObject* m) {
    for (PyType_Spec* spec : {&counter_spec, &constant_spec}) {
        PyObject* type = PyType_FromModuleAndSpec(m, spec, nullptr);
        if (type == nullptr || PyModule_AddType(m, reinterpret_cast<PyTypeObject*>(type)) != 0) {
            return -1;
        }
    }
    return 0;
}

PyModuleDef_Slot slots[] = {{Py_mod_exec, as_slot(fill)},
#if defined(Py_GIL_DISABLED)
                            {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                            {0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_threads_plain_c",
                          nullptr,
                          0,
                          methods,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_threads_plain_c() { return PyModuleDef_Init(&definition); }
