// How each module starts, and all that is run for one whose body uses nothing of the core.
//
// What is in this file is in every module, and what it refers to is looked up by name each time that one is imported: it refers
// to nothing of the core, and to nothing of the C++ runtime. So it has neither exceptions nor what cleans up after them, and is
// not noexcept where it calls CPython. Whatever else of the core a module uses brings modules.cpp in, which says here that it is
// there: definitions, doors and handles alike, since all of them can throw what is told to Python by the classes bound.
#include "class_records.hpp"
#include "class_registry.hpp"
#include "function_records.hpp"

#include <atomic>
#include <new>

INTERLOCK_BEGIN
namespace detail {

constinit const module_parts* all_module_parts = nullptr;

namespace {

constinit std::atomic<module_definition*> definitions{nullptr};
constinit tiny_lock definitions_lock;

constinit std::atomic<const char*> extension_name{nullptr};
constinit std::atomic<const char*> extension_tag{nullptr};

}  // namespace

// ---- what this extension is called -----------------------------------------------------------------------------------------

const char* tag_of_this() noexcept {
    const char* told = extension_tag.load(std::memory_order_acquire);
    return told != nullptr ? told : abi_tag;
}
const char* name_of_this() noexcept {
    const char* told = extension_name.load(std::memory_order_acquire);
    return told != nullptr ? told : "(a program with Python inside)";
}

namespace {

void note_extension(const char* module, const char* tag) noexcept {
    const char* none = nullptr;
    if (extension_name.compare_exchange_strong(none, module, std::memory_order_acq_rel)) {
        extension_tag.store(tag, std::memory_order_release);
    }
}

}  // namespace

// ---- definitions -----------------------------------------------------------------------------------------------------------

const module_definition* find_definition(const PyModuleDef* definition) noexcept {
    const module_definition* d = definitions.load(std::memory_order_acquire);
    while (d != nullptr && &d->definition != definition) {
        d = d->next;
    }
    return d;
}

void describe_to_python(module_definition& d, int (*execute)(PyObject*)) {
    definitions_lock.lock();
    if (find_definition(&d.definition) == nullptr) {
        d.definition = PyModuleDef{};
        d.definition.m_base = PyModuleDef_HEAD_INIT;
        d.definition.m_name = d.name;
        d.definition.m_slots = d.slots;
        if (const module_parts* all = all_module_parts) {
            d.definition.m_size = all->state_size;
            d.definition.m_traverse = all->traverse;
            d.definition.m_clear = all->clear;
            d.definition.m_free = all->free;
        }
        std::size_t at = 0;
        if (execute != nullptr) {
            d.slots[at++] = {Py_mod_exec, reinterpret_cast<void*>(execute)};
        }
        add_interpreter_slots(d.slots, at, d.needs_gil, d.main_interpreter_only);
        d.slots[at] = {0, nullptr};
        if (d.tag != nullptr) {
            note_extension(d.name, d.tag);
        }
        // Writes into the definition when it sees it first, with no lock of its own: two interpreters may import the module at
        // the same moment. It waits for nothing.
        PyModuleDef_Init(&d.definition);
        d.next = definitions.load(std::memory_order_relaxed);
        definitions.store(&d, std::memory_order_release);
    }
    definitions_lock.unlock();
}

PyObject* start_module(module_definition& definition, int (*execute)(PyObject*)) {
    describe_to_python(definition, execute);
    return PyModuleDef_Init(&definition.definition);
}

#if INTERLOCK_HAS_MODULE_EXPORT
PySlot* export_module(module_definition& d, int (*execute)(PyObject*)) {
    describe_to_python(d, execute);
    definitions_lock.lock();
    if (d.exported[0].sl_id == 0) {
        fill_module_slots(d.exported, d.definition, d.needs_gil, d.main_interpreter_only, execute);
    }
    definitions_lock.unlock();
    return d.exported;
}
#endif

// ---- execution -------------------------------------------------------------------------------------------------------------

int add_all(PyObject* module) {
    PyObject* dict = PyModule_GetDict(module);
    if (PyDict_GetItemString(dict, "__all__") != nullptr) {
        return 0;
    }
    PyObject* names = PyList_New(0);
    int status = names == nullptr ? -1 : 0;
    PyObject* key = nullptr;
    for (Py_ssize_t at = 0; status == 0 && PyDict_Next(dict, &at, &key, nullptr) != 0;) {
        if (PyUnicode_Check(key) && PyUnicode_GET_LENGTH(key) > 0 &&
            PyUnicode_ReadChar(key, 0) != '_') {
            status = PyList_Append(names, key);
        }
    }
    if (status == 0) {
        status = PyModule_AddObjectRef(module, "__all__", names);
    }
    Py_XDECREF(names);
    return status;
}

int execute_module(PyObject* module, const module_definition& definition) {
    if (definition.may_be_loaded != nullptr && !definition.may_be_loaded(module, definition)) {
        return -1;
    }
    if (all_module_parts != nullptr) {
        return all_module_parts->execute(module, definition.run);
    }
    // Not destroyed: what a handle's end may need is in no module that does not have handles itself.
    alignas(interlock::module) unsigned char place[sizeof(interlock::module)];
    auto* handle = ::new (place) interlock::module(adopt_t{}, Py_NewRef(module));
    const bool done = definition.run(*handle);
    Py_XDECREF(handle->release());
    return done ? add_all(module) : -1;
}

}  // namespace detail
INTERLOCK_END
