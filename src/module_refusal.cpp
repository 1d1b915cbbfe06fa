// In which interpreters a module can be, where that is not all of them. CPython asks too, from 3.12 on, but not in
// sub-interpreters of the old kind.
#include "function_records.hpp"

INTERLOCK_BEGIN
namespace detail {

bool may_be_loaded(PyObject* module, const module_definition& definition) {
    const char* why = nullptr;
    if (attached_state() == nullptr) {
        why =
            "before CPython 3.12 it cannot be seen that a thread is attached to a second "
            "interpreter";
    } else if (definition.main_interpreter_only && !is_main_interpreter(PyInterpreterState_Get())) {
        why = "it is for the main interpreter alone";
    }
    if (why == nullptr) {
        return true;
    }
    PyObject* name = PyModule_GetNameObject(module);
    if (name == nullptr) {
        return false;
    }
    PyObject* text = PyUnicode_FromFormat(
        "module %U does not support loading in subinterpreters: %s", name, why);
    if (text != nullptr) {
        PyErr_SetImportError(text, name, nullptr);
        Py_DECREF(text);
    }
    Py_DECREF(name);
    return false;
}

}  // namespace detail
INTERLOCK_END
