// The classes by hand, as most people would write them with CPython's API: types from specifications, tp_new and tp_init, arguments
// parsed by format, a Python class for the enumeration that is looked up by value.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_ints.hpp"
#include "../harness/c_objects.hpp"
#include "work.hpp"

#include <new>

namespace {

using shared = std::shared_ptr<work::item>;

PyTypeObject* counter_type = nullptr;
PyTypeObject* item_type = nullptr;
PyTypeObject* iterator_type = nullptr;
PyObject* color_class = nullptr;

// ---- Counter

PyObject* new_counter(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        new (&value_of<work::counter>(self)) work::counter(0);
    }
    return self;
}

int init_counter(PyObject* self, PyObject* arguments, PyObject* names) {
    static const char* known[] = {"start", nullptr};
    return PyArg_ParseTupleAndKeywords(arguments, names, "i:Counter", const_cast<char**>(known),
                                       &value_of<work::counter>(self).value) != 0
               ? 0
               : -1;
}

PyObject* wrap(const work::counter& value) {
    PyObject* self = new_counter(counter_type, nullptr, nullptr);
    if (self != nullptr) {
        value_of<work::counter>(self) = value;
    }
    return self;
}

PyObject* get(PyObject* self, PyObject*) {
    return PyLong_FromLong(value_of<work::counter>(self).get());
}

PyObject* add(PyObject* self, PyObject* arguments) {
    int more = 0;
    if (PyArg_ParseTuple(arguments, "i:add", &more) == 0) {
        return nullptr;
    }
    value_of<work::counter>(self).add(more);
    Py_RETURN_NONE;
}

PyObject* get_value(PyObject* self, void*) {
    return PyLong_FromLong(value_of<work::counter>(self).value);
}

int set_value(PyObject* self, PyObject* to, void*) {
    if (to == nullptr) {
        PyErr_SetString(PyExc_AttributeError, "value cannot be deleted");
        return -1;
    }
    return to_int_slowly(to, value_of<work::counter>(self).value) ? 0 : -1;
}

PyObject* compare(PyObject* left, PyObject* right, int operation) {
    if ((operation != Py_EQ && operation != Py_NE) || !PyObject_TypeCheck(right, counter_type)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const bool equal = value_of<work::counter>(left) == value_of<work::counter>(right);
    return PyBool_FromLong(static_cast<long>(equal == (operation == Py_EQ)));
}

PyObject* add_counters(PyObject* left, PyObject* right) {
    if (!PyObject_TypeCheck(left, counter_type) || !PyObject_TypeCheck(right, counter_type)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return wrap(value_of<work::counter>(left) + value_of<work::counter>(right));
}

PyObject* reduce(PyObject* self, PyObject*) {
    return Py_BuildValue("O(i)", Py_TYPE(self), value_of<work::counter>(self).value);
}

// ---- Item

PyObject* new_item(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        new (&value_of<shared>(self)) shared();
    }
    return self;
}

int init_item(PyObject* self, PyObject* arguments, PyObject* names) {
    static const char* known[] = {"value", nullptr};
    int value = 0;
    if (PyArg_ParseTupleAndKeywords(arguments, names, "i:Item", const_cast<char**>(known),
                                    &value) == 0) {
        return -1;
    }
    value_of<shared>(self) = std::make_shared<work::item>(value);
    return 0;
}

PyObject* get_item_value(PyObject* self, void*) {
    return PyLong_FromLong(value_of<shared>(self)->value);
}

// ---- Series

PyObject* new_series(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        new (&value_of<work::series>(self)) work::series();
    }
    return self;
}

struct place {
    PyObject* owner;
    const int* at;
    const int* end;
};

PyObject* iterate(PyObject* self) {
    PyObject* made = iterator_type->tp_alloc(iterator_type, 0);
    if (made != nullptr) {
        const work::series& values = value_of<work::series>(self);
        value_of<place>(made) = {Py_NewRef(self), values.begin(), values.end()};
    }
    return made;
}

PyObject* next(PyObject* self) {
    place& at = value_of<place>(self);
    return at.at == at.end ? nullptr : PyLong_FromLong(*at.at++);
}

void free_iterator(PyObject* self) {
    Py_DECREF(value_of<place>(self).owner);
    free_object<place>(self);
}

// ---- the module

PyObject* make(PyObject*, PyObject*) { return wrap(work::make()); }

PyObject* read(PyObject*, PyObject* arguments) {
    PyObject* source = nullptr;
    if (PyArg_ParseTuple(arguments, "O!:read", counter_type, &source) == 0) {
        return nullptr;
    }
    return PyLong_FromLong(work::read(value_of<work::counter>(source)));
}

PyObject* shared_item(PyObject*, PyObject*) {
    PyObject* made = new_item(item_type, nullptr, nullptr);
    if (made != nullptr) {
        value_of<shared>(made) = work::shared_item();
    }
    return made;
}

PyObject* read_shared(PyObject*, PyObject* arguments) {
    PyObject* source = nullptr;
    if (PyArg_ParseTuple(arguments, "O!:read_shared", item_type, &source) == 0) {
        return nullptr;
    }
    return PyLong_FromLong(work::read_shared(value_of<shared>(source)));
}

