// Section 7 of the contract, waiting without deadlock: each snippet and each sentence, spelled as a user would.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace il = interlock;

struct Job {
    int runs = 0;
};

il::mutex<std::map<int, Job>> jobs;
constinit il::mutex<int> counter{41};
constinit il::once<std::string> text;

namespace {

class contract_waiting : public testing::Test {
    il::interpreter python;
};

// Calls f(py, i) on so many threads at once, while this one is detached.
template <class F>
void on_threads(int count, F f) {
    std::barrier start(count);
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            il::with_gil([&](il::python py) { f(py, i); });
        });
    }
}

TEST_F(contract_waiting, Mutex) {
    il::with_gil([](il::python py) {
        jobs.with(py, [](auto& map) { map[3].runs = 2; });
        EXPECT_EQ(jobs.with(py, [](auto& map) { return map.at(3).runs; }), 2);
        const int& inside =
            jobs.with(py, [](std::map<int, Job>& map) -> int& { return map[3].runs; });
        EXPECT_EQ(inside, 2);
        jobs.with(py, [](auto& map) { map.clear(); });
        EXPECT_TRUE(jobs.with(py, [](const auto& map) { return map.empty(); }));
        // Python may be used inside, and what is thrown goes on with the lock given back.
        EXPECT_THROW(jobs.with(py, [&](auto&) { py.eval("1 / 0"); }), il::python_error);
        il::mutex<std::vector<int>> local;
        local.with(py, [&](auto& v) { v = py.eval("[1, 2]").as<std::vector<int>>(); });
        EXPECT_EQ(local.with(py, [](auto& v) { return v.size(); }), 2u);
        il::mutex<std::unique_ptr<int>> only_moved(std::make_unique<int>(3));
        EXPECT_EQ(*only_moved.with(py, [](auto& p) { return std::move(p); }), 3);
    });
    on_threads(4, [](il::python py, int) {
        for (int i = 0; i < 100; ++i) {
            counter.with(py, [&](int& n) {
                const int before = n;
                py.allow_threads(
                    [] { std::this_thread::yield(); });  // others run, and wait for the lock
                n = before + 1;
            });
        }
    });
    EXPECT_EQ(il::with_gil([](il::python py) { return counter.with(py, [](int n) { return n; }); }),
              441);
}

TEST_F(contract_waiting, Once) {
    static il::once<il::owned<il::object>> cache;
    static int made = 0;
    const auto module = [](il::python py) {
        return cache
            .get(py,
                 [](il::python inner) {
                     ++made;
                     return inner.import("re").unbind();
                 })
            .bind(py);
    };
    il::with_gil([&](il::python py) {
        il::object v =
            cache.get(py, [](il::python inner) { return inner.import("re").unbind(); }).bind(py);
        EXPECT_TRUE(v.is(module(py)));
        EXPECT_EQ(made, 0);
    });
    static std::atomic<int> calls = 0;
    on_threads(4, [](il::python py, int) {
        const std::string& got = text.get(py, [](il::python inner) {
            ++calls;
            // Leaves the interpreter meanwhile: those who wait for the value do not keep it.
            inner.allow_threads([] { std::this_thread::yield(); });
            return inner.eval("'made'").as<std::string>();
        });
        EXPECT_EQ(got, "made");
    });
    EXPECT_EQ(calls, 1);
}

TEST_F(contract_waiting, OnceIsTriedAgainAfterAnException) {
    il::once<int> value;
    il::with_gil([&](il::python py) {
        EXPECT_THROW(value.get(py,
                               [](il::python inner) -> int {
                                   inner.eval("1 / 0");
                                   return 1;
                               }),
                     il::python_error);
        EXPECT_THROW(value.get(py, [](auto&) -> int { throw std::runtime_error("x"); }),
                     std::runtime_error);
        EXPECT_EQ(value.get(py, [](il::python) { return 2; }), 2);
        EXPECT_EQ(value.get(py, [](il::python) { return 3; }), 2);
    });
}

