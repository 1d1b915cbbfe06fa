// Calls that carry legal values across the doors: passed on as they are, never decayed, and the results come back.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <source_location>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

class Crossing : public testing::Test {
    il::interpreter python_;
};

int twice(int x) { return 2 * x; }

struct counter {
    int count = 0;
    int add(int n) { return count += n; }
    int add_entered(il::python, int n) { return count += n; }
};

struct immovable {
    explicit immovable(int v) : value(v) {}
    immovable(const immovable&) = delete;
    immovable& operator=(const immovable&) = delete;
    int value;
};

struct no_address {
    int value = 1;
    no_address* operator&() = delete;  // NOLINT(google-runtime-operator)
};

class shape {
public:
    virtual ~shape() = default;
    virtual double area() const = 0;
};
class square final : public shape {
public:
    double area() const override { return 4; }
};

}  // namespace

TEST_F(Crossing, FunctionsMembersAndFunctorsAreCalled) {
    il::with_gil([](il::python py) {
        counter c;
        EXPECT_EQ(py.allow_threads(twice, 21), 42);
        EXPECT_EQ(py.allow_threads(&twice, 21), 42);
        EXPECT_EQ(py.allow_threads(std::plus<>(), 40, 2), 42);
        EXPECT_EQ(py.allow_threads(&counter::add, c, 5), 5);
        EXPECT_EQ(py.allow_threads(&counter::add, &c, 5), 10);
        EXPECT_EQ(py.allow_threads(&counter::count, c), 10);
    });
    counter c;
    EXPECT_EQ(il::with_gil(&counter::add_entered, c, 3), 3);
    EXPECT_EQ(il::with_gil(&counter::add_entered, std::ref(c), 3), 6);
}

TEST_F(Crossing, ReferencesAreTheCallersOwn) {
    il::with_gil([](il::python py) {
        std::vector<int> xs(1000);
        std::mt19937 random;
        const std::mt19937 before = random;
        no_address n;
        py.allow_threads(
            [](std::vector<int>& v, std::mt19937& r, no_address& m) {
                std::iota(v.begin(), v.end(), 1);
                r();
                m.value = 2;
            },
            xs, random, n);
        EXPECT_EQ(xs.back(), 1000);
        EXPECT_NE(random, before);
        EXPECT_EQ(n.value, 2);
        int& same = py.allow_threads([](std::vector<int>& v) -> int& { return v[3]; }, xs);
        EXPECT_EQ(std::addressof(same), xs.data() + 3);
    });
}

TEST_F(Crossing, MovedInAndMovedOut) {
    il::with_gil([](il::python py) {
        auto in = std::make_unique<int>(7);
        const int* address = in.get();
        std::unique_ptr<int> out = py.allow_threads(
            [](std::unique_ptr<int> p) {
                ++*p;
                return p;
            },
            std::move(in));
        EXPECT_EQ(in, nullptr);
        EXPECT_EQ(out.get(), address);
        EXPECT_EQ(*out, 8);
    });
    const std::unique_ptr<int> out = il::with_gil(
        [](il::python, std::unique_ptr<int> p) { return p; }, std::make_unique<int>(1));
    EXPECT_EQ(*out, 1);
}

TEST_F(Crossing, WhatCannotMoveComesOutOfWithGil) {
    const immovable out = il::with_gil([](il::python) { return immovable(3); });
    EXPECT_EQ(out.value, 3);
}

TEST_F(Crossing, MutexesConditionsAndThreads) {
    il::with_gil([](il::python py) {
        std::mutex mutex;
        std::condition_variable changed;
        std::atomic<int> count = 0;
        py.allow_threads(
            [](std::mutex& m, std::condition_variable& c, std::atomic<int>& n) {
                std::thread other([&] {
                    const std::lock_guard lock(m);
                    ++n;
                    c.notify_all();
                });
                {
                    std::unique_lock lock(m);
                    c.wait(lock, [&] { return n == 1; });
                }
                other.join();
            },
            mutex, changed, count);
        EXPECT_EQ(count, 1);
        std::promise<int> promise;
        std::future<int> future = promise.get_future();
        std::thread sets([&] { promise.set_value(5); });
        EXPECT_EQ(py.allow_threads([](std::future<int>& f) { return f.get(); }, future), 5);
        py.allow_threads(&std::thread::join, sets);
    });
}

