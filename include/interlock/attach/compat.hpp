// The one place where CPython's versions are told apart. Each guard names the change that it is there for.
//
// 3.11 is the odd one: its "current thread state" is one variable of the process (whoever holds the lock), so "am I
// attached" needs a comparison with the state that belongs to this thread. From 3.12 it is a thread-local of CPython.
#pragma once

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <interlock/attach/config.hpp>

#include <cstddef>
#include <cstdint>

// PyMemberDef and its codes stand in Python.h from 3.12 on.
#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#endif

#if PY_VERSION_HEX < 0x030B0000
#error "interlock: CPython 3.11 or newer is required"
#endif

// The stable ABI: one binary for 3.12 and all that follow. Of CPython's headers, newer ones too, it is given what the limited
// API of 3.12 has; limited_api.hpp has the rest.
#if defined(Py_LIMITED_API)
#define INTERLOCK_LIMITED_API 1
#define INTERLOCK_API_VERSION 0x030C0000
#if Py_LIMITED_API + 0 < 0x030C0000 || PY_VERSION_HEX < 0x030C0000
#error \
    "interlock: the stable ABI is that of CPython 3.12: Py_LIMITED_API is to be 0x030C0000, and the headers those of 3.12 or newer"
#endif
#if defined(Py_GIL_DISABLED)
#error \
    "interlock: a free-threaded CPython has no stable ABI that interlock can be built for: leave Py_LIMITED_API undefined"
#endif
#else
#define INTERLOCK_LIMITED_API 0
#define INTERLOCK_API_VERSION PY_VERSION_HEX
#endif

// Before 3.14 (and 3.13.8) a thread that asks for the lock while CPython finalizes is ended by pthread_exit, which
// unwinds C++ frames without the interpreter (gh-87135). The build's patch version says nothing about the one it will
// run on, so the mitigation is compiled in for all of 3.13.
#define INTERLOCK_FORCED_UNWIND (INTERLOCK_API_VERSION < 0x030E0000)

// For functions that stop that unwinding by a destructor: inside of a noexcept function, which they must not become a part
// of, compilers leave out what no exception can reach.
#if INTERLOCK_FORCED_UNWIND && defined(__GNUC__)
#define INTERLOCK_STOPS_UNWINDING __attribute__((noinline))
#else
#define INTERLOCK_STOPS_UNWINDING
#endif

// PyThreadState_Swap(nullptr) detaches as PyEval_SaveThread does, and tells by null that the thread was not attached: 3.13.
#define INTERLOCK_SWAP_TELLS (INTERLOCK_API_VERSION >= 0x030D0000)

// PEP 788, interpreter guards and views: 3.15.
#define INTERLOCK_HAS_PEP788 (INTERLOCK_API_VERSION >= 0x030F0000)

// PEP 793, a module given to CPython as an array of slots: 3.15.
#define INTERLOCK_HAS_MODULE_EXPORT (INTERLOCK_API_VERSION >= 0x030F0000)

// Interpreters with a lock of their own (PEP 684), and a current thread state that is the thread's own, so that a thread can
// tell that it is attached to one: 3.12. Not to be made under the limited API.
#define INTERLOCK_HAS_SUBINTERPRETERS \
    (INTERLOCK_API_VERSION >= 0x030C0000 && !INTERLOCK_LIMITED_API)

// Py_EndInterpreter takes thread states that are left away, as Py_Finalize does; before 3.14 it aborts the process.
#define INTERLOCK_ENDS_OVER_STATES (INTERLOCK_API_VERSION >= 0x030E0000)

// Before 3.13 the module threading takes the thread that imports it first for the main one, and waits at exit for
// the state of that thread to be deleted.
#define INTERLOCK_IMPORT_THREADING_FIRST (INTERLOCK_API_VERSION < 0x030D0000)

#if INTERLOCK_LIMITED_API
#include <interlock/attach/limited_api.hpp>
#endif

// What nearly every bound function ends with. These run no Python code and wait for nothing, so that nothing can unwind them; GCC, when
// it is told, spares each function its entry in the table of exceptions. Clang takes it for another exception specification.
#if defined(__GNUC__) && !defined(__clang__)
extern "C" {
[[gnu::nothrow]] PyAPI_FUNC(PyObject*) PyFloat_FromDouble(double);
[[gnu::nothrow]] PyAPI_FUNC(PyObject*) PyLong_FromLong(long);
[[gnu::nothrow]] PyAPI_FUNC(PyObject*) PyLong_FromUnsignedLong(unsigned long);
[[gnu::nothrow]] PyAPI_FUNC(PyObject*) PyLong_FromLongLong(long long);
[[gnu::nothrow]] PyAPI_FUNC(PyObject*) PyLong_FromUnsignedLongLong(unsigned long long);
}
#endif

#if INTERLOCK_API_VERSION < 0x030C0000
// In a header of CPython's own that cannot be included beside others.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" PyAPI_FUNC(int) _PyEval_AddPendingCall(PyInterpreterState*, int (*)(void*), void*);
extern "C" PyAPI_FUNC(void) _PyThreadState_SetCurrent(PyThreadState*);
// NOLINTEND(bugprone-reserved-identifier)
#endif

