// Overrides and containers by hand. An expert who writes a class of his own knows which functions Python may override, and asks
// the class for them when an instance is made: replacing a method of the class later goes unnoticed, which a library cannot afford.
// His vector hands out no reference and keeps no place in C++'s memory either; an iterator is a number.
#include "work.hpp"

#include "../harness/c_objects.hpp"
#include "../harness/c_values.hpp"

#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

PyTypeObject* strategy_type = nullptr;
PyTypeObject* iterator_type = nullptr;
PyObject* step_name = nullptr;
PyObject* stay_name = nullptr;

// ---- a class that Python derives

thread_local PyThreadState* kept_state = nullptr;

// Whether this thread was attached already.
bool enter() {
    if (is_attached()) {
        return true;
    }
    if (kept_state == nullptr) {
        kept_state = PyThreadState_New(PyInterpreterState_Main());
    }
    PyEval_RestoreThread(kept_state);
    return false;
}
void leave(bool was_attached) {
    if (!was_attached) {
        PyEval_SaveThread();
    }
}
void give_state_back() {
    if (kept_state != nullptr) {
        PyEval_RestoreThread(kept_state);
        PyThreadState_Clear(kept_state);
        PyThreadState_DeleteCurrent();
        kept_state = nullptr;
    }
}

struct py_strategy final : work::strategy {
    int step(int x) override {
        return step_overridden ? call(step_name, x) : work::strategy::step(x);
    }
    int stay(int x) override {
        return stay_overridden ? call(stay_name, x) : work::strategy::stay(x);
    }
    int call(PyObject* name, int x) const {
        const bool was_attached = enter();
        PyObject* arguments[] = {self, PyLong_FromLong(x)};
        PyObject* result = PyObject_VectorcallMethod(name, arguments, 2, nullptr);
        Py_DECREF(arguments[1]);
        int value = 0;
        if (result == nullptr || !to_int(result, value)) {
            Py_FatalError("the override failed");
        }
        Py_DECREF(result);
        leave(was_attached);
        return value;
    }
    PyObject* self = nullptr;
    bool step_overridden = false;
    bool stay_overridden = false;
};

struct strategy_object {
    PyObject head;
    py_strategy value;
};

bool overrides(PyTypeObject* type, PyObject* name) {
    PyObject* own = PyObject_GetAttr(reinterpret_cast<PyObject*>(type), name);
    PyObject* base = PyObject_GetAttr(reinterpret_cast<PyObject*>(strategy_type), name);
    const bool differs = own != base;
    Py_XDECREF(own);
    Py_XDECREF(base);
    return differs;
}

PyObject* new_strategy(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) {
        py_strategy& value = reinterpret_cast<strategy_object*>(self)->value;
        new (&value) py_strategy();
        value.self = self;
        value.step_overridden = overrides(type, step_name);
        value.stay_overridden = overrides(type, stay_name);
    }
    return self;
}

template <int (work::strategy::*F)(int)>
PyObject* call_method(PyObject* self, PyObject* argument) {
    int x = 0;
    if (!to_int(argument, x)) {
        return nullptr;
    }
    return PyLong_FromLong((reinterpret_cast<strategy_object*>(self)->value.*F)(x));
}

PyObject* use(PyObject*, PyObject* argument) {
    if (!PyObject_TypeCheck(argument, strategy_type)) {
        PyErr_SetString(PyExc_TypeError, "expected a Strategy");
        return nullptr;
    }
    work::use(reinterpret_cast<strategy_object*>(argument)->value);
    Py_RETURN_NONE;
}

// ---- containers

using ints = std::vector<int>;
using counts = std::unordered_map<std::string, int>;

PyObject* append(PyObject* self, PyObject* argument) {
    int value = 0;
    if (!to_int(argument, value)) {
        return nullptr;
    }
    value_of<ints>(self).push_back(value);
    Py_RETURN_NONE;
}
Py_ssize_t ints_length(PyObject* self) { return std::ssize(value_of<ints>(self)); }
PyObject* ints_item(PyObject* self, PyObject* key) {
    Py_ssize_t i = 0;
    const auto* number = reinterpret_cast<PyLongObject*>(key);
    if (PyLong_CheckExact(key) && PyUnstable_Long_IsCompact(number)) [[likely]] {
        i = PyUnstable_Long_CompactValue(number);
    } else {
        i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred() != nullptr) {
            return nullptr;
        }
    }
    const ints& values = value_of<ints>(self);
    i += i < 0 ? std::ssize(values) : 0;
    if (i < 0 || i >= std::ssize(values)) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return nullptr;
    }
    return PyLong_FromLong(values[static_cast<std::size_t>(i)]);
}

