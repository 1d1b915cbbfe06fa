// The conversions by hand, as an expert writes them: compact ints, exact floats and ASCII text read inline, memory reserved,
// containers walked without a check for each step that the type rules out.
//
// This is the reference of the theme: what can be had without a library.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_values.hpp"
#include "work.hpp"

#include <new>
#include <utility>

namespace {

PyObject* refuse(const char* wanted) {
    PyErr_Format(PyExc_TypeError, "expected a %s", wanted);
    return nullptr;
}

bool to_string(PyObject* from, std::string& to) {
    std::string_view text;
    if (!to_text(from, text)) {
        return false;
    }
    to.assign(text);
    return true;
}

// A list or a tuple is read in place; for anything else a list is made. Calls each(item) until it gives false.
template <class Begin, class Each>
bool for_each(PyObject* from, Begin begin, Each each) {
    PyObject* items = PySequence_Fast(from, "expected a sequence");
    if (items == nullptr) {
        return false;
    }
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(items);
    PyObject* const* const all = PySequence_Fast_ITEMS(items);
    begin(static_cast<std::size_t>(size));
    for (Py_ssize_t i = 0; i < size; ++i) {
        if (!each(all[i], static_cast<std::size_t>(i))) [[unlikely]] {
            Py_DECREF(items);
            return false;
        }
    }
    Py_DECREF(items);
    return true;
}

template <class T>
PyObject* no_memory(T body) {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
}

PyObject* list_in(PyObject*, PyObject* argument) {
    return no_memory([&]() -> PyObject* {
        work::ints values;
        const bool fits = for_each(
            argument, [&](std::size_t size) { values.resize(size); },
            [&](PyObject* item, std::size_t i) { return to_int(item, values[i]); });
        return fits ? PyLong_FromLong(work::list_in(values)) : nullptr;
    });
}

// Numbers are no containers: no code runs while the dict is walked.
template <class Map, class Read>
bool read_dict(PyObject* from, Map& to, Read read) {
    if (!PyDict_Check(from)) {
        refuse("dict");
        return false;
    }
    to.reserve(static_cast<std::size_t>(PyDict_GET_SIZE(from)));
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(from, &at, &key, &value) != 0;) {
        std::string_view text;
        typename Map::mapped_type mapped{};
        if (!to_text(key, text) || !read(value, mapped)) {
            return false;
        }
        to.emplace(text, std::move(mapped));
    }
    return true;
}

PyObject* dict_in(PyObject*, PyObject* argument) {
    return no_memory([&]() -> PyObject* {
        work::counts values;
        return read_dict(argument, values, to_int) ? PyLong_FromLong(work::dict_in(values))
                                                   : nullptr;
    });
}

PyObject* set_in(PyObject*, PyObject* argument) {
    if (!PyAnySet_Check(argument)) {
        return refuse("set");
    }
    return no_memory([&]() -> PyObject* {
        work::numbers values;
        values.reserve(static_cast<std::size_t>(PySet_GET_SIZE(argument)));
        PyObject* iterator = PyObject_GetIter(argument);
        if (iterator == nullptr) {
            return nullptr;
        }
        const iternextfunc next = Py_TYPE(iterator)->tp_iternext;
        bool fits = true;
        while (fits) {
            PyObject* item = next(iterator);
            if (item == nullptr) {
                break;
            }
            int value = 0;
            fits = to_int(item, value);
            Py_DECREF(item);
            values.insert(value);
        }
        Py_DECREF(iterator);
        return fits && PyErr_Occurred() == nullptr ? PyLong_FromLong(work::set_in(values))
                                                   : nullptr;
    });
}

PyObject* nested_in(PyObject*, PyObject* argument) {
    return no_memory([&]() -> PyObject* {
        work::table values;
        const bool fits = read_dict(argument, values, [](PyObject* from, std::vector<double>& to) {
            return for_each(
                from, [&](std::size_t size) { to.resize(size); },
                [&](PyObject* item, std::size_t i) { return to_double(item, to[i]); });
        });
        return fits ? PyFloat_FromDouble(work::nested_in(values)) : nullptr;
    });
}

PyObject* text_in(PyObject*, PyObject* argument) {
    return no_memory([&]() -> PyObject* {
        std::string_view text;
        return to_text(argument, text) ? PyLong_FromSize_t(work::text_in(std::string(text)))
                                       : nullptr;
    });
}

PyObject* tuple_in(PyObject*, PyObject* argument) {
    if (!PyTuple_Check(argument) || PyTuple_GET_SIZE(argument) != 3) {
        return refuse("tuple of three");
    }
    return no_memory([&]() -> PyObject* {
        work::record values;
        auto& [number, factor, name] = values;
        const bool fits = to_int(PyTuple_GET_ITEM(argument, 0), number) &&
                          to_double(PyTuple_GET_ITEM(argument, 1), factor) &&
                          to_string(PyTuple_GET_ITEM(argument, 2), name);
        return fits ? PyFloat_FromDouble(work::tuple_in(values)) : nullptr;
    });
}

