// The calls by hand, as most people would write them with CPython's API.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "work.hpp"

#include <climits>

namespace {

// Declared as the C API wants them: every function may be handed over as PyCFunction.
template <class F>
PyCFunction as_c_function(F* f) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

bool to_int(PyObject* from, int& to) {
    const long value = PyLong_AsLong(from);
    if (value == -1 && PyErr_Occurred() != nullptr) {
        return false;
    }
    if (value < INT_MIN || value > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "the value does not fit an int");
        return false;
    }
    to = static_cast<int>(value);
    return true;
}

bool check_count(Py_ssize_t given, Py_ssize_t wanted) {
    if (given != wanted) {
        PyErr_Format(PyExc_TypeError, "takes %zd arguments, %zd given", wanted, given);
        return false;
    }
    return true;
}

PyObject* noop(PyObject*, PyObject*) {
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
    const double a = PyFloat_AsDouble(argument);
    if (a == -1 && PyErr_Occurred() != nullptr) {
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
    const double f = PyFloat_AsDouble(arguments[5]);
    if (f == -1 && PyErr_Occurred() != nullptr) {
        return nullptr;
    }
    return PyFloat_FromDouble(work::six(x[0], x[1], x[2], x[3], x[4], f));
}

// Two arguments by position or by name; the second one may be left out.
PyObject* by_name(PyObject* const* arguments, Py_ssize_t given, PyObject* names,
                  bool second_has_default) {
    static const char* const known[] = {"a", "b"};
    PyObject* found[2] = {};
    if (given > 2) {
        check_count(given, 2);
        return nullptr;
    }
    for (Py_ssize_t i = 0; i < given; ++i) {
        found[i] = arguments[i];
    }
    const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t k = 0; k < named; ++k) {
        int place = 0;
        while (place < 2 &&
               PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, k), known[place]) != 0) {
            ++place;
        }
        if (place == 2 || found[place] != nullptr) {
            PyErr_SetString(PyExc_TypeError, "an unknown argument, or one given twice");
            return nullptr;
        }
        found[place] = arguments[given + k];
    }
    int a = 0;
    int b = 10;
    if (found[0] == nullptr || (found[1] == nullptr && !second_has_default)) {
        PyErr_SetString(PyExc_TypeError, "an argument is missing");
        return nullptr;
    }
    if (!to_int(found[0], a) || (found[1] != nullptr && !to_int(found[1], b))) {
        return nullptr;
    }
    return PyLong_FromLong(work::two_ints(a, b));
}
PyObject* named(PyObject*, PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    return by_name(arguments, given, names, false);
}
PyObject* defaulted(PyObject*, PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    return by_name(arguments, given, names, true);
}

PyObject* length_view(PyObject*, PyObject* argument) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(argument, &size);
    return text == nullptr ? nullptr
                           : PyLong_FromSize_t(work::length_view(
                                 std::string_view(text, static_cast<std::size_t>(size))));
}

PyObject* length_string(PyObject*, PyObject* argument) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(argument, &size);
    return text == nullptr ? nullptr
                           : PyLong_FromSize_t(work::length_string(
                                 std::string(text, static_cast<std::size_t>(size))));
}

PyObject* takes(PyObject*, PyObject*) { Py_RETURN_TRUE; }

PyObject* overloaded(PyObject*, PyObject* argument) {
    if (PyLong_Check(argument)) {
        int a = 0;
        return to_int(argument, a) ? PyLong_FromLong(work::first(a)) : nullptr;
    }
    if (PyUnicode_Check(argument)) {
        Py_ssize_t size = 0;
        const char* text = PyUnicode_AsUTF8AndSize(argument, &size);
        return text == nullptr ? nullptr
                               : PyLong_FromLong(work::second(
                                     std::string_view(text, static_cast<std::size_t>(size))));
    }
    PyErr_SetString(PyExc_TypeError, "expected int or str");
    return nullptr;
}

PyObject* fail(PyObject*, PyObject*) {
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
        PyObject* result = number == nullptr ? nullptr : PyObject_CallOneArg(arguments[0], number);
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

PyObject* arguments(PyObject*, PyObject* all) { return Py_NewRef(all); }

PyObject* sum_arguments(PyObject*, PyObject* all) {
    int sum = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all); ++i) {
        int each = 0;
        if (!to_int(PyTuple_GET_ITEM(all, i), each)) {
            return nullptr;
        }
        sum += each;
    }
    return PyLong_FromLong(sum);
}

PyObject* refuse(PyObject*, PyObject*) {
    const work::outcome made = work::refuse();
    if (!made.has_value()) {
        PyErr_SetString(PyExc_RuntimeError, made.error().what());
        return nullptr;
    }
    return PyLong_FromLong(*made);
}

PyMethodDef methods[] = {
    {"noop", noop, METH_NOARGS, nullptr},
    {"one_int", one_int, METH_O, nullptr},
    {"two_ints", as_c_function(two_ints), METH_FASTCALL, nullptr},
    {"one_float", one_float, METH_O, nullptr},
    {"six", as_c_function(six), METH_FASTCALL, nullptr},
    {"named", as_c_function(named), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"defaulted", as_c_function(defaulted), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"length_view", length_view, METH_O, nullptr},
    {"length_string", length_string, METH_O, nullptr},
    {"takes", takes, METH_O, nullptr},
    {"arguments", arguments, METH_VARARGS, nullptr},
    {"sum_arguments", sum_arguments, METH_VARARGS, nullptr},
    {"overloaded", overloaded, METH_O, nullptr},
    {"fail", fail, METH_NOARGS, nullptr},
    {"refuse", refuse, METH_NOARGS, nullptr},
    {"callback", as_c_function(callback), METH_FASTCALL, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_calls_plain_c",
                          nullptr,
                          0,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_calls_plain_c() { return PyModuleDef_Init(&definition); }