TEST_F(Crossing, StreamsAndFiles) {
    il::with_gil([](il::python py) {
        std::ostringstream stream;
        py.allow_threads([](std::ostream& s, std::string_view text) { s << text; }, stream, "text");
        EXPECT_EQ(stream.str(), "text");
        FILE* file = std::tmpfile();
        ASSERT_NE(file, nullptr);
        EXPECT_GE(py.allow_threads([](FILE* f) { return std::fputs("text", f); }, file), 0);
        EXPECT_EQ(py.allow_threads(&std::fclose, file), 0);
    });
}

TEST_F(Crossing, ViewsArraysAndBases) {
    il::with_gil([](il::python py) {
        std::array<double, 1000> xs{};
        xs.fill(0.5);
        const std::span<const double> view = xs;
        EXPECT_EQ(py.allow_threads([](auto v) { return std::reduce(v.begin(), v.end()); }, view),
                  500);
        int plain[3] = {1, 2, 3};
        py.allow_threads([](int(&p)[3]) { p[0] = 9; }, plain);
        EXPECT_EQ(plain[0], 9);
        EXPECT_EQ(py.allow_threads([](const shape& s) { return s.area(); }, square()), 4);
    });
}

TEST_F(Crossing, OwnedHandlesPass) {
    il::with_gil([](il::python py) {
        std::vector<il::owned<il::object>> kept;
        kept.push_back(py.make(1).unbind());
        il::owned<il::list> in = il::list::of(py, 1, 2).unbind();
        il::owned<il::list> out =
            py.allow_threads([](il::owned<il::list> l) { return l; }, std::move(in));
        EXPECT_FALSE(in);
        EXPECT_EQ(il::len(out.bind(py)), 2u);
        py.allow_threads([](std::vector<il::owned<il::object>>& v) { v.clear(); }, kept);
        EXPECT_TRUE(kept.empty());
    });
}

TEST_F(Crossing, ASourceLocationIsAnArgumentLikeOthers) {
    const std::source_location here = std::source_location::current();
    const auto line = [](const std::source_location& at) { return at.line(); };
    il::with_gil(
        [&](il::python py, const std::source_location& at) {
            EXPECT_EQ(py.allow_threads(line, at), here.line());
        },
        here);
    EXPECT_EQ(il::try_with_gil([](il::python, const std::source_location& at) { return at.line(); },
                               here),
              here.line());
}

TEST_F(Crossing, ManyArguments) {
    const auto sum = [](auto... xs) { return (xs + ...); };
    il::with_gil([&](il::python py) {
        EXPECT_EQ(py.allow_threads(sum, 1, 2, 3, 4, 5, 6, 7, 8), 36);
        EXPECT_EQ(py.allow_threads(il::unchecked, [&](int x) { return sum(x, 1); }, 2), 3);
    });
    EXPECT_EQ(il::with_gil([&](il::python, auto... xs) { return sum(xs...); }, 1, 2, 3, 4, 5, 6),
              21);
}

TEST_F(Crossing, GenericCallablesTakeTheTokenByReference) {
    EXPECT_EQ(il::with_gil([](auto& py) { return py.make(3).template as<int>(); }), 3);
    EXPECT_EQ(il::with_gil([](auto&& py) { return py.make(4).template as<int>(); }), 4);
    const std::function<int(il::python)> erased = [](il::python py) {
        return py.make(5).as<int>();
    };
    EXPECT_EQ(il::with_gil(erased), 5);
}