INTERLOCK_BEGIN
namespace detail {

// The thread state that this thread is attached with, or null. Never blocks, may be called at any time, on any thread.
// Cost: one call (two on 3.11).
inline PyThreadState* attached_state() noexcept {
#if INTERLOCK_LIMITED_API
    // The dictionary is that of CPython's thread-local current state, and null where there is none; PyThreadState_Get would end
    // the process there. It is made on first use: a thread without memory for that one dict looks as if it were detached.
    return PyThreadState_GetDict() != nullptr ? PyThreadState_Get() : nullptr;
#elif INTERLOCK_API_VERSION >= 0x030D0000
    return PyThreadState_GetUnchecked();
#elif INTERLOCK_API_VERSION >= 0x030C0000
    return _PyThreadState_UncheckedGet();
#else
    // The comparison is of pointers alone: the state that holds the lock may be freed at any moment.
    PyThreadState* mine = PyGILState_GetThisThreadState();
    return mine != nullptr && mine == _PyThreadState_UncheckedGet() ? mine : nullptr;
#endif
}

// The interpreter of a state.
inline PyInterpreterState* interpreter_of(const PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    return PyThreadState_GetInterpreter(const_cast<PyThreadState*>(state));
#else
    return state->interp;
#endif
}
inline bool is_main_interpreter(const PyInterpreterState* interpreter) noexcept {
#if INTERLOCK_LIMITED_API
    return PyInterpreterState_GetID(const_cast<PyInterpreterState*>(interpreter)) == 0;
#else
    return interpreter == PyInterpreterState_Main();
#endif
}

// The state that somebody made on this thread, attached or not, or null. After a restart 3.15, and after the end of a
// sub-interpreter 3.14, still gives threads the one
// that they had in the interpreter before: it stands in a thread-local of CPython's, which nobody resets for other threads.
// The memory of one that CPython's own end of an interpreter took is there, since states are counted from 3.14 on (gh-124878),
// and it says that it was cleared. One that PyThreadState_Delete took is freed: that is for the caller to know.
inline PyThreadState* state_of_this_thread() noexcept {
    PyThreadState* state = PyGILState_GetThisThreadState();
#if INTERLOCK_API_VERSION >= 0x030E0000
    if (state != nullptr && state->_status.cleared) {
        return nullptr;
    }
#endif
    return state;
}

// Whether this state of the calling thread's, which nobody has deleted, is the one that CPython finds for the thread
// (PyGILState_Ensure). From 3.12 on CPython notes it in the state: one that attaches on a thread takes the bit from the one that had it.
// Where PyThreadState_Delete was called on this thread for a state of another one, CPython forgets this thread's but leaves the bit
// (measured on 3.12 to 3.15); such a thread is entered with the state that it keeps. Cost: one load; a call on 3.11.
inline bool is_bound_state(PyThreadState* state) noexcept {
#if INTERLOCK_API_VERSION >= 0x030C0000 && !INTERLOCK_LIMITED_API
    return state->_status.bound_gilstate != 0;
#else
    return PyGILState_GetThisThreadState() == state;
#endif
}

// The interpreter's own dictionary, or null: where extensions meet. CPython makes it on first use and, without the GIL, for
// two threads at once twice (PyInterpreterState_GetDict of 3.13 and 3.14 has no lock). Every extension's core takes the same
// one here, that of None. Needs an attached thread.
inline PyObject* interpreter_dict(PyInterpreterState* interpreter) noexcept {
#if defined(Py_GIL_DISABLED)
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, Py_None);
    PyObject* dict = PyInterpreterState_GetDict(interpreter);
    PyCriticalSection_End(&section);
    return dict;
#else
    return PyInterpreterState_GetDict(interpreter);
#endif
}

// Asks the main interpreter, which may not be ending, for a call by one of its threads; not 0 where it has no room. Needs no
// attachment. Py_AddPendingCall of 3.11 looks for the interpreter in the state that holds the GIL, which is another thread's and may be
// freed at that moment; what it calls then is exported.
inline int add_pending_call([[maybe_unused]] PyInterpreterState* main, int (*function)(void*),
                            void* argument) noexcept {
#if INTERLOCK_API_VERSION < 0x030C0000
    return _PyEval_AddPendingCall(main, function, argument);
#else
    return Py_AddPendingCall(function, argument);
#endif
}

// A state for this thread, which is not attached; null where there is no memory. Needs no attachment. PyThreadState_New of 3.11 crashes
// there; these are its two halves.
inline PyThreadState* new_thread_state(PyInterpreterState* interpreter) noexcept {
#if INTERLOCK_API_VERSION < 0x030C0000
    PyThreadState* made = _PyThreadState_Prealloc(interpreter);
    if (made != nullptr) {
        _PyThreadState_SetCurrent(made);
    }
    return made;
#else
    return PyThreadState_New(interpreter);
#endif
}

