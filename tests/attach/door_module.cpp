// interlock's doors as a door_table, under the module name DOOR_MODULE. Built twice: each has a core of its own.
#include <interlock/interlock.hpp>

#include "../support/door_table.hpp"

namespace il = interlock;

namespace {

void enter(door_body body, void* argument) {
    il::with_gil([&](il::python) { body(argument); });
}

void leave(door_body body, void* argument) {
    il::assume_attached([&](il::python py) {
        py.allow_threads([](door_body f, void* p) { f(p); }, body, argument);
    });
}

void give_back() { const il::thread_scope scope; }

door_table doors{"interlock", enter, leave, give_back};

int add_table(PyObject* module) {
    PyObject* capsule = PyCapsule_New(&doors, door_table_capsule, nullptr);
    return PyModule_AddObjectRef(module, "doors", capsule);
}

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(add_table)},
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)
#define JOINED_OF(a, b) a##b
#define JOINED(a, b) JOINED_OF(a, b)

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          TEXT(DOOR_MODULE),
                          nullptr,
                          0,
                          nullptr,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC JOINED(PyInit_, DOOR_MODULE)() { return PyModuleDef_Init(&definition); }
