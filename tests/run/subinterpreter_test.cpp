// il::subinterpreter: entering it from every state, what stays apart, and its end.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/python_function.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace il = interlock;

#if PY_VERSION_HEX >= 0x030C0000

namespace {

// As an address to compare.
const void* state_here() { return state_by_fact(); }

bool in_main() { return PyInterpreterState_Get() == PyInterpreterState_Main(); }

std::int64_t id_here() { return PyInterpreterState_GetID(PyInterpreterState_Get()); }

template <class Error, class F>
std::string message_of(F f) {
    try {
        f();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

class Subinterpreter : public testing::TestWithParam<bool> {
protected:
    il::subinterpreter make() {
        return il::with_gil(
            [](il::python py) { return il::subinterpreter(py, {.own_gil = GetParam()}); });
    }
};

}  // namespace

TEST_P(Subinterpreter, IsEnteredFromAttachedCodeAndLeavesItThere) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const void* before = state_here();
        il::subinterpreter worker{py, {.own_gil = GetParam()}};
        EXPECT_EQ(state_here(), before);
        EXPECT_EQ(PyGILState_GetThisThreadState(), before);
        py.run("x = 1");
        worker.with_gil([&](il::python inner) {
            EXPECT_EQ(id_here(), worker.id());
            inner.run("import sys; assert 'x' not in globals(); x = 2");
        });
        EXPECT_EQ(state_here(), before);
        EXPECT_EQ(PyGILState_GetThisThreadState(), before);
        EXPECT_EQ(py.eval("x").as<int>(), 1);
        EXPECT_EQ(worker.with_gil([](il::python inner) { return inner.eval("x").as<int>(); }), 2);
    });
}

