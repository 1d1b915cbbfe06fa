// The classes by hand, as an expert writes them who has read what CPython's interpreter specializes: a tp_vectorcall for
// construction, types whose attributes cannot be changed, methods with METH_O and METH_NOARGS, compact ints read inline.
//
// This is the reference of the theme: what can be had without a library.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_ints.hpp"
#include "work.hpp"

#include <new>

namespace {

template <class F>
void* as_slot(F* f) {
    return reinterpret_cast<void*>(f);
}

struct counter_object {
    PyObject head;
    work::counter value;
};
struct series_object {
    PyObject head;
    work::series value;
};
struct iterator_object {
    PyObject head;
    PyObject* owner;
    const int* at;
    const int* end;
};

PyTypeObject* counter_type = nullptr;
PyTypeObject* series_type = nullptr;
PyTypeObject* iterator_type = nullptr;

inline work::counter& counter_of(PyObject* self) {
    return reinterpret_cast<counter_object*>(self)->value;
}

PyObject* new_counter(PyTypeObject* type, int start) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        new (&counter_of(self)) work::counter(start);
    }
    return self;
}

PyObject* call_counter(PyObject* type, PyObject* const* arguments, std::size_t flagged,
                       PyObject* names) {
    const Py_ssize_t given = PyVectorcall_NARGS(flagged);
    if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {
        const bool one = given == 0 && PyTuple_GET_SIZE(names) == 1 &&
                         PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "start") == 0;
        if (!one) {
            PyErr_SetString(PyExc_TypeError, "Counter() takes start");
            return nullptr;
        }
    } else if (given != 1) {
        PyErr_SetString(PyExc_TypeError, "Counter() takes one argument");
        return nullptr;
    }
    int start = 0;
    return to_int(arguments[0], start) ? new_counter(reinterpret_cast<PyTypeObject*>(type), start)
                                       : nullptr;
}

void free_object(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* get(PyObject* self, PyObject*) { return PyLong_FromLong(counter_of(self).get()); }

PyObject* add(PyObject* self, PyObject* argument) {
    int more = 0;
    if (!to_int(argument, more)) {
        return nullptr;
    }
    counter_of(self).add(more);
    Py_RETURN_NONE;
}

PyObject* get_value(PyObject* self, void*) { return PyLong_FromLong(counter_of(self).value); }

int set_value(PyObject* self, PyObject* to, void*) {
    if (to == nullptr) {
        PyErr_SetString(PyExc_AttributeError, "value cannot be deleted");
        return -1;
    }
    return to_int(to, counter_of(self).value) ? 0 : -1;
}

PyObject* compare(PyObject* left, PyObject* right, int operation) {
    if (operation != Py_EQ && operation != Py_NE) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (!PyObject_TypeCheck(right, counter_type)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const bool equal = counter_of(left) == counter_of(right);
    return Py_NewRef(equal == (operation == Py_EQ) ? Py_True : Py_False);
}

PyObject* new_series(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        new (&reinterpret_cast<series_object*>(self)->value) work::series();
    }
    return self;
}

PyObject* iterate(PyObject* self) {
    auto* made = reinterpret_cast<iterator_object*>(iterator_type->tp_alloc(iterator_type, 0));
    if (made == nullptr) {
        return nullptr;
    }
    const work::series& values = reinterpret_cast<series_object*>(self)->value;
    made->owner = Py_NewRef(self);
    made->at = values.begin();
    made->end = values.end();
    return &made->head;
}

PyObject* next(PyObject* self) {
    auto* iterator = reinterpret_cast<iterator_object*>(self);
    return iterator->at == iterator->end ? nullptr : PyLong_FromLong(*iterator->at++);
}

void free_iterator(PyObject* self) {
    Py_DECREF(reinterpret_cast<iterator_object*>(self)->owner);
    free_object(self);
}

PyMethodDef counter_methods[] = {{"get", get, METH_NOARGS, nullptr},
                                 {"add", add, METH_O, nullptr},
                                 {nullptr, nullptr, 0, nullptr}};
PyGetSetDef counter_members[] = {{"value", get_value, set_value, nullptr, nullptr},
                                 {nullptr, nullptr, nullptr, nullptr, nullptr}};
PyType_Slot counter_slots[] = {{Py_tp_methods, counter_methods},
                               {Py_tp_getset, counter_members},
                               {Py_tp_dealloc, as_slot(free_object)},
                               {Py_tp_richcompare, as_slot(compare)},
                               {0, nullptr}};
PyType_Spec counter_spec = {"bench_classes_best_c.Counter", sizeof(counter_object), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, counter_slots};
PyType_Slot series_slots[] = {{Py_tp_new, as_slot(new_series)},
                              {Py_tp_dealloc, as_slot(free_object)},
                              {Py_tp_iter, as_slot(iterate)},
                              {0, nullptr}};
PyType_Spec series_spec = {"bench_classes_best_c.Series", sizeof(series_object), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, series_slots};
PyType_Slot iterator_slots[] = {{Py_tp_dealloc, as_slot(free_iterator)},
                                {Py_tp_iter, as_slot(PyObject_SelfIter)},
                                {Py_tp_iternext, as_slot(next)},
                                {0, nullptr}};
PyType_Spec iterator_spec = {"bench_classes_best_c.Iterator", sizeof(iterator_object), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             iterator_slots};

PyObject* make(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (given != 0) {
        PyErr_SetString(PyExc_TypeError, "make() takes no arguments");
        return nullptr;
    }
    const work::counter made = work::make();
    return new_counter(counter_type, made.value);
}

PyObject* read(PyObject*, PyObject* argument) {
    if (!PyObject_TypeCheck(argument, counter_type)) {
        PyErr_SetString(PyExc_TypeError, "expected a Counter");
        return nullptr;
    }
    return PyLong_FromLong(work::read(counter_of(argument)));
}

PyMethodDef methods[] = {{"make", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(make)),
                          METH_FASTCALL, nullptr},
                         {"read", read, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

int fill(PyObject* m) {
    const auto type = [m](PyType_Spec& spec) {
        return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(m, &spec, nullptr));
    };
    counter_type = type(counter_spec);
    series_type = type(series_spec);
    iterator_type = type(iterator_spec);
    if (counter_type == nullptr || series_type == nullptr || iterator_type == nullptr) {
        return -1;
    }
    counter_type->tp_vectorcall = call_counter;
    return PyModule_AddType(m, counter_type) == 0 && PyModule_AddType(m, series_type) == 0 ? 0 : -1;
}

PyModuleDef_Slot slots[] = {{Py_mod_exec, as_slot(fill)}, {0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_classes_best_c",
                          nullptr,
                          0,
                          methods,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_classes_best_c() { return PyModuleDef_Init(&definition); }
