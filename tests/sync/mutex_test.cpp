// il::mutex: the data and its lock, on one thread and on several.
#include "threads.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <string>
#include <system_error>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace sync_test;

namespace {

struct job {
    int runs = 0;
};

constinit il::mutex<std::map<int, job>> jobs;  // the contract's
constinit il::mutex<long> from_five(5);
constinit il::mutex<std::pair<int, long>> pair_in_place(1, 2L);

static_assert(std::is_trivially_destructible_v<il::mutex<long>>);
static_assert(!std::is_copy_constructible_v<il::mutex<long>> &&
              !std::is_move_constructible_v<il::mutex<long>>);

TEST(Mutex, GuardsItsDataAndReturnsWhatTheCallableReturns) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        jobs.with(py, [](auto& map) { map[1].runs = 3; });
        const int runs = jobs.with(py, [](auto& map) { return map.at(1).runs; });
        EXPECT_EQ(runs, 3);
        jobs.with(py, [](auto& map) { map.clear(); });
        EXPECT_EQ(from_five.with(py, [](long& n) { return n; }), 5);
        EXPECT_EQ(pair_in_place.with(py, [](auto& p) { return p.first + p.second; }), 3);
        EXPECT_EQ(jobs.with(py, &std::map<int, job>::size), 0u);
    });
    EXPECT_EQ(jobs.with([](auto& map) { return map.size(); }), 0u);
}

TEST(Mutex, GivesPythonObjectsOut) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        const il::mutex<il::owned<il::list>> kept(il::list::of(py, 1, 2).unbind());
        auto& open = const_cast<il::mutex<il::owned<il::list>>&>(kept);
        const il::list xs = open.with(py, [&](auto& list) { return list.bind(py); });
        EXPECT_EQ(il::len(xs), 2u);
    });
}

TEST(Mutex, MakesItsValueAtTheFirstUseAndDestroysItOnce) {
    static int made = 0;
    static int gone = 0;
    struct counted {
        counted() { ++made; }
        ~counted() { ++gone; }
    };
    {
        const il::mutex<counted> never_used;
    }
    EXPECT_EQ(made + gone, 0);
    {
        il::mutex<counted> used;
        used.with([](counted&) {});
        used.with([](counted&) {});
        EXPECT_EQ(made, 1);
    }
    EXPECT_EQ(gone, 1);
}

TEST(Mutex, AValueThatCannotBeMadeIsTriedAgain) {
    static int tries = 0;
    struct difficult {
        difficult() {
            if (++tries == 1) {
                throw std::runtime_error("not yet");
            }
        }
    };
    il::mutex<difficult> guarded;
    EXPECT_THROW(guarded.with([](difficult&) {}), std::runtime_error);
    guarded.with([](difficult&) {});
    EXPECT_EQ(tries, 2);
}

TEST(Mutex, AnExceptionGivesTheLockBack) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        il::mutex<int> guarded(1);
        EXPECT_THROW(guarded.with(py, [](int&) { throw std::out_of_range("mine"); }),
                     std::out_of_range);
        EXPECT_EQ(guarded.with(py, [](int& n) { return n; }), 1);
    });
}

void expect_both_places(const std::system_error& error, unsigned first, unsigned second) {
    EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
    const std::string what = error.what();
    EXPECT_NE(
        what.find("il::mutex::with at " + std::string(__FILE__) + ':' + std::to_string(second)),
        std::string::npos)
        << what;
    EXPECT_NE(what.find("since " + std::string(__FILE__) + ':' + std::to_string(first)),
              std::string::npos)
        << what;
}

TEST(Mutex, EnteringAgainOnTheSameThreadIsAnErrorThatNamesBothPlaces) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        il::mutex<int> guarded(1);
        unsigned first = 0;
        unsigned second = 0;
        try {
            first = std::source_location::current().line() + 1;
            guarded.with(py, [&](int&) {
                second = std::source_location::current().line() + 1;
                guarded.with(py, [](int&) {});
            });
            FAIL() << "entered twice";
        } catch (const std::system_error& error) {
            expect_both_places(error, first, second);
        }
        EXPECT_EQ(guarded.with(py, [](int& n) { return n; }), 1);  // the error left it free
    });
}