TEST_P(Subinterpreter, IsEnteredFromThreadsThatAreDetached) {
    const il::interpreter python;
    il::subinterpreter worker = make();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            EXPECT_EQ(worker.with_gil(
                          [](il::python py, int n) { return py.eval("1 + 1").as<int>() + n; }, i),
                      2 + i);
            EXPECT_FALSE(attached_by_fact());
            EXPECT_TRUE(il::with_gil([](il::python) { return in_main(); }))
                << "a sub-interpreter draws the doors of the main one";
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_P(Subinterpreter, IsEnteredFromInsideAllowThreads) {
    const il::interpreter python;
    il::subinterpreter worker = make();
    il::with_gil([&](il::python py) {
        const void* before = state_here();
        py.allow_threads(
            [](il::subinterpreter& other, const void* state) {
                other.with_gil([&](il::python inner) {
                    EXPECT_EQ(id_here(), other.id());
                    inner.allow_threads([] { EXPECT_FALSE(attached_by_fact()); });
                    EXPECT_EQ(id_here(), other.id());
                });
                EXPECT_FALSE(attached_by_fact());
                EXPECT_EQ(il::with_gil([](il::python) { return state_here(); }), state);
                EXPECT_FALSE(attached_by_fact());
            },
            worker, before);
        EXPECT_EQ(state_here(), before);
        EXPECT_EQ(count_thread_states(), 1);
    });
}

TEST_P(Subinterpreter, DoorsInsideStayInIt) {
    const il::interpreter python;
    il::subinterpreter worker = make();
    il::subinterpreter other = make();
    il::with_gil([&](il::python) {
        worker.with_gil([&](il::python py) {
            const void* state = state_here();
            const int states = count_thread_states();
            il::with_gil([&](il::python) { EXPECT_EQ(state_here(), state); });
            worker.with_gil([&](il::python) { EXPECT_EQ(state_here(), state); });
            other.with_gil([&](il::python py_of_other) {
                EXPECT_EQ(id_here(), other.id());
                // Back into the first: with the state that this thread has there, no second one.
                worker.with_gil([&](il::python) {
                    EXPECT_EQ(state_here(), state);
                    EXPECT_EQ(count_thread_states(), states);
                });
                py_of_other.run("y = 1");
                EXPECT_EQ(id_here(), other.id());
            });
            EXPECT_EQ(state_here(), state);
            py.allow_threads(
                [](il::subinterpreter& first, il::subinterpreter& second, const void* expected) {
                    il::with_gil([&](il::python) { EXPECT_EQ(state_here(), expected); });
                    second.with_gil([](il::python) {});
                    il::with_gil([&](il::python) { EXPECT_EQ(state_here(), expected); });
                    first.with_gil([&](il::python) { EXPECT_EQ(state_here(), expected); });
                    EXPECT_FALSE(attached_by_fact());
                },
                worker, other, state);
            EXPECT_EQ(state_here(), state);
        });
        EXPECT_TRUE(in_main());
        EXPECT_EQ(count_thread_states(), 1);
    });
}

TEST_P(Subinterpreter, PassesArgumentsOnAndCallsMembers) {
    struct engine {
        int base = 40;
        int step(il::python py, int n) { return base + n + py.eval("0").as<int>(); }
    };
    const il::interpreter python;
    il::subinterpreter worker = make();
    engine one;
    EXPECT_EQ(worker.with_gil(&engine::step, one, 2), 42);
    EXPECT_EQ(worker.with_gil([](il::python, int a, int b, int c, int d) { return a + b + c + d; },
                              1, 2, 3, 4),
              10);
    int changed = 0;
    int& reference = worker.with_gil(
        [](il::python, int& x) -> int& {
            x = 1;
            return x;
        },
        changed);
    EXPECT_EQ(&reference, &changed);
    EXPECT_EQ(changed, 1);
    EXPECT_EQ(worker.try_with_gil([](il::python) { return 42; }), std::optional<int>(42));
    EXPECT_TRUE(worker.try_with_gil([](il::python) {}));
}

TEST_P(Subinterpreter, AnExceptionLeavesTheFormerState) {
    const il::interpreter python;
    il::subinterpreter worker = make();
    il::with_gil([&](il::python py) {
        const void* before = state_here();
        EXPECT_THROW(worker.with_gil([](il::python) { throw 1; }), int);
        EXPECT_EQ(state_here(), before);
        const std::string said = message_of<il::python_error>([&] {
            worker.with_gil([](il::python inner) { inner.run("raise ValueError('in there')"); });
        });
        EXPECT_EQ(said, "ValueError: in there");
        EXPECT_EQ(state_here(), before);
        EXPECT_THROW(
            worker.with_gil([](il::python inner) { inner.allow_threads([] { throw 1; }); }), int);
        EXPECT_EQ(state_here(), before);
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
        EXPECT_THROW(
            py.allow_threads(
                [](il::subinterpreter& other) { other.with_gil([](il::python) { throw 1; }); },
                worker),
            int);
        EXPECT_EQ(state_here(), before);
    });
    std::thread([&] {
        EXPECT_THROW(worker.with_gil([](il::python) { throw 1; }), int);
        EXPECT_FALSE(attached_by_fact());
        EXPECT_TRUE(il::with_gil([](il::python) { return in_main(); }));
    }).join();
}

TEST_P(Subinterpreter, HandlesKnowTheirInterpreter) {
    const il::interpreter python;
    il::subinterpreter worker = make();
    il::owned<il::object> inside = worker.with_gil(
        [](il::python py) { return counted::make(py, counted::make_type(py)).unbind(); });
    EXPECT_EQ(counted::alive, 1);
    il::with_gil([&](il::python py) {
        EXPECT_THROW(static_cast<void>(inside.bind(py)), il::wrong_interpreter);
        inside = il::owned<il::object>();
        py.allow_threads([] {});
        EXPECT_EQ(counted::alive, 1) << "released under another interpreter";
    });
    worker.with_gil([](il::python) {});
    EXPECT_EQ(counted::alive, 0);
}

TEST_P(Subinterpreter, ItsEndReleasesWhatWaitsForIt) {
    const il::interpreter python;
    {
        il::subinterpreter worker = make();
        il::owned<il::object> inside = worker.with_gil(
            [](il::python py) { return counted::make(py, counted::make_type(py)).unbind(); });
        std::thread([&] { inside = il::owned<il::object>(); }).join();
        EXPECT_EQ(counted::alive, 1);
    }
    EXPECT_EQ(counted::alive, 0);
}

TEST_P(Subinterpreter, EndsWhileAttachedToTheMainOne) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const void* before = state_here();
        {
            const il::subinterpreter worker{py, {.own_gil = GetParam()}};
        }
        EXPECT_EQ(state_here(), before);
        py.run("import threading");
        EXPECT_EQ(count_thread_states(), 1);
    });
}

TEST_P(Subinterpreter, EndsInsideAllowThreads) {
    const il::interpreter python;
    std::optional<il::subinterpreter> worker(make());
    il::with_gil([&](il::python py) {
        py.allow_threads([](std::optional<il::subinterpreter>& it) { it.reset(); }, worker);
        EXPECT_TRUE(in_main());
    });
}

TEST_P(Subinterpreter, DestroyedInsideOfItselfItEndsWhenThatIsLeft) {
    const il::interpreter python;
    std::optional<il::subinterpreter> worker(make());
    std::latch ended(1);
    worker->with_gil([&](il::python py) {
        py.import("atexit").attr("register")(
            python_function::make(py, [&] { ended.count_down(); }));
        worker.reset();
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
        EXPECT_FALSE(ended.try_wait());
    });
    EXPECT_TRUE(ended.try_wait());
}

