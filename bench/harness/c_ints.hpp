// Ints as an expert reads them by hand, for the modules "C best".
#pragma once

#include <Python.h>

#include <climits>

#if PY_VERSION_HEX < 0x030C0000  // compact ints have had a name since 3.12
inline bool PyUnstable_Long_IsCompact(const PyLongObject* value) {
    return Py_SIZE(value) >= -1 && Py_SIZE(value) <= 1;
}
inline Py_ssize_t PyUnstable_Long_CompactValue(const PyLongObject* value) {
    return Py_SIZE(value) * static_cast<Py_ssize_t>(value->ob_digit[0]);
}
#endif

[[gnu::noinline]] inline bool to_int_slowly(PyObject* from, int& to) {
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

inline bool to_int(PyObject* from, int& to) {
    if (PyLong_CheckExact(from)) [[likely]] {
        const auto* value = reinterpret_cast<PyLongObject*>(from);
        if (PyUnstable_Long_IsCompact(value)) [[likely]] {
            to = static_cast<int>(PyUnstable_Long_CompactValue(value));
            return true;
        }
    }
    return to_int_slowly(from, to);
}
