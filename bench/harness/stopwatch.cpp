// The watch: runs a loop on the threads that a row asks for and says how long it took, or has callgrind count it.
//
// Knows no library but CPython. A second thread sleeps in every process that is measured: glibc's mutexes are cheaper in a
// process that never had one, which no program with native threads is.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define BENCH_HAS_CALLGRIND 1
#else
#define BENCH_HAS_CALLGRIND 0
#endif

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

struct job {
    void (*run)(long) = nullptr;
    PyObject* python = nullptr;  // a loop in Python, in the place of run: called attached, with n
    void (*setup)(long) = nullptr;
    void (*teardown)() = nullptr;
    long warm = 0;
    long n = 0;
    const char* label = nullptr;  // count under this name instead of taking the time
};

struct interval {
    clock_type::time_point begin;
    clock_type::time_point end;
};

// All start together; a thread that waits keeps its core, since waking one up takes longer than many loops run. Not for ever:
// there may be more threads than cores.
class start_line {
public:
    explicit start_line(int threads) : missing_(threads) {}
    void wait() {
        missing_.fetch_sub(1);
        for (int turns = 0; missing_.load() > 0; ++turns) {
            if (turns > 10'000) {
                std::this_thread::yield();
            }
        }
    }

private:
    std::atomic<int> missing_;
};

void run(const job& job, long n) {
    if (job.python == nullptr) {
        job.run(n);
        return;
    }
    PyObject* number = PyLong_FromLong(n);
    PyObject* done = PyObject_CallOneArg(job.python, number);
    if (done == nullptr) {
        PyErr_Print();
        std::abort();
    }
    Py_DECREF(done);
    Py_DECREF(number);
}

void around(const job& job, long n, auto&& between) {
    if (job.setup != nullptr) {
        job.setup(n);
    }
    between();
    if (job.teardown != nullptr) {
        job.teardown();
    }
}

// The i-th of the cores that the caller is bound to, so that no two of a burst's threads share one while there are enough.
void bind_to_core([[maybe_unused]] std::size_t i) {
#if defined(__linux__)
    cpu_set_t mine;
    if (sched_getaffinity(0, sizeof mine, &mine) != 0) {
        return;
    }
    i %= static_cast<std::size_t>(std::max(CPU_COUNT(&mine), 1));
    for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(core, &mine) && i-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(core, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
#endif
}

// A loop in Python on a thread of its own needs it attached, and all wait for one another detached: one of them may have to stop
// the others, to collect garbage.
class python_thread {
public:
    explicit python_thread(bool needed) : needed_(needed) {
        if (needed_) {
            state_ = PyGILState_Ensure();
        }
    }
    ~python_thread() {
        if (needed_) {
            PyGILState_Release(state_);
        }
    }
    python_thread(const python_thread&) = delete;
    python_thread& operator=(const python_thread&) = delete;
    void wait(start_line& line) const {
        PyThreadState* left = needed_ ? PyEval_SaveThread() : nullptr;
        line.wait();
        if (needed_) {
            PyEval_RestoreThread(left);
        }
    }

private:
    bool needed_;
    PyGILState_STATE state_{};
};

interval perform(const job& job, start_line& line, bool own_thread) {
    const python_thread attached(own_thread && job.python != nullptr);
    if (job.warm > 0) {
        around(job, job.warm, [&] { run(job, job.warm); });
    }
    interval taken;
    around(job, job.n, [&] {
        attached.wait(line);
        if (job.label != nullptr) {
#if BENCH_HAS_CALLGRIND
            CALLGRIND_TOGGLE_COLLECT;
            run(job, job.n);
            CALLGRIND_TOGGLE_COLLECT;
            CALLGRIND_DUMP_STATS_AT(job.label);
#endif
            return;
        }
        taken.begin = clock_type::now();
        run(job, job.n);
        taken.end = clock_type::now();
    });
    return taken;
}

// What a burst took, and how evenly its threads came on: the time until the first of them was done as a share of the last one's.
struct burst_time {
    double ns = 0;
    double share = 1;
};

// On the calling thread, attached, where no threads are asked for; else on that many new ones, with the caller detached.
burst_time perform_all(const job& job, int threads) {
    std::vector<interval> taken(static_cast<std::size_t>(std::max(threads, 1)));
    start_line line(std::max(threads, 1));
    if (threads == 0) {
        taken[0] = perform(job, line, false);
    } else {
        PyThreadState* state = PyEval_SaveThread();
        std::vector<std::thread> running;
        for (interval& each : taken) {
            running.emplace_back([&job, &line, &each, i = running.size()] {
                bind_to_core(i);
                each = perform(job, line, true);
            });
        }
        for (std::thread& each : running) {
            each.join();
        }
        PyEval_RestoreThread(state);
    }
    auto begin = taken[0].begin;
    auto end = taken[0].end;
    auto first_end = end;
    for (const interval& each : taken) {
        begin = std::min(begin, each.begin);
        end = std::max(end, each.end);
        first_end = std::min(first_end, each.end);
    }
    using ns = std::chrono::duration<double, std::nano>;
    const double all = ns(end - begin).count();
    return {all, all > 0 ? ns(first_end - begin).count() / all : 1};
}

// Each of the n times on a thread of its own, one after another, from its start to its end: what is made for a thread that has not
// been seen before, and what is left to do when it ends, are part of it.
burst_time perform_fresh(const job& job, int) {
    PyThreadState* state = PyEval_SaveThread();
    const auto repeat = [&job](long n) {
        for (long i = 0; i < n; ++i) {
            std::thread([&] { around(job, 1, [&] { job.run(1); }); }).join();
        }
    };
    // Callgrind has a switch for each thread, which the next thread takes over from one that is gone: so from the first thread's end
    // on, all that these threads do is counted, up to their own ends.
    const auto turn_switch = [&job] {
#if BENCH_HAS_CALLGRIND
        if (job.label != nullptr) {
            std::thread([] { CALLGRIND_TOGGLE_COLLECT; }).join();
        }
#endif
    };
    repeat(job.warm);
    turn_switch();
    interval taken;
    taken.begin = clock_type::now();
    repeat(job.n);
    taken.end = clock_type::now();
    turn_switch();
    PyEval_RestoreThread(state);
    return {std::chrono::duration<double, std::nano>(taken.end - taken.begin).count()};
}

// The threads take turns, once each in a round. Waiting for one's turn is not part of the time, which is the sum of all.
burst_time perform_turns(const job& job, int threads) {
    using turn = std::binary_semaphore;
    std::vector<std::unique_ptr<turn>> turns;
    for (int i = 0; i < threads; ++i) {
        turns.push_back(std::make_unique<turn>(i == 0 ? 1 : 0));
    }
    std::vector<clock_type::duration> taken(turns.size());
    PyThreadState* state = PyEval_SaveThread();
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        running.emplace_back([&job, &turns, &taken, i] {
            bind_to_core(i);
            around(job, job.n, [&] {
                for (long k = -job.warm; k < job.n; ++k) {
                    turns[i]->acquire();
                    const auto begin = clock_type::now();
#if BENCH_HAS_CALLGRIND
                    if (job.label != nullptr && k >= 0) {
                        CALLGRIND_TOGGLE_COLLECT;
                        job.run(1);
                        CALLGRIND_TOGGLE_COLLECT;
                        turns[(i + 1) % turns.size()]->release();
                        continue;
                    }
#endif
                    job.run(1);
                    if (k >= 0) {
                        taken[i] += clock_type::now() - begin;
                    }
                    turns[(i + 1) % turns.size()]->release();
                }
            });
        });
    }
    for (std::thread& each : running) {
        each.join();
    }
    PyEval_RestoreThread(state);
    clock_type::duration all{};
    for (const clock_type::duration each : taken) {
        all += each;
    }
    return {std::chrono::duration<double, std::nano>(all).count()};
}

