// What the finalization hammers do on each of their threads, over and over: enter, nest, leave and enter again, drop handles
// detached, hand them to other threads, ask with try_with_gil. Shared by the program and the extension module.
#pragma once

#include <interlock/interlock.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace hammer {

namespace il = interlock;

struct counts {
    std::atomic<long> entered{0};
    std::atomic<long> refused{0};
};

// A place where one thread leaves a handle for another one.
class exchange {
public:
    il::owned<il::object> put(il::owned<il::object> handle) {
        if (busy_.test_and_set(std::memory_order_acquire)) {
            return handle;
        }
        std::swap(handle, held_);
        busy_.clear(std::memory_order_release);
        return handle;
    }

private:
    std::atomic_flag busy_;
    il::owned<il::object> held_;
};

// An object whose finalizer enters, leaves, and drops something of its own. The class is made anew each time, so that
// nothing of Python is global.
inline il::owned<il::object> make_victim(il::python py) {
    return py.eval("type('victim', (), {})()").unbind();
}

class worker {
public:
    worker(exchange& shared, counts& seen, unsigned seed)
        : shared_(shared), seen_(seen), random_(seed * 2654435761U + 1) {}

    // One step. False when it was turned away.
    bool step() {
        try {
            switch (next() % 6) {
                case 0:
                    il::with_gil([](il::python py) {
                        static_cast<void>(py.import("sys").attr("maxsize").as<long long>());
                    });
                    break;
                case 1:
                    il::with_gil([this](il::python py) {
                        py.allow_threads(il::unchecked, [this] {
                            il::with_gil([](il::python inner) { inner.allow_threads([] {}); });
                            held_ = il::owned<il::object>();  // dropped detached
                        });
                    });
                    break;
                case 2:
                    held_ = il::with_gil(make_victim);
                    break;
                case 3:
                    held_ = shared_.put(std::move(held_));
                    break;
                case 4:
                    if (!il::try_with_gil(
                            [](il::python py) { py.run("x = [i for i in range(50)]"); })) {
                        return refused();
                    }
                    break;
                default:
                    held_ = il::owned<il::object>();
                    if (next() % 64 == 0) {
                        const il::thread_scope scope;
                    }
                    break;
            }
            seen_.entered.fetch_add(1, std::memory_order_relaxed);
            return true;
        } catch (const il::no_interpreter&) {
            return refused();
        }
    }

private:
    unsigned next() noexcept {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 17;
        random_ ^= random_ << 5;
        return random_;
    }
    bool refused() noexcept {
        seen_.refused.fetch_add(1, std::memory_order_relaxed);
        return false;
    }

    exchange& shared_;
    counts& seen_;
    unsigned random_;
    il::owned<il::object> held_;
};

}  // namespace hammer
