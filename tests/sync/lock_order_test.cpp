// The interpreter and a lock, taken in both orders one hundred thousand times, through every primitive; and that the
// harness sees the deadlock where there is one.
#include "lock_order.hpp"

#include <limits>
#include <memory>
#include <shared_mutex>

using namespace sync_test;
using namespace std::chrono_literals;

namespace {

TEST(LockOrder, Mutex) {
    il::interpreter python;
    il::mutex<long> guarded(0);
    in_both_orders(
        [&](il::python py, int) { guarded.with(py, [](long& n) { ++n; }); },
        [&](int) { guarded.with([](long& n) { il::with_gil([&](il::python) { ++n; }); }); });
    EXPECT_EQ(guarded.with([](long& n) { return n; }), 2L * lock_order_options{}.rounds);
}

TEST(LockOrder, MutexHeldWhileTheInterpreterIsLeft) {
    il::interpreter python;
    il::mutex<long> guarded(0);
    const auto round = [&](il::python py) {
        guarded.with(py, [&](long& n) {
            py.allow_threads([] {});
            ++n;
        });
    };
    in_both_orders([&](il::python py, int) { round(py); }, [&](int) { il::with_gil(round); });
    EXPECT_EQ(guarded.with([](long& n) { return n; }), 2L * lock_order_options{}.rounds);
}

template <class M, class Attached>
void against_a_plain_lock(M& m, Attached attached) {
    long n = 0;
    in_both_orders([&](il::python py, int) { attached(py, [&] { ++n; }); },
                   [&](int) {
                       const std::lock_guard lock(m);
                       il::with_gil([&](il::python) { ++n; });
                   });
    EXPECT_EQ(n, 2L * lock_order_options{}.rounds);
}

TEST(LockOrder, LockOfAMutex) {
    il::interpreter python;
    std::mutex m;
    against_a_plain_lock(m, [&](il::python py, auto f) { il::lock(py, m, f); });
}

TEST(LockOrder, LockOfARecursiveMutex) {
    il::interpreter python;
    std::recursive_mutex m;
    against_a_plain_lock(m, [&](il::python py, auto f) { il::lock(py, m, f); });
}

TEST(LockOrder, LockSharedOfASharedMutex) {
    il::interpreter python;
    std::shared_mutex m;
    against_a_plain_lock(m, [&](il::python py, auto f) { il::lock_shared(py, m, f); });
}

TEST(LockOrder, TryLockForOfATimedMutex) {
    il::interpreter python;
    timed_mutex m;
    against_a_plain_lock(
        m, [&](il::python py, auto f) { EXPECT_TRUE(il::try_lock_for(py, m, 1h, f)); });
}

// Others may lock plainly while attached, too, where they never enter with the lock held: then it is il::lock that must
// not wait for the interpreter while it holds the lock.
TEST(LockOrder, LockOfAMutexThatOthersLockWhileAttached) {
    il::interpreter python;
    std::mutex m;
    long n = 0;
    in_both_orders(
        [&](il::python, int) {
            const std::lock_guard lock(m);
            ++n;
        },
        [&](int) { il::with_gil([&](il::python py) { il::lock(py, m, [&] { ++n; }); }); });
    EXPECT_EQ(n, 2L * lock_order_options{}.rounds);
}

template <class T, class Value>
void onces_in_both_orders(Value value) {
    const lock_order_options options;
    const auto onces = std::make_unique<il::once<T>[]>(static_cast<std::size_t>(options.rounds));
    std::atomic<long> runs{0};
    const auto get = [&](il::python py, int i) {
        onces[static_cast<std::size_t>(i)].get(py, [&](il::python inside) {
            inside.allow_threads([] {});  // has the once, wants the interpreter
            runs.fetch_add(1, std::memory_order_relaxed);
            return value(inside);
        });
    };
    in_both_orders(get, [&](int i) { il::with_gil([&](il::python py) { get(py, i); }); });
    EXPECT_EQ(runs, options.rounds);
}

TEST(LockOrder, Once) {
    il::interpreter python;
    onces_in_both_orders<int>([](il::python) { return 1; });
}

TEST(LockOrder, OncePerInterpreter) {
    il::interpreter python;
    onces_in_both_orders<il::owned<il::object>>([](il::python py) { return py.none().unbind(); });
}

TEST(LockOrder, CriticalSection) {
    il::interpreter python;
    std::unique_ptr<il::owned<il::object>> first;
    std::unique_ptr<il::owned<il::object>> second;
    il::with_gil([&](il::python py) {
        first = std::make_unique<il::owned<il::object>>(py.eval("object()").unbind());
        second = std::make_unique<il::owned<il::object>>(py.eval("object()").unbind());
    });
    long n = 0;
    in_both_orders(
        [&](il::python py, int) {
            il::critical_section(first->bind(py), second->bind(py), [&] { ++n; });
        },
        [&](int) {
            il::with_gil([&](il::python py) {
                il::critical_section(second->bind(py), first->bind(py), [&] {
                    py.allow_threads([] {});
                    ++n;
                });
            });
        });
    EXPECT_EQ(n, 2L * lock_order_options{}.rounds);
    il::with_gil([&](il::python) {
        first.reset();
        second.reset();
    });
}

// The harness itself: the same with the primitive left out.
TEST(LockOrderDeathTest, ThePlainMutexDeadlocksAndTheHarnessSeesIt) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(
        {
            il::interpreter python;
            std::mutex m;
            long n = 0;
            lock_order_options options;
            options.rounds = std::numeric_limits<int>::max();
            options.patience = std::chrono::seconds(2);
            options.rounds_per_collection = 0;
            in_both_orders(
                [&](il::python, int) {
                    const std::lock_guard lock(m);
                    ++n;
                },
                [&](int) {
                    const std::lock_guard lock(m);
                    il::with_gil([&](il::python) { ++n; });
                },
                options);
        },
        testing::ExitedWithCode(deadlock_status), "no progress: a deadlock");
}

}  // namespace
