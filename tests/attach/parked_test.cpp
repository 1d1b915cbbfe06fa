// Who is turned away on its way back over frames of CPython's is parked for ever: nothing may unwind them (invariants 5 and 9).
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/ending.hpp"
#include "../support/parked.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

#if defined(__linux__)

namespace il = interlock;
using namespace std::chrono_literals;
using ending::end_under;

namespace {

// Ends the interpreter while a thread is inside allow_threads below `call`, which is given a Python function that is there.
template <class Call>
bool is_parked_below(Call call, bool by_exception = false) {
    il::exit_wait(0s);
    // Left to the thread, which never ends.
    struct shared {
        std::latch gone{1};
        std::atomic<long> thread_id{0};
        std::atomic<bool> came_back{false};
    };
    auto& all = *new shared;
    std::thread thread;
    end_under(
        [&all, call, by_exception](std::latch& ready, std::latch&) {
            all.thread_id = this_thread_id();
            try {
                il::with_gil([&](il::python py) {
                    call(py, [&all, &ready, by_exception] {
                        try {
                            il::with_gil([&](il::python inner) {
                                inner.allow_threads(il::unchecked, [&] {
                                    ready.count_down();
                                    all.gone.wait();
                                    if (by_exception) {
                                        throw std::length_error("in flight");
                                    }
                                });
                            });
                        } catch (...) {
                            all.came_back = true;
                        }
                        all.came_back = true;
                    });
                });
            } catch (...) {
            }
            all.came_back = true;
        },
        thread, all.gone);
    thread.detach();
    return wait_until_parked(all.thread_id, [&] { return all.came_back.load(); });
}

void call_from_python(il::python py, std::function<void()> f) {
    il::dict scope = il::dict::make(py);
    scope["f"] = python_function::make(py, std::move(f));
    py.run("f()", scope);
}

}  // namespace

TEST(Parked, WhoComesBackFromAllowThreadsOverPythonFramesIsParked) {
    EXPECT_TRUE(is_parked_below(call_from_python));
}

TEST(Parked, AnExceptionOverPythonFramesIsParked) {
    EXPECT_TRUE(is_parked_below(call_from_python, true));
}

TEST(Parked, WhoComesBackFromAllowThreadsOverFramesOfCPythonsOwnIsParked) {
    // No frame of Python code, but CPython's call machinery lies below: an exception must not leave through it, and whoever
    // translates it could not set the Python error.
    EXPECT_TRUE(is_parked_below(
        [](il::python py, std::function<void()> f) { python_function::make(py, std::move(f))(); }));
}

TEST(Parked, WhoComesBackFromAllowThreadsInsideADestructorOfPythonsIsParked) {
    EXPECT_TRUE(is_parked_below([](il::python py, std::function<void()> f) {
        const il::object dying = counted::make(py, counted::make_type(py), std::move(f));
    }));
    EXPECT_TRUE(is_parked_below([](il::python py, std::function<void()> f) {
        il::owned<il::object> dying =
            counted::make(py, counted::make_type(py), std::move(f)).unbind();
        dying.drop(py);
    }));
}

namespace {

struct going {
    std::latch away{1};
    std::latch over{1};
    std::atomic<long> thread_id{0};
    std::atomic<bool> unwound{false};

