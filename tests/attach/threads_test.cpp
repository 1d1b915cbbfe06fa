// Any thread may enter, at any time, to any depth.
#include <interlock/interlock.hpp>

#include "../support/python_function.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <latch>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

int seven() {
    return il::with_gil([](il::python py) {
        EXPECT_TRUE(attached_by_fact());
        return py.eval("3 + 4").as<int>();
    });
}

void run_in_python_thread(il::python py, std::function<void()> f) {
    il::dict scope = il::dict::make(py);
    scope["f"] = python_function::make(py, std::move(f));
    py.run("import threading\nt = threading.Thread(target=f)\nt.start()\nt.join()", scope);
}

// Goes in and out to a depth, and checks what CPython says on the way down and on the way up.
void go_down(int depth, bool attached) {
    ASSERT_EQ(attached_by_fact(), attached) << "depth " << depth;
    if (depth == 0) {
        return;
    }
    if (attached && depth % 3 == 0) {
        il::assume_attached([depth](il::python py) {
            py.allow_threads([](int deeper) { go_down(deeper, false); }, depth - 1);
        });
    } else {
        il::with_gil([depth](il::python) { go_down(depth - 1, true); });
    }
    ASSERT_EQ(attached_by_fact(), attached) << "depth " << depth;
}

// CPython's own memory, which this thread may be refused.
thread_local bool refused_memory = false;
PyMemAllocatorEx whole;
void* refusing_malloc(void*, std::size_t size) {
    return refused_memory ? nullptr : whole.malloc(whole.ctx, size);
}
void* refusing_calloc(void*, std::size_t count, std::size_t size) {
    return refused_memory ? nullptr : whole.calloc(whole.ctx, count, size);
}
void* refusing_realloc(void*, void* memory, std::size_t size) {
    return refused_memory ? nullptr : whole.realloc(whole.ctx, memory, size);
}
void give_back(void*, void* memory) { whole.free(whole.ctx, memory); }

class memory_that_may_be_refused {
public:
    memory_that_may_be_refused() {
        PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &whole);
        PyMemAllocatorEx refusing{nullptr, refusing_malloc, refusing_calloc, refusing_realloc,
                                  give_back};
        PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &refusing);
    }
    ~memory_that_may_be_refused() { PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &whole); }
    memory_that_may_be_refused(const memory_that_may_be_refused&) = delete;
    memory_that_may_be_refused& operator=(const memory_that_may_be_refused&) = delete;
};

}  // namespace

TEST(Threads, AnEntryForWhichThereIsNoMemoryIsRefusedAndTheNextOneServed) {
    const il::interpreter python;
    const memory_that_may_be_refused memory;
    const int states = il::with_gil([](il::python) { return count_thread_states(); });
    std::thread([] {
        refused_memory = true;
        EXPECT_THROW(il::with_gil([](il::python) { ADD_FAILURE() << "it was let in"; }),
                     std::bad_alloc);
        EXPECT_THROW(il::try_with_gil([](il::python) { ADD_FAILURE() << "it was let in"; }),
                     std::bad_alloc);
        EXPECT_FALSE(attached_by_fact());
        EXPECT_THROW(il::assume_attached([](il::python) {}), il::not_attached);
        refused_memory = false;
        EXPECT_EQ(seven(), 7);
        EXPECT_FALSE(attached_by_fact());
    }).join();
    EXPECT_EQ(il::with_gil([](il::python) { return count_thread_states(); }), states);
}

TEST(Threads, TheMainThreadEnters) {
    const il::interpreter python;
    EXPECT_FALSE(attached_by_fact()) << "the maker of the interpreter is left detached";
    EXPECT_EQ(seven(), 7);
    EXPECT_FALSE(attached_by_fact());
}

TEST(Threads, AThreadOfThreadingEnters) {
    const il::interpreter python;
    int got = 0;
    il::with_gil([&](il::python py) { run_in_python_thread(py, [&] { got = seven(); }); });
    EXPECT_EQ(got, 7);
}

TEST(Threads, AThreadOfThreadingEntersWhileItIsDetached) {
    const il::interpreter python;
    int got = 0;
    il::with_gil([&](il::python py) {
        run_in_python_thread(py, [&] {
            const PyThreadState* state = state_by_fact();
            il::assume_attached([&](il::python inner) {
                inner.allow_threads(il::unchecked, [&] {
                    got = il::with_gil(
                        [state](il::python) { return state_by_fact() == state ? 7 : 0; });
                });
            });
        });
    });
    EXPECT_EQ(got, 7) << "entered with another thread state than the thread's own";
}

