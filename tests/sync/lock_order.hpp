// Two threads that take the interpreter and a lock in opposite orders, and somebody who sees when they stop. They begin every
// round together, so that they do meet.
//
// On builds without a GIL a third thread stops the world again and again, which is what such a deadlock is against there.
#pragma once

#include "threads.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace sync_test {

inline constexpr int deadlock_status = 42;

struct lock_order_options {
    int rounds = thread_sanitizer ? 5'000 : 100'000;
    std::chrono::seconds patience{thread_sanitizer ? 60
                                                   : 30};  // so long without one round: a deadlock
    int rounds_per_collection = 500;                       // 0: one after the other
};

// Runs interpreter_first(py, i) attached, and lock_first(i) detached, for i = 0, 1, ... on a thread each. Ends the process with
// deadlock_status where neither comes on any more: the threads cannot be ended otherwise.
template <class InterpreterFirst, class LockFirst>
void in_both_orders(InterpreterFirst interpreter_first, LockFirst lock_first,
                    lock_order_options options = {}) {
    std::atomic<long> progress{0};
    std::atomic<int> running{2};
    std::mutex m;
    std::condition_variable ended;

    std::atomic<int> at[2] = {-1, -1};
    const auto run = [&](int me, auto round) {
        for (int i = 0; i < options.rounds; ++i) {
            at[me].store(i, std::memory_order_release);
            for (int look = 0; at[1 - me].load(std::memory_order_acquire) < i; ++look) {
                if (look > 200) {
                    std::this_thread::yield();
                }
            }
            round(i);
            progress.fetch_add(1, std::memory_order_relaxed);
        }
        const std::lock_guard lock(m);
        --running;
        ended.notify_one();
    };
    thread_group threads;
    threads.start([&] {
        run(0, [&](int i) { il::with_gil([&](il::python py) { interpreter_first(py, i); }); });
    });
    threads.start([&] { run(1, lock_first); });
#if defined(Py_GIL_DISABLED)
    threads.start([&] {
        long last = 0;
        while (running != 0) {
            const long now = progress.load(std::memory_order_relaxed);
            if (now - last >= options.rounds_per_collection) {
                last = now;
                il::with_gil([](il::python) { PyGC_Collect(); });
            } else {
                std::this_thread::yield();
            }
        }
    });
#endif
    std::unique_lock lock(m);
    for (long last = -1; running != 0;) {
        // The time is how long no progress is no accident; it orders nothing.
        if (ended.wait_for(lock, options.patience, [&] { return running == 0; })) {
            break;
        }
        const long now = progress.load(std::memory_order_relaxed);
        if (now == last) {
            std::fprintf(stderr, "no progress: a deadlock after %ld rounds\n", now);
            std::fflush(stderr);
            std::_Exit(deadlock_status);
        }
        last = now;
    }
    lock.unlock();
    threads.join();
    EXPECT_EQ(progress, 2L * options.rounds);
}

}  // namespace sync_test
