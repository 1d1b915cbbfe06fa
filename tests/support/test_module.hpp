// A module in plain C API around functions that use interlock.
#pragma once

#include <interlock/interlock.hpp>

#include <exception>

namespace test_module {

namespace il = interlock;

// Runs f, which returns nothing or a new reference; C++ exceptions become Python's.
template <class F>
PyObject* guarded(F&& f) noexcept {
    try {
        if constexpr (std::is_void_v<decltype(f())>) {
            f();
            return Py_NewRef(Py_None);
        } else {
            return f();
        }
    } catch (const il::python_error& error) {
        error.restore();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

// What a bound module will do when it is imported: makes this core's record of the interpreter, with the gate that closes at
// exit. Without it the first contact of any thread does.
inline int meet_interpreter(PyObject*) noexcept {
    try {
        il::assume_attached([](il::python py) { py.none().unbind().drop(py); });
        return 0;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_ImportError, error.what());
        return -1;
    }
}

}  // namespace test_module

#if PY_VERSION_HEX >= 0x030D0000
#define INTERLOCK_TEST_MODULE_GIL {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#else
#define INTERLOCK_TEST_MODULE_GIL
#endif

#define INTERLOCK_TEST_MODULE_OF(NAME, METHODS, ...)                                              \
    PyMODINIT_FUNC PyInit_##NAME() {                                                              \
        static PyModuleDef_Slot slots[] = {__VA_ARGS__ INTERLOCK_TEST_MODULE_GIL{0, nullptr}};    \
        static PyModuleDef definition = {                                                         \
            PyModuleDef_HEAD_INIT, #NAME, nullptr, 0, METHODS, slots, nullptr, nullptr, nullptr}; \
        return PyModuleDef_Init(&definition);                                                     \
    }

#define INTERLOCK_TEST_MODULE(NAME, METHODS) \
    INTERLOCK_TEST_MODULE_OF(                \
        NAME, METHODS, {Py_mod_exec, reinterpret_cast<void*>(test_module::meet_interpreter)}, )

// Imported without a first contact.
#define INTERLOCK_TEST_MODULE_UNMET(NAME, METHODS) INTERLOCK_TEST_MODULE_OF(NAME, METHODS, )
