// Whom finalization waits for, and for how long (invariant 5).
#include <interlock/interlock.hpp>

#include "../support/ending.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <thread>

namespace il = interlock;
using namespace std::chrono_literals;
using ending::end_under;

TEST(ExitWait, DetachedThreadsAreWaitedForAsLongAsExitWaitSaysAndItIsSaidOnce) {
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
    EXPECT_EQ(ending::count_of(said, "interlock:"), 1U) << said;
    EXPECT_NE(said.find("1 thread is inside allow_threads; waiting for at most 0.3 s"),
              std::string::npos)
        << said;
}

TEST(ExitWait, ADetachedThreadThatComesBackInTimeFinishesItsWork) {
    il::exit_wait(1h);
    std::unique_ptr<il::interpreter> python(ending::start());
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

TEST(ExitWait, AttachedThreadsAreWaitedForWithoutLimit) {
    il::exit_wait(0s);
    std::unique_ptr<il::interpreter> python(ending::start());
    std::atomic<bool> finished{false};
    std::latch inside(1);
    std::thread thread([&] {
        il::with_gil([&](il::python py) {
            inside.count_down();
            ending::run_into_the_exit(py);
            finished = true;
        });
    });
    inside.wait();
    python.reset();
    ASSERT_TRUE(finished.load() || (thread.detach(), false)) << "CPython ended it in the middle";
    thread.join();
}

// A raw attach inside allow_threads, with doors of ours in it, must not make the thread count as attached ever after.
TEST(ExitWait, AThreadThatWasAttachedByRawCodeForAWhileCountsAsDetachedAgain) {
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
TEST(ExitWait, AThreadThatRawCodeDetachedForAWhileCountsAsAttachedAgain) {
    il::exit_wait(0s);
    std::unique_ptr<il::interpreter> python(ending::start());
    std::atomic<bool> finished{false};
    std::latch inside(1);
    std::thread thread([&] {
        il::with_gil([&](il::python py) {
            Py_BEGIN_ALLOW_THREADS il::with_gil([](il::python) {});
            Py_END_ALLOW_THREADS inside.count_down();
            ending::run_into_the_exit(py);
            finished = true;
        });
    });
    inside.wait();
    python.reset();
    ASSERT_TRUE(finished.load() || (thread.detach(), false)) << "CPython ended it in the middle";
    thread.join();
}
