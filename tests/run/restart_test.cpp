// An interpreter made, destroyed and made again in one process: nothing stale survives.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

int answer() {
    return il::with_gil([](il::python py) {
        EXPECT_TRUE(attached_by_fact());
        return py.eval("6 * 7").as<int>();
    });
}

}  // namespace

TEST(Restart, ThreeTimesWithThreadsThatKeptTheirStates) {
    constexpr int threads = 3;
    std::barrier step(threads + 1);
    std::vector<std::thread> pool;
    for (int i = 0; i < threads; ++i) {
        pool.emplace_back([&step] {
            std::vector<il::owned<il::object>> handles;
            for (int round = 0; round < 3; ++round) {
                step.arrive_and_wait();  // there is an interpreter
                EXPECT_EQ(answer(), 42);
                il::with_gil([&](il::python py) {
                    for (il::owned<il::object>& old : handles) {
                        EXPECT_THROW(static_cast<void>(old.bind(py)), il::wrong_interpreter);
                    }
                    EXPECT_FALSE(py.eval("hasattr(__import__('sys'), 'stale')").as<bool>());
                    // Per thread and interpreter: not there in the next round.
                    py.run(
                        "import threading, sys\n"
                        "local = sys.__dict__.setdefault('local', threading.local())\n"
                        "assert not hasattr(local, 'x')\n"
                        "local.x = 1");
                    handles.push_back(py.eval("object()").unbind());
                });
                EXPECT_EQ(answer(), 42);
                step.arrive_and_wait();  // done
                step.arrive_and_wait();  // it is gone
                EXPECT_FALSE(il::try_with_gil([](il::python) {}));
                step.arrive_and_wait();  // before the next
            }
        });
    }
    for (int round = 0; round < 3; ++round) {
        auto python = std::make_unique<il::interpreter>();
        step.arrive_and_wait();
        step.arrive_and_wait();
        il::with_gil([](il::python py) { py.import("sys").attr("stale") = true; });
        python.reset();
        step.arrive_and_wait();
        step.arrive_and_wait();
    }
    for (std::thread& thread : pool) {
        thread.join();
    }
}

TEST(Restart, HandlesOfTheFirstLetGoUnderTheNext) {
    std::vector<il::owned<il::object>> first;
    for (int round = 0; round < 3; ++round) {
        const il::interpreter python;
        std::vector<il::owned<il::object>> next;
        il::with_gil([&](il::python py) {
            const il::object type = counted::make_type(py);
            for (int i = 0; i < 100; ++i) {
                next.push_back(counted::make(py, type).unbind());
            }
        });
        first.clear();  // detached, of a finished interpreter
        EXPECT_EQ(answer(), 42);
        first = std::move(next);
    }
    il::owned<il::object> last = std::move(first.front());
    const il::interpreter python;
    il::with_gil([&](il::python) { last = il::owned<il::object>(); });  // attached to another one
    EXPECT_EQ(counted::alive, 300) << "memory of a finished interpreter was touched";
}

TEST(Restart, HandlesDroppedButNotYetReleasedDoNotReachTheNext) {
    for (int round = 0; round < 3; ++round) {
        const il::interpreter python;
        EXPECT_EQ(answer(), 42);
        il::owned<il::object> one =
            il::with_gil([](il::python py) { return py.eval("object()").unbind(); });
        std::thread([&] { one = il::owned<il::object>(); }).join();
    }
}

TEST(Restart, AThreadThatEndsAfterItsInterpreterLeavesNothingBehind) {
    std::barrier step(2);
    std::thread thread;
    {
        const il::interpreter python;
        thread = std::thread([&] {
            EXPECT_EQ(answer(), 42);
            step.arrive_and_wait();
            step.arrive_and_wait();
        });
        step.arrive_and_wait();
    }
    const il::interpreter second;
    EXPECT_EQ(answer(), 42);
    step.arrive_and_wait();
    thread.join();
    il::with_gil([](il::python) { EXPECT_EQ(count_thread_states(), 1); });
    EXPECT_EQ(answer(), 42);
}

TEST(Restart, AThreadInsideAllowThreadsOfTheFirstIsTurnedAwayUnderTheNext) {
    il::set_exit_wait_seconds(0);
    std::barrier step(2);
    bool refused = false;
    int got = 0;
    std::thread thread;
    {
        const il::interpreter python;
        thread = std::thread([&] {
            try {
                il::with_gil([&](il::python py) {
                    py.allow_threads(il::unchecked, [&] {
                        step.arrive_and_wait();
                        step.arrive_and_wait();
                    });
                });
            } catch (const il::no_interpreter&) {
                refused = true;
            }
            got = answer();  // the second one is open to it
        });
        step.arrive_and_wait();
    }
    const il::interpreter second;
    step.arrive_and_wait();
    thread.join();
    EXPECT_TRUE(refused);
    EXPECT_EQ(got, 42);
}

TEST(Restart, AThreadThatEntersWhileOneStartsWaitsForIt) {
    for (int round = 0; round < 5; ++round) {
        std::barrier together(3);
        std::vector<std::thread> threads;
        std::atomic<bool> stop{false};
        for (int i = 0; i < 2; ++i) {
            threads.emplace_back([&] {
                together.arrive_and_wait();
                while (!stop) {
                    // Never before site has run.
                    il::try_with_gil([](il::python py) {
                        EXPECT_TRUE(py.eval("'site' in __import__('sys').modules").as<bool>());
                        EXPECT_FALSE(py.import("sys").attr("executable").is_none());
                    });
                }
            });
        }
        together.arrive_and_wait();
        {
            const il::interpreter python;
            EXPECT_EQ(answer(), 42);
        }
        stop = true;
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}
