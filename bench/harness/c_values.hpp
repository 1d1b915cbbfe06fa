// Floats, text and the count of arguments as an expert reads them by hand, for the modules "C best".
#pragma once

#include "c_ints.hpp"

#include <cstddef>
#include <string_view>

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

[[gnu::noinline]] inline bool refuse_count(Py_ssize_t given, Py_ssize_t wanted) {
    PyErr_Format(PyExc_TypeError, "takes %zd arguments, %zd given", wanted, given);
    return false;
}

inline bool check_count(Py_ssize_t given, Py_ssize_t wanted) {
    return given == wanted || refuse_count(given, wanted);
}

// Whether this thread is attached, for functions that may be called on any. Not PyGILState_Check, which says yes to all once
// there was a sub-interpreter.
inline bool is_attached() {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked() != nullptr;
#else
    return _PyThreadState_UncheckedGet() != nullptr;
#endif
}