// Whether CPython has begun to tear itself down. A hint only: the answer can change before the caller uses it.
inline bool is_finalizing() noexcept {
#if INTERLOCK_LIMITED_API
    // Both are set together, right after the callbacks of atexit have run.
    return Py_IsInitialized() == 0;
#elif INTERLOCK_API_VERSION >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}

// The innermost Python frame of a state, as an address to compare. From 3.13 the field stands in the state itself; in
// 3.11 and 3.12 it stands in the state's C frame. In the limited API the state has to be the one that this thread is attached
// with, and the frame's object is made where there is none yet.
inline const void* python_frame(const PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(state);
    return PyEval_GetFrame();
#elif INTERLOCK_API_VERSION >= 0x030D0000
    return state->current_frame;
#else
    return state->cframe->current_frame;
#endif
}

// The same of a state that no thread is attached with, and which no Python code runs under.
inline const void* idle_python_frame(const PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(state);
    return nullptr;
#else
    return python_frame(state);
#endif
}

// What a state counts its users by, as PyGILState_Ensure does: whoever made it does not delete it meanwhile. Needs a thread
// that is attached with it, and to which it is bound, as every state is that a thread attached with last (3.12).
inline void hold_state(PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(state);
    static_cast<void>(PyGILState_Ensure());
#else
    ++state->gilstate_counter;
#endif
}
inline void let_state_go(PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(state);
    PyGILState_Release(PyGILState_LOCKED);
#else
    --state->gilstate_counter;
#endif
}
// Whether somebody counts on the state besides who made it. Not to be known in the limited API: then somebody does.
inline bool is_held_by_others(const PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(state);
    return true;
#else
    return state->gilstate_counter > 1;
#endif
}

// Deletes the state that this thread is attached with, and leaves the thread detached.
inline void delete_attached_state(PyThreadState* state) {
    PyThreadState_Clear(state);
#if INTERLOCK_LIMITED_API
    PyThreadState_Swap(nullptr);
    PyThreadState_Delete(state);
#else
    PyThreadState_DeleteCurrent();
#endif
}

// Whether an error is set, read from the attached state itself. 3.12 made it one field.
inline bool has_error(const PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(state);
    return PyErr_Occurred() != nullptr;
#elif INTERLOCK_API_VERSION >= 0x030C0000
    return state->current_exception != nullptr;
#else
    return state->curexc_type != nullptr;
#endif
}

// Takes the error indicator: the exception itself with its traceback, a new reference, or null. 3.12 made it one object.
inline PyObject* take_error() noexcept {
#if INTERLOCK_API_VERSION >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == nullptr) {
        return nullptr;
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr) {
        PyException_SetTraceback(value, traceback);
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

// Sets the error indicator from such a reference, which it takes over; null clears it.
inline void put_error(PyObject* error) noexcept {
#if INTERLOCK_API_VERSION >= 0x030C0000
    PyErr_SetRaisedException(error);
#else
    if (error == nullptr) {
        PyErr_Clear();
        return;
    }
    auto* type = reinterpret_cast<PyObject*>(Py_TYPE(error));
    PyErr_Restore(Py_NewRef(type), error, PyException_GetTraceback(error));
#endif
}

// The class of what is raised where the interpreter is too far gone: 3.13 made one of its own. Borrowed.
inline PyObject* finalization_error() noexcept {
#if INTERLOCK_LIMITED_API
    PyObject* found = finalization_error_class.get();
    return found != nullptr ? found : PyExc_RuntimeError;
#elif INTERLOCK_API_VERSION >= 0x030D0000
    return PyExc_PythonFinalizationError;
#else
    return PyExc_RuntimeError;
#endif
}

// The value of an int that has at most one digit (30 bits), which is what programs mostly count with; false for others, and
// for subclasses (bool). 3.12 moved the sign and the number of digits into one field and gave the test a name.
inline bool compact_int(PyObject* object, Py_ssize_t& value) noexcept {
    if (!PyLong_CheckExact(object)) {
        return false;
    }
#if INTERLOCK_LIMITED_API
    // Of any int that fits: the limit of one digit is the caller's.
    int overflow = 0;
    const long found = PyLong_AsLongAndOverflow(object, &overflow);
    constexpr long most = (1L << 30) - 1;
    if (overflow != 0 || found > most || found < -most) {
        return false;
    }
    value = found;
    return true;
#else
    auto* integer = reinterpret_cast<PyLongObject*>(object);
#if INTERLOCK_API_VERSION >= 0x030C0000
    if (PyUnstable_Long_IsCompact(integer) == 0) {
        return false;
    }
    value = PyUnstable_Long_CompactValue(integer);
#else
    const Py_ssize_t size = Py_SIZE(integer);
    if (size < -1 || size > 1) {
        return false;
    }
    value = size * static_cast<Py_ssize_t>(integer->ob_digit[0]);
#endif
    return true;
#endif
}

// The same of an int that is not negative: with one test of the field that holds the sign too, and no multiplication by it.
inline bool compact_natural(PyObject* object, std::uint32_t& value) noexcept {
#if !INTERLOCK_LIMITED_API && INTERLOCK_API_VERSION >= 0x030C0000 && \
    INTERLOCK_API_VERSION < 0x03100000
    if (!PyLong_CheckExact(object)) {
        return false;
    }
    const _PyLongValue& parts = reinterpret_cast<PyLongObject*>(object)->long_value;
    // cpython/longintrepr.h: the two lowest bits are 0, 1, 2 for more than zero, zero, and less; 3.14 marks small ints by the
    // third; the digits are counted above.
    constexpr auto natural = static_cast<std::uintptr_t>(0b1101);
    if ((parts.lv_tag & ~natural) != 0) {
        return false;
    }
    value = parts.ob_digit[0];
    return true;
#else
    Py_ssize_t found = 0;
    if (!compact_int(object, found) || found < 0) {
        return false;
    }
    value = static_cast<std::uint32_t>(found);
    return true;
#endif
}

// The bytes of a str that is ASCII, which are its UTF-8; null for others. 3.11 has strings that are not ready yet.
inline const char* ascii_text(PyObject* object, Py_ssize_t& size) noexcept {
#if INTERLOCK_LIMITED_API
    // Not every str that has UTF-8 is ASCII, but callers take any UTF-8; what has none is left to their slow way.
    if (!PyUnicode_Check(object)) {
        return nullptr;
    }
    const char* text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == nullptr) {
        PyErr_Clear();
    }
    return text;
#else
    if (!PyUnicode_Check(object) || !PyUnicode_IS_COMPACT_ASCII(object)) {
        return nullptr;
    }
    size = PyUnicode_GET_LENGTH(object);
    return reinterpret_cast<const char*>(reinterpret_cast<PyASCIIObject*>(object) + 1);
#endif
}

// Holds an object's own lock on free-threaded builds (3.13 on); nothing on others. Python code that runs meanwhile may let
// it go for a time, as everywhere in CPython.
class object_lock {
public:
#if defined(Py_GIL_DISABLED)
    explicit object_lock(PyObject* object) noexcept { PyCriticalSection_Begin(&section_, object); }
    ~object_lock() { PyCriticalSection_End(&section_); }

private:
    PyCriticalSection section_;

public:
#else
    explicit object_lock(PyObject*) noexcept {}
    ~object_lock() {}  // not defaulted: a variable of it then counts as used
#endif
    object_lock(const object_lock&) = delete;
    object_lock& operator=(const object_lock&) = delete;
};

// The definition that a module was made from, or null. From 3.15 a module made from slots says it by a token.
inline const PyModuleDef* definition_of_module(PyObject* module) noexcept {
    if (!PyModule_Check(module)) {
        return nullptr;
    }
#if INTERLOCK_API_VERSION >= 0x030F0000
    void* token = nullptr;
    if (PyModule_GetToken(module, &token) != 0) {
        PyErr_Clear();
        return nullptr;
    }
    return static_cast<const PyModuleDef*>(token);
#else
    return PyModule_GetDef(module);
#endif
}

// Where a module can be imported: in interpreters with a lock of their own (3.12), without a lock (3.13).
inline void add_interpreter_slots(PyModuleDef_Slot* slots, std::size_t& at, bool needs_gil,
                                  bool main_only) noexcept {
#if INTERLOCK_API_VERSION >= 0x030C0000
    slots[at++] = {Py_mod_multiple_interpreters, main_only
                                                     ? Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
                                                     : Py_MOD_PER_INTERPRETER_GIL_SUPPORTED};
#endif
#if INTERLOCK_API_VERSION >= 0x030D0000
    slots[at++] = {Py_mod_gil, needs_gil ? Py_MOD_GIL_USED : Py_MOD_GIL_NOT_USED};
#endif
    static_cast<void>(slots);
    static_cast<void>(at);
    static_cast<void>(needs_gil);
    static_cast<void>(main_only);
}

#if INTERLOCK_API_VERSION >= 0x030F0000
inline void fill_module_slots(PySlot* to, PyModuleDef& definition, bool needs_gil, bool main_only,
                              int (*execute)(PyObject*)) noexcept {
    static PyABIInfo abi = {1, 0, PyABIInfo_DEFAULT_FLAGS, PY_VERSION_HEX,
                            PyABIInfo_DEFAULT_ABI_VERSION};
    std::size_t at = 0;
    to[at++] = PySlot_PTR(Py_mod_abi, &abi);
    to[at++] = PySlot_PTR(Py_mod_name, definition.m_name);
    PySlot size{};
    size.sl_id = Py_mod_state_size;
    size.sl_size = definition.m_size;
    to[at++] = size;
    if (definition.m_traverse != nullptr) {  // all three or none; a slot may not be null
        to[at++] = PySlot_PTR(Py_mod_state_traverse, definition.m_traverse);
        to[at++] = PySlot_PTR(Py_mod_state_clear, definition.m_clear);
        to[at++] = PySlot_PTR(Py_mod_state_free, definition.m_free);
    }
    to[at++] = PySlot_PTR(Py_mod_token, &definition);
    to[at++] = PySlot_PTR(Py_mod_exec, execute);
    to[at++] = PySlot_PTR(Py_mod_multiple_interpreters,
                          main_only ? Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
                                    : Py_MOD_PER_INTERPRETER_GIL_SUPPORTED);
    to[at++] = PySlot_PTR(Py_mod_gil, needs_gil ? Py_MOD_GIL_USED : Py_MOD_GIL_NOT_USED);
    to[at] = PySlot_END;
}
#endif
// ---- Getters that return references of their own. 3.13 has them (gh-106004 and others); a borrowed reference may lose its
// object to another thread of a free-threaded build, which begins with 3.13.

// An attribute or null; the return value is -1 with an error set where the lookup failed otherwise than by not finding it.
inline int get_optional_attribute(PyObject* self, PyObject* name, PyObject** found) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    return PyObject_GetOptionalAttr(self, name, found);
#else
    *found = PyObject_GetAttr(self, name);
    if (*found != nullptr) {
        return 1;
    }
    if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) {
        return -1;
    }
    PyErr_Clear();
    return 0;
