// Where a reference goes that is dropped: attached, detached, on threads that never entered, by many threads at once.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/scale.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

using handle = il::owned<il::object>;

handle make_one(counted::hook at_death = {}) {
    return il::with_gil([&](il::python py) {
        return counted::make(py, counted::make_type(py), std::move(at_death)).unbind();
    });
}

std::vector<handle> make_many(long count) {
    return il::with_gil([count](il::python py) {
        const il::object type = counted::make_type(py);
        std::vector<handle> made;
        made.reserve(static_cast<std::size_t>(count));
        for (long i = 0; i < count; ++i) {
            made.push_back(counted::make(py, type).unbind());
        }
        return made;
    });
}

void enter() {
    il::with_gil([](il::python) {});
}

// A loop of pure Python that ends when every counted object is gone, or gives up. Now and then it lets the interpreter go, as
// any program does: 3.11 looks for pending calls of other threads only when it takes it again.
void run_python_until_all_are_gone(il::python py) {
    il::dict scope = il::dict::make(py);
    scope["alive"] = counted::alive_function(py);
    py.run(
        "import os\n"
        "for i in range(20_000_000):\n"
        "    if alive() == 0: break\n"
        "    if i % 1000 == 0: os.stat('/')",
        scope);
}

}  // namespace

TEST(Drops, AttachedReleasesAtOnce) {
    const il::interpreter python;
    handle one = make_one();
    il::with_gil([&](il::python) {
        {
            const handle dying = std::move(one);
        }
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Drops, DetachedWaitsForTheNextEntry) {
    const il::interpreter python;
    {
        const handle one = make_one();
    }
    EXPECT_EQ(counted::alive, 1) << "released without the interpreter";
    il::with_gil([](il::python) { EXPECT_EQ(counted::alive, 0); });
}

TEST(Drops, InsideAllowThreadsIsReleasedWhenTheThreadIsBack) {
    const il::interpreter python;
    handle one = make_one();
    il::with_gil([&](il::python py) {
        py.allow_threads(
            [](handle& h) {
                h = handle();
                EXPECT_EQ(counted::alive, 1);
            },
            one);
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Drops, OnAThreadThatNeverEntersAndEndsIsReleasedByAnother) {
    const il::interpreter python;
    std::thread([one = make_one()]() mutable { const handle dying = std::move(one); }).join();
    EXPECT_EQ(counted::alive, 1);
    il::with_gil([](il::python) { EXPECT_EQ(counted::alive, 0); });
}

// Where the flag was set before the handle was in its list, a drain in between lowered it for good (PyO3, state.rs before
// 0.30): found by model, 72 of 20 000 races.
TEST(Drops, RacingWithEntriesStrandNothing) {
    const il::interpreter python;
    constexpr int droppers = 4;
    constexpr long batch = 1000;
    const long rounds = scaled(2'000'000) / (droppers * batch);
    std::latch ready(droppers + 2);
    std::atomic<int> dropping{droppers};
    std::vector<std::thread> threads;
    for (int i = 0; i < droppers; ++i) {
        threads.emplace_back([&] {
            ready.arrive_and_wait();
            for (long round = 0; round < rounds; ++round) {
                std::vector<handle> handles = make_many(batch);
                handles.clear();
            }
            dropping.fetch_sub(1);
        });
    }
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            ready.arrive_and_wait();
            while (dropping.load() != 0) {
                enter();
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    enter();
    EXPECT_EQ(counted::alive, 0);
}

TEST(Drops, ByThreadsThatOnlyDropRaceWithEntriesAndStrandNothing) {
    const il::interpreter python;
    constexpr int droppers = 3;
    for (int repeat = 0; repeat < 10; ++repeat) {
        std::vector<std::vector<handle>> shares;
        for (int i = 0; i < droppers; ++i) {
            shares.push_back(make_many(scaled(60'000)));
        }
        std::latch ready(droppers + 1);
        std::atomic<int> dropping{droppers};
        std::vector<std::thread> threads;
        for (std::vector<handle>& share : shares) {
            threads.emplace_back([&] {
                ready.arrive_and_wait();
                share.clear();
                dropping.fetch_sub(1);
            });
        }
        ready.arrive_and_wait();
        while (dropping.load() != 0) {
            enter();
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        enter();
        ASSERT_EQ(counted::alive, 0) << "in round " << repeat;
    }
}

TEST(Drops, AreReleasedUnderAPurePythonLoopThatNeverEnters) {
    const il::interpreter python;
    for (int repeat = 0; repeat < 5; ++repeat) {
        std::vector<handle> first = make_many(scaled(50'000));
        std::vector<handle> second = make_many(scaled(50'000));
        il::with_gil([&](il::python py) {
            std::thread one([&] { first.clear(); });
            std::thread two([&] { second.clear(); });
            run_python_until_all_are_gone(py);
            one.join();  // neither ever enters, so that waiting attached is harmless
            two.join();
            EXPECT_EQ(counted::alive, 0);
        });
    }
}

TEST(Drops, AskForAPendingCallAgainWhenOneWasRefused) {
    const il::interpreter python;
    handle first = make_one();
    handle second = make_one();
    il::with_gil([&](il::python py) {
        std::thread([&] {
            while (Py_AddPendingCall([](void*) { return 0; }, nullptr) == 0) {
            }
            first = handle();
        }).join();
        py.run("import os\nfor _ in range(1000): os.stat('/')");  // makes room
        std::thread([&] { second = handle(); }).join();
        run_python_until_all_are_gone(py);
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Drops, FinalizersRunByTheDrainMayEnterLeaveAndDrop) {
    const il::interpreter python;
    std::atomic<int> ran{0};
    const auto busy = [&ran] {
        il::with_gil([&ran](il::python py) {
            py.allow_threads(
                [](std::atomic<int>& count) {
                    il::with_gil([](il::python inner) { inner.import("sys"); });
                    count.fetch_add(1);
                },
                ran);
        });
    };
    {
        std::vector<handle> handles;
        for (int i = 0; i < 100; ++i) {
            handles.push_back(make_one(busy));
        }
    }
    enter();
    EXPECT_EQ(ran, 100);
    EXPECT_EQ(counted::alive, 0);
}

// Each object's death drops the next one detached, and runs Python code, which serves the pending call that the drop asked
// for, before the drain that all this happens in has come to its end.
TEST(Drops, AChainOfFinalizersStrandsNothingUnderAPurePythonLoop) {
    const il::interpreter python;
    constexpr std::size_t length = 40;
    static std::vector<handle> chain(length);
    for (std::size_t i = 0; i < length; ++i) {
        chain[i] = make_one([i] {
            il::with_gil([&](il::python py) {
                py.allow_threads(
                    [](std::vector<handle>& links, std::size_t next) {
                        if (next < links.size()) {
                            links[next] = handle();
                        }
                    },
                    chain, i + 1);
                py.run("import os\nfor _ in range(10): os.stat('/')");
            });
        });
    }
    chain[0] = handle();
    il::with_gil([](il::python py) {
        run_python_until_all_are_gone(py);
        EXPECT_EQ(counted::alive, 0);
    });
}

// One lock around all that waits made the threads of embedders take turns (PyO3 #6199). Each object is made on the thread that
// drops it: without a GIL another thread's release is left to the owner.
TEST(Drops, WhileOneThreadReleasesOthersEnterAndDropAndRelease) {
    const il::interpreter python;
    std::latch releasing(1);
    std::latch others_are_done(1);
    std::thread first([&] {
        {
            const handle blocking = make_one([&] {
                il::assume_attached([&](il::python py) {
                    py.allow_threads(il::unchecked, [&] {
                        releasing.count_down();
                        others_are_done.wait();
                    });
                });
            });
        }
        enter();  // releases, and waits in the finalizer without the interpreter
    });
    releasing.wait();
    {
        const handle dying = make_one();
    }
    enter();
    EXPECT_EQ(counted::alive, 1) << "what others drop waits for the one who releases";
    others_are_done.count_down();
    first.join();
    EXPECT_EQ(counted::alive, 0);
}

// Attached is who is attached, whoever did it: a belief of this library's own would defer here and release there (PyO3 #1683).
TEST(Drops, FollowTheFactWhereAnotherLibraryAttachedOrDetached) {
    const il::interpreter python;
    const auto in_plain_c = [](handle& dying) {
        const PyGILState_STATE state = PyGILState_Ensure();
        dying = handle();
        EXPECT_EQ(counted::alive, 0) << "it was attached, and the release waits";
        PyGILState_Release(state);
    };
    std::thread([&] {
        handle one = make_one();
        in_plain_c(one);
    }).join();
    handle one = make_one();
    il::with_gil([&](il::python py) {
        py.allow_threads(il::unchecked, [&] { in_plain_c(one); });
        handle two = counted::make(py, counted::make_type(py)).unbind();
        PyThreadState* state = PyEval_SaveThread();
        two = handle();
        EXPECT_EQ(counted::alive, 1) << "released without the interpreter";
        PyEval_RestoreThread(state);
        py.allow_threads([] {});
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Drops, AnErrorThatIsSetSurvivesTheDrain) {
    const il::interpreter python;
    handle one = make_one([] {
        PyErr_SetString(PyExc_KeyError, "of the finalizer");
        PyErr_Clear();
    });
    il::with_gil([&](il::python py) {
        PyErr_SetString(PyExc_ValueError, "in flight");
        py.allow_threads([](handle& h) { h = handle(); }, one);
        EXPECT_EQ(counted::alive, 0);
        EXPECT_EQ(PyErr_ExceptionMatches(PyExc_ValueError), 1);
        PyErr_Clear();
    });
}

TEST(Drops, AfterTheInterpreterLetGo) {
    handle outliving;
    handle dropped_late;
    {
        const il::interpreter python;
        outliving = make_one();
        dropped_late = make_one();
    }
    dropped_late = handle();
    std::thread([&] { outliving = handle(); }).join();
    EXPECT_EQ(counted::alive, 2) << "memory of a finished interpreter was touched";
    counted::alive = 0;
    {
        const il::interpreter second;
        enter();
        {
            const handle one = make_one();
        }
        enter();
        EXPECT_EQ(counted::alive, 0);
    }
}

TEST(Drops, WhileTheInterpreterFinalizesAreSafe) {
    auto held = std::make_shared<std::vector<handle>>();
    {
        const il::interpreter python;
        *held = make_many(100);
        // Dropped by a finalizer in the last part of the teardown, on the thread that finalizes.
        il::with_gil([&](il::python py) {
            const il::object late = counted::make(py, counted::make_type(py), [held] {
                held->resize(50);
                il::try_with_gil([&](il::python inner) {
                    inner.allow_threads([](auto& all) { all.clear(); }, *held);
                });
            });
            py.import("sys").attr("late") = late;
        });
    }
    EXPECT_TRUE(held->empty() || held->size() == 50);
    counted::alive = 0;
}
