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

#if PY_VERSION_HEX < 0x030B0000
#error "interlock: CPython 3.11 or newer is required"
#endif

// Before 3.14 (and 3.13.8) a thread that asks for the lock while CPython finalizes is ended by pthread_exit, which
// unwinds C++ frames without the interpreter (gh-87135). The build's patch version says nothing about the one it will
// run on, so the mitigation is compiled in for all of 3.13.
#define INTERLOCK_FORCED_UNWIND (PY_VERSION_HEX < 0x030E0000)

// PEP 788, interpreter guards and views: 3.15.
#define INTERLOCK_HAS_PEP788 (PY_VERSION_HEX >= 0x030F0000)

INTERLOCK_BEGIN
namespace detail {

// The thread state that this thread is attached with, or null. Never blocks, may be called at any time, on any thread.
// Cost: one call (two on 3.11).
inline PyThreadState* attached_state() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyThreadState_UncheckedGet();
#else
    // The comparison is of pointers alone: the state that holds the lock may be freed at any moment.
    PyThreadState* mine = PyGILState_GetThisThreadState();
    return mine != nullptr && mine == _PyThreadState_UncheckedGet() ? mine : nullptr;
#endif
}

// The state that somebody made on this thread, attached or not, or null. After a restart 3.15 still gives threads the one
// that they had in the interpreter before: it stands in a thread-local of CPython's, which nobody resets for other threads.
// Its memory is there, since states are counted from 3.14 on (gh-124878), and it says that it was cleared.
inline PyThreadState* state_of_this_thread() noexcept {
    PyThreadState* state = PyGILState_GetThisThreadState();
#if PY_VERSION_HEX >= 0x030F0000
    if (state != nullptr && state->_status.cleared) {
        return nullptr;
    }
#endif
    return state;
}

// Whether CPython has begun to tear itself down. A hint only: the answer can change before the caller uses it.
inline bool is_finalizing() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}

// The innermost Python frame of a state, as an address to compare. From 3.13 the field stands in the state itself; in
// 3.11 and 3.12 it stands in the state's C frame.
inline const void* python_frame(const PyThreadState* state) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return state->current_frame;
#else
    return state->cframe->current_frame;
#endif
}

// Whether an error is set, read from the attached state itself. 3.12 made it one field.
inline bool has_error(const PyThreadState* state) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    return state->current_exception != nullptr;
#else
    return state->curexc_type != nullptr;
#endif
}

// Takes the error indicator: the exception itself with its traceback, a new reference, or null. 3.12 made it one object.
inline PyObject* take_error() noexcept {
#if PY_VERSION_HEX >= 0x030C0000
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
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(error);
#else
    if (error == nullptr) {
        PyErr_Clear();
        return;
    }
    PyObject* type = reinterpret_cast<PyObject*>(Py_TYPE(error));
    PyErr_Restore(Py_NewRef(type), error, PyException_GetTraceback(error));
#endif
}

}  // namespace detail
INTERLOCK_END