PyObject* optional_in(PyObject*, PyObject* argument) {
    work::maybe value;
    if (argument != Py_None) {
        double given = 0;
        if (!to_double(argument, given)) [[unlikely]] {
            return nullptr;
        }
        value = given;
    }
    return PyFloat_FromDouble(work::optional_in(value));
}

PyObject* variant_in(PyObject*, PyObject* argument) {
    return no_memory([&]() -> PyObject* {
        work::choice value;
        if (PyLong_Check(argument)) {
            if (!to_int(argument, value.emplace<0>())) {
                return nullptr;
            }
        } else if (PyFloat_Check(argument)) {
            value.emplace<1>(PyFloat_AS_DOUBLE(argument));
        } else if (PyUnicode_Check(argument)) {
            std::string_view text;
            if (!to_text(argument, text)) {
                return nullptr;
            }
            value.emplace<2>(text);
        } else {
            return refuse("int, a float or a str");
        }
        return PyLong_FromSize_t(work::variant_in(value));
    });
}

inline PyObject* make(int value) { return PyLong_FromLong(value); }
inline PyObject* make(double value) { return PyFloat_FromDouble(value); }
inline PyObject* make(const std::string& text) {
    return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}
template <class T>
PyObject* make(const std::vector<T>& values) {
    PyObject* list = PyList_New(static_cast<Py_ssize_t>(values.size()));
    for (std::size_t i = 0; list != nullptr && i < values.size(); ++i) {
        PyObject* value = make(values[i]);
        if (value == nullptr) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), value);
    }
    return list;
}
template <class T>
PyObject* make(const std::unordered_map<std::string, T>& values) {
    PyObject* dict = PyDict_New();
    for (const auto& [key, value] : values) {
        PyObject* name = make(key);
        PyObject* mapped = make(value);
        const bool added = dict != nullptr && name != nullptr && mapped != nullptr &&
                           PyDict_SetItem(dict, name, mapped) == 0;
        Py_XDECREF(name);
        Py_XDECREF(mapped);
        if (!added) {
            Py_XDECREF(dict);
            return nullptr;
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
            Py_XDECREF(set);
            return nullptr;
        }
    }
    return set;
}
PyObject* make(const work::record& values) {
    PyObject* number = make(std::get<0>(values));
    PyObject* factor = make(std::get<1>(values));
    PyObject* name = make(std::get<2>(values));
    PyObject* tuple =
        number != nullptr && factor != nullptr && name != nullptr ? PyTuple_New(3) : nullptr;
    if (tuple == nullptr) [[unlikely]] {
        Py_XDECREF(number);
        Py_XDECREF(factor);
        Py_XDECREF(name);
        return nullptr;
    }
    PyTuple_SET_ITEM(tuple, 0, number);
    PyTuple_SET_ITEM(tuple, 1, factor);
    PyTuple_SET_ITEM(tuple, 2, name);
    return tuple;
}
PyObject* make(const work::maybe& value) {
    return value.has_value() ? make(*value) : Py_NewRef(Py_None);
}
PyObject* make(const work::choice& value) {
    return std::visit([](const auto& inside) { return make(inside); }, value);
}

template <auto F>
PyObject* give(PyObject*, PyObject* const*, Py_ssize_t given) {
    return check_count(given, 0) ? make(F()) : nullptr;
}

PyMethodDef methods[] = {
    {"list_in", list_in, METH_O, nullptr},
    {"dict_in", dict_in, METH_O, nullptr},
    {"set_in", set_in, METH_O, nullptr},
    {"nested_in", nested_in, METH_O, nullptr},
    {"text_in", text_in, METH_O, nullptr},
    {"tuple_in", tuple_in, METH_O, nullptr},
    {"optional_in", optional_in, METH_O, nullptr},
    {"variant_in", variant_in, METH_O, nullptr},
    {"list_out", as_c_function(give<&work::list_out>), METH_FASTCALL, nullptr},
    {"dict_out", as_c_function(give<&work::dict_out>), METH_FASTCALL, nullptr},
    {"set_out", as_c_function(give<&work::set_out>), METH_FASTCALL, nullptr},
    {"nested_out", as_c_function(give<&work::nested_out>), METH_FASTCALL, nullptr},
    {"short_out", as_c_function(give<&work::short_out>), METH_FASTCALL, nullptr},
    {"long_out", as_c_function(give<&work::long_out>), METH_FASTCALL, nullptr},
    {"tuple_out", as_c_function(give<&work::tuple_out>), METH_FASTCALL, nullptr},
    {"optional_out", as_c_function(give<&work::optional_out>), METH_FASTCALL, nullptr},
    {"variant_out", as_c_function(give<&work::variant_out>), METH_FASTCALL, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_conversions_best_c",
                          nullptr,
                          0,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_conversions_best_c() { return PyModuleDef_Init(&definition); }
