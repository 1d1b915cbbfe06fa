// il::subinterpreter: entering it from every state, what stays apart, and its end.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/python_function.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <cstdint>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
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

std::atomic<int> module_bodies{0};

class Subinterpreter : public testing::TestWithParam<bool> {
protected:
    il::subinterpreter make() {
        return il::with_gil(
            [](il::python py) { return il::subinterpreter(py, {.own_gil = GetParam()}); });
    }
};

}  // namespace

INTERLOCK_EMBEDDED_MODULE(run_embedded, m) {
    ++module_bodies;
    m.def("id", &id_here);
    m.def("refuse", []() -> int { throw std::invalid_argument("no"); });
    m.add("letters", std::vector<std::string>{"a", "b"});
    m.def("add_inside", [](std::uintptr_t worker, int a, int b) {
        return reinterpret_cast<il::subinterpreter*>(worker)->with_gil(
            [](il::python py, int x, int y) {
                return py.eval("lambda x, y: x + y")(x, y).as<int>();
            },
            a, b);
    });
    m.def("fail_inside", [](std::uintptr_t worker) {
        reinterpret_cast<il::subinterpreter*>(worker)->with_gil(
            [](il::python py) { py.run("raise ValueError('in there')"); });
    });
}

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

// Entered while raw code has put its state down: by a second state, which is gone when the first allow_threads goes on.
TEST_P(Subinterpreter, AnAllowThreadsKeepsItsStateWhileOthersComeAndGo) {
    const il::interpreter python;
    il::subinterpreter worker = make();
    std::thread([&worker] {
        il::with_gil([&](il::python) {
            worker.with_gil([&](il::python outer) {
                const void* const first = state_here();
                outer.allow_threads(il::unchecked, [&] {
                    worker.with_gil([&](il::python) {
                        EXPECT_EQ(state_here(), first);
                        PyThreadState* const state = PyEval_SaveThread();
                        il::with_gil([&](il::python) {
                            worker.with_gil([](il::python inner) {
                                inner.allow_threads([] { EXPECT_FALSE(attached_by_fact()); });
                            });
                        });
                        PyEval_RestoreThread(state);
                    });
                    il::with_gil([](il::python main) { main.allow_threads([] {}); });
                    worker.with_gil([&](il::python) { EXPECT_EQ(state_here(), first); });
                });
                EXPECT_EQ(state_here(), first);
                EXPECT_EQ(outer.eval("1 + 1").as<int>(), 2);
            });
        });
        il::with_gil([](il::python) { EXPECT_TRUE(in_main()); });
    }).join();
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

TEST_P(Subinterpreter, ImportsModulesOfTheProgram) {
    module_bodies = 0;
    const il::interpreter python;
    il::subinterpreter first = make();
    il::subinterpreter second = make();
    std::barrier together(3);
    std::vector<std::thread> threads;
    for (il::subinterpreter* one : {&first, &second}) {
        threads.emplace_back([&, one] {
            one->with_gil([&](il::python py) {
                py.allow_threads(il::unchecked, [&] { together.arrive_and_wait(); });
                const il::module app = py.import("run_embedded");
                EXPECT_EQ(app.attr("id")().as<std::int64_t>(), one->id());
                EXPECT_EQ(app.attr("letters").attr("__class__").attr("__name__").as<std::string>(),
                          "list");
                EXPECT_THROW(app.attr("refuse")(), il::python_error);
            });
        });
    }
    together.arrive_and_wait();
    for (std::thread& thread : threads) {
        thread.join();
    }
    il::with_gil([](il::python py) {
        EXPECT_EQ(py.import("run_embedded").attr("id")().as<std::int64_t>(), 0);
    });
    EXPECT_EQ(module_bodies, 3) << "one for each interpreter";
}

TEST_P(Subinterpreter, HasThePathAndTheExecutableOfTheMainOne) {
    const il::interpreter python{{.path = {"/given"}}};
    il::subinterpreter worker = make();
    const auto look = [](il::python py) {
        return py.eval("(__import__('sys').path[0], __import__('sys').executable)").str();
    };
    EXPECT_EQ(worker.with_gil(look), il::with_gil(look));
    EXPECT_NE(worker.with_gil(look).find("/given"), std::string::npos);
}

TEST_P(Subinterpreter, AThreadThatDoesNotComeBackInTimeIsTurnedAway) {
    il::set_exit_wait_seconds(0);
    const il::interpreter python;
    std::optional<il::subinterpreter> worker(make());
    std::latch inside(1);
    std::latch ended(1);
    bool refused = false;
    bool main_is_open = false;
    std::thread thread([&] {
        try {
            worker->with_gil([&](il::python py) {
                py.allow_threads(il::unchecked, [&] {
                    inside.count_down();
                    ended.wait();
                });
            });
        } catch (const il::no_interpreter&) {
            refused = true;
        }
        main_is_open =
            il::with_gil([](il::python py) { return in_main() && py.eval("1").as<int>() == 1; });
    });
    inside.wait();
    testing::internal::CaptureStderr();
    worker.reset();
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("a sub-interpreter is ending while 1 thread is inside"), std::string::npos);
    ended.count_down();
    thread.join();
    EXPECT_TRUE(refused);
    EXPECT_TRUE(main_is_open);
}