#endif
}

// 1: found, 0: not there, -1: an error is set.
inline int dict_get(PyObject* dict, PyObject* key, PyObject** found) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    return PyDict_GetItemRef(dict, key, found);
#else
    *found = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    return *found != nullptr ? 1 : PyErr_Occurred() != nullptr ? -1 : 0;
#endif
}

// The value that stands there now, or null with an error set.
inline PyObject* dict_set_default(PyObject* dict, PyObject* key, PyObject* value) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    PyObject* stands = nullptr;
    return PyDict_SetDefaultRef(dict, key, value, &stands) < 0 ? nullptr : stands;
#else
    return Py_XNewRef(PyDict_SetDefault(dict, key, value));
#endif
}

// 1: taken out, 0: not there, -1: an error is set.
inline int dict_take(PyObject* dict, PyObject* key, PyObject** taken) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    return PyDict_Pop(dict, key, taken);
#elif INTERLOCK_LIMITED_API
    const int found = dict_get(dict, key, taken);
    if (found > 0 && PyDict_DelItem(dict, key) != 0) {
        Py_CLEAR(*taken);
        return -1;
    }
    return found;
#else
    // The underscored one is there from 3.11 to 3.12, and raises KeyError where no default is given.
    *taken = _PyDict_Pop(dict, key, nullptr);
    if (*taken != nullptr) {
        return 1;
    }
    if (PyErr_ExceptionMatches(PyExc_KeyError) == 0) {
        return -1;
    }
    PyErr_Clear();
    return 0;
#endif
}

