// What becomes of threads that want in or back when the interpreter ends (invariant 5).
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/ending.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <optional>
#include <stdexcept>
#include <thread>

namespace il = interlock;
using namespace std::chrono_literals;
using ending::end_under;

namespace {

il::refusal why_refused() {
    try {
        il::with_gil([](il::python) {});
    } catch (const il::no_interpreter& refused) {
        return refused.reason();
    }
    throw std::logic_error("with_gil was let in");
}

}  // namespace

TEST(Exit, TheReasonOfARefusalIsTold) {
    EXPECT_EQ(why_refused(), il::refusal::never_started);
    EXPECT_EQ(il::try_with_gil([](il::python) { return 1; }), std::nullopt);
    EXPECT_FALSE(il::try_with_gil([](il::python) {}));
    {
        const il::interpreter python;
        EXPECT_TRUE(il::try_with_gil([](il::python) {}));
    }
    EXPECT_EQ(why_refused(), il::refusal::finalizing);
    EXPECT_EQ(il::try_with_gil([](il::python) { return 1; }), std::nullopt);
    EXPECT_FALSE(il::try_with_gil([](il::python) {}));
    std::thread([] { EXPECT_EQ(why_refused(), il::refusal::finalizing); }).join();
}

TEST(Exit, WhoComesBackFromAllowThreadsOverAPlainStackGetsNoInterpreter) {
    il::exit_wait(0s);
    std::latch gone(1);
    std::optional<il::refusal> why;
    bool attached = true;
    std::thread thread;
    end_under(
        [&](std::latch& ready, std::latch& end) {
            try {
                il::with_gil([&](il::python py) {
                    py.allow_threads(il::unchecked, [&] {
                        ready.count_down();
                        end.wait();
                    });
                });
            } catch (const il::no_interpreter& refused) {
                why = refused.reason();
            }
            attached = attached_by_fact();
        },
        thread, gone);
    thread.join();
    EXPECT_EQ(why, il::refusal::finalizing);
    EXPECT_FALSE(attached);
}

TEST(Exit, TheSameThroughNestedDoors) {
    il::exit_wait(0s);
    std::latch gone(1);
    bool refused = false;
    std::thread thread;
    end_under(
        [&](std::latch& ready, std::latch& end) {
            try {
                il::with_gil([&](il::python outer) {
                    outer.allow_threads(il::unchecked, [&] {
                        il::with_gil([&](il::python) {
                            il::with_gil([&](il::python nested) {
                                nested.allow_threads(il::unchecked, [&] {
                                    ready.count_down();
                                    end.wait();
                                });
                            });
                        });
                    });
                });
            } catch (const il::no_interpreter&) {
                refused = true;
            }
        },
        thread, gone);
    thread.join();
    EXPECT_TRUE(refused);
}

// The state must never say "attached" when attaching again has failed (PyO3 #6404: the count was put back before the call
// that can fail).
TEST(Exit, AnExceptionThatCannotComeBackGoesOnAndEveryOperationIsRefused) {
    il::exit_wait(0s);
    std::latch gone(1);
    int refusals = 0;
    bool ended = false;
    std::thread thread;
    end_under(
        [&](std::latch& ready, std::latch& end) {
            const auto refused = [&refusals](auto operation) {
                try {
                    operation();
                } catch (const il::not_attached& error) {
                    refusals +=
                        std::string(error.what()).find("finalized") != std::string::npos ? 1 : 0;
                }
            };
            try {
                il::with_gil([&](il::python py) {
                    const il::object o = py.eval("[1, 2]");
                    il::owned<il::object> handle = o.unbind();
                    try {
                        py.allow_threads(il::unchecked, [&] {
                            ready.count_down();
                            end.wait();
                            throw std::length_error("in flight");
                        });
                    } catch (const std::length_error&) {
                        EXPECT_FALSE(attached_by_fact());
                        refused([&] { py.import("sys"); });
                        refused([&] { static_cast<void>(py.make(1)); });
                        refused([&] { static_cast<void>(o.attr("x")); });
                        refused([&] { static_cast<void>(il::object(o)); });
                        refused([&] { static_cast<void>(o.is_none()); });
                        refused([&] { static_cast<void>(o.unbind()); });
                        refused([&] { static_cast<void>(handle.bind(py)); });
                        refused([&] { py.allow_threads([] {}); });
                        refused([&] { py.check_signals(); });
                        EXPECT_FALSE(il::try_with_gil([](il::python) {}));
                        EXPECT_EQ(why_refused(), il::refusal::finalizing);
                        throw;
                    }
                });
            } catch (const std::length_error&) {
                ended = true;
            }
            EXPECT_FALSE(il::try_with_gil([](il::python) {}));
        },
        thread, gone);
    thread.join();
    EXPECT_EQ(refusals, 9);
    EXPECT_TRUE(ended);
}

// What the interpreter itself holds may die after this library's record of it, when there is no way out any more.
TEST(Exit, WhatRunsAfterTheRecordHasEndedIsRefusedAWayOut) {
    static std::string said;
    said.clear();
    {
        const il::interpreter python;
        il::with_gil([](il::python py) {
            py.import("atexit").attr("register")(python_function::make(py, [] {
                il::assume_attached([](il::python late) { late.allow_threads([] {}); });
            }));
            il::dict scope = il::dict::make(py);
            scope["last"] = il::steal<il::object>(
                py, PyCapsule_New(&said, "last", [](PyObject*) {
                    try {
                        il::assume_attached([](il::python late) { late.allow_threads([] {}); });
                        said = "left and came back";
                    } catch (const il::no_interpreter& refused) {
                        said = refused.what();
                    }
                }));
            py.run(
                "import os\n"
                "def before(last=last): pass\n"
                "os.register_at_fork(before=before)\n"
                "del last, before",
                scope);
        });
    }
    EXPECT_NE(said.find("finaliz"), std::string::npos) << said;
}

TEST(Exit, TheThreadThatFinalizesMayUseBothDoorsToTheLast) {
    int from_atexit = 0;
    int from_teardown = 0;
    const auto both = [](int& count) {
        il::with_gil([&count](il::python py) {
            py.allow_threads(
                [](int& inner) {
                    inner +=
                        il::with_gil([](il::python again) { return again.eval("1").as<int>(); });
                },
                count);
        });
    };
    {
        const il::interpreter python;
        il::with_gil([&](il::python py) {
            py.import("atexit").attr("register")(
                python_function::make(py, [&] { both(from_atexit); }));
            // Dies with the dictionary of sys, after the last Python code.
            py.import("sys").attr("late") = counted::make(py, counted::make_type(py), [&] {
                il::try_with_gil([&](il::python inner) {
                    inner.allow_threads([](int& count) { ++count; }, from_teardown);
                });
            });
        });
    }
    EXPECT_EQ(from_atexit, 1);
    EXPECT_EQ(counted::alive, 0);
    EXPECT_EQ(from_teardown, 1);
}
