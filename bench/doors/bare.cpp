// The doors without a library: CPython's own functions on a thread state that is kept, which is the bar, and its
// PyGILState_Ensure and Release, which is what everybody is told to write.
#include "../harness/loops.hpp"

#include <atomic>
#include <mutex>
#include <vector>

namespace {

PyObject* lambda = nullptr;

// ---- a kept thread state

thread_local PyThreadState* kept_state = nullptr;
thread_local std::atomic<unsigned> own_word{0};

void keep_state(long) {
    PyThreadState* state = PyThreadState_New(PyInterpreterState_Main());
    PyEval_RestoreThread(state);
    kept_state = PyEval_SaveThread();
}

void give_state_back() {
    PyEval_RestoreThread(kept_state);
    PyThreadState_Clear(kept_state);
    PyThreadState_DeleteCurrent();
    kept_state = nullptr;
}

// What says whether this thread is attached. On 3.11 the current thread state is one of the process, and only together
// with the thread's own one does it say that.
PyThreadState* query() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyThreadState_UncheckedGet();
#else
    PyThreadState* mine = PyGILState_GetThisThreadState();
    return mine == _PyThreadState_UncheckedGet() ? mine : nullptr;
#endif
}

void bare_nested(long n) {
    for (long i = 0; i < n; ++i) {
        bench::escape(query());
    }
}

void bare_entry(long n) {
    PyThreadState* const kept =
        kept_state;  // as a local: looking a thread-local up is not the bar's cost
    std::atomic<unsigned>& word = own_word;
    for (long i = 0; i < n; ++i) {
        word.exchange(2);
        PyEval_RestoreThread(kept);
        bench::escape();
        PyEval_SaveThread();
    }
}

void bare_call(long n) {
    PyThreadState* const kept = kept_state;
    std::atomic<unsigned>& word = own_word;
    for (long i = 0; i < n; ++i) {
        word.exchange(2);
        PyEval_RestoreThread(kept);
        Py_DECREF(PyObject_CallNoArgs(lambda));
        bench::escape();
        PyEval_SaveThread();
    }
}

void bare_alloc(long n) {
    PyThreadState* const kept = kept_state;
    std::atomic<unsigned>& word = own_word;
    for (long i = 0; i < n; ++i) {
        word.exchange(2);
        PyEval_RestoreThread(kept);
        bench::allocate();
        bench::escape();
        PyEval_SaveThread();
    }
}

void bare_leave(long n) {
    for (long i = 0; i < n; ++i) {
        PyThreadState* state = PyEval_SaveThread();
        bench::escape();
        PyEval_RestoreThread(state);
    }
}

// On a Python thread that has left: its own state is at hand.
void bare_reenter(long n) {
    PyThreadState* state = PyEval_SaveThread();
    std::atomic<unsigned>& word = own_word;
    for (long i = 0; i < n; ++i) {
        word.exchange(2);
        PyEval_RestoreThread(state);
        bench::escape();
        PyEval_SaveThread();
    }
    PyEval_RestoreThread(state);
}

thread_local PyObject* dropped_object = nullptr;

void bare_drop_setup(long n) {
    keep_state(n);
    PyEval_RestoreThread(kept_state);
    dropped_object = PyList_New(0);
    for (long i = 0; i < n; ++i) {
        Py_INCREF(dropped_object);
    }
    PyEval_SaveThread();
}

void bare_drop(long n) {
    PyThreadState* const kept = kept_state;
    PyObject* const dropped = dropped_object;
    for (long i = 0; i < n; ++i) {
        PyEval_RestoreThread(kept);
        Py_DECREF(dropped);
        bench::escape();
        PyEval_SaveThread();
    }
}

void bare_drop_teardown() {
    PyEval_RestoreThread(kept_state);
    Py_CLEAR(dropped_object);
    PyEval_SaveThread();
    give_state_back();
}

// ---- PyGILState

void gilstate_nested(long n) {
    for (long i = 0; i < n; ++i) {
        const PyGILState_STATE state = PyGILState_Ensure();
        bench::escape();
        PyGILState_Release(state);
    }
}

void gilstate_call(long n) {
    for (long i = 0; i < n; ++i) {
        const PyGILState_STATE state = PyGILState_Ensure();
        Py_DECREF(PyObject_CallNoArgs(lambda));
        bench::escape();
        PyGILState_Release(state);
    }
}

void gilstate_alloc(long n) {
    for (long i = 0; i < n; ++i) {
        const PyGILState_STATE state = PyGILState_Ensure();
        bench::allocate();
        bench::escape();
        PyGILState_Release(state);
    }
}

void gilstate_reenter(long n) {
    PyThreadState* state = PyEval_SaveThread();
    gilstate_nested(n);
    PyEval_RestoreThread(state);
}

void gilstate_drop_setup(long n) {
    const PyGILState_STATE state = PyGILState_Ensure();
    dropped_object = PyList_New(0);
    for (long i = 0; i < n; ++i) {
        Py_INCREF(dropped_object);
    }
    PyGILState_Release(state);
}

void gilstate_drop(long n) {
    PyObject* const dropped = dropped_object;
    for (long i = 0; i < n; ++i) {
        const PyGILState_STATE state = PyGILState_Ensure();
        Py_DECREF(dropped);
        bench::escape();
        PyGILState_Release(state);
    }
}

void gilstate_drop_teardown() {
    const PyGILState_STATE state = PyGILState_Ensure();
    Py_CLEAR(dropped_object);
    PyGILState_Release(state);
}

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_doors_bare",
                          nullptr,
                          -1,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_doors_bare() {
    PyObject* module = PyModule_Create(&definition);
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    lambda = bench::lambda_none();
    PyObject* bare = bench::table({{"nested", bare_nested},
                                   {"entry", bare_entry, keep_state, give_state_back},
                                   {"alloc", bare_alloc, keep_state, give_state_back},
                                   {"call", bare_call, keep_state, give_state_back},
                                   {"leave", bare_leave},
                                   {"reenter", bare_reenter},
                                   {"drop", bare_drop, bare_drop_setup, bare_drop_teardown}});
    PyObject* gilstate =
        bench::table({{"nested", gilstate_nested},
                      {"entry", gilstate_nested},
                      {"alloc", gilstate_alloc},
                      {"call", gilstate_call},
                      {"reenter", gilstate_reenter},
                      {"drop", gilstate_drop, gilstate_drop_setup, gilstate_drop_teardown}});
    PyModule_AddObject(module, "bare", bare);
    PyModule_AddObject(module, "gilstate", gilstate);
    PyModule_AddStringConstant(module, "version", PY_VERSION);
    return module;
}