// 1: alive, 0: dead, -1: an error is set. PyWeakref_GetObject is gone from 3.15.
inline int weakref_get(PyObject* reference, PyObject** found) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    return PyWeakref_GetRef(reference, found);
#else
#if INTERLOCK_LIMITED_API
    PyObject* object = weakref_object(reference);
#else
    PyObject* object = PyWeakref_GetObject(reference);
#endif
    if (object == nullptr) {
        *found = nullptr;
        return -1;
    }
    *found = object == Py_None ? nullptr : Py_NewRef(object);
    return *found != nullptr ? 1 : 0;
#endif
}

// The module of that name in sys.modules, added where there is none.
inline PyObject* add_module(const char* name) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    return PyImport_AddModuleRef(name);
#else
    return Py_XNewRef(PyImport_AddModule(name));
#endif
}

// ---- Instances ---------------------------------------------------------------------------------------------------------

// Whether a reference could be taken of an object that may be dying: without the GIL a count that has come to nothing may not
// be raised again (gh-128844: public from 3.14, where the object was made ready for it).
inline bool try_new_reference(PyObject* object) noexcept {
#if defined(Py_GIL_DISABLED) && INTERLOCK_API_VERSION >= 0x030E0000
    return PyUnstable_TryIncRef(object) != 0;
#else
    if (Py_REFCNT(object) <= 0) {
        return false;
    }
    Py_INCREF(object);
    return true;
#endif
}
inline void allow_new_references(PyObject* object) noexcept {
#if defined(Py_GIL_DISABLED) && INTERLOCK_API_VERSION >= 0x030E0000
    PyUnstable_EnableTryIncRef(object);
#else
    static_cast<void>(object);
#endif
}

// ---- What a type says of itself. In the limited API types are opaque, and tell it by functions.

// The name for messages: of classes that C makes with their module's in front, as they give it. To be used within the
// expression that it is made in, or as long as the variable lives.
#if INTERLOCK_LIMITED_API
class type_name {
public:
    explicit type_name(PyTypeObject* type) noexcept { write_type_name(type, text_, sizeof text_); }
    const char* c_str() const noexcept { return text_; }

private:
    char text_[200];
};
#else
class type_name {
public:
    explicit type_name(const PyTypeObject* type) noexcept : text_(type->tp_name) {}
    const char* c_str() const noexcept { return text_; }

private:
    const char* text_;
};
#endif

// A slot's function, or null.
#if INTERLOCK_LIMITED_API
#define INTERLOCK_TYPE_SLOT(TYPE, NAME, FUNCTION) \
    (reinterpret_cast<FUNCTION>(PyType_GetSlot((TYPE), Py_##NAME)))
#else
#define INTERLOCK_TYPE_SLOT(TYPE, NAME, FUNCTION) ((TYPE)->NAME)
#endif

// Py_tp_vectorcall, which is a slot from 3.14 on; headers before do not have its number.
inline constexpr int slot_of_vectorcall = 82;

inline unsigned long type_flags(const PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return PyType_GetFlags(const_cast<PyTypeObject*>(type));
#else
    return type->tp_flags;
#endif
}
// How large its instances are, and by how much each item makes them larger.
inline Py_ssize_t type_basic_size(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return number_of_type(type, "__basicsize__");
#else
    return type->tp_basicsize;
#endif
}
inline Py_ssize_t type_item_size(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return number_of_type(type, "__itemsize__");
#else
    return type->tp_itemsize;
#endif
}
inline bool type_has_dict(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return number_of_type(type, "__dictoffset__") != 0;
#else
    return type->tp_dictoffset != 0;
#endif
}
inline bool type_has_weakrefs(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return number_of_type(type, "__weakrefoffset__") != 0;
#else
    return type->tp_weaklistoffset != 0;
#endif
}
inline PyTypeObject* type_base(PyTypeObject* type) noexcept {
    return INTERLOCK_TYPE_SLOT(type, tp_base, PyTypeObject*);
}
// The tuple of the classes that it is looked up in; may be null.
class type_mro {
public:
#if INTERLOCK_LIMITED_API
    explicit type_mro(PyTypeObject* type) noexcept
        : tuple(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__mro__")) {
        if (tuple == nullptr) {
            PyErr_Clear();
        }
    }
    ~type_mro() { Py_XDECREF(tuple); }
#else
    explicit type_mro(PyTypeObject* type) noexcept : tuple(type->tp_mro) {}
#endif
    type_mro(const type_mro&) = delete;
    type_mro& operator=(const type_mro&) = delete;
    PyObject* tuple;
};
// Whether it is one of Python's mappings or sequences, as match statements ask.
inline bool is_mapping_type(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return is_subclass_of_abc(type, "Mapping");
#else
    return PyType_HasFeature(type, Py_TPFLAGS_MAPPING) != 0;
#endif
}
inline bool is_sequence_type(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return is_subclass_of_abc(type, "Sequence");
#else
    return PyType_HasFeature(type, Py_TPFLAGS_SEQUENCE) != 0;
#endif
}
inline bool type_has_length(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return PyType_GetSlot(type, Py_sq_length) != nullptr ||
           PyType_GetSlot(type, Py_mp_length) != nullptr;
#else
    return (type->tp_as_sequence != nullptr && type->tp_as_sequence->sq_length != nullptr) ||
           (type->tp_as_mapping != nullptr && type->tp_as_mapping->mp_length != nullptr);
#endif
}
// Whether a number can be had of its objects by __float__ or __index__.
inline bool type_has_float(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return PyType_GetSlot(type, Py_nb_float) != nullptr ||
           PyType_GetSlot(type, Py_nb_index) != nullptr;
#else
    const PyNumberMethods* numbers = type->tp_as_number;
    return numbers != nullptr && (numbers->nb_float != nullptr || numbers->nb_index != nullptr);
#endif
}

// Memory for an instance of a plain class, and what makes an object of it. The value, and what stands behind it, is not set.
inline PyObject* allocate_plain(PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    return PyType_GenericAlloc(type, 0);
#else
    return static_cast<PyObject*>(PyObject_Malloc(static_cast<std::size_t>(type->tp_basicsize)));
#endif
}
inline void begin_plain(PyObject* self, PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(self);
    static_cast<void>(type);
#else
    PyObject_Init(self, type);
#endif
}

// None, True and False as results. They are immortal from 3.12 on (PEP 683): nothing counts them.
inline PyObject* new_none() noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    return Py_None;
#else
    return Py_NewRef(Py_None);
#endif
}
// The result of a function that gives None, or null, that nobody wants: whether it was None.
inline bool was_none(PyObject* result) noexcept {
#if PY_VERSION_HEX < 0x030C0000
    Py_XDECREF(result);
#endif
    return result != nullptr;
}
inline PyObject* new_bool(bool value) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    return value ? Py_True : Py_False;
#else
    return Py_NewRef(value ? Py_True : Py_False);
#endif
}

// Whether the memory of instances that ended may wait for those to come. Where there is no GIL, CPython's allocator has lists of its
// own for each thread; under the stable ABI memory cannot be told from objects; and whoever looks for the use of what has ended is
// to see all of it: a sanitizer, a debug build.
#if defined(__has_feature)
#define INTERLOCK_HAS_FEATURE(NAME) __has_feature(NAME)
#else
#define INTERLOCK_HAS_FEATURE(NAME) 0
#endif
#if INTERLOCK_LIMITED_API || defined(Py_GIL_DISABLED) || defined(Py_DEBUG) ||                  \
    defined(Py_TRACE_REFS) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    INTERLOCK_HAS_FEATURE(address_sanitizer) || INTERLOCK_HAS_FEATURE(thread_sanitizer) ||     \
    INTERLOCK_HAS_FEATURE(memory_sanitizer)
#define INTERLOCK_KEEPS_INSTANCES 0
#else
#define INTERLOCK_KEEPS_INSTANCES 1
#endif
#undef INTERLOCK_HAS_FEATURE

// Whether objects have the allocator that CPython has for them, and nobody stands before it: not PYTHONMALLOC=debug and -X dev,
// which fill what is freed, nor PYTHONMALLOC=malloc, with which Valgrind sees each object, nor a tracemalloc that runs already.
#if INTERLOCK_KEEPS_INSTANCES
inline bool objects_have_plain_memory() noexcept {
    PyMemAllocatorEx of_objects;
    PyMemAllocatorEx raw;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &of_objects);
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    return of_objects.ctx == nullptr && of_objects.malloc != raw.malloc;
}
// Makes an object again of one that has ended, whose type, and the reference to it, are still there: as CPython does with those of
// its own lists, so that whoever follows objects (tracemalloc, PyRefTracer) sees a new one.
inline void begin_again(PyObject* self) noexcept { _Py_NewReference(self); }
#endif