TEST_P(Subinterpreter, ItsEndWaitsForThreadsThatAreInside) {
    const il::interpreter python;
    std::optional<il::subinterpreter> worker(make());
    std::latch inside(1);
    std::atomic<bool> left{false};
    std::thread thread([&] {
        worker->with_gil([&](il::python py) {
            py.allow_threads(il::unchecked, [&] { inside.count_down(); });
            py.run("for _ in range(300_000): pass");
            py.allow_threads([] {});
            left = true;
        });
    });
    inside.wait();
    worker.reset();
    EXPECT_TRUE(left);
    thread.join();
}

TEST_P(Subinterpreter, ItsEndJoinsItsPythonThreads) {
    const il::interpreter python;
    std::atomic<bool> ran{false};
    {
        il::subinterpreter worker = make();
        std::thread([&] {
            worker.with_gil([&](il::python py) {
                il::dict scope = il::dict::make(py);
                scope["done"] = python_function::make(py, [&] { ran = true; });
                py.run(
                    "import threading, time\n"
                    "def work():\n"
                    "    for _ in range(100_000): pass\n"
                    "    done()\n"
                    "threading.Thread(target=work).start()",
                    scope);
            });
        }).join();
    }
    EXPECT_TRUE(ran);
}

TEST_P(Subinterpreter, TheEndOfTheMainOneEndsIt) {
    std::optional<il::subinterpreter> worker;
    std::atomic<bool> ended{false};
    {
        const il::interpreter python;
        worker.emplace(make());
        worker->with_gil([&](il::python py) {
            py.import("atexit").attr("register")(python_function::make(py, [&] { ended = true; }));
        });
    }
    EXPECT_TRUE(ended);
    EXPECT_THROW(worker->with_gil([](il::python) {}), il::no_interpreter);
    EXPECT_FALSE(worker->try_with_gil([](il::python) {}));
    worker.reset();
    const il::interpreter second;
    EXPECT_EQ(il::with_gil([](il::python py) { return py.eval("1 + 1").as<int>(); }), 2);
}

TEST_P(Subinterpreter, CanBeMoved) {
    const il::interpreter python;
    std::vector<il::subinterpreter> pool;
    for (int i = 0; i < 3; ++i) {
        pool.push_back(make());
    }
    il::subinterpreter first = std::move(pool.front());
    EXPECT_NE(message_of<std::logic_error>([&] {
                  pool.front().with_gil([](il::python) {});
              }).find("moved from"),
              std::string::npos);
    EXPECT_EQ(pool.front().id(), -1);
    pool.front() = std::move(pool.back());
    pool.pop_back();
    EXPECT_EQ(pool.front().with_gil([](il::python) { return id_here(); }), pool.front().id());
    EXPECT_EQ(first.with_gil([](il::python) { return id_here(); }), first.id());
}

TEST_P(Subinterpreter, FoldersCanBePutInFrontOfItsPath) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::subinterpreter worker{py, {.own_gil = GetParam(), .path = {"/first", "/second"}}};
        EXPECT_EQ(worker.with_gil([](il::python inner) {
            return inner.eval("__import__('sys').path[:2]").str();
        }),
                  "['/first', '/second']");
    });
}

INSTANTIATE_TEST_SUITE_P(SharedAndOwnGil, Subinterpreter, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "OwnGil" : "SharedGil"; });

TEST(SubinterpreterOptions, ContradictionsAreRefusedInWords) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_NE(message_of<std::runtime_error>([&] {
                      const il::subinterpreter worker{py, {.legacy_modules = true}};
                  }).find("own_gil = false"),
                  std::string::npos);
        EXPECT_NE(message_of<std::runtime_error>([&] {
                      const il::subinterpreter worker{py,
                                                      {.threads = false, .daemon_threads = true}};
                  }).find("threads = true"),
                  std::string::npos);
#if PY_VERSION_HEX < 0x030E0000
        EXPECT_NE(message_of<std::runtime_error>([&] {
                      const il::subinterpreter worker{py, {.daemon_threads = true}};
                  }).find("3.14"),
                  std::string::npos);
#endif
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
    });
}

TEST(SubinterpreterOptions, ThreadsCanBeForbidden) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::subinterpreter worker{py, {.threads = false}};
        EXPECT_NE(message_of<il::python_error>([&] {
                      worker.with_gil([](il::python inner) {
                          inner.run("import threading; threading.Thread(target=print).start()");
                      });
                  }).find("RuntimeError"),
                  std::string::npos);
    });
}

#else

TEST(Subinterpreter, IsRefusedByCPython311) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        try {
            const il::subinterpreter worker{py};
            FAIL() << "it was made";
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find("3.12"), std::string::npos);
        }
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
    });
}

#endif
