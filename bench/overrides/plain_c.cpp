// Overrides and containers by hand, as most people would write them with CPython's API: a C++ class that calls the method of its Python
// object by name, whoever has defined it; the methods of the Python class do what those of the C++ class do, which is where the call
// arrives if nothing is overridden. The containers are a sequence, whose iterator is CPython's, and a mapping.
#include "work.hpp"

#include "../harness/c_ints.hpp"
#include "../harness/c_objects.hpp"

#include <new>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using ints = std::vector<int>;
using counts = std::unordered_map<std::string, int>;

PyTypeObject* strategy_type = nullptr;

// ---- a class that Python derives

struct py_strategy final : work::strategy {
    int step(int x) override { return call("step", x); }
    int stay(int x) override { return call("stay", x); }
    // On any thread, attached or not.
    int call(const char* name, int x) const {
        const PyGILState_STATE state = PyGILState_Ensure();
        PyObject* result = PyObject_CallMethod(self, name, "i", x);
        int value = 0;
        if (result == nullptr || !to_int_slowly(result, value)) {
            Py_FatalError("the override failed");
        }
        Py_DECREF(result);
        PyGILState_Release(state);
        return value;
    }
    PyObject* self = nullptr;
};

PyObject* new_strategy(PyTypeObject* type, PyObject* arguments, PyObject* names) {
    PyObject* self = new_object<py_strategy>(type, arguments, names);
    if (self != nullptr) {
        value_of<py_strategy>(self).self = self;
    }
    return self;
}

// Not virtual: an override in Python calls them too, as super().step(x).
PyObject* step(PyObject* self, PyObject* arguments) {
    int x = 0;
    if (PyArg_ParseTuple(arguments, "i:step", &x) == 0) {
        return nullptr;
    }
    return PyLong_FromLong(value_of<py_strategy>(self).work::strategy::step(x));
}
PyObject* stay(PyObject* self, PyObject* arguments) {
    int x = 0;
    if (PyArg_ParseTuple(arguments, "i:stay", &x) == 0) {
        return nullptr;
    }
    return PyLong_FromLong(value_of<py_strategy>(self).work::strategy::stay(x));
}

PyObject* use(PyObject*, PyObject* arguments) {
    PyObject* that = nullptr;
    if (PyArg_ParseTuple(arguments, "O!:use", strategy_type, &that) == 0) {
        return nullptr;
    }
    work::use(value_of<py_strategy>(that));
    Py_RETURN_NONE;
}

// ---- containers

PyObject* append(PyObject* self, PyObject* argument) {
    int value = 0;
    if (!to_int_slowly(argument, value)) {
        return nullptr;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    value_of<ints>(self).push_back(value);
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}
Py_ssize_t length(PyObject* self) {
    Py_ssize_t size = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    size = static_cast<Py_ssize_t>(value_of<ints>(self).size());
    Py_END_CRITICAL_SECTION();
    return size;
}
// CPython has added the length to a negative place.
PyObject* item(PyObject* self, Py_ssize_t at) {
    bool inside = false;
    int value = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    const ints& values = value_of<ints>(self);
    inside = at >= 0 && static_cast<std::size_t>(at) < values.size();
    if (inside) {
        value = values[static_cast<std::size_t>(at)];
    }
    Py_END_CRITICAL_SECTION();
    if (!inside) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return nullptr;
    }
    return PyLong_FromLong(value);
}

PyObject* value_at(PyObject* self, PyObject* key) {
    const char* name = PyUnicode_AsUTF8(key);
    if (name == nullptr) {
        return nullptr;
    }
    bool there = false;
    int value = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    const counts& values = value_of<counts>(self);
    const auto found = values.find(name);
    there = found != values.end();
    if (there) {
        value = found->second;
    }
    Py_END_CRITICAL_SECTION();
    if (!there) {
        PyErr_SetObject(PyExc_KeyError, key);
        return nullptr;
    }
    return PyLong_FromLong(value);
}
int set_value_at(PyObject* self, PyObject* key, PyObject* to) {
    if (to == nullptr) {
        PyErr_SetString(PyExc_TypeError, "nothing can be deleted here");
        return -1;
    }
    const char* name = PyUnicode_AsUTF8(key);
    int value = 0;
    if (name == nullptr || !to_int_slowly(to, value)) {
        return -1;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    value_of<counts>(self)[name] = value;
    Py_END_CRITICAL_SECTION();
    return 0;
}

// ---- the module

PyMethodDef strategy_methods[] = {{"step", step, METH_VARARGS, nullptr},
                                  {"stay", stay, METH_VARARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
PyType_Slot strategy_slots[] = {{Py_tp_new, as_slot(new_strategy)},
                                {Py_tp_dealloc, as_slot(free_object<py_strategy>)},
                                {Py_tp_methods, strategy_methods},
                                {0, nullptr}};
PyType_Spec strategy_spec = {"bench_overrides_plain_c.Strategy", sizeof(holder<py_strategy>), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, strategy_slots};
PyMethodDef ints_methods[] = {{"append", append, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyType_Slot ints_slots[] = {{Py_tp_new, as_slot(new_object<ints>)},
                            {Py_tp_dealloc, as_slot(free_object<ints>)},
                            {Py_tp_methods, ints_methods},
                            {Py_sq_length, as_slot(length)},
                            {Py_sq_item, as_slot(item)},
                            {0, nullptr}};
PyType_Spec ints_spec = {"bench_overrides_plain_c.Ints", sizeof(holder<ints>), 0,
                         Py_TPFLAGS_DEFAULT, ints_slots};
PyType_Slot counts_slots[] = {{Py_tp_new, as_slot(new_object<counts>)},
                              {Py_tp_dealloc, as_slot(free_object<counts>)},
                              {Py_mp_subscript, as_slot(value_at)},
                              {Py_mp_ass_subscript, as_slot(set_value_at)},
                              {0, nullptr}};
PyType_Spec counts_spec = {"bench_overrides_plain_c.Counts", sizeof(holder<counts>), 0,
                           Py_TPFLAGS_DEFAULT, counts_slots};

PyMethodDef methods[] = {{"use", use, METH_VARARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};

int fill(PyObject* m) {
    const auto type = [m](PyType_Spec& spec) {
        return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(m, &spec, nullptr));
    };
    strategy_type = type(strategy_spec);
    PyTypeObject* ints_type = type(ints_spec);
    PyTypeObject* counts_type = type(counts_spec);
    if (strategy_type == nullptr || ints_type == nullptr || counts_type == nullptr) {
        return -1;
    }
    PyObject* loops = work::loops(true);
    return PyModule_AddType(m, strategy_type) == 0 && PyModule_AddType(m, ints_type) == 0 &&
                   PyModule_AddType(m, counts_type) == 0 &&
                   PyModule_AddObjectRef(m, "loops", loops) == 0
               ? 0
               : -1;
}

PyModuleDef_Slot slots[] = {{Py_mod_exec, as_slot(fill)},
#ifdef Py_GIL_DISABLED
                            {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                            {0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_overrides_plain_c",
                          nullptr,
                          0,
                          methods,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_overrides_plain_c() { return PyModuleDef_Init(&definition); }