// Calls __del__ of an object whose count has come to nothing: false where the object lives on.
inline bool call_finalizer_of_dying(PyObject* self, PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    const auto finalize = reinterpret_cast<destructor>(PyType_GetSlot(type, Py_tp_finalize));
    if (finalize == nullptr || PyObject_GC_IsFinalized(self) != 0) {
        return true;
    }
    // Not marked as finalized, which only CPython can: one that lives on is finalized once more.
    Py_SET_REFCNT(self, 1);
    finalize(self);
    Py_SET_REFCNT(self, Py_REFCNT(self) - 1);
    return Py_REFCNT(self) == 0;
#else
    return type->tp_finalize == nullptr || PyObject_CallFinalizerFromDealloc(self) >= 0;
#endif
}

// ---- Memory that extensions share. Needs an attached thread.
#if INTERLOCK_LIMITED_API
inline void* allocate_shared(std::size_t size) noexcept { return PyMem_Calloc(1, size); }
inline void* enlarge_shared(void* memory, std::size_t size) noexcept {
    return PyMem_Realloc(memory, size);
}
inline void free_shared(void* memory) noexcept { PyMem_Free(memory); }
#else
inline void* allocate_shared(std::size_t size) noexcept { return PyMem_RawCalloc(1, size); }
inline void* enlarge_shared(void* memory, std::size_t size) noexcept {
    return PyMem_RawRealloc(memory, size);
}
inline void free_shared(void* memory) noexcept { PyMem_RawFree(memory); }
#endif

// ---- Texts

// Whether it is the one str of its text that names are compared by. Where that cannot be asked it becomes that one, unless there
// is one already.
inline bool is_interned(PyObject* text) noexcept {
#if INTERLOCK_LIMITED_API
    PyObject* same = Py_NewRef(text);
    PyUnicode_InternInPlace(&same);
    const bool is = same == text;
    Py_DECREF(same);
    return is;
#else
    return PyUnicode_CHECK_INTERNED(text) != 0;
#endif
}
// Of code points in four bytes each, surrogates too.
inline PyObject* text_of_code_points(const void* text, Py_ssize_t size) noexcept {
#if INTERLOCK_LIMITED_API
    int order = PY_LITTLE_ENDIAN != 0 ? -1 : 1;
    return PyUnicode_DecodeUTF32(static_cast<const char*>(text), 4 * size, "surrogatepass", &order);
#else
    return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text, size);
#endif
}
// int(text, base).
inline PyObject* int_of_digits(PyObject* text, int base) noexcept {
#if INTERLOCK_LIMITED_API
    return PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyLong_Type), "Oi", text, base);
#else
    return PyLong_FromUnicodeObject(text, base);