// burst((run, setup, teardown), n, warm, threads, label, mode) -> nanoseconds, and how evenly the threads came on. From the first
// thread's start to the last one's end; in the modes "fresh" and "turns", which are for loops of C++, as said above.
PyObject* burst(PyObject*, PyObject* arguments) {
    PyObject* loop = nullptr;
    void* setup = nullptr;
    void* teardown = nullptr;
    job job;
    int threads = 0;
    const char* mode = "";
    static_assert(sizeof(void*) == sizeof(unsigned long long));
    if (!PyArg_ParseTuple(arguments, "(OKK)llizs", &loop, &setup, &teardown, &job.n, &job.warm,
                          &threads, &job.label, &mode)) {
        return nullptr;
    }
    if (PyCallable_Check(loop) != 0) {
        job.python = loop;
    } else {
        void* address = PyLong_AsVoidPtr(loop);
        if (address == nullptr) {
            return nullptr;
        }
        job.run = reinterpret_cast<void (*)(long)>(address);
    }
    job.setup = reinterpret_cast<void (*)(long)>(setup);
    job.teardown = reinterpret_cast<void (*)()>(teardown);
    const bool plain = mode[0] == '\0';
    if (!plain && (job.python != nullptr || threads < 1)) {
        PyErr_SetString(PyExc_ValueError, "that mode is for loops of C++ on threads");
        return nullptr;
    }
    const burst_time taken = plain                             ? perform_all(job, threads)
                             : std::strcmp(mode, "fresh") == 0 ? perform_fresh(job, threads)
                                                               : perform_turns(job, threads);
#if BENCH_HAS_CALLGRIND
    if (!plain && job.label != nullptr) {
        CALLGRIND_DUMP_STATS_AT(job.label);
    }
#endif
    return Py_BuildValue("dd", taken.ns, taken.share);
}

void empty_loop(long n) {
    for (long i = 0; i < n; ++i) {
        asm volatile("" : : : "memory");
    }
}

PyMethodDef methods[] = {
    {"burst", burst, METH_VARARGS, "Runs a loop on new threads, or on this one (0)."},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_stopwatch",
                          nullptr,
                          -1,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_stopwatch() {
    PyObject* module = PyModule_Create(&definition);
    if (module == nullptr) {
        return nullptr;
    }
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    PyObject* empty = Py_BuildValue("KKK", reinterpret_cast<void*>(&empty_loop), nullptr, nullptr);
    if (PyModule_AddObject(module, "empty", empty) != 0 ||
        PyModule_AddIntConstant(module, "can_count", BENCH_HAS_CALLGRIND) != 0) {
        return nullptr;
    }
    std::thread([] {
        for (;;) {
            std::this_thread::sleep_for(std::chrono::hours(1));
        }
    }).detach();
    return module;
}