TEST_F(contract_waiting, EnteringAgainOnTheSameThreadIsAnError) {
    static il::once<int> value;
    const auto would_deadlock = [](auto f) {
        try {
            f();
            ADD_FAILURE();
        } catch (const std::system_error& error) {
            EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur) << error.what();
        }
    };
    il::with_gil([&](il::python py) {
        would_deadlock([&] { jobs.with(py, [&](auto&) { jobs.with(py, [](auto&) {}); }); });
        would_deadlock([&] {
            value.get(py, [](il::python inner) {
                return value.get(inner, [](il::python) { return 1; });
            });
        });
        EXPECT_EQ(value.get(py, [](il::python) { return 5; }), 5);
        jobs.with(py, [](auto& map) { map.clear(); });
    });
}

TEST_F(contract_waiting, LockOfAMutexThatOneDoesNotOwn) {
    std::mutex any_std_mutex;
    std::recursive_mutex recursive;
    std::timed_mutex timed;
    std::shared_mutex shared;
    il::with_gil([&](il::python py) {
        int n = 0;
        il::lock(py, any_std_mutex, [&] { n = 1; });
        EXPECT_EQ(n, 1);
        EXPECT_EQ(
            il::lock(py, recursive, [&] { return il::lock(py, recursive, [] { return 2; }); }), 2);
        EXPECT_EQ(il::lock(py, timed, [] { return 3; }), 3);
        EXPECT_EQ(&il::lock(py, shared, [&]() -> int& { return n; }), &n);
        std::unique_lock later(any_std_mutex, std::defer_lock);
        EXPECT_TRUE(il::lock(py, later, [&] { return later.owns_lock(); }));
        EXPECT_THROW(il::lock(py, any_std_mutex, [] { throw std::runtime_error("x"); }),
                     std::runtime_error);
        EXPECT_TRUE(any_std_mutex.try_lock());
        any_std_mutex.unlock();
    });
    // Another thread holds the mutex and wants the interpreter: waiting while attached would be for ever.
    std::latch locked(1);
    std::jthread other([&] {
        const std::lock_guard held(any_std_mutex);
        locked.count_down();
        il::with_gil([](il::python py) { py.eval("1"); });
    });
    locked.wait();
    il::with_gil([&](il::python py) {
        il::lock(py, any_std_mutex, [&] { EXPECT_EQ(py.eval("2").as<int>(), 2); });
    });
}

TEST_F(contract_waiting, CriticalSections) {
    il::with_gil([](il::python py) {
        il::list a = il::list::of(py);
        il::dict b = il::dict::of(py);
        int n = 0;
        il::critical_section(a, b, [&] { n = 1; });
        il::critical_section(a, [&] { n += 1; });
        il::critical_section(a, a, [&] { n += 1; });
        il::object plain = a;
        EXPECT_EQ(il::critical_section(plain, b, [&] { return n + 1; }), 4);
        EXPECT_THROW(il::critical_section(a, b, [] { throw std::runtime_error("x"); }),
                     std::runtime_error);
    });
    il::owned<il::list> list =
        il::with_gil([](il::python py) { return il::list::of(py, 0).unbind(); });
    on_threads(4, [&](il::python py, int) {
        for (int i = 0; i < 500; ++i) {
            il::list xs = list.bind(py);
            il::critical_section(xs, [&] { xs[0] = xs[0].as<int>() + 1; });
        }
    });
    EXPECT_EQ(il::with_gil([&](il::python py) { return list.bind(py)[0].as<int>(); }), 2000);
}

#if PY_VERSION_HEX >= 0x030C0000
TEST_F(contract_waiting, AOnceOfReferencesKeepsOneValuePerInterpreter) {
    static il::once<il::owned<il::object>> cache;
    static il::once<std::vector<il::owned<il::object>>> many;
    const auto get = [](il::python py) {
        return cache.get(py, [](il::python inner) { return inner.eval("[]").unbind(); }).bind(py);
    };
    il::with_gil([&](il::python py) {
        get(py).call_method("append", 1);
        static_cast<void>(many.get(py, [](il::python inner) {
            std::vector<il::owned<il::object>> made;
            made.push_back(inner.none().unbind());
            return made;
        }));
        il::subinterpreter worker{py};
        worker.with_gil([&](il::python inner) {
            EXPECT_EQ(il::len(get(inner)), 0u);
            EXPECT_EQ(
                many.get(inner, [](il::python) { return std::vector<il::owned<il::object>>(); })
                    .size(),
                0u);
        });
        EXPECT_EQ(il::len(get(py)), 1u);
    });
}
#endif

}  // namespace
