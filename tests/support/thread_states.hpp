// What CPython itself says of threads and their states; knows nothing of interlock.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

// The state that this thread is attached with, or null. Never blocks.
inline PyThreadState* state_by_fact() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyThreadState_UncheckedGet();
#else
    PyThreadState* mine = PyGILState_GetThisThreadState();
    return mine != nullptr && mine == _PyThreadState_UncheckedGet() ? mine : nullptr;
#endif
}

inline bool attached_by_fact() noexcept { return state_by_fact() != nullptr; }

// How many thread states the interpreter has. Needs an attached thread, and no thread that makes or deletes one now.
inline int count_thread_states() {
    int count = 0;
    for (PyThreadState* state = PyInterpreterState_ThreadHead(PyThreadState_Get()->interp);
         state != nullptr; state = PyThreadState_Next(state)) {
        ++count;
    }
    return count;
}
