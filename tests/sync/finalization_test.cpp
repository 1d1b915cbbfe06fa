// The interpreter ends while threads wait: they are detached, so it does not wait for them without end, and they are turned
// away without keeping what they waited for.
#include "threads.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

using namespace sync_test;
using namespace std::chrono_literals;

namespace {

struct turned_away {
    counter came;
    counter refused;
    counter let_in;
};

// A thread of C++ that enters, and then waits in `wait`.
template <class Wait>
void start_waiting(thread_group& threads, turned_away& seen, Wait wait) {
    threads.start([&seen, wait] {
        try {
            il::with_gil([&](il::python py) {
                seen.came.add();
                wait(py);
                seen.let_in.add();
            });
        } catch (const il::no_interpreter&) {
            seen.refused.add();
        }
    });
}

TEST(Finalization, TurnsAwayThreadsThatWaitForAMutex) {
    il::exit_wait(50ms);
    il::mutex<int> guarded(0);
    flag held;
    flag done;
    turned_away seen;
    thread_group threads;
    {
        il::interpreter python;
        threads.start([&] {
            guarded.with([&](int&) {
                held.set();
                done.wait();
            });
        });
        held.wait();
        for (int i = 0; i < 3; ++i) {
            start_waiting(threads, seen,
                          [&](il::python py) { guarded.with(py, [](int& n) { ++n; }); });
        }
        seen.came.wait_for(3);
    }
    EXPECT_EQ(seen.refused.get() + seen.let_in.get(), 0);
    done.set();
    threads.join();
    EXPECT_EQ(seen.refused.get(), 3);
    EXPECT_EQ(guarded.with([](int& n) { return n; }), 0);
}

TEST(Finalization, TurnsAwayThreadsThatWaitForALock) {
    il::exit_wait(50ms);
    timed_mutex m;
    flag held;
    flag done;
    turned_away seen;
    thread_group threads;
    {
        il::interpreter python;
        threads.start([&] {
            const std::lock_guard lock(m);
            held.set();
            done.wait();
        });
        held.wait();
        start_waiting(threads, seen, [&](il::python py) { il::lock(py, m, [] {}); });
        start_waiting(threads, seen, [&](il::python py) { il::try_lock_for(py, m, 1h, [] {}); });
        seen.came.wait_for(2);
    }
    done.set();
    threads.join();
    EXPECT_EQ(seen.refused.get(), 2);
    EXPECT_TRUE(m.try_lock());
    m.unlock();
}

TEST(Finalization, TurnsAwayThreadsThatWaitForAOnce) {
    il::exit_wait(50ms);
    il::once<int> number;
    il::once<il::owned<il::object>> object;
    counter inside;
    flag done;
    turned_away seen;
    thread_group threads;
    {
        il::interpreter python;
        start_waiting(threads, seen, [&](il::python py) {
            number.get(py, [&](il::python here) {
                inside.add();
                wait_detached(here, done);
                return 1;
            });
        });
        start_waiting(threads, seen, [&](il::python py) {
            object.get(py, [&](il::python here) {
                inside.add();
                wait_detached(here, done);
                return here.none().unbind();
            });
        });
        inside.wait_for(2);
        start_waiting(threads, seen,
                      [&](il::python py) { number.get(py, [](il::python) { return 2; }); });
        start_waiting(threads, seen, [&](il::python py) {
            object.get(py, [](il::python here) { return here.none().unbind(); });
        });
        seen.came.wait_for(4);
    }
    done.set();
    threads.join();
    EXPECT_EQ(seen.refused.get(), 4);
    il::interpreter again;
    il::with_gil([&](il::python py) {
        EXPECT_EQ(number.get(py, [](il::python) { return 3; }), 3);
        EXPECT_TRUE(object.get(py, [](il::python here) { return here.eval("7").unbind(); })
                        .bind(py)
                        .is(py.eval("7")));
    });
}

#if defined(Py_GIL_DISABLED)
// The exception passes the critical section on a thread that is detached for good.
TEST(Finalization, TurnsAwayAThreadInsideACriticalSection) {
    il::exit_wait(50ms);
    flag inside;
    flag done;
    turned_away seen;
    thread_group threads;
    {
        il::interpreter python;
        start_waiting(threads, seen, [&](il::python py) {
            const il::object a = py.eval("object()");
            const il::object b = py.eval("object()");
            il::critical_section(a, b, [&] {
                il::critical_section(a, [&] {
                    inside.set();
                    wait_detached(py, done);
                });
            });
        });
        inside.wait();
    }
    done.set();
    threads.join();
    EXPECT_EQ(seen.refused.get(), 1);
}
#endif

// A thread with CPython's frames below cannot be unwound: it parks for ever, and gives the lock back first.
il::mutex<int>* parked_at = nullptr;
counter* called = nullptr;

PyObject* call_with(PyObject*, PyObject*) {
    il::assume_attached([](il::python py) {
        called->add();
        parked_at->with(py, [](int& n) { ++n; });
    });
    return Py_NewRef(Py_None);
}

PyMethodDef call_with_definition = {"call_with", call_with, METH_NOARGS, nullptr};

TEST(Finalization, AThreadThatParksGivesTheMutexBack) {
    il::exit_wait(50ms);
    // Whoever parks late still looks at them, after the test's end.
    static il::mutex<int> guarded(0);
    static counter came;
    parked_at = &guarded;
    called = &came;
    flag held;
    flag done;
    thread_group threads;
    {
        il::interpreter python;
        threads.start([&] {
            guarded.with([&](int&) {
                held.set();
                done.wait();
            });
        });
        held.wait();
        il::with_gil([](il::python py) {
            const auto f =
                il::steal<il::object>(py, PyCFunction_New(&call_with_definition, nullptr));
            auto start = py.import("threading").attr("Thread");
            for (int i = 0; i < 2; ++i) {
                start(il::kw("target") = f, il::kw("daemon") = true).attr("start")();
            }
        });
        came.wait_for(2);
    }
    done.set();
    threads.join();
    // The parked ones have had it, or get it now; nobody keeps it.
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(guarded.with([](int& n) { return n; }), 0);
    }
}