TEST(Threads, AFreshThreadEnters) {
    const il::interpreter python;
    int got = 0;
    std::thread([&] { got = seven(); }).join();
    EXPECT_EQ(got, 7);
}

TEST(Threads, AThreadInsideRawGilStateEnters) {
    const il::interpreter python;
    int got = 0;
    std::thread([&] {
        const PyGILState_STATE before = PyGILState_Ensure();
        PyThreadState* state = state_by_fact();
        got = il::with_gil([state](il::python) { return state_by_fact() == state ? 7 : 0; });
        EXPECT_EQ(state_by_fact(), state);
        PyEval_SaveThread();
        got += seven();
        EXPECT_FALSE(attached_by_fact());
        PyEval_RestoreThread(state);
        PyGILState_Release(before);
        EXPECT_FALSE(attached_by_fact());
        got += seven();
    }).join();
    EXPECT_EQ(got, 21);
}

TEST(Threads, EightEnterAtOnce) {
    const il::interpreter python;
    std::barrier together(8);
    std::atomic<int> sum{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int repeat = 0; repeat < 50; ++repeat) {
                together.arrive_and_wait();
                sum += seven();
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(sum, 8 * 50 * 7);
}

TEST(Threads, NestToAnyDepth) {
    const il::interpreter python;
    go_down(200, false);
    std::thread([] { go_down(200, false); }).join();
    il::with_gil([](il::python py) { run_in_python_thread(py, [] { go_down(200, true); }); });
}

TEST(Threads, ArgumentsAndResultsPassThrough) {
    const il::interpreter python;
    struct counter {
        int add(il::python, int n) { return value += n; }
        int value = 1;
    } count;
    EXPECT_EQ(il::with_gil(&counter::add, count, 3), 4);
    EXPECT_EQ(
        il::with_gil([](il::python, auto... all) { return (all + ...); }, 1, 2, 3, 4, 5, 6, 7), 28);
    EXPECT_EQ(il::try_with_gil([](il::python) { return 42; }), 42);
    EXPECT_TRUE(il::try_with_gil([](il::python) {}));
    std::string text = "moved";
    const std::string taken = il::with_gil(
        [](il::python py, std::string&& given) {
            return py.allow_threads([](std::string&& inner) { return std::move(inner); },
                                    std::move(given));
        },
        std::move(text));
    EXPECT_EQ(taken, "moved");
    EXPECT_TRUE(text.empty());
    int number = 0;
    int& same = il::with_gil(
        [](il::python py, int& n) -> int& {
            return py.allow_threads([](int& inner) -> int& { return inner; }, n);
        },
        number);
    EXPECT_EQ(&same, &number);
}

TEST(Threads, AnExceptionLeavesEitherDoorInItsFormerState) {
    const il::interpreter python;
    EXPECT_THROW(il::with_gil([](il::python) { throw std::length_error("out"); }),
                 std::length_error);
    EXPECT_FALSE(attached_by_fact());
    il::with_gil([](il::python py) {
        EXPECT_THROW(py.allow_threads([] {
            EXPECT_FALSE(attached_by_fact());
            throw std::length_error("out");
        }),
                     std::length_error);
        EXPECT_TRUE(attached_by_fact());
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
        EXPECT_THROW(il::with_gil([](il::python) { throw std::length_error("out"); }),
                     std::length_error);
        EXPECT_TRUE(attached_by_fact());
        py.allow_threads([] {
            EXPECT_THROW(il::with_gil([](il::python inner) { inner.run("1 / 0"); }),
                         il::python_error);
            EXPECT_FALSE(attached_by_fact());
            EXPECT_THROW(static_cast<void>(
                             il::try_with_gil([](il::python) { throw std::length_error("out"); })),
                         std::length_error);
            EXPECT_FALSE(attached_by_fact());
        });
    });
    EXPECT_FALSE(attached_by_fact());
}

TEST(Threads, AnExceptionOutOfAllowThreadsIsCaughtAttached) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        // The former state first: a destructor between throw and catch may already use Python.
        struct uses_python {
            ~uses_python() { worked = attached_by_fact(); }
            bool& worked;
        };
        bool worked = false;
        try {
            const uses_python unwound{worked};
            py.allow_threads([] { throw 1; });
        } catch (int) {
        }
        EXPECT_TRUE(worked);
    });
}