    void stay_away() {
        away.count_down();
        over.wait();
    }
};

struct at_unwinding {
    std::atomic<bool>& flag;
    ~at_unwinding() { flag = true; }
};

// Somebody emptied the list of callbacks, so that the gate stays open. CPython stops a thread that comes back meanwhile, before
// 3.13.8 by unwinding its stack from inside of PyEval_RestoreThread.
bool is_parked_with_the_gate_open(void (*leave)(il::python, going&)) {
    auto& all = *new going;  // left to the thread, which never ends
    bool parked = false;
    auto python = std::make_unique<il::interpreter>();
    il::with_gil([&all, &parked](il::python py) {
        py.import("atexit").attr("_clear")();
        py.import("__main__").attr("last") =
            counted::make(py, counted::make_type(py), [&all, &parked] {
                all.over.count_down();
                parked = wait_until_parked(all.thread_id, [&all] { return all.unwound.load(); });
            });
    });
    std::thread([&all, leave] {
        const at_unwinding mark{all.unwound};
        all.thread_id = this_thread_id();
        il::with_gil([&all, leave](il::python py) { leave(py, all); });
    }).detach();
    all.away.wait();
    python.reset();
    return parked;
}

void leave(il::python py, going& all) {
    const at_unwinding mark{all.unwound};
    py.allow_threads(il::unchecked, [&all] { all.stay_away(); });
}

void leave_in_noexcept(il::python py, going& all) noexcept {
    const at_unwinding mark{all.unwound};
    py.allow_threads(il::unchecked, [&all] { all.stay_away(); });
}

void leave_in_handler(il::python py, going& all) noexcept {
    try {
        throw std::length_error("being handled");
    } catch (const std::length_error&) {
        leave_in_noexcept(py, all);
    }
}

void leave_in_destructor(il::python py, going& all) {
    struct leaves_at_end {
        il::python py;
        going& all;
        ~leaves_at_end() { leave_in_noexcept(py, all); }
    };
    const leaves_at_end last{py, all};
}

void leave_by_exception(il::python py, going& all) {
    const at_unwinding mark{all.unwound};
    try {
        py.allow_threads(il::unchecked, [&all] {
            all.stay_away();
            throw std::length_error("in flight");
        });
    } catch (const std::length_error&) {  // NOLINT(bugprone-empty-catch): it is not to get here
    }
}

struct way_of_leaving {
    const char* name;
    void (*leave)(il::python, going&);
};

// Each in a process of its own: CPython would begin the next interpreter in memory that a thread of the last one still reads while it
// is stopped.
class WhomCPythonStopsAtTheEndOfAllowThreads : public testing::TestWithParam<way_of_leaving> {};

}  // namespace

TEST_P(WhomCPythonStopsAtTheEndOfAllowThreads, IsNotUnwound) {
    EXPECT_TRUE(is_parked_with_the_gate_open(GetParam().leave));
}

INSTANTIATE_TEST_SUITE_P(Parked, WhomCPythonStopsAtTheEndOfAllowThreads,
                         testing::Values(way_of_leaving{"Plainly", leave},
                                         way_of_leaving{"InNoexcept", leave_in_noexcept},
                                         way_of_leaving{"InAHandler", leave_in_handler},
                                         way_of_leaving{"InADestructor", leave_in_destructor},
                                         way_of_leaving{"ByAnException", leave_by_exception}),
                         [](const auto& one) { return std::string(one.param.name); });

// On its first allow_threads a state is not known yet. Before 3.13.8 CPython would end a thread there by unwinding its stack.
TEST(Parked, WhoLeavesForTheFirstTimeWhenTheInterpreterIsTakenDownIsParked) {
    il::exit_wait(1h);
    // Left to the threads, which never end.
    struct shared {
        std::latch detached{1};
        std::latch ready{1};
        std::latch never{1};
        std::atomic<long> thread_id{0};
        std::atomic<bool> unwound{false};
    };
    auto& all = *new shared;
    auto python = std::make_unique<il::interpreter>();
    // Keeps the exit waiting until the other one has the interpreter.
    std::thread([&all] {
        il::with_gil([&all](il::python py) {
            py.allow_threads(il::unchecked, [&all] {
                all.detached.count_down();
                all.never.wait();
            });
        });
    }).detach();
    all.detached.wait();
    std::thread([&all] {
        const at_unwinding mark{all.unwound};
        all.thread_id = this_thread_id();
        PyGILState_Ensure();
        PyThreadState* state = PyEval_SaveThread();
        all.ready.count_down();
        while (il::try_with_gil([](il::python) {})) {  // until the gate has closed
            std::this_thread::yield();
        }
        PyEval_RestoreThread(state);
        il::exit_wait(0s);  // now the exit wants the interpreter, and gets it when we leave
        for (std::atomic<int> busy{0}; busy.fetch_add(1) < 10'000'000;) {
        }
        il::assume_attached([](il::python py) { py.allow_threads([] {}); });
    }).detach();
    all.ready.wait();
    python.reset();
    EXPECT_TRUE(wait_until_parked(all.thread_id, [&all] { return all.unwound.load(); }));
}
#endif
