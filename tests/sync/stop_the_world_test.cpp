// The world is stopped, by the garbage collector and by fork, while threads wait on each primitive. Where one of them waited
// while attached, the world would never stand still.
#include "threads.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>

using namespace sync_test;
using namespace std::chrono_literals;

namespace {

constexpr int waiters = 3;

// `hold` takes the primitive, calls what it is given, and gives it back; `wait` takes it on an attached thread.
void stop_while_waiting(const std::function<void(const std::function<void()>&)>& hold,
                        const std::function<void(il::python)>& wait) {
    flag held;
    flag done;
    counter came;
    counter through;
    thread_group threads;
    threads.start([&] {
        hold([&] {
            held.set();
            done.wait();
        });
    });
    held.wait();
    for (int i = 0; i < waiters; ++i) {
        threads.start([&] {
            il::with_gil([&](il::python py) {
                came.add();
                wait(py);
                through.add();
            });
        });
    }
    came.wait_for(waiters);
    // Nobody can be through, so that every one of them is waiting or about to.
    il::with_gil([&](il::python py) {
        for (int i = 0; i < 20; ++i) {
            py.run("import gc; gc.collect()");
        }
        EXPECT_EQ(through.get(), 0);
#if !defined(_WIN32)
        py.run(R"(
import os, warnings
warnings.simplefilter("ignore")
for _ in range(5):
    child = os.fork()
    if child == 0:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
)");
        EXPECT_EQ(through.get(), 0);
#endif
        done.set();
    });
    threads.join();
    EXPECT_EQ(through.get(), waiters);
}

// What is held is held with the interpreter left meanwhile, or without it.
template <class F>
void detached(il::python py, F&& f) {
    py.allow_threads(il::unchecked, std::forward<F>(f));
}

TEST(StopTheWorld, WhileThreadsWaitForAMutexHeldDetached) {
    il::interpreter python;
    il::mutex<int> guarded(0);
    stop_while_waiting([&](auto& f) { guarded.with([&](int&) { f(); }); },
                       [&](il::python py) { guarded.with(py, [](int&) {}); });
}

TEST(StopTheWorld, WhileThreadsWaitForAMutexHeldAttached) {
    il::interpreter python;
    il::mutex<int> guarded(0);
    stop_while_waiting(
        [&](auto& f) {
            il::with_gil([&](il::python py) { guarded.with(py, [&](int&) { detached(py, f); }); });
        },
        [&](il::python py) { guarded.with(py, [](int&) {}); });
}

TEST(StopTheWorld, WhileThreadsWaitForALock) {
    il::interpreter python;
    std::shared_timed_mutex m;
    const auto hold = [&](auto& f) {
        const std::lock_guard lock(m);
        f();
    };
    stop_while_waiting(hold, [&](il::python py) { il::lock(py, m, [] {}); });
    stop_while_waiting(hold, [&](il::python py) { il::lock_shared(py, m, [] {}); });
    stop_while_waiting(hold, [&](il::python py) { il::try_lock_for(py, m, 1h, [] {}); });
}

TEST(StopTheWorld, WhileThreadsWaitForAOnce) {
    il::interpreter python;
    il::once<int> number;
    il::once<il::owned<il::object>> object;
    stop_while_waiting(
        [&](auto& f) {
            il::with_gil([&](il::python py) {
                number.get(py, [&](il::python here) {
                    detached(here, f);
                    return 1;
                });
            });
        },
        [&](il::python py) { number.get(py, [](il::python) { return 2; }); });
    stop_while_waiting(
        [&](auto& f) {
            il::with_gil([&](il::python py) {
                object.get(py, [&](il::python here) {
                    detached(here, f);
                    return here.none().unbind();
                });
            });
        },
        [&](il::python py) {
            object.get(py, [](il::python here) { return here.none().unbind(); });
        });
}

#if defined(Py_GIL_DISABLED)
// A section is suspended while its thread is detached: what is held stays held only while the thread is attached.
TEST(StopTheWorld, WhileThreadsWaitForACriticalSection) {
    il::interpreter python;
    il::with_gil([&](il::python py) {
        const il::object a = py.eval("object()");
        const il::object b = py.eval("object()");
        counter came;
        counter through;
        thread_group threads;
        il::critical_section(a, b, [&] {
            for (int i = 0; i < waiters; ++i) {
                threads.start([&, i] {
                    il::with_gil([&](il::python) {
                        came.add();
                        if (i == 0) {
                            il::critical_section(b, a, [&] { through.add(); });
                        } else {
                            il::critical_section(i == 1 ? a : b, [&] { through.add(); });
                        }
                    });
                });
            }
            came.wait_for(waiters);
            for (int i = 0; i < 20; ++i) {
                PyGC_Collect();
            }
        });
        py.allow_threads(il::unchecked, [&] { threads.join(); });
        EXPECT_EQ(through.get(), waiters);
    });
}
#endif

}  // namespace