TEST_P(Subinterpreter, AThreadThatNeverComesBackDoesNotKeepTheProcess) {
    il::set_exit_wait_seconds(0);
    std::latch inside(1);
    std::latch ended(1);
    std::thread thread;
    bool refused = false;
    {
        const il::interpreter python;
        il::subinterpreter worker = make();
        thread = std::thread([&] {
            try {
                worker.with_gil([&](il::python py) {
                    py.allow_threads(il::unchecked, [&] {
                        inside.count_down();
                        ended.wait();
                    });
                });
            } catch (const il::no_interpreter&) {
                refused = true;
            }
            EXPECT_FALSE(il::try_with_gil([](il::python) {}));
        });
        inside.wait();
    }
    ended.count_down();
    thread.join();
    EXPECT_TRUE(refused);
    const il::interpreter second;
    EXPECT_EQ(il::with_gil([](il::python py) { return py.eval("1 + 1").as<int>(); }), 2);
}

TEST_P(Subinterpreter, ThreadsComeAndGoWhileTheMainOneEnds) {
    for (int round = 0; round < 5; ++round) {
        auto python = std::make_unique<il::interpreter>();
        il::subinterpreter worker = make();
        std::atomic<long> entered{0};
        std::barrier together(4);
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&, i] {
                const auto work = [&](il::python py) {
                    EXPECT_EQ(id_here(), worker.id());
                    if (i == 0) {
                        py.allow_threads([] {});
                    } else {
                        py.run("x = [1] * 10");
                    }
                    entered.fetch_add(1, std::memory_order_relaxed);
                };
                together.arrive_and_wait();
                bool open = true;
                while (open) {
                    if (i == 2) {
                        open = il::try_with_gil([&](il::python) { worker.try_with_gil(work); });
                    } else {
                        open = worker.try_with_gil(work);
                    }
                }
            });
        }
        together.arrive_and_wait();
        while (entered.load(std::memory_order_relaxed) < 200) {
            std::this_thread::yield();
        }
        python.reset();
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}

// From Python code of the main one through a bound function, as an extension would: frames of CPython's lie below.
TEST_P(Subinterpreter, IsEnteredFromBoundFunctions) {
    const il::interpreter python;
    il::subinterpreter worker = make();
    il::with_gil([&](il::python py) {
        const il::module app = py.import("run_embedded");
        app.attr("worker") = py.make(reinterpret_cast<std::uintptr_t>(&worker));
        const il::dict scope = il::dict::make(py);
        scope["app"] = app;
        py.run(
            "import threading\n"
            "results = []\n"
            "def work():\n"
            "    for _ in range(50):\n"
            "        results.append(app.add_inside(app.worker, 20, 22))\n"
            "threads = [threading.Thread(target=work) for _ in range(3)]\n"
            "for t in threads: t.start()\n"
            "for t in threads: t.join()\n"
            "assert results == [42] * 150, results\n"
            "try:\n"
            "    app.fail_inside(app.worker)\n"
            "except Exception as error:\n"
            "    assert 'in there' in str(error), repr(error)\n"
            "else:\n"
            "    assert False",
            scope);
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
