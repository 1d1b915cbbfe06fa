#include "crew.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

namespace near_duplicates {

namespace {

constexpr auto watch_interval = std::chrono::milliseconds(100);

class crew {
public:
    crew(unsigned threads, const std::function<void(unsigned)>& work, stop_flag& stop)
        : stop_(stop), start_(threads), running_(threads) {
        threads_.reserve(threads);
        try {
            for (unsigned i = 0; i < threads; ++i) {
                threads_.emplace_back([this, i, &work] { run(work, i); });
            }
        } catch (
            ...) {  // the system gives no more threads: those that are there must not wait for ever
            stop_ = true;
            start_.count_down(static_cast<std::ptrdiff_t>(threads - threads_.size()));
            join();
            throw;
        }
    }
    ~crew() { join(); }
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;

    void watch(const std::function<bool()>& go_on) {
        try {
            while (!wait()) {
                if (!go_on()) {
                    stop_ = true;
                }
            }
        } catch (...) {
            fail(std::current_exception());
        }
        join();
        if (error_) {
            std::rethrow_exception(error_);
        }
    }

private:
    void run(const std::function<void(unsigned)>& work, unsigned i) {
        start_.arrive_and_wait();
        try {
            work(i);
        } catch (...) {
            fail(std::current_exception());
        }
        const std::lock_guard held(lock_);
        --running_;
        done_.notify_one();
    }

    void fail(std::exception_ptr error) {
        stop_ = true;
        const std::lock_guard held(lock_);
        if (!error_) {
            error_ = std::move(error);
        }
    }

    bool wait() {
        std::unique_lock held(lock_);
        return done_.wait_for(held, watch_interval, [&] { return running_ == 0; });
    }

    void join() {
        for (std::thread& t : threads_) {
            if (t.joinable()) {
                t.join();
            }
        }
    }

    stop_flag& stop_;
    std::latch start_;
    std::mutex lock_;  // guards the two below
    unsigned running_;
    std::exception_ptr error_;
    std::condition_variable done_;
    std::vector<std::thread> threads_;
};

}  // namespace

void run_crew(unsigned threads, const std::function<void(unsigned)>& work,
              const std::function<bool()>& watch, stop_flag& stop) {
    crew(threads, work, stop).watch(watch);
}

}  // namespace near_duplicates