PyObject* number_of(PyObject*, PyObject* argument) {
    const int is_color = PyObject_IsInstance(argument, color_class);
    if (is_color <= 0) {
        if (is_color == 0) {
            PyErr_SetString(PyExc_TypeError, "expected a Color");
        }
        return nullptr;
    }
    PyObject* number = PyObject_GetAttrString(argument, "value");
    if (number == nullptr) {
        return nullptr;
    }
    int value = 0;
    const bool fits = to_int_slowly(number, value);
    Py_DECREF(number);
    return fits ? PyLong_FromLong(work::number_of(static_cast<work::color>(value))) : nullptr;
}

PyObject* turned(PyObject*, PyObject* arguments) {
    int number = 0;
    if (PyArg_ParseTuple(arguments, "i:turned", &number) == 0) {
        return nullptr;
    }
    return PyObject_CallFunction(color_class, "i", static_cast<int>(work::turned(number)));
}

PyMethodDef counter_methods[] = {{"get", get, METH_NOARGS, nullptr},
                                 {"add", add, METH_VARARGS, nullptr},
                                 {"__reduce__", reduce, METH_NOARGS, nullptr},
                                 {nullptr, nullptr, 0, nullptr}};
PyGetSetDef counter_members[] = {{"value", get_value, set_value, nullptr, nullptr},
                                 {nullptr, nullptr, nullptr, nullptr, nullptr}};
PyType_Slot counter_slots[] = {{Py_tp_new, as_slot(new_counter)},
                               {Py_tp_init, as_slot(init_counter)},
                               {Py_tp_dealloc, as_slot(free_object<work::counter>)},
                               {Py_tp_methods, counter_methods},
                               {Py_tp_getset, counter_members},
                               {Py_tp_richcompare, as_slot(compare)},
                               {Py_nb_add, as_slot(add_counters)},
                               {0, nullptr}};
PyType_Spec counter_spec = {"bench_classes_plain_c.Counter", sizeof(holder<work::counter>), 0,
                            Py_TPFLAGS_DEFAULT, counter_slots};
PyGetSetDef item_members[] = {{"value", get_item_value, nullptr, nullptr, nullptr},
                              {nullptr, nullptr, nullptr, nullptr, nullptr}};
PyType_Slot item_slots[] = {{Py_tp_new, as_slot(new_item)},
                            {Py_tp_init, as_slot(init_item)},
                            {Py_tp_dealloc, as_slot(free_object<shared>)},
                            {Py_tp_getset, item_members},
                            {0, nullptr}};
PyType_Spec item_spec = {"bench_classes_plain_c.Item", sizeof(holder<shared>), 0,
                         Py_TPFLAGS_DEFAULT, item_slots};
PyType_Slot series_slots[] = {{Py_tp_new, as_slot(new_series)},
                              {Py_tp_dealloc, as_slot(free_object<work::series>)},
                              {Py_tp_iter, as_slot(iterate)},
                              {0, nullptr}};
PyType_Spec series_spec = {"bench_classes_plain_c.Series", sizeof(holder<work::series>), 0,
                           Py_TPFLAGS_DEFAULT, series_slots};
PyType_Slot iterator_slots[] = {{Py_tp_dealloc, as_slot(free_iterator)},
                                {Py_tp_iter, as_slot(PyObject_SelfIter)},
                                {Py_tp_iternext, as_slot(next)},
                                {0, nullptr}};
PyType_Spec iterator_spec = {"bench_classes_plain_c.Iterator", sizeof(holder<place>), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             iterator_slots};

PyMethodDef methods[] = {{"make", make, METH_NOARGS, nullptr},
                         {"read", read, METH_VARARGS, nullptr},
                         {"shared_item", shared_item, METH_NOARGS, nullptr},
                         {"read_shared", read_shared, METH_VARARGS, nullptr},
                         {"number_of", number_of, METH_O, nullptr},
                         {"turned", turned, METH_VARARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

int fill(PyObject* m) {
    const auto type = [m](PyType_Spec& spec) {
        return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(m, &spec, nullptr));
    };
    counter_type = type(counter_spec);
    item_type = type(item_spec);
    iterator_type = type(iterator_spec);
    PyTypeObject* series_type = type(series_spec);
    PyObject* enumerations = PyImport_ImportModule("enum");
    if (counter_type == nullptr || item_type == nullptr || iterator_type == nullptr ||
        series_type == nullptr || enumerations == nullptr) {
        return -1;
    }
    color_class = PyObject_CallMethod(enumerations, "Enum", "s[(si)(si)(si)]", "Color", "red", 0,
                                      "green", 1, "blue", 2);
    Py_DECREF(enumerations);
    return color_class != nullptr && PyModule_AddObjectRef(m, "Color", color_class) == 0 &&
                   PyModule_AddType(m, counter_type) == 0 && PyModule_AddType(m, item_type) == 0 &&
                   PyModule_AddType(m, series_type) == 0
               ? 0
               : -1;
}

PyModuleDef_Slot slots[] = {{Py_mod_exec, as_slot(fill)}, {0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_classes_plain_c",
                          nullptr,
                          0,
                          methods,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_classes_plain_c() { return PyModuleDef_Init(&definition); }
