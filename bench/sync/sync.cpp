// What waiting costs: il::mutex and il::once beside the same work done by hand.
//
//   sync                 all figures, in nanoseconds: the least of many rounds, the contended ones the median
//   sync NAME COUNT      one loop, COUNT times, for a tool that counts instructions
//
// Bars: mutex at most 1.2 times the cheaper of std::mutex and PyMutex, a hit of once at most 1.2 times an acquire load, and
// contended throughput at least that of std::mutex with the interpreter released by hand.
#include <interlock/interlock.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

template <class T>
inline void keep(T& value) {
    asm volatile("" : "+m"(value) : : "memory");
}

constinit il::mutex<long> il_mutex(0);
std::mutex std_mutex;
long guarded = 0;
#if PY_VERSION_HEX >= 0x030D0000
PyMutex py_mutex{};
#endif
std::atomic<const long*> loaded{nullptr};
il::once<long> once_long;
il::once<il::owned<il::object>> once_object;

long make_long(il::python) { return 42; }
il::owned<il::object> make_object(il::python py) { return py.import("re").unbind(); }

struct loop {
    const char* name;
    void (*run)(il::python, long);
};

const loop loops[] = {
    {"std_mutex",
     [](il::python, long n) {
         for (long i = 0; i < n; ++i) {
             const std::lock_guard lock(std_mutex);
             keep(guarded);
         }
     }},
#if PY_VERSION_HEX >= 0x030D0000
    {"py_mutex",
     [](il::python, long n) {
         for (long i = 0; i < n; ++i) {
             PyMutex_Lock(&py_mutex);
             keep(guarded);
             PyMutex_Unlock(&py_mutex);
         }
     }},
#endif
    {"il_mutex",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             il_mutex.with(py, [](long& value) { keep(value); });
         }
     }},
    {"il_mutex_detached",
     [](il::python, long n) {
         for (long i = 0; i < n; ++i) {
             il_mutex.with([](long& value) { keep(value); });
         }
     }},
    {"il_lock_std_mutex",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             il::lock(py, std_mutex, [] { keep(guarded); });
         }
     }},
    {"acquire_load",
     [](il::python, long n) {
         for (long i = 0; i < n; ++i) {
             const long* value = loaded.load(std::memory_order_acquire);
             keep(value);
         }
     }},
    {"acquire_load_tested",  // and a branch on it, without which no initializer could ever run
     [](il::python, long n) {
         for (long i = 0; i < n; ++i) {
             const long* value = loaded.load(std::memory_order_acquire);
             if (value == nullptr) {
                 std::abort();
             }
             keep(value);
         }
     }},
    {"il_once",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             const long* value = &once_long.get(py, make_long);
             keep(value);
         }
     }},
    {"il_once_owned",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             const void* value = &once_object.get(py, make_object);
             keep(value);
         }
     }},
    {"il_once_owned_bind",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             il::object value = once_object.get(py, make_object).bind(py);
             keep(value);
         }
     }},
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Several threads that enter the interpreter once and then take the lock again and again, for a little work in C++.
double contended(int threads, long rounds, void (*body)(il::python, long)) {
    std::latch ready(threads);
    std::latch start(1);
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
        pool.emplace_back([&] {
            il::with_gil([&](il::python py) {
                py.allow_threads(il::unchecked, [&] {
                    ready.count_down();
                    start.wait();
                });
                body(py, rounds);
            });
        });
    }
    ready.wait();
    const auto begin = std::chrono::steady_clock::now();
    start.count_down();
    for (std::thread& thread : pool) {
        thread.join();
    }
    return seconds_since(begin) / static_cast<double>(rounds * threads) * 1e9;
}

void little_work(long& value) {
    for (int i = 0; i < 20; ++i) {
        value += i;
        keep(value);
    }
}

// What the callable does beside: nothing of Python, or it lets others run meanwhile.
void leave_shortly(il::python py) {
    py.allow_threads([] {});
}

const loop contended_loops[] = {
    {"il_mutex, C++ work",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             il_mutex.with(py, little_work);
         }
     }},
    {"std_mutex by hand, C++ work",
     [](il::python, long n) {
         for (long i = 0; i < n; ++i) {
             PyThreadState* state = PyEval_SaveThread();
             std_mutex.lock();
             PyEval_RestoreThread(state);
             little_work(guarded);
             std_mutex.unlock();
         }
     }},
    {"std_mutex by hand, work outside",
     [](il::python, long n) {
         for (long i = 0; i < n; ++i) {
             PyThreadState* state = PyEval_SaveThread();
             std_mutex.lock();
             little_work(guarded);
             std_mutex.unlock();
             PyEval_RestoreThread(state);
         }
     }},
    {"il::lock on std_mutex, C++ work",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             il::lock(py, std_mutex, [] { little_work(guarded); });
         }
     }},
    {"il_mutex, leaves inside",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             il_mutex.with(py, [&](long& value) {
                 leave_shortly(py);
                 little_work(value);
             });
         }
     }},
    {"std_mutex by hand, leaves inside",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             PyThreadState* state = PyEval_SaveThread();
             std_mutex.lock();
             PyEval_RestoreThread(state);
             leave_shortly(py);
             little_work(guarded);
             std_mutex.unlock();
         }
     }},
    {"il::lock on std_mutex, leaves inside",
     [](il::python py, long n) {
         for (long i = 0; i < n; ++i) {
             il::lock(py, std_mutex, [&] {
                 leave_shortly(py);
                 little_work(guarded);
             });
         }
     }},
};

}  // namespace

int main(int argc, char** argv) {
    il::interpreter python;
    // glibc locks without atomic instructions while a process has one thread.
    std::latch end(1);
    std::thread second([&] { end.wait(); });
    static const long value = 42;
    loaded = &value;
    il::with_gil([&](il::python py) {
        once_long.get(py, make_long);
        once_object.get(py, make_object);
        if (argc == 3) {
            for (const loop& each : loops) {
                if (std::strcmp(each.name, argv[1]) == 0) {
                    each.run(py, std::atol(argv[2]));
                }
            }
            return;
        }
        constexpr long count = 200'000;
        std::vector<double> least(std::size(loops), 1e9);
        for (int round = 0; round < 60; ++round) {
            for (std::size_t i = 0; i < std::size(loops); ++i) {
                const auto begin = std::chrono::steady_clock::now();
                loops[i].run(py, count);
                least[i] = std::min(least[i], seconds_since(begin) / count * 1e9);
            }
        }
        for (std::size_t i = 0; i < std::size(loops); ++i) {
            std::printf("%-38s %8.2f ns\n", loops[i].name, least[i]);
        }
    });
    if (argc == 1) {
        for (const loop& each : contended_loops) {
            std::vector<double> times;
            for (int round = 0; round < 7; ++round) {
                times.push_back(contended(4, 20'000, each.run));
            }
            std::sort(times.begin(), times.end());
            std::printf("%-38s %8.0f ns  (4 threads, %.0f to %.0f)\n", each.name, times[3],
                        times.front(), times.back());
        }
    }
    end.count_down();
    second.join();
}
