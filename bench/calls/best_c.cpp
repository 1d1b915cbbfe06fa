// The calls by hand, as an expert writes them who has read what CPython's interpreter specializes: METH_FASTCALL in the place of
// METH_NOARGS; compact ints, exact floats and ASCII text read inline; names compared by address first; memory reserved.
//
// This is the reference of the theme: what can be had without a library.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_ints.hpp"
#include "work.hpp"

namespace {

// Declared as the C API wants them: every function may be handed over as PyCFunction.
template <class F>
PyCFunction as_c_function(F* f) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

inline bool to_double(PyObject* from, double& to) {
    if (PyFloat_CheckExact(from)) [[likely]] {
        to = PyFloat_AS_DOUBLE(from);
        return true;
    }
    to = PyFloat_AsDouble(from);
    return to != -1 || PyErr_Occurred() == nullptr;
}

inline bool to_text(PyObject* from, std::string_view& to) {
    if (PyUnicode_Check(from) && PyUnicode_IS_COMPACT_ASCII(from)) [[likely]] {
        to = {static_cast<const char*>(PyUnicode_DATA(from)),
              static_cast<std::size_t>(PyUnicode_GET_LENGTH(from))};
        return true;
    }
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(from, &size);
    to = {text, static_cast<std::size_t>(size)};
    return text != nullptr;
}

[[gnu::noinline]] bool refuse_count(Py_ssize_t given, Py_ssize_t wanted) {
    PyErr_Format(PyExc_TypeError, "takes %zd arguments, %zd given", wanted, given);
    return false;
}

inline bool check_count(Py_ssize_t given, Py_ssize_t wanted) {
    return given == wanted || refuse_count(given, wanted);
}

PyObject* noop(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (!check_count(given, 0)) [[unlikely]] {
        return nullptr;
    }
    work::noop();
    Py_RETURN_NONE;
}

PyObject* one_int(PyObject*, PyObject* argument) {
    int a = 0;
    return to_int(argument, a) ? PyLong_FromLong(work::one_int(a)) : nullptr;
}

PyObject* two_ints(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int a = 0;
    int b = 0;
    if (!check_count(given, 2) || !to_int(arguments[0], a) || !to_int(arguments[1], b)) {
        return nullptr;
    }
    return PyLong_FromLong(work::two_ints(a, b));
}

PyObject* one_float(PyObject*, PyObject* argument) {
    double a = 0;
    if (!to_double(argument, a)) [[unlikely]] {
        return nullptr;
    }
    return PyFloat_FromDouble(work::one_float(a));
}

PyObject* six(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int x[5];
    if (!check_count(given, 6)) {
        return nullptr;
    }
    for (int i = 0; i < 5; ++i) {
        if (!to_int(arguments[i], x[i])) {
            return nullptr;
        }
    }
    double f = 0;
    if (!to_double(arguments[5], f)) [[unlikely]] {
        return nullptr;
    }
    return PyFloat_FromDouble(work::six(x[0], x[1], x[2], x[3], x[4], f));
}

PyObject* name_a = nullptr;
PyObject* name_b = nullptr;

// Puts named arguments into place: names are interned nearly always, so that their addresses are compared first.
[[gnu::noinline]] bool place_slowly(PyObject* name, PyObject* value, PyObject* (&found)[2]) {
    const int place = PyUnicode_Compare(name, name_a) == 0   ? 0
                      : PyUnicode_Compare(name, name_b) == 0 ? 1
                                                             : 2;
    if (place == 2 || found[place] != nullptr) {
        PyErr_SetString(PyExc_TypeError, "an unknown argument, or one given twice");
        return false;
    }
    found[place] = value;
    return true;
}

template <bool SecondHasDefault>
PyObject* by_name(PyObject*, PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    PyObject* found[2] = {};
    if (given > 2) [[unlikely]] {
        refuse_count(given, 2);
        return nullptr;
    }
    for (Py_ssize_t i = 0; i < given; ++i) {
        found[i] = arguments[i];
    }
    if (names != nullptr) {
        const Py_ssize_t named = PyTuple_GET_SIZE(names);
        for (Py_ssize_t k = 0; k < named; ++k) {
            PyObject* name = PyTuple_GET_ITEM(names, k);
            PyObject* value = arguments[given + k];
            if (name == name_a && found[0] == nullptr) {
                found[0] = value;
            } else if (name == name_b && found[1] == nullptr) {
                found[1] = value;
            } else if (!place_slowly(name, value, found)) {
                return nullptr;
            }
        }
    }
    int a = 0;
    int b = 10;
    if (found[0] == nullptr || (!SecondHasDefault && found[1] == nullptr)) [[unlikely]] {
        PyErr_SetString(PyExc_TypeError, "an argument is missing");
        return nullptr;
    }
    if (!to_int(found[0], a) || (found[1] != nullptr && !to_int(found[1], b))) [[unlikely]] {
        return nullptr;
    }
    return PyLong_FromLong(work::two_ints(a, b));
}

PyObject* length_view(PyObject*, PyObject* argument) {
    std::string_view text;
    return to_text(argument, text) ? PyLong_FromSize_t(work::length_view(text)) : nullptr;
}

PyObject* length_string(PyObject*, PyObject* argument) {
    std::string_view text;
    return to_text(argument, text) ? PyLong_FromSize_t(work::length_string(std::string(text)))
                                   : nullptr;
}

PyObject* takes(PyObject*, PyObject*) { Py_RETURN_TRUE; }

PyObject* sum(PyObject*, PyObject* argument) {
    PyObject* items = PySequence_Fast(argument, "expected a sequence");
    if (items == nullptr) {
        return nullptr;
    }
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(items);
    PyObject* const* const each = PySequence_Fast_ITEMS(items);
    std::vector<int> values(static_cast<std::size_t>(size));
    for (Py_ssize_t i = 0; i < size; ++i) {
        if (!to_int(each[i], values[static_cast<std::size_t>(i)])) [[unlikely]] {
            Py_DECREF(items);
            return nullptr;
        }
    }
    Py_DECREF(items);
    return PyLong_FromLong(work::sum(values));
}

PyObject* make_list(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (!check_count(given, 0)) [[unlikely]] {
        return nullptr;
    }
    const std::vector<int> values = work::make_list();
    PyObject* list = PyList_New(static_cast<Py_ssize_t>(values.size()));
    for (std::size_t i = 0; list != nullptr && i < values.size(); ++i) {
        PyObject* value = PyLong_FromLong(values[i]);
        if (value == nullptr) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), value);
    }
    return list;
}