// The thread that finalizes may go in and out until the end, and so may its callbacks wait.
TEST(Finalization, CallbacksThatRunAfterTheGateClosedMayWait) {
    static il::mutex<int> guarded(0);
    static flag held;
    static flag done;
    static std::optional<bool> got;
    static std::thread holder;
    static PyMethodDef definition = {"late",
                                     [](PyObject*, PyObject*) -> PyObject* {
                                         holder = std::thread([] {
                                             guarded.with([](int& n) {
                                                 held.set();
                                                 done.wait();
                                                 n = 1;
                                             });
                                         });
                                         held.wait();
                                         std::thread([] { done.set(); }).detach();
                                         il::assume_attached([](il::python py) {
                                             got = guarded.with(py, [](int& n) { return n == 1; });
                                         });
                                         return Py_NewRef(Py_None);
                                     },
                                     METH_NOARGS, nullptr};
    Py_Initialize();
    // Registered before interlock's own callback, hence called after it.
    PyObject* atexit = PyImport_ImportModule("atexit");
    PyObject* late = PyCFunction_New(&definition, nullptr);
    Py_XDECREF(PyObject_CallMethod(atexit, "register", "O", late));
    Py_XDECREF(late);
    Py_XDECREF(atexit);
    il::with_gil([](il::python py) { py.run("pass"); });
    PyThreadState* state = PyEval_SaveThread();
    il::with_gil([](il::python py) {
        py.allow_threads([] {});
        static_cast<void>(py.none().unbind());
    });
    PyEval_RestoreThread(state);
    Py_FinalizeEx();
    holder.join();
    EXPECT_EQ(got, true);
}

}  // namespace
