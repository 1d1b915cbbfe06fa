// What becomes of threads when the interpreter ends (invariant 5).
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/parked.hpp"
#include "../support/python_function.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace il = interlock;
using namespace std::chrono_literals;

namespace {

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

// Ends the interpreter while a thread is where `inside` leaves it: told so by the first latch, let go on by the second one
// when the interpreter is gone. Gives back what was said on stderr.
template <class Inside>
std::string end_under(Inside inside, std::thread& thread, std::latch& gone) {
    auto python = std::make_unique<il::interpreter>();
    std::latch ready(1);
    thread = std::thread([&ready, &gone, inside] { inside(ready, gone); });
    ready.wait();
    testing::internal::CaptureStderr();
    python.reset();
    std::string said = testing::internal::GetCapturedStderr();
    gone.count_down();
    return said;
}

// Set by an atexit callback of Python's: the exit has begun, and the gate closes next.
std::atomic<bool> exiting{false};

il::interpreter* start() {
    exiting = false;
    auto* python = new il::interpreter;
    il::with_gil([](il::python py) {
        py.import("atexit").attr("register")(python_function::make(py, [] { exiting = true; }));
    });
    return python;
}

// Python code that runs until the exit has begun, and a good while after that.
void run_into_the_exit(il::python py) {
    static PyMethodDef definition = {
        "exiting", [](PyObject*, PyObject*) { return PyBool_FromLong(exiting.load() ? 1 : 0); }, METH_NOARGS, nullptr};
    il::dict scope = il::dict::make(py);
    scope["exiting"] = il::steal<il::object>(py, PyCFunction_New(&definition, nullptr));
    py.run("while not exiting(): pass\nfor _ in range(300_000): pass", scope);
}

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

// The state must never say "attached" when attaching again has failed.
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

#if defined(__linux__)
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

TEST(Exit, WhoComesBackFromAllowThreadsOverPythonFramesIsParked) {
    EXPECT_TRUE(is_parked_below(call_from_python));
}

TEST(Exit, AnExceptionOverPythonFramesIsParked) {
    EXPECT_TRUE(is_parked_below(call_from_python, true));
}

TEST(Exit, WhoComesBackFromAllowThreadsOverFramesOfCPythonsOwnIsParked) {
    // No frame of Python code, but CPython's call machinery lies below: an exception must not leave through it, and whoever
    // translates it could not set the Python error.
    EXPECT_TRUE(is_parked_below(
        [](il::python py, std::function<void()> f) { python_function::make(py, std::move(f))(); }));
}
#endif

TEST(Exit, DetachedThreadsAreWaitedForAsLongAsExitWaitSaysAndItIsSaidOnce) {
    il::exit_wait(300ms);
    EXPECT_DOUBLE_EQ(il::exit_wait_seconds(), 0.3);
    std::latch gone(1);
    std::thread thread;
    const std::string said = end_under(
        [](std::latch& ready, std::latch& end) {
            EXPECT_THROW(il::with_gil([&](il::python py) {
                             py.allow_threads(il::unchecked, [&] {
                                 ready.count_down();
                                 end.wait();
                             });
                         }),
                         il::no_interpreter);
        },
        thread, gone);
    thread.join();
    EXPECT_EQ(count_of(said, "interlock:"), 1U) << said;
    EXPECT_NE(said.find("1 thread is inside allow_threads; waiting for at most 0.3 s"),
              std::string::npos)
        << said;
}

TEST(Exit, ADetachedThreadThatComesBackInTimeFinishesItsWork) {
    il::exit_wait(1h);
    std::unique_ptr<il::interpreter> python(start());
    std::latch detached(1);
    int got = 0;
    std::thread thread([&] {
        got = il::with_gil([&](il::python py) {
            py.allow_threads(il::unchecked, [&] {
                detached.count_down();
                std::thread([] {
                    while (il::try_with_gil([](il::python) {})) {  // until the gate has closed
                        std::this_thread::yield();
                    }
                }).join();
            });
            return py.eval("6 * 7").as<int>();
        });
        EXPECT_FALSE(il::try_with_gil([](il::python) {})) << "once it has left it is a newcomer";
    });
    detached.wait();
    python.reset();
    thread.join();
    EXPECT_EQ(got, 42);
}

TEST(Exit, AttachedThreadsAreWaitedForWithoutLimit) {
    il::exit_wait(0s);
    std::unique_ptr<il::interpreter> python(start());
    std::atomic<bool> finished{false};
    std::latch inside(1);
    std::thread thread([&] {
        il::with_gil([&](il::python py) {
            inside.count_down();
            run_into_the_exit(py);
            finished = true;
        });
    });
    inside.wait();
    python.reset();
    ASSERT_TRUE(finished.load() || (thread.detach(), false)) << "CPython ended it in the middle";
    thread.join();
}

// A raw attach inside allow_threads, with doors of ours in it, must not make the thread count as attached ever after.
TEST(Exit, AThreadThatWasAttachedByRawCodeForAWhileCountsAsDetachedAgain) {
    il::exit_wait(0s);
    std::latch gone(1);
    bool refused = false;
    std::thread thread;
    end_under(
        [&](std::latch& ready, std::latch& end) {
            try {
                il::with_gil([&](il::python py) {
                    py.allow_threads(il::unchecked, [&] {
                        const PyGILState_STATE before = PyGILState_Ensure();
                        il::with_gil([](il::python inner) { inner.allow_threads([] {}); });
                        PyGILState_Release(before);
                        ready.count_down();
                        end.wait();
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

// The other way round: raw code that leaves inside with_gil, and doors of ours in there, must not make it count as detached.
TEST(Exit, AThreadThatRawCodeDetachedForAWhileCountsAsAttachedAgain) {
    il::exit_wait(0s);
    std::unique_ptr<il::interpreter> python(start());
    std::atomic<bool> finished{false};
    std::latch inside(1);
    std::thread thread([&] {
        il::with_gil([&](il::python py) {
            Py_BEGIN_ALLOW_THREADS
            il::with_gil([](il::python) {});
            Py_END_ALLOW_THREADS
            inside.count_down();
            run_into_the_exit(py);
            finished = true;
        });
    });
    inside.wait();
    python.reset();
    ASSERT_TRUE(finished.load() || (thread.detach(), false)) << "CPython ended it in the middle";
    thread.join();
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
