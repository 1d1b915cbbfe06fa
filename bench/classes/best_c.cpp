// The classes by hand, as an expert writes them who has read what CPython's interpreter specializes: a tp_vectorcall for
// construction, types whose attributes cannot be changed, methods with METH_O and METH_NOARGS, compact ints read inline.
//
// This is the reference of the theme: what can be had without a library.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_objects.hpp"
#include "../harness/c_values.hpp"
#include "work.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace {

struct counter_object {
    PyObject head;
    work::counter value;
};
struct item_object {
    PyObject head;
    std::shared_ptr<work::item> pointer;
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
PyTypeObject* item_type = nullptr;
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

PyObject* new_item(std::shared_ptr<work::item> pointer) {
    PyObject* self = item_type->tp_alloc(item_type, 0);
    if (self != nullptr) {
        new (&reinterpret_cast<item_object*>(self)->pointer)
            std::shared_ptr<work::item>(std::move(pointer));
    }
    return self;
}

// The one int that a constructor takes, by position or by name.
bool only_int(PyObject* const* arguments, std::size_t flagged, PyObject* names, const char* name,
              int& to) {
    const Py_ssize_t given = PyVectorcall_NARGS(flagged);
    if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {
        const bool one = given == 0 && PyTuple_GET_SIZE(names) == 1 &&
                         PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), name) == 0;
        if (!one) {
            PyErr_Format(PyExc_TypeError, "takes %s alone", name);
            return false;
        }
    } else if (given != 1) {
        PyErr_SetString(PyExc_TypeError, "takes one argument");
        return false;
    }
    return to_int(arguments[0], to);
}

PyObject* call_counter(PyObject* type, PyObject* const* arguments, std::size_t flagged,
                       PyObject* names) {
    int start = 0;
    return only_int(arguments, flagged, names, "start", start)
               ? new_counter(reinterpret_cast<PyTypeObject*>(type), start)
               : nullptr;
}

PyObject* call_item(PyObject*, PyObject* const* arguments, std::size_t flagged, PyObject* names) {
    int value = 0;
    return only_int(arguments, flagged, names, "value", value)
               ? new_item(std::make_shared<work::item>(value))
               : nullptr;
}

