// The conversions by hand, as most people would write them with CPython's API: through its checked functions, which take any
// sequence and any iterable, into containers of C++ that grow.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_ints.hpp"
#include "work.hpp"

#include <utility>

namespace {

bool read(PyObject* from, int& to) { return to_int_slowly(from, to); }
bool read(PyObject* from, double& to) {
    to = PyFloat_AsDouble(from);
    return to != -1 || PyErr_Occurred() == nullptr;
}
bool read(PyObject* from, std::string& to) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(from, &size);
    if (text == nullptr) {
        return false;
    }
    to.assign(text, static_cast<std::size_t>(size));
    return true;
}
template <class T>
bool read(PyObject* from, std::vector<T>& to) {
    const Py_ssize_t size = PySequence_Size(from);
    for (Py_ssize_t i = 0; i < size; ++i) {
        PyObject* item = PySequence_GetItem(from, i);
        T value{};
        const bool fits = item != nullptr && read(item, value);
        Py_XDECREF(item);
        if (!fits) {
            return false;
        }
        to.push_back(std::move(value));
    }
    return size >= 0;
}
template <class T>
bool read(PyObject* from, std::unordered_map<std::string, T>& to) {
    if (!PyDict_Check(from)) {
        PyErr_SetString(PyExc_TypeError, "expected a dict");
        return false;
    }
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(from, &at, &key, &value) != 0;) {
        std::string name;
        T mapped{};
        if (!read(key, name) || !read(value, mapped)) {
            return false;
        }
        to[name] = std::move(mapped);
    }
    return true;
}
bool read(PyObject* from, work::numbers& to) {
    PyObject* iterator = PyObject_GetIter(from);
    if (iterator == nullptr) {
        return false;
    }
    while (PyObject* item = PyIter_Next(iterator)) {
        int value = 0;
        const bool fits = read(item, value);
        Py_DECREF(item);
        if (!fits) {
            break;
        }
        to.insert(value);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() == nullptr;
}
bool read(PyObject* from, work::maybe& to) { return from == Py_None || read(from, to.emplace()); }
bool read(PyObject* from, work::choice& to) {
    if (PyLong_Check(from)) {
        return read(from, to.emplace<0>());
    }
    if (PyFloat_Check(from)) {
        return read(from, to.emplace<1>());
    }
    return read(from, to.emplace<2>());
}

PyObject* number(int value) { return PyLong_FromLong(value); }
PyObject* number(double value) { return PyFloat_FromDouble(value); }
PyObject* number(std::size_t value) { return PyLong_FromSize_t(value); }

template <class T, auto F>
PyObject* take(PyObject*, PyObject* argument) {
    T value{};
    return read(argument, value) ? number(F(value)) : nullptr;
}

PyObject* tuple_in(PyObject*, PyObject* arguments) {
    int amount = 0;
    double factor = 0;
    const char* name = nullptr;
    if (PyArg_ParseTuple(arguments, "(ids)", &amount, &factor, &name) == 0) {
        return nullptr;
    }
    return PyFloat_FromDouble(work::tuple_in({amount, factor, name}));
}

PyObject* make(int value) { return PyLong_FromLong(value); }
PyObject* make(double value) { return PyFloat_FromDouble(value); }
PyObject* make(const std::string& text) {
    return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}
template <class T>
PyObject* make(const std::vector<T>& values) {
    PyObject* list = PyList_New(0);
    for (const T& each : values) {
        PyObject* value = make(each);
        const bool added = list != nullptr && value != nullptr && PyList_Append(list, value) == 0;
        Py_XDECREF(value);
        if (!added) {
            Py_CLEAR(list);
            break;
        }
    }
    return list;
}
template <class T>
PyObject* make(const std::unordered_map<std::string, T>& values) {
    PyObject* dict = PyDict_New();
    for (const auto& [name, each] : values) {
        PyObject* value = make(each);
        const bool added = dict != nullptr && value != nullptr &&
                           PyDict_SetItemString(dict, name.c_str(), value) == 0;
        Py_XDECREF(value);
        if (!added) {
            Py_CLEAR(dict);
            break;
        }
    }
    return dict;
}
PyObject* make(const work::numbers& values) {
    PyObject* set = PySet_New(nullptr);
    for (const int each : values) {
        PyObject* value = make(each);
        const bool added = set != nullptr && value != nullptr && PySet_Add(set, value) == 0;
        Py_XDECREF(value);
        if (!added) {
            Py_CLEAR(set);
            break;
        }
    }
    return set;
}
PyObject* make(const work::record& values) {
    const auto& [amount, factor, name] = values;
    return Py_BuildValue("(ids)", amount, factor, name.c_str());
}
PyObject* make(const work::maybe& value) {
    if (!value.has_value()) {
        Py_RETURN_NONE;
    }
    return make(*value);
}
PyObject* make(const work::choice& value) {
    return std::visit([](const auto& inside) { return make(inside); }, value);
}

template <auto F>
PyObject* give(PyObject*, PyObject*) {
    return make(F());
}

PyMethodDef methods[] = {{"list_in", take<work::ints, work::list_in>, METH_O, nullptr},
                         {"dict_in", take<work::counts, work::dict_in>, METH_O, nullptr},
                         {"set_in", take<work::numbers, work::set_in>, METH_O, nullptr},
                         {"nested_in", take<work::table, work::nested_in>, METH_O, nullptr},
                         {"text_in", take<std::string, work::text_in>, METH_O, nullptr},
                         {"tuple_in", tuple_in, METH_VARARGS, nullptr},
                         {"optional_in", take<work::maybe, work::optional_in>, METH_O, nullptr},
                         {"variant_in", take<work::choice, work::variant_in>, METH_O, nullptr},
                         {"list_out", give<work::list_out>, METH_NOARGS, nullptr},
                         {"dict_out", give<work::dict_out>, METH_NOARGS, nullptr},
                         {"set_out", give<work::set_out>, METH_NOARGS, nullptr},
                         {"nested_out", give<work::nested_out>, METH_NOARGS, nullptr},
                         {"short_out", give<work::short_out>, METH_NOARGS, nullptr},
                         {"long_out", give<work::long_out>, METH_NOARGS, nullptr},
                         {"tuple_out", give<work::tuple_out>, METH_NOARGS, nullptr},
                         {"optional_out", give<work::optional_out>, METH_NOARGS, nullptr},
                         {"variant_out", give<work::variant_out>, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_conversions_plain_c",
                          nullptr,
                          0,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_conversions_plain_c() { return PyModuleDef_Init(&definition); }
