// il::lock, il::lock_shared and il::try_lock_for, on the mutexes of the standard library.
#include "threads.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <ratio>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <type_traits>

using namespace sync_test;
using namespace std::chrono_literals;

namespace {

template <class M>
class Lock : public testing::Test {};
using mutexes =
    testing::Types<std::mutex, std::recursive_mutex, std::timed_mutex, std::recursive_timed_mutex,
                   std::shared_mutex, std::shared_timed_mutex>;
TYPED_TEST_SUITE(Lock, mutexes);

// From another thread, so that recursive ones answer too.
template <class M>
bool is_free(M& m) {
    bool got = false;
    std::thread([&] {
        got = m.try_lock();
        if (got) {
            m.unlock();
        }
    }).join();
    return got;
}

TYPED_TEST(Lock, HoldsItWhileTheCallableRuns) {
    il::interpreter python;
    TypeParam m;
    il::with_gil([&](il::python py) {
        const int result = il::lock(py, m, [&] {
            EXPECT_FALSE(is_free(m));
            return 7;
        });
        EXPECT_EQ(result, 7);
        EXPECT_TRUE(is_free(m));
        int& reference = il::lock(py, m, []() -> int& {
            static int value = 1;
            return value;
        });
        EXPECT_EQ(reference, 1);
    });
}

TYPED_TEST(Lock, AnExceptionUnlocks) {
    il::interpreter python;
    TypeParam m;
    il::with_gil([&](il::python py) {
        EXPECT_THROW(il::lock(py, m, [] { throw std::out_of_range("mine"); }), std::out_of_range);
        EXPECT_TRUE(is_free(m));
    });
}

TYPED_TEST(Lock, AnAttachedThreadWaitsDetached) {
    il::interpreter python;
    TypeParam m;
    flag held;
    flag entered;
    counter waiting;
    std::atomic<int> ran{0};
    thread_group threads;
    threads.start([&] {
        const std::lock_guard lock(m);
        held.set();
        entered.wait();
    });
    held.wait();
    for (int i = 0; i < 3; ++i) {
        threads.start([&] {
            il::with_gil([&](il::python py) {
                waiting.add();
                il::lock(py, m, [&] { ++ran; });
            });
        });
    }
    if constexpr (requires { m.lock_shared(); }) {
        threads.start(
            [&] { il::with_gil([&](il::python py) { il::lock_shared(py, m, [&] { ++ran; }); }); });
    }
    waiting.wait_for(3);
    il::with_gil([&](il::python py) {
        py.run("import gc; gc.collect()");
        EXPECT_EQ(ran, 0);
        entered.set();
    });
    threads.join();
    EXPECT_GE(ran, 3);
}

TEST(LockOthers, RecursiveOnesCanBeEnteredAgain) {
    il::interpreter python;
    std::recursive_mutex m;
    il::with_gil([&](il::python py) {
        EXPECT_EQ(il::lock(py, m, [&] { return il::lock(py, m, [] { return 1; }); }), 1);
    });
    EXPECT_TRUE(is_free(m));
}

TEST(LockOthers, SharedOnesAreSharedByReaders) {
    il::interpreter python;
    std::shared_mutex m;
    il::with_gil([&](il::python py) {
        const bool second = il::lock_shared(py, m, [&] {
            bool got = false;
            std::thread([&] {
                got = m.try_lock_shared();
                if (got) {
                    m.unlock_shared();
                }
            }).join();
            EXPECT_FALSE(is_free(m));
            return got;
        });
        EXPECT_TRUE(second);
        EXPECT_TRUE(is_free(m));
    });
}

TEST(LockOthers, LocksOfTheStandardLibraryWorkLikeMutexes) {
    il::interpreter python;
    std::shared_mutex m;
    il::with_gil([&](il::python py) {
        std::unique_lock unique(m, std::defer_lock);
        il::lock(py, unique, [&] { EXPECT_TRUE(unique.owns_lock()); });
        EXPECT_FALSE(unique.owns_lock());
        il::lock(py, std::shared_lock(m, std::defer_lock), [&] { EXPECT_FALSE(is_free(m)); });
        EXPECT_TRUE(is_free(m));
    });
}

TEST(LockOthers, TakesDurationsOfAnyKind) {
    using il::detail::nanoseconds_of;
    constexpr auto most = std::numeric_limits<std::int64_t>::max() / 2;
    EXPECT_EQ(nanoseconds_of(20ms), 20'000'000);
    EXPECT_EQ(nanoseconds_of(std::chrono::duration<double>(0.25)), 250'000'000);
    EXPECT_EQ(nanoseconds_of(std::chrono::duration<float, std::pico>(1.5F)), 1);
    EXPECT_EQ(nanoseconds_of(std::chrono::duration<int, std::ratio<1, 3>>(1)), 333'333'334);
    EXPECT_EQ(nanoseconds_of(-1h), 0);
    EXPECT_EQ(nanoseconds_of(std::chrono::duration<double>(std::nan(""))), 0);
    EXPECT_EQ(nanoseconds_of(std::chrono::hours::max()), most);
    EXPECT_EQ(nanoseconds_of(std::chrono::nanoseconds::max()), most);
}

TEST(LockOthers, GivesUpWhenTheTimeIsOver) {
    il::interpreter python;
    timed_mutex m;
    flag held;
    flag done;
    thread_group threads;
    threads.start([&] {
        const std::lock_guard lock(m);
        held.set();
        done.wait();
    });
    held.wait();
    il::with_gil([&](il::python py) {
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_FALSE(il::try_lock_for(py, m, 20ms, [] { FAIL(); }));
        EXPECT_EQ(il::try_lock_for(py, m, 1us, [] { return 1; }), std::nullopt);
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
        done.set();
        EXPECT_EQ(il::try_lock_for(py, m, 1h, [] { return std::string("got"); }), "got");
        EXPECT_TRUE(il::try_lock_for(py, m, 1h, [] {}));
        EXPECT_THROW(il::try_lock_for(py, m, 1h, [] { throw std::out_of_range("mine"); }),
                     std::out_of_range);
        EXPECT_TRUE(is_free(m));
    });
}

TEST(LockOthers, NeedAnAttachedThread) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        py.allow_threads(il::unchecked, [&] {
            std::shared_timed_mutex m;
            EXPECT_THROW(il::lock(py, m, [] {}), il::not_attached);
            EXPECT_THROW(il::lock_shared(py, m, [] {}), il::not_attached);
            EXPECT_THROW(il::try_lock_for(py, m, 1s, [] {}), il::not_attached);
            EXPECT_TRUE(is_free(m));
        });
    });
}

TEST(LockOthers, AFailureOfTheMutexGoesOn) {
    struct broken {
        bool try_lock() { return false; }
        void lock() { throw std::system_error(std::make_error_code(std::errc::io_error)); }
        void unlock() { FAIL(); }
    };
    il::interpreter python;
    il::with_gil([](il::python py) {
        broken m;
        EXPECT_THROW(il::lock(py, m, [] {}), std::system_error);
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);  // attached again
    });
}

}  // namespace