#endif
}

// The items of a list or a tuple, to index.
#if INTERLOCK_LIMITED_API
struct items_of_array {
    PyObject* from;
    bool is_list;
    PyObject* operator[](Py_ssize_t i) const noexcept {
        return is_list ? PyList_GetItem(from, i) : PyTuple_GetItem(from, i);
    }
};
inline items_of_array array_items(PyObject* from, bool is_list) noexcept { return {from, is_list}; }
#else
using items_of_array = PyObject* const*;
inline items_of_array array_items(PyObject* from, bool is_list) noexcept {
    static_cast<void>(is_list);
    return PySequence_Fast_ITEMS(from);
}
#endif

// Whether all characters are ASCII.
inline bool is_ascii_text(PyObject* text) noexcept {
#if INTERLOCK_LIMITED_API
    Py_ssize_t size = 0;
    if (PyUnicode_AsUTF8AndSize(text, &size) == nullptr) {
        PyErr_Clear();
        return false;
    }
    return size == PyUnicode_GetLength(text);
#else
    return PyUnicode_IS_ASCII(text) != 0;
#endif
}

// ---- Memory of memoryviews. What the limited API gives is a copy, whose pointers are good for as long as the memoryview.
#if INTERLOCK_LIMITED_API
using viewed_memory = Py_buffer;
inline Py_buffer memory_of_view(PyObject* memoryview) noexcept {
    Py_buffer found{};
    if (PyObject_GetBuffer(memoryview, &found, PyBUF_FULL_RO) == 0) {
        Py_buffer held = found;
        PyBuffer_Release(&held);
    } else {
        PyErr_Clear();
    }
    return found;
}
#else
using viewed_memory = const Py_buffer&;
inline const Py_buffer& memory_of_view(PyObject* memoryview) noexcept {
    return *PyMemoryView_GET_BUFFER(memoryview);
}
#endif

// A member of a type that says where something of it lies.
inline PyMemberDef offset_member(const char* name, Py_ssize_t offset) noexcept {
#if INTERLOCK_API_VERSION >= 0x030C0000
    return {name, Py_T_PYSSIZET, offset, Py_READONLY, nullptr};
#else
    return {name, T_PYSSIZET, offset, READONLY, nullptr};
#endif
}

// The version of a class: another number after each change of the class or of one that it derives from, and of no other class;
// 0 while it has none. Read on any thread in any state, by an atomic load: CPython writes it while attached.
inline unsigned type_version(const PyTypeObject* type) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(type);
    return 0;  // not to be known
#elif defined(__GNUC__)
    return __atomic_load_n(&type->tp_version_tag, __ATOMIC_ACQUIRE);
#else
    return *static_cast<const volatile unsigned*>(&type->tp_version_tag);
#endif
}
// An attribute as the class has it, without binding it: a new reference, or null with no error set. Without the GIL the borrowed
// one could go meanwhile; 3.13 has a function for that.
inline PyObject* find_in_type(PyTypeObject* type, PyObject* name) noexcept {
#if INTERLOCK_LIMITED_API
    return look_up_in_type(type, name);
#elif defined(Py_GIL_DISABLED)
    return _PyType_LookupRef(type, name);
#else
    return Py_XNewRef(_PyType_Lookup(type, name));
#endif
}
// The version, given now if there was none; 0 where CPython has no more. Before 3.12 a lookup gives it.
inline unsigned assign_type_version(PyTypeObject* type, PyObject* name) noexcept {
#if INTERLOCK_LIMITED_API
    static_cast<void>(name);
#elif INTERLOCK_API_VERSION >= 0x030C0000
    static_cast<void>(name);
    static_cast<void>(PyUnstable_Type_AssignVersionTag(type));
#else
    static_cast<void>(_PyType_Lookup(type, name));
#endif
    return type_version(type);
}

// The __dict__ that CPython manages itself, from 3.12 on; its functions are public from 3.13. Not in the limited API: there
// the dict lies in the object, at an offset that the type tells.
#define INTERLOCK_HAS_MANAGED_DICT (INTERLOCK_API_VERSION >= 0x030C0000 && !INTERLOCK_LIMITED_API)
inline int visit_managed_dict(PyObject* self, visitproc visit, void* arg) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    return PyObject_VisitManagedDict(self, visit, arg);
#elif INTERLOCK_HAS_MANAGED_DICT
    return _PyObject_VisitManagedDict(self, visit, arg);
#else
    static_cast<void>(self);
    static_cast<void>(visit);
    static_cast<void>(arg);
    return 0;
#endif
}
inline void clear_managed_dict(PyObject* self) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    PyObject_ClearManagedDict(self);
#elif INTERLOCK_HAS_MANAGED_DICT
    _PyObject_ClearManagedDict(self);
#else
    static_cast<void>(self);
#endif
}

// A type of a class of its own (3.12, gh-60074). Before, the class is put in afterwards: it has no more than type has.
inline PyObject* make_heap_type(PyTypeObject* metatype, PyObject* module, PyType_Spec* spec,
                                PyObject* bases) noexcept {
#if INTERLOCK_API_VERSION >= 0x030C0000
    return PyType_FromMetaclass(metatype, module, spec, bases);
#else
    if (metatype != nullptr && metatype->tp_basicsize != PyType_Type.tp_basicsize) {
        PyErr_SetString(PyExc_TypeError,
                        "before CPython 3.12 a metaclass can have no more than type has");
        return nullptr;
    }
    PyObject* made = PyType_FromModuleAndSpec(module, spec, bases);
    if (made != nullptr && metatype != nullptr && metatype != Py_TYPE(made)) {
        PyTypeObject* before = Py_TYPE(made);
        Py_SET_TYPE(made, reinterpret_cast<PyTypeObject*>(
                              Py_NewRef(reinterpret_cast<PyObject*>(metatype))));
        Py_DECREF(before);
    }
    return made;
#endif
}

