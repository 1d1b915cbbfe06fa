// What the tests of this folder share: threads that end before the test does, and a flag to wait for without a sleep.
#pragma once

#include <interlock/interlock.hpp>

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

namespace sync_test {

namespace il = interlock;

class flag {
public:
    void set() noexcept {
        value_.store(true, std::memory_order_release);
        value_.notify_all();
    }
    void wait() const noexcept { value_.wait(false, std::memory_order_acquire); }
    bool is_set() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    std::atomic<bool> value_{false};
};

// Waits for a flag as a well-behaved thread does, without the interpreter.
inline void wait_detached(il::python py, const flag& f) {
    py.allow_threads([](const flag& awaited) { awaited.wait(); }, f);
}

class counter {
public:
    void add() noexcept {
        value_.fetch_add(1, std::memory_order_acq_rel);
        value_.notify_all();
    }
    void wait_for(int n) const noexcept {
        for (int seen = get(); seen < n; seen = get()) {
            value_.wait(seen, std::memory_order_acquire);
        }
    }
    int get() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    std::atomic<int> value_{0};
};

class thread_group {
public:
    template <class F>
    void start(F&& f) {
        threads_.emplace_back(std::forward<F>(f));
    }
    void join() {
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }
    ~thread_group() { join(); }

private:
    std::list<std::thread> threads_;
};

#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif
#else
inline constexpr bool thread_sanitizer = false;
#endif

// ThreadSanitizer of GCC 12 does not see pthread_mutex_clocklock, with which libstdc++ waits on the steady clock, and then
// takes the unlock for a mistake. It sees the same on the system's clock.
class seen_timed_mutex : public std::timed_mutex {
public:
    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period>& limit) {
        return std::timed_mutex::try_lock_until(
            std::chrono::system_clock::now() +
            std::chrono::ceil<std::chrono::system_clock::duration>(limit));
    }
};
using timed_mutex = std::conditional_t<thread_sanitizer, seen_timed_mutex, std::timed_mutex>;

}  // namespace sync_test