#if !defined(Py_GIL_DISABLED)
// Another thread waits for the interpreter all the time. With the longest switch interval it gets it only if somebody lets
// it go; nested entries must not.
TEST(Threads, ANestedEntryNeverLetsTheInterpreterGo) {
    const il::interpreter python;
    std::atomic<long> entered{0};
    std::atomic<bool> stop{false};
    std::thread other([&] {
        while (!stop) {
            il::with_gil([&](il::python) { entered.fetch_add(1); });
        }
    });
    while (entered == 0) {
        std::this_thread::yield();
    }
    il::with_gil([&](il::python py) {
        py.import("sys").attr("setswitchinterval")(1000.0);
        // A request from before the interval was long may be pending: let it have its turn.
        py.run("for _ in range(1000): pass");
        py.allow_threads([] {});
        const long before = entered;
        for (int i = 0; i < 20'000; ++i) {
            il::with_gil([](il::python) {});
            EXPECT_TRUE(il::try_with_gil([](il::python) {}));
            il::assume_attached([](il::python) {});
        }
        EXPECT_EQ(entered, before);
        while (entered == before) {  // it does wait: as soon as we leave, it gets in
            py.allow_threads([] { std::this_thread::yield(); });
        }
        stop = true;
    });
    other.join();
}
#endif

TEST(Threads, OthersRunWhileOneIsDetached) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        py.allow_threads(il::unchecked, [] {
            std::latch entered(1);
            std::thread other([&] { il::with_gil([&](il::python) { entered.count_down(); }); });
            entered.wait();
            other.join();
        });
        EXPECT_TRUE(attached_by_fact());
    });
}

// pybind11 #1276: its own record of the thread's state and CPython's disagreed, which was fatal.
TEST(Threads, AThreadOfThreadingMayLeaveInsideEnteringInsideLeaving) {
    const il::interpreter python;
    int got = 0;
    il::with_gil([&](il::python py) {
        run_in_python_thread(py, [&] {
            const PyThreadState* state = state_by_fact();
            il::with_gil([&](il::python outer) {
                outer.allow_threads(il::unchecked, [&] {
                    il::with_gil([&](il::python inner) {
                        inner.allow_threads(il::unchecked, [&] {
                            EXPECT_FALSE(attached_by_fact());
                            const PyGILState_STATE before = PyGILState_Ensure();
                            EXPECT_EQ(state_by_fact(), state);
                            PyGILState_Release(before);
                            EXPECT_FALSE(attached_by_fact());
                            got = seven();
                        });
                        EXPECT_EQ(state_by_fact(), state);
                    });
                    EXPECT_FALSE(attached_by_fact());
                });
            });
            EXPECT_EQ(state_by_fact(), state);
        });
    });
    EXPECT_EQ(got, 7);
}

#if !defined(Py_GIL_DISABLED)
// nanobind #1418: the question "attached already?" was answered for the process, and two were in.
TEST(Threads, AForeignThreadWaitsWhileAnotherIsIn) {
    const il::interpreter python;
    std::latch first_is_in(1);
    bool left = false;  // guarded by the interpreter itself
    std::thread first([&] {
        il::with_gil([&](il::python py) {
            py.import("sys").attr("setswitchinterval")(1000.0);  // it lets go only when it leaves
            first_is_in.count_down();
            py.run("for _ in range(100_000): pass");
            left = true;
        });
    });
    first_is_in.wait();
    std::thread second([&] {
        il::with_gil([&](il::python) {
            EXPECT_TRUE(left);
            EXPECT_TRUE(attached_by_fact());
        });
        EXPECT_FALSE(attached_by_fact());
    });
    second.join();
    first.join();
}
#endif

TEST(Threads, AssumeAttachedIsCheckedAndMayReturnBoundObjects) {
    const il::interpreter python;
    EXPECT_THROW(il::assume_attached([](il::python) {}), il::not_attached);
    il::with_gil([](il::python) {
        const il::object made = il::assume_attached([](il::python py) { return py.eval("[1]"); });
        EXPECT_EQ(il::len(made), 1U);
    });
}