PyObject* dict_size(PyObject*, PyObject* argument) {
    if (!PyDict_Check(argument)) {
        PyErr_SetString(PyExc_TypeError, "expected a dict");
        return nullptr;
    }
    work::counts values;
    values.reserve(static_cast<std::size_t>(PyDict_GET_SIZE(argument)));
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(argument, &at, &key, &value) != 0;) {
        std::string_view text;
        int number = 0;
        if (!to_text(key, text) || !to_int(value, number)) {
            return nullptr;
        }
        values.emplace(text, number);
    }
    return PyLong_FromSize_t(work::dict_size(values));
}

PyObject* make_dict(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (!check_count(given, 0)) [[unlikely]] {
        return nullptr;
    }
    PyObject* dict = PyDict_New();
    for (const auto& [key, value] : work::hundred()) {
        PyObject* name =
            PyUnicode_FromStringAndSize(key.data(), static_cast<Py_ssize_t>(key.size()));
        PyObject* number = PyLong_FromLong(value);
        const bool added = dict != nullptr && name != nullptr && number != nullptr &&
                           PyDict_SetItem(dict, name, number) == 0;
        Py_XDECREF(name);
        Py_XDECREF(number);
        if (!added) {
            Py_XDECREF(dict);
            return nullptr;
        }
    }
    return dict;
}

PyObject* overloaded(PyObject*, PyObject* argument) {
    if (PyLong_Check(argument)) {
        int a = 0;
        return to_int(argument, a) ? PyLong_FromLong(work::first(a)) : nullptr;
    }
    if (PyUnicode_Check(argument)) {
        std::string_view text;
        return to_text(argument, text) ? PyLong_FromLong(work::second(text)) : nullptr;
    }
    PyErr_SetString(PyExc_TypeError, "expected int or str");
    return nullptr;
}

PyObject* fail(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (!check_count(given, 0)) [[unlikely]] {
        return nullptr;
    }
    try {
        work::fail();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
}

PyObject* callback(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int n = 0;
    if (!check_count(given, 2) || !to_int(arguments[1], n)) {
        return nullptr;
    }
    int all = 0;
    for (int i = 0; i < n; ++i) {
        PyObject* number = PyLong_FromLong(i);
        PyObject* const stack[] = {nullptr, number};
        PyObject* result = number == nullptr
                               ? nullptr
                               : PyObject_Vectorcall(arguments[0], stack + 1,
                                                     1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
        Py_XDECREF(number);
        int value = 0;
        if (result == nullptr || !to_int(result, value)) {
            Py_XDECREF(result);
            return nullptr;
        }
        Py_DECREF(result);
        all += value;
    }
    return PyLong_FromLong(all);
}

PyMethodDef methods[] = {
    {"noop", as_c_function(noop), METH_FASTCALL, nullptr},
    {"one_int", one_int, METH_O, nullptr},
    {"two_ints", as_c_function(two_ints), METH_FASTCALL, nullptr},
    {"one_float", one_float, METH_O, nullptr},
    {"six", as_c_function(six), METH_FASTCALL, nullptr},
    {"named", as_c_function(by_name<false>), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"defaulted", as_c_function(by_name<true>), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"length_view", length_view, METH_O, nullptr},
    {"length_string", length_string, METH_O, nullptr},
    {"takes", takes, METH_O, nullptr},
    {"sum", sum, METH_O, nullptr},
    {"make_list", as_c_function(make_list), METH_FASTCALL, nullptr},
    {"dict_size", dict_size, METH_O, nullptr},
    {"make_dict", as_c_function(make_dict), METH_FASTCALL, nullptr},
    {"overloaded", overloaded, METH_O, nullptr},
    {"fail", as_c_function(fail), METH_FASTCALL, nullptr},
    {"callback", as_c_function(callback), METH_FASTCALL, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_calls_best_c",
                          nullptr,
                          0,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_calls_best_c() {
    name_a = PyUnicode_InternFromString("a");
    name_b = PyUnicode_InternFromString("b");
    return PyModuleDef_Init(&definition);
}
