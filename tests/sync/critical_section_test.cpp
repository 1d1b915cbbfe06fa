// il::critical_section: exclusion where there is no GIL, a plain call where there is.
#include "threads.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

using namespace sync_test;

namespace {

TEST(CriticalSection, ReturnsWhatTheCallableReturns) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list a = il::list::of(py, 1);
        const il::object b = py.eval("object()");
        EXPECT_EQ(il::critical_section(a, [&] { return il::len(a); }), 1u);
        EXPECT_EQ(il::critical_section(a, b, [] { return 2; }), 2);
        EXPECT_EQ(il::critical_section(b, a, [] { return 3; }), 3);
    });
}

TEST(CriticalSection, TheSameObjectTwiceIsFine) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object a = py.eval("object()");
        const il::object same = a;
        const int result = il::critical_section(a, same, [&] {
            return il::critical_section(
                a, [&] { return il::critical_section(a, a, [] { return 1; }); });
        });
        EXPECT_EQ(result, 1);
    });
}

TEST(CriticalSection, AnExceptionEndsIt) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object a = py.eval("object()");
        const il::object b = py.eval("object()");
        EXPECT_THROW(il::critical_section(a, [] { throw std::out_of_range("mine"); }),
                     std::out_of_range);
        EXPECT_THROW(il::critical_section(a, b, [] { throw std::out_of_range("mine"); }),
                     std::out_of_range);
        std::atomic<bool> entered{false};
        py.allow_threads(il::unchecked, [&] {
            std::thread([&] {
                il::with_gil(
                    [&](il::python) { il::critical_section(b, a, [&] { entered = true; }); });
            }).join();
        });
        EXPECT_TRUE(entered);
    });
}

TEST(CriticalSection, NeedsAnAttachedThreadAndAnObject) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        il::object a = py.eval("object()");
        il::object b = a;
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(il::critical_section(a, [] {}), il::not_attached);
            EXPECT_THROW(il::critical_section(a, b, [] {}), il::not_attached);
        });
        const il::object moved = std::move(b);
        EXPECT_THROW(il::critical_section(b, [] {}), std::logic_error);
        EXPECT_THROW(il::critical_section(a, b, [] {}), std::logic_error);
    });
}

// Plain C++ data of two objects, moved to and fro in both orders: without exclusion the sum would not be kept, and
// ThreadSanitizer would speak.
TEST(CriticalSection, ExcludesOtherThreads) {
    il::interpreter python;
    constexpr int rounds = thread_sanitizer ? 2'000 : 50'000;
    std::unique_ptr<il::owned<il::object>> first;
    std::unique_ptr<il::owned<il::object>> second;
    il::with_gil([&](il::python py) {
        first = std::make_unique<il::owned<il::object>>(py.eval("object()").unbind());
        second = std::make_unique<il::owned<il::object>>(py.eval("object()").unbind());
    });
    long of_first = 0;
    long of_second = 0;
    thread_group threads;
    for (int t = 0; t < 4; ++t) {
        threads.start([&, t] {
            il::with_gil([&](il::python py) {
                const il::object a = first->bind(py);
                const il::object b = second->bind(py);
                for (int i = 0; i < rounds; ++i) {
                    if (t == 0) {
                        il::critical_section(a, b, [&] {
                            ++of_first;
                            --of_second;
                        });
                    } else if (t == 1) {
                        il::critical_section(b, a, [&] {
                            --of_first;
                            ++of_second;
                        });
                    } else if (t == 2) {
                        il::critical_section(a, [&] { ++of_first; });
                    } else {
                        il::critical_section(b, [&] { --of_second; });
                    }
                }
            });
        });
    }
    threads.join();
    EXPECT_EQ(of_first, rounds);
    EXPECT_EQ(of_second, -rounds);
    il::with_gil([&](il::python) {
        first.reset();
        second.reset();
    });
}

#if defined(Py_GIL_DISABLED)
TEST(CriticalSection, WaitingForOneDetaches) {
    il::interpreter python;
    il::with_gil([&](il::python py) {
        const il::object a = py.eval("object()");
        counter waiting;
        std::atomic<int> entered{0};
        thread_group threads;
        il::critical_section(a, [&] {
            for (int i = 0; i < 2; ++i) {
                threads.start([&] {
                    il::with_gil([&](il::python) {
                        waiting.add();
                        il::critical_section(a, [&] { ++entered; });
                    });
                });
            }
            waiting.wait_for(2);
            EXPECT_EQ(entered, 0);
            py.run("import gc; gc.collect()");
        });
        py.allow_threads(il::unchecked, [&] { threads.join(); });
        EXPECT_EQ(entered, 2);
    });
}
#endif

}  // namespace