void free_item(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    reinterpret_cast<item_object*>(self)->pointer.~shared_ptr();
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* get_item_value(PyObject* self, void*) {
    return PyLong_FromLong(reinterpret_cast<item_object*>(self)->pointer->value);
}

void free_plain(PyObject* self) {
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

PyObject* add_counters(PyObject* left, PyObject* right) {
    if (!PyObject_TypeCheck(left, counter_type) || !PyObject_TypeCheck(right, counter_type)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const work::counter sum = counter_of(left) + counter_of(right);
    return new_counter(counter_type, sum.value);
}

// Pickled as a call: Counter(value).
PyObject* reduce(PyObject* self, PyObject*) {
    return Py_BuildValue("O(i)", Py_TYPE(self), counter_of(self).value);
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
    free_plain(self);
}

PyMethodDef counter_methods[] = {{"get", get, METH_NOARGS, nullptr},
                                 {"add", add, METH_O, nullptr},
                                 {"__reduce__", reduce, METH_NOARGS, nullptr},
                                 {nullptr, nullptr, 0, nullptr}};
PyGetSetDef counter_members[] = {{"value", get_value, set_value, nullptr, nullptr},
                                 {nullptr, nullptr, nullptr, nullptr, nullptr}};
PyType_Slot counter_slots[] = {
    {Py_tp_methods, counter_methods},     {Py_tp_getset, counter_members},
    {Py_tp_dealloc, as_slot(free_plain)}, {Py_tp_richcompare, as_slot(compare)},
    {Py_nb_add, as_slot(add_counters)},   {0, nullptr}};
PyType_Spec counter_spec = {"bench_classes_best_c.Counter", sizeof(counter_object), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, counter_slots};
PyGetSetDef item_members[] = {{"value", get_item_value, nullptr, nullptr, nullptr},
                              {nullptr, nullptr, nullptr, nullptr, nullptr}};
PyType_Slot item_slots[] = {
    {Py_tp_getset, item_members}, {Py_tp_dealloc, as_slot(free_item)}, {0, nullptr}};
PyType_Spec item_spec = {"bench_classes_best_c.Item", sizeof(item_object), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, item_slots};
PyType_Slot series_slots[] = {{Py_tp_new, as_slot(new_series)},
                              {Py_tp_dealloc, as_slot(free_plain)},
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

PyObject* shared_item(PyObject*, PyObject* const*, Py_ssize_t given) {
    return check_count(given, 0) ? new_item(work::shared_item()) : nullptr;
}

PyObject* read_shared(PyObject*, PyObject* argument) {
    if (!PyObject_TypeCheck(argument, item_type)) {
        PyErr_SetString(PyExc_TypeError, "expected an Item");
        return nullptr;
    }
    return PyLong_FromLong(work::read_shared(reinterpret_cast<item_object*>(argument)->pointer));
}

// The members of an enum.Enum, in the order of their values.
std::array<PyObject*, 3> colors{};

PyObject* number_of(PyObject*, PyObject* argument) {
    for (std::size_t i = 0; i < colors.size(); ++i) {
        if (argument == colors[i]) {
            return PyLong_FromLong(work::number_of(static_cast<work::color>(i)));
        }
    }
    PyErr_SetString(PyExc_TypeError, "expected a Color");
    return nullptr;
}

PyObject* turned(PyObject*, PyObject* argument) {
    int number = 0;
    if (!to_int(argument, number)) {
        return nullptr;
    }
    const auto index = static_cast<std::size_t>(work::turned(number));
    if (index >= colors.size()) [[unlikely]] {
        PyErr_SetString(PyExc_ValueError, "no Color has that value");
        return nullptr;
    }
    return Py_NewRef(colors[index]);
}

// Color, and its members into `colors`.
bool add_colors(PyObject* m) {
    static const char* const names[] = {"red", "green", "blue"};
    PyObject* module = PyImport_ImportModule("enum");
    PyObject* made = module == nullptr
                         ? nullptr
                         : PyObject_CallMethod(module, "Enum", "s[(si)(si)(si)]", "Color", names[0],
                                               0, names[1], 1, names[2], 2);
    Py_XDECREF(module);
    for (std::size_t i = 0; made != nullptr && i < colors.size(); ++i) {
        colors[i] = PyObject_GetAttrString(made, names[i]);
        if (colors[i] == nullptr) {
            Py_CLEAR(made);
        }
    }
    const bool added = made != nullptr && PyModule_AddObjectRef(m, "Color", made) == 0;
    Py_XDECREF(made);
    return added;
}

PyMethodDef methods[] = {{"make", as_c_function(make), METH_FASTCALL, nullptr},
                         {"read", read, METH_O, nullptr},
                         {"shared_item", as_c_function(shared_item), METH_FASTCALL, nullptr},
                         {"read_shared", read_shared, METH_O, nullptr},
                         {"number_of", number_of, METH_O, nullptr},
                         {"turned", turned, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

int fill(PyObject* m) {
    const auto type = [m](PyType_Spec& spec) {
        return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(m, &spec, nullptr));
    };
    counter_type = type(counter_spec);
    series_type = type(series_spec);
    iterator_type = type(iterator_spec);
    item_type = type(item_spec);
    if (counter_type == nullptr || series_type == nullptr || iterator_type == nullptr ||
        item_type == nullptr || !add_colors(m)) {
        return -1;
    }
    counter_type->tp_vectorcall = call_counter;
    item_type->tp_vectorcall = call_item;
    for (PyTypeObject* each : {counter_type, item_type, series_type}) {
        if (PyModule_AddType(m, each) != 0) {
            return -1;
        }
    }
    return 0;
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
