// A greenlet or a fiber may switch stacks inside either door, so that scopes end in another order than they began (invariant 13).
#include <interlock/interlock.hpp>

#include "../support/scale.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <utility>
#include <vector>

// Sanitizers know one stack for each thread.
#if defined(__GLIBC__) && !defined(INTERLOCK_TESTS_SANITIZED)
#include <ucontext.h>

namespace il = interlock;

namespace {

// Runs `body` on a stack of its own, from resume() to its next yield(). Belongs to one thread.
class fiber {
public:
    explicit fiber(std::function<void(fiber&)> body) : body_(std::move(body)), stack_(256 * 1024) {
        getcontext(&own_);
        own_.uc_stack.ss_sp = stack_.data();
        own_.uc_stack.ss_size = stack_.size();
        own_.uc_link = &other_;
        starting = this;
        makecontext(&own_, [] { starting->body_(*starting); }, 0);
    }
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    void resume() {
        starting = this;
        swapcontext(&other_, &own_);
    }
    void yield() { swapcontext(&own_, &other_); }

private:
    static inline thread_local fiber* starting = nullptr;
    std::function<void(fiber&)> body_;
    std::vector<char> stack_;
    ucontext_t own_{};
    ucontext_t other_{};
};

// Code that needs no frame of Python's: its own checks of the stack do not expect to find another one.
void use(il::python py) {
    EXPECT_TRUE(attached_by_fact());
    const il::object made = py.make(1'000'000);
    const il::object copied = made;
    EXPECT_TRUE(copied.is(made));
}

void refused(const il::object& bound) {
    EXPECT_FALSE(attached_by_fact());
    EXPECT_THROW(static_cast<void>(il::object(bound)), il::not_attached);
    EXPECT_THROW(static_cast<void>(bound.repr()), il::not_attached);
}

void on_main_and_on_a_foreign_thread(void (*test)()) {
    const il::interpreter python;
    test();
    std::thread(test).join();
}

}  // namespace

// Each goes out and in again and is left there, attached; the first is the first to be finished.
TEST(Fibers, EndInTheOrderInWhichTheyBegan) {
    on_main_and_on_a_foreign_thread([] {
        const auto body = [](fiber& self) {
            il::assume_attached([&self](il::python py) {
                const il::object bound = py.make(2'000'000);
                for (int round = 0; round < 3; ++round) {
                    py.allow_threads(il::unchecked, [&] {
                        refused(bound);
                        il::with_gil([&](il::python inner) {
                            use(inner);
                            self.yield();
                            use(inner);
                            inner.allow_threads(il::unchecked, [&] {
                                refused(bound);
                                il::with_gil([&](il::python innermost) {
                                    self.yield();
                                    use(innermost);
                                });
                                refused(bound);
                            });
                            use(inner);
                        });
                        refused(bound);
                    });
                    use(py);
                    self.yield();
                    use(py);
                }
            });
        };
        il::with_gil([&body](il::python py) {
            PyThreadState* const state = state_by_fact();
            fiber first(body);
            fiber second(body);
            fiber third(body);
            for (int step = 0; step < 10; ++step) {
                for (fiber* each : {&first, &second, &third}) {
                    each->resume();
                    EXPECT_EQ(state_by_fact(), state);
                    use(py);
                }
            }
        });
        EXPECT_FALSE(attached_by_fact());
    });
}

// The one that entered leaves while the other, which relies on it, is still inside: that one is refused, not undefined.
TEST(Fibers, WhoIsLeftInsideByTheOneThatEnteredIsRefused) {
    on_main_and_on_a_foreign_thread([] {
        fiber outer([](fiber& self) {
            il::with_gil([&self](il::python py) {
                use(py);
                self.yield();
                use(py);
            });
            EXPECT_FALSE(attached_by_fact());
        });
        fiber inner([](fiber& self) {
            il::with_gil([&self](il::python py) {
                use(py);
                self.yield();
                EXPECT_FALSE(attached_by_fact());
                EXPECT_THROW(static_cast<void>(py.make(1)), il::not_attached);
                EXPECT_THROW(py.allow_threads([] {}), il::not_attached);
                il::with_gil(use);  // its own way in is open
            });
            EXPECT_FALSE(attached_by_fact());
        });
        outer.resume();
        inner.resume();
        outer.resume();
        inner.resume();
        il::with_gil(use);
        EXPECT_FALSE(attached_by_fact());
    });
}
#endif
