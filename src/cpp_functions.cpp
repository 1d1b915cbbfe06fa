// C++ callables that Python has got: objects that own them, and how they are called. See convert/functions.hpp.
//
// The C++ callable is reached through a table of its type's functions. Nothing thrown passes from here into CPython
// (invariant 9).
#include "core_types.hpp"
#include "decimal.hpp"
#include "function_records.hpp"
#include "run.hpp"

#include <interlock/convert/functions.hpp>

#include <structmember.h>
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

INTERLOCK_BEGIN
namespace detail {

namespace {

// The callable lies behind it.
struct alignas(cpp_function_alignment) cpp_function_object {
    PyObject head;
    vectorcallfunc call;
    const cpp_function_table* table;
    PyObject* weak_references;
};

cpp_function_object& parts_of(PyObject* self) noexcept {
    return *reinterpret_cast<cpp_function_object*>(self);
}

void* state_of_function(PyObject* self) noexcept { return &parts_of(self) + 1; }

// ---- memory of functions that have ended -------------------------------------------------------------------------------------------
//
// As of instances, see instances.cpp: that of a few waits for the next ones, while there is one interpreter. What waits is no object
// any more, keeps its reference to the type, and is given back when that interpreter forgets its types.

#if INTERLOCK_KEEPS_INSTANCES
// What a callable may take there.
constexpr std::size_t usual_size = sizeof(std::function<void()>);

// The next one of those that wait lies where the weak references of others do.
cpp_function_object* next_of(const cpp_function_object& waiting) noexcept {
    return reinterpret_cast<cpp_function_object*>(waiting.weak_references);
}

// Used by the main interpreter's threads alone, one after the other; those of others look at no more than whether they may.
class kept_functions {
public:
    // Whether the list is for functions of that type. Asked when one is made elsewhere.
    bool is_for(const PyTypeObject* type) const noexcept {
        return type_.load(std::memory_order_relaxed) == type;
    }
    void begin(const interpreter_record& interpreter, PyTypeObject* type) noexcept {
        if (!only_one_interpreter()) {
            return;
        }
        // None is left but where an interpreter ended without a word: that memory went with it.
        first_.store(nullptr, std::memory_order_relaxed);
        owner_.store(&interpreter, std::memory_order_relaxed);
        type_.store(type, std::memory_order_relaxed);
        room_.store(objects_have_plain_memory() ? most : 0, std::memory_order_relaxed);
    }
    INTERLOCK_INLINE cpp_function_object* take() noexcept {
        if (!only_one_interpreter()) [[unlikely]] {
            return nullptr;
        }
        cpp_function_object* const taken = first_.load(std::memory_order_relaxed);
        if (taken == nullptr || owner_.load(std::memory_order_relaxed) !=
                                    main_interpreter.load(std::memory_order_relaxed)) [[unlikely]] {
            return nullptr;
        }
        first_.store(next_of(*taken), std::memory_order_relaxed);
        room_.store(room_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return taken;
    }
    INTERLOCK_INLINE bool keep(PyObject* self) noexcept {
        if (!only_one_interpreter()) [[unlikely]] {
            return false;
        }
        const unsigned room = room_.load(std::memory_order_relaxed);
        if (room == 0 || !is_for(Py_TYPE(self))) [[unlikely]] {
            return false;
        }
        room_.store(room - 1, std::memory_order_relaxed);
        parts_of(self).weak_references =
            reinterpret_cast<PyObject*>(first_.load(std::memory_order_relaxed));
        first_.store(&parts_of(self), std::memory_order_relaxed);
        return true;
    }
    void give_back(const interpreter_record& interpreter) noexcept {
        if (owner_.load(std::memory_order_relaxed) != &interpreter) {
            return;
        }
        room_.store(0, std::memory_order_relaxed);
        while (cpp_function_object* const freed = first_.load(std::memory_order_relaxed)) {
            first_.store(next_of(*freed), std::memory_order_relaxed);
            PyTypeObject* type = Py_TYPE(&freed->head);
            PyObject_Free(freed);
            Py_DECREF(type);
        }
        owner_.store(nullptr, std::memory_order_relaxed);
        type_.store(nullptr, std::memory_order_relaxed);
    }

private:
    static constexpr unsigned most = 8;
    std::atomic<const interpreter_record*> owner_{nullptr};
    std::atomic<PyTypeObject*> type_{nullptr};
    std::atomic<cpp_function_object*> first_{nullptr};
    std::atomic<unsigned> room_{0};
};
kept_functions ended_functions;
#endif

void forget_types(interpreter_record& interpreter) noexcept {
#if INTERLOCK_KEEPS_INSTANCES
    ended_functions.give_back(interpreter);
#endif
    for (std::atomic<PyObject*>& type : interpreter.types) {
        Py_XDECREF(type.exchange(nullptr, std::memory_order_acq_rel));
    }
}

}  // namespace

PyTypeObject* get_core_type(core_type which, PyType_Spec& spec) {
    std::atomic<PyObject*>& place = interpreter_of_token().types[which];
    PyObject* there = place.load(std::memory_order_acquire);
    if (there == nullptr) [[unlikely]] {
        give_back_by(kept_part::types, &forget_types);
        PyObject* made = check_new(PyType_FromSpec(&spec));
        if (place.compare_exchange_strong(there, made, std::memory_order_acq_rel)) {
            there = made;
        } else {
            Py_DECREF(made);
        }
    }
    return reinterpret_cast<PyTypeObject*>(there);
}

namespace {

// Keeps the error that is set, and sets none. The state is asked itself, since most often there is no error before or after.
void destroy_callable(PyObject* self) noexcept {
    const cpp_function_table& table = *parts_of(self).table;
    const PyThreadState* state = attached_state();
    if (state == nullptr || has_error(state)) [[unlikely]] {
        const keep_error kept;
        table.destroy(state_of_function(self));
        return;
    }
    table.destroy(state_of_function(self));
    if (has_error(state)) [[unlikely]] {
        put_error(nullptr);
    }
}

void free_cpp_function(PyObject* self) {
    if (parts_of(self).weak_references != nullptr) {
        PyObject_ClearWeakRefs(self);
    }
    destroy_callable(self);
    free_unmade_cpp_function(self);
}

// "(int, str) -> float"
std::string types_of(const cpp_function_table& table) {
    std::string text = "(";
    for (unsigned i = 0; i < table.parameters; ++i) {
        text += i == 0 ? "" : ", ";
        append_hint(text, *table.hints[i]);
    }
    text += ") -> ";
    append_hint(text, *table.hints[table.parameters]);
    return text;
}

PyObject* show_cpp_function(PyObject* self) {
    try {
        return PyUnicode_FromFormat("<C++ function %s>", types_of(*parts_of(self).table).c_str());
    } catch (...) {
        return translate_unknown();
    }
}

PyObject* doc_of_cpp_function(PyObject* self, void*) {
    try {
        return PyUnicode_FromFormat("A C++ function %s.", types_of(*parts_of(self).table).c_str());
    } catch (...) {
        return translate_unknown();
    }
}

// What inspect.signature asks for first.
PyObject* signature_of_cpp_function(PyObject* self, void*) {
    try {
        const object inspect(adopt_t{},
                             check_new(run([] { return PyImport_ImportModule("inspect"); })));
        const object parameter_class = inspect.attr("Parameter").get();
        const object kind = parameter_class.attr("POSITIONAL_ONLY").get();
        const object parameters(adopt_t{}, check_new(PyList_New(0)));
        for (unsigned i = 0; i < parts_of(self).table->parameters; ++i) {
            const object one = parameter_class("arg" + decimal(i), kind);
            check_status(PyList_Append(parameters.ptr(), one.ptr()));
        }
        return inspect.attr("Signature")(parameters).release();
    } catch (...) {
        return translate_unknown();
    }
}

PyObject* refuse_call(const cpp_function_table& table, Py_ssize_t given, PyObject* names) {
    if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {
        PyErr_SetString(PyExc_TypeError, "a C++ function takes no keyword arguments");
        return nullptr;
    }
    try {
        PyErr_Format(PyExc_TypeError,
                     "the C++ function takes %d positional argument%s, but %zd %s given\n"
                     "  signature: %s",
                     int{table.parameters}, table.parameters == 1 ? "" : "s", given,
                     given == 1 ? "was" : "were", types_of(table).c_str());
    } catch (...) {
        return translate_unknown();
    }
    return nullptr;
}

PyObject* call_cpp_function(PyObject* self, PyObject* const* arguments, std::size_t flags,
                            PyObject* names) {
    const cpp_function_object& function = parts_of(self);
    const Py_ssize_t given = PyVectorcall_NARGS(flags);
    if (given != function.table->parameters || (names != nullptr && PyTuple_GET_SIZE(names) != 0))
        [[unlikely]] {
        return refuse_call(*function.table, given, names);
    }
    try {
        return function.table->call(state_of_function(self), self, arguments);
    } catch (const std::exception& error) {
        return translate(error);
    } catch (...) {
        return translate_unknown();
    }
}

PyMemberDef members_of_cpp_function[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(cpp_function_object, call), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cpp_function_object, weak_references), READONLY,
     nullptr},
    {nullptr, 0, 0, 0, nullptr},
};
PyGetSetDef attributes_of_cpp_function[] = {
    {"__doc__", doc_of_cpp_function, nullptr, nullptr, nullptr},
    {"__signature__", signature_of_cpp_function, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots_of_cpp_function[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(&free_cpp_function)},
    {Py_tp_call, reinterpret_cast<void*>(&PyVectorcall_Call)},
    {Py_tp_repr, reinterpret_cast<void*>(&show_cpp_function)},
    {Py_tp_members, members_of_cpp_function},
    {Py_tp_getset, attributes_of_cpp_function},
    {0, nullptr},
};
PyType_Spec spec_of_cpp_function = {
    "interlock.cpp_function",
    sizeof(cpp_function_object),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE |
        Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots_of_cpp_function,
};

// All but the head.
INTERLOCK_INLINE void begin_function(cpp_function_object& function, const cpp_function_table& table,
                                     void*& place) noexcept {
    function.call = call_cpp_function;
    function.table = &table;
    function.weak_references = nullptr;
    place = state_of_function(&function.head);
}

INTERLOCK_NOINLINE PyObject* allocate_function(const cpp_function_table& table, void*& place) {
    PyTypeObject* type = get_core_type(type_of_cpp_functions, spec_of_cpp_function);
    std::size_t size = table.size;
#if INTERLOCK_KEEPS_INSTANCES
    if (!ended_functions.is_for(type)) [[unlikely]] {
        ended_functions.begin(interpreter_of_token(), type);
    }
    size = std::max(size, usual_size);
#endif
    auto* memory =
        static_cast<cpp_function_object*>(PyObject_Malloc(sizeof(cpp_function_object) + size));
    if (memory == nullptr) [[unlikely]] {
        return PyErr_NoMemory();
    }
    // Whoever follows new objects sees a whole one.
    begin_function(*memory, table, place);
    return PyObject_Init(&memory->head, type);
}

}  // namespace

PyObject* new_cpp_function(const cpp_function_table& table, void*& place) {
#if INTERLOCK_KEEPS_INSTANCES
    if (table.size <= usual_size) {
        if (cpp_function_object* again = ended_functions.take()) [[likely]] {
            begin_function(*again, table, place);
            begin_again(&again->head);
            return &again->head;
        }
    }
#endif
    return allocate_function(table, place);
}

void free_unmade_cpp_function(PyObject* object) noexcept {
#if INTERLOCK_KEEPS_INSTANCES
    if (parts_of(object).table->size <= usual_size && ended_functions.keep(object)) [[likely]] {
        return;
    }
#endif
    PyTypeObject* type = Py_TYPE(object);
    PyObject_Free(object);
    Py_DECREF(type);
}

void* inside_of_cpp_function(PyObject* object, const cpp_function_table& table) noexcept {
    // Nobody derives from the class: its destructor tells it in every interpreter.
    return INTERLOCK_TYPE_SLOT(Py_TYPE(object), tp_dealloc, destructor) == &free_cpp_function &&
                   parts_of(object).table == &table
               ? state_of_function(object)
               : nullptr;
}

PyObject* refuse_cpp_argument(std::size_t index, const loading& l) noexcept {
    char where[48];
    std::snprintf(where, sizeof where, "the C++ function: argument %zu", index);
    l.set_error(where);
    return nullptr;
}

}  // namespace detail
INTERLOCK_END
