// As much of a module as run_interpreters is, by hand in plain C API: what CPython itself keeps of an interpreter that has ended
// (before 3.13 all names that were interned in it) it keeps of this one too.
#include <Python.h>

namespace {

PyObject* same(PyObject*, PyObject* x) { return Py_NewRef(x); }

PyMethodDef methods[] = {
    {"kernel", same, METH_O, nullptr},
    {"count_letters", same, METH_O, nullptr},
    {"fails", same, METH_O, nullptr},
    {"interpreter", same, METH_O, nullptr},
    {"cached_pattern", same, METH_O, nullptr},
    {"dump", same, METH_O, nullptr},
    {"keep", same, METH_O, nullptr},
    {"take", same, METH_O, nullptr},
    {"drop", same, METH_O, nullptr},
    {"interpreter_of_a_cpp_thread", same, METH_O, nullptr},
    {"comes_back", same, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

int execute(PyObject* module) {
    return PyModule_AddStringConstant(module, "VERSION", "1.0") != 0 ||
                   PyModule_AddStringConstant(module, "extra", "More.") != 0
               ? -1
               : 0;
}

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute)},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "run_plain", nullptr, 0, methods, slots, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_run_plain() { return PyModuleDef_Init(&definition); }