struct iterator_object {
    PyObject head;
    PyObject* owner;
    std::size_t at;
};
PyObject* iterate(PyObject* self) {
    auto* made = reinterpret_cast<iterator_object*>(iterator_type->tp_alloc(iterator_type, 0));
    if (made == nullptr) {
        return nullptr;
    }
    made->owner = Py_NewRef(self);
    made->at = 0;
    return &made->head;
}
PyObject* next(PyObject* self) {
    auto* iterator = reinterpret_cast<iterator_object*>(self);
    const ints& values = value_of<ints>(iterator->owner);
    return iterator->at < values.size() ? PyLong_FromLong(values[iterator->at++]) : nullptr;
}
void free_iterator(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_DECREF(reinterpret_cast<iterator_object*>(self)->owner);
    type->tp_free(self);
    Py_DECREF(type);
}

// ASCII text, read inline.
bool to_view(PyObject* from, std::string_view& to) {
    if (PyUnicode_CheckExact(from) && PyUnicode_IS_COMPACT_ASCII(from)) [[likely]] {
        to = {static_cast<const char*>(PyUnicode_DATA(from)),
              static_cast<std::size_t>(PyUnicode_GET_LENGTH(from))};
        return true;
    }
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(from, &size);
    if (text == nullptr) {
        return false;
    }
    to = {text, static_cast<std::size_t>(size)};
    return true;
}
PyObject* counts_item(PyObject* self, PyObject* key) {
    std::string_view text;
    if (!to_view(key, text)) {
        return nullptr;
    }
    const counts& values = value_of<counts>(self);
    const auto found = values.find(std::string(text));
    if (found == values.end()) {
        PyErr_SetObject(PyExc_KeyError, key);
        return nullptr;
    }
    return PyLong_FromLong(found->second);
}
int counts_assign(PyObject* self, PyObject* key, PyObject* to) {
    std::string_view text;
    int value = 0;
    if (to == nullptr || !to_view(key, text) || !to_int(to, value)) {
        if (PyErr_Occurred() == nullptr) {
            PyErr_SetString(PyExc_TypeError, "nothing can be deleted here");
        }
        return -1;
    }
    value_of<counts>(self)[std::string(text)] = value;
    return 0;
}

// ---- the module

PyMethodDef strategy_methods[] = {{"step", call_method<&work::strategy::step>, METH_O, nullptr},
                                  {"stay", call_method<&work::strategy::stay>, METH_O, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
PyType_Slot strategy_slots[] = {{Py_tp_new, as_slot(new_strategy)},
                                {Py_tp_dealloc, as_slot(free_object<py_strategy>)},
                                {Py_tp_methods, strategy_methods},
                                {0, nullptr}};
PyType_Spec strategy_spec = {"bench_overrides_best_c.Strategy", sizeof(strategy_object), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, strategy_slots};
static_assert(sizeof(strategy_object) == sizeof(holder<py_strategy>));

PyMethodDef ints_methods[] = {{"append", append, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyType_Slot ints_slots[] = {{Py_tp_new, as_slot(new_object<ints>)},
                            {Py_tp_dealloc, as_slot(free_object<ints>)},
                            {Py_tp_methods, ints_methods},
                            {Py_mp_length, as_slot(ints_length)},
                            {Py_mp_subscript, as_slot(ints_item)},
                            {Py_tp_iter, as_slot(iterate)},
                            {0, nullptr}};
PyType_Spec ints_spec = {"bench_overrides_best_c.Ints", sizeof(holder<ints>), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, ints_slots};
PyType_Slot iterator_slots[] = {{Py_tp_dealloc, as_slot(free_iterator)},
                                {Py_tp_iter, as_slot(PyObject_SelfIter)},
                                {Py_tp_iternext, as_slot(next)},
                                {0, nullptr}};
PyType_Spec iterator_spec = {"bench_overrides_best_c.Iterator", sizeof(iterator_object), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             iterator_slots};
PyType_Slot counts_slots[] = {{Py_tp_new, as_slot(new_object<counts>)},
                              {Py_tp_dealloc, as_slot(free_object<counts>)},
                              {Py_mp_subscript, as_slot(counts_item)},
                              {Py_mp_ass_subscript, as_slot(counts_assign)},
                              {0, nullptr}};
PyType_Spec counts_spec = {"bench_overrides_best_c.Counts", sizeof(holder<counts>), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, counts_slots};

PyMethodDef methods[] = {{"use", use, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}};

int fill(PyObject* m) {
    step_name = PyUnicode_InternFromString("step");
    stay_name = PyUnicode_InternFromString("stay");
    const auto type = [m](PyType_Spec& spec) {
        return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(m, &spec, nullptr));
    };
    strategy_type = type(strategy_spec);
    iterator_type = type(iterator_spec);
    PyTypeObject* ints_type = type(ints_spec);
    PyTypeObject* counts_type = type(counts_spec);
    if (strategy_type == nullptr || iterator_type == nullptr || ints_type == nullptr ||
        counts_type == nullptr) {
        return -1;
    }
    PyObject* loops = bench::table({{"override", work::call_step},
                                    {"override_kept", work::call_step, nullptr, give_state_back},
                                    {"not_overridden", work::call_stay}});
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
                          "bench_overrides_best_c",
                          nullptr,
                          0,
                          methods,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_overrides_best_c() { return PyModuleDef_Init(&definition); }