TEST(Mutex, EnteringAgainFromInsideAllowThreadsIsTheSameError) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        il::mutex<int> guarded(1);
        EXPECT_THROW(guarded.with(py,
                                  [&](int&) {
                                      py.allow_threads(
                                          [](il::mutex<int>& again) { again.with([](int&) {}); },
                                          guarded);
                                  }),
                     std::system_error);
    });
    il::mutex<int> detached(1);
    EXPECT_THROW(detached.with([&](int&) { detached.with([](int&) {}); }), std::system_error);
}

TEST(Mutex, WithTheTokenNeedsAnAttachedThread) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        il::mutex<int> guarded(1);
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(guarded.with(py, [](int&) {}), il::not_attached);
            EXPECT_EQ(guarded.with([](int& n) { return n; }), 1);
        });
    });
}

TEST(Mutex, AnAttachedThreadWaitsDetached) {
    il::interpreter python;
    il::mutex<int> guarded(0);
    flag held;
    flag entered;
    thread_group threads;
    // Holds the lock until somebody could enter the interpreter, which the waiting thread was in.
    threads.start([&] {
        guarded.with([&](int& n) {
            held.set();
            entered.wait();
            n = 1;
        });
    });
    held.wait();
    counter waiting;
    for (int i = 0; i < 3; ++i) {
        threads.start([&] {
            il::with_gil([&](il::python py) {
                waiting.add();
                EXPECT_GE(guarded.with(py, [](int& n) { return n++; }), 1);
            });
        });
    }
    // Attached, but without saying so.
    threads.start([&] {
        il::with_gil([&](il::python) {
            waiting.add();
            EXPECT_GE(guarded.with([](int& n) { return n++; }), 1);
        });
    });
    waiting.wait_for(4);
    il::with_gil([&](il::python py) {
        py.run("import gc; gc.collect()");  // on free-threaded builds: nobody is attached and stuck
        entered.set();
    });
    threads.join();
    EXPECT_EQ(guarded.with([](int& n) { return n; }), 5);
}

TEST(Mutex, CountsRightWhenManyThreadsMeet) {
    il::interpreter python;
    constexpr int rounds = thread_sanitizer ? 2'000 : 20'000;
    il::mutex<std::unique_ptr<long>> guarded;
    guarded.with([](auto& n) { n = std::make_unique<long>(0); });
    thread_group threads;
    for (int t = 0; t < 4; ++t) {
        threads.start([&, t] {
            if (t == 0) {
                for (int i = 0; i < rounds; ++i) {
                    guarded.with([](auto& n) { ++*n; });
                }
                return;
            }
            il::with_gil([&](il::python py) {
                for (int i = 0; i < rounds; ++i) {
                    guarded.with(py, [&](auto& n) {
                        if (i % 64 == 0) {
                            py.allow_threads([] {});
                        }
                        ++*n;
                    });
                }
            });
        });
    }
    threads.join();
    EXPECT_EQ(guarded.with([](auto& n) { return *n; }), 4L * rounds);
}

#if !defined(_WIN32)
// The exit status of a fork's child that runs f.
template <class F>
int in_child(F f) {
    const pid_t child = fork();
    if (child == 0) {
        int status = 99;
        try {
            status = f();
        } catch (...) {
        }
        _exit(status);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Mutex, HeldByAThreadThatTheForksChildDoesNotHaveIsAnErrorThere) {
    il::mutex<int> guarded(1);
    flag held;
    flag done;
    thread_group threads;
    threads.start([&] {
        guarded.with([&](int&) {
            held.set();
            done.wait();
        });
    });
    held.wait();
    EXPECT_EQ(in_child([&] {
                  try {
                      guarded.with([](int&) {});
                  } catch (const std::system_error& error) {
                      return error.code() == std::errc::owner_dead ? 0 : 1;
                  }
                  return 2;
              }),
              0);
    done.set();
}

TEST(Mutex, HeldByTheThreadThatForksIsHeldInTheChild) {
    il::mutex<int> guarded(1);
    guarded.with([&](int&) {
        EXPECT_EQ(in_child([&] {
                      try {
                          guarded.with([](int&) {});
                      } catch (const std::system_error& error) {
                          return error.code() == std::errc::resource_deadlock_would_occur ? 0 : 1;
                      }
                      return 2;
                  }),
                  0);
    });
}
#endif

}  // namespace