// ---- Integers as bytes in this machine's order. Public from 3.13 (gh-111140), with underscores before.

inline PyObject* int_from_bytes(const void* bytes, std::size_t size, bool is_signed) noexcept {
#if INTERLOCK_LIMITED_API
    return call_from_bytes(bytes, size, is_signed);
#elif INTERLOCK_API_VERSION >= 0x030D0000
    return is_signed ? PyLong_FromNativeBytes(bytes, size, Py_ASNATIVEBYTES_NATIVE_ENDIAN)
                     : PyLong_FromUnsignedNativeBytes(bytes, size, Py_ASNATIVEBYTES_NATIVE_ENDIAN);
#else
    return _PyLong_FromByteArray(static_cast<const unsigned char*>(bytes), size, PY_LITTLE_ENDIAN,
                                 is_signed ? 1 : 0);
#endif
}

// False with OverflowError set where the int does not fit; the bytes are then of no meaning.
inline bool int_to_bytes(PyObject* value, void* bytes, std::size_t size, bool is_signed) noexcept {
#if INTERLOCK_LIMITED_API
    return call_to_bytes(value, bytes, size, is_signed);
#elif INTERLOCK_API_VERSION >= 0x030D0000
    int flags = Py_ASNATIVEBYTES_NATIVE_ENDIAN | Py_ASNATIVEBYTES_REJECT_NEGATIVE;
    if (is_signed) {
        flags = Py_ASNATIVEBYTES_NATIVE_ENDIAN;
    } else {
        flags |= Py_ASNATIVEBYTES_UNSIGNED_BUFFER;
    }
    const Py_ssize_t needed =
        PyLong_AsNativeBytes(value, bytes, static_cast<Py_ssize_t>(size), flags);
    if (needed < 0) {
        // Negative values are refused with ValueError there, with OverflowError elsewhere.
        if (PyErr_ExceptionMatches(PyExc_ValueError) != 0) {
            PyErr_SetString(PyExc_OverflowError, "can't convert negative int to unsigned");
        }
        return false;
    }
    if (static_cast<std::size_t>(needed) > size) {
        PyErr_SetString(PyExc_OverflowError, "int too big to convert");
        return false;
    }
    return true;
#else
    return _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(value),
                               static_cast<unsigned char*>(bytes), size, PY_LITTLE_ENDIAN,
                               is_signed ? 1 : 0) == 0;
#endif
}

// The number of bits of the absolute value, as size_t(-1) with an error set where that fails; and the sign. The underscored
// functions are there in every version from 3.11 on, with changing result types.
inline std::size_t int_bit_length(PyObject* value) noexcept {
#if INTERLOCK_LIMITED_API
    return call_bit_length(value);
#else
    return static_cast<std::size_t>(_PyLong_NumBits(value));
#endif
}
inline int int_sign(PyObject* value) noexcept {
#if INTERLOCK_LIMITED_API
    int overflow = 0;
    const long found = PyLong_AsLongAndOverflow(value, &overflow);
    return overflow != 0 ? overflow : found > 0 ? 1 : found < 0 ? -1 : 0;
#elif INTERLOCK_API_VERSION >= 0x030E0000
    int sign = 0;
    static_cast<void>(PyLong_GetSign(value, &sign));
    return sign;
#else
    return _PyLong_Sign(value);
#endif
}

#if defined(Py_GIL_DISABLED)
// Whether this thread has the object's lock by a section that is open and not suspended. CPython asks that of its topmost section alone;
// behind others it would wait for itself, and let all of them go meanwhile. The links' two lowest bits say that the section they lead to
// is suspended, and that it has two locks (Include/internal/pycore_critical_section.h).
inline bool has_lock_of(PyObject* object) noexcept {
    std::uintptr_t link = PyThreadState_GetUnchecked()->critical_section;
    while ((link & ~std::uintptr_t{3}) != 0) {
        const auto* section =
            reinterpret_cast<const PyCriticalSection2*>(link & ~std::uintptr_t{3});
        if ((link & 1U) == 0 && (section->_cs_base._cs_mutex == &object->ob_mutex ||
                                 ((link & 2U) != 0 && section->_cs_mutex2 == &object->ob_mutex))) {
            return true;
        }
        link = section->_cs_base._cs_prev;
    }
    return false;
}
#endif

// The lock of an object that the call which this is a part of may have already.
class object_lock_if_free {
public:
#if defined(Py_GIL_DISABLED)
    explicit object_lock_if_free(PyObject* object) noexcept : taken_(!has_lock_of(object)) {
        if (taken_) {
            PyCriticalSection_Begin(&section_, object);
        }
    }
    ~object_lock_if_free() {
        if (taken_) {
            PyCriticalSection_End(&section_);
        }
    }

private:
    bool taken_;
    PyCriticalSection section_;

public:
#else
    explicit object_lock_if_free(PyObject*) noexcept {}
    ~object_lock_if_free() {}  // not defaulted: a variable of it then counts as used
#endif
    object_lock_if_free(const object_lock_if_free&) = delete;
    object_lock_if_free& operator=(const object_lock_if_free&) = delete;
};

#if defined(Py_GIL_DISABLED)
// Whether the section that was open when this one began had been suspended by then: it is marked in the lowest bit of the link,
// which CPython has no function for (Include/internal/pycore_critical_section.h).
inline bool began_under_suspended(const PyCriticalSection& section) noexcept {
    return (section._cs_prev & 1U) != 0;
}
#endif

}  // namespace detail
INTERLOCK_END
