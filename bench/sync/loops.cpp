// Waiting: il::mutex and il::once beside the same work done by hand. One table for each way; all are in one module, since
// none of them brings a library.
#include "../harness/loops.hpp"

#include <interlock/interlock.hpp>

#include <cstdlib>
#include <latch>
#include <mutex>
#include <thread>

namespace il = interlock;

namespace {

constinit il::mutex<long> il_mutex(0);
std::mutex std_mutex;
long guarded = 0;
#if PY_VERSION_HEX >= 0x030D0000
PyMutex py_mutex{};
#endif

template <class F>
void attached(F f) {
    il::with_gil([&f](il::python py) { f(py); });
}

void little_work(long& value) {
    for (int i = 0; i < 20; ++i) {
        ++value;
        bench::escape(&value);
    }
}

// A burst of a few locks would be over before the next thread has begun: one operation of the contended rows is so many.
constexpr int locks = 200;

// ---- interlock

void mutex_of_interlock(long n) {
    attached([n](il::python py) {
        for (long i = 0; i < n; ++i) {
            il_mutex.with(py, [](long& value) { bench::escape(&value); });
        }
    });
}

void once_of_interlock(long n) {
    static il::once<long> once;
    attached([n](il::python py) {
        for (long i = 0; i < n; ++i) {
            bench::escape(&once.get(py, [](il::python) { return 42L; }));
        }
    });
}

void once_references_of_interlock(long n) {
    static il::once<il::owned<il::object>> once;
    attached([n](il::python py) {
        for (long i = 0; i < n; ++i) {
            bench::escape(
                &once.get(py, [](il::python inside) { return inside.import("re").unbind(); }));
        }
    });
}

void contended_of_interlock(long n) {
    attached([n](il::python py) {
        for (long i = 0; i < n * locks; ++i) {
            il_mutex.with(py, little_work);
        }
    });
}

void contended_lock_of_interlock(long n) {
    attached([n](il::python py) {
        for (long i = 0; i < n * locks; ++i) {
            il::lock(py, std_mutex, [] { little_work(guarded); });
        }
    });
}

// ---- std::mutex, and an acquire load

void mutex_of_std(long n) {
    for (long i = 0; i < n; ++i) {
        const std::lock_guard lock(std_mutex);
        bench::escape(&guarded);
    }
}

// With the branch on it without which no initializer could ever run.
void acquire_load(long n) {
    static const long value = 42;
    static std::atomic<const long*> loaded{&value};
    for (long i = 0; i < n; ++i) {
        const long* found = loaded.load(std::memory_order_acquire);
        if (found == nullptr) {
            std::abort();
        }
        bench::escape(found);
    }
}

// The interpreter is left by hand for the time of the wait.
void contended_by_hand(long n) {
    attached([n](il::python) {
        for (long i = 0; i < n * locks; ++i) {
            PyThreadState* state = PyEval_SaveThread();
            std_mutex.lock();
            PyEval_RestoreThread(state);
            little_work(guarded);
            std_mutex.unlock();
        }
    });
}

// ---- PyMutex

#if PY_VERSION_HEX >= 0x030D0000
void mutex_of_python(long n) {
    for (long i = 0; i < n; ++i) {
        PyMutex_Lock(&py_mutex);
        bench::escape(&guarded);
        PyMutex_Unlock(&py_mutex);
    }
}
#endif

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "bench_sync", nullptr, -1, nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_sync() {
    PyObject* module = PyModule_Create(&definition);
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    // glibc locks without atomic instructions while a process has one thread.
    std::thread([] {
        static std::latch never(1);
        never.wait();
    }).detach();
    PyModule_AddObject(module, "loops",
                       bench::table({{"mutex", mutex_of_interlock},
                                     {"once", once_of_interlock},
                                     {"once_references", once_references_of_interlock},
                                     {"contended", contended_of_interlock},
                                     {"contended_lock", contended_lock_of_interlock}}));
    PyModule_AddObject(module, "standard",
                       bench::table({{"mutex", mutex_of_std},
                                     {"once", acquire_load},
                                     {"once_references", acquire_load},
                                     {"contended", contended_by_hand},
                                     {"contended_lock", contended_by_hand}}));
#if PY_VERSION_HEX >= 0x030D0000
    PyModule_AddObject(module, "python", bench::table({{"mutex", mutex_of_python}}));
#else
    PyModule_AddObject(module, "python", bench::table({}));
#endif
    return module;
}
