// A C++ callable as a Python function without parameters, in plain C API: what a binding would do, before there is one.
#pragma once

#include <interlock/interlock.hpp>

#include <exception>
#include <functional>

namespace python_function {

namespace il = interlock;

inline constexpr const char* capsule = "interlock_tests.function";

inline PyObject* call(PyObject* self, PyObject*) noexcept {
    const auto& f = *static_cast<std::function<void()>*>(PyCapsule_GetPointer(self, capsule));
    try {
        f();
    } catch (const il::python_error& error) {
        error.restore();
        return nullptr;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
    return Py_NewRef(Py_None);
}

// The function lives as long as the interpreter at the longest. It is called attached and is given no token: il::with_gil and
// il::assume_attached are what it is there to try.
inline il::object make(il::python py, std::function<void()> f) {
    static PyMethodDef definition = {"f", call, METH_NOARGS, nullptr};
    auto* kept = new std::function<void()>(std::move(f));
    const il::object self = il::steal<il::object>(
        py, PyCapsule_New(kept, capsule, [](PyObject* dying) {
            delete static_cast<std::function<void()>*>(PyCapsule_GetPointer(dying, capsule));
        }));
    return il::steal<il::object>(py, PyCFunction_New(&definition, self.ptr()));
}

}  // namespace python_function
