// An extension module that needs nothing but the headers' folder and the right suffix, to show that both are there.

#include <Python.h>

#include <interlock/version.hpp>

#ifndef MODULE_NAME
#define MODULE_NAME consumer_module
#endif
#define JOIN(a, b) a##b
#define INIT(name) JOIN(PyInit_, name)
#define QUOTE(a) #a
#define NAME(name) QUOTE(name)

namespace {

PyObject* version(PyObject*, PyObject*) {
    return PyUnicode_FromFormat("%d.%d.%d", INTERLOCK_VERSION_MAJOR, INTERLOCK_VERSION_MINOR,
                                INTERLOCK_VERSION_PATCH);
}

PyMethodDef methods[] = {{"version", version, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          NAME(MODULE_NAME),
                          nullptr,
                          0,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC INIT(MODULE_NAME)() { return PyModule_Create(&definition); }
