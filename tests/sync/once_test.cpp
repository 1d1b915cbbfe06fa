// il::once: made once, tried again, and one value per interpreter where it holds Python references.
#include "threads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace sync_test;

namespace {

struct plain {
    int number;
    std::string text;
};
struct with_reference {
    int number;
    std::optional<il::owned<il::list>> list;
};
struct nested {
    plain first;
    std::map<std::string, with_reference> second;
};
class hidden {
public:
    explicit hidden(il::owned<il::object>&& value) : value_(std::move(value)) {}
    const il::owned<il::object>& value() const { return value_; }

private:
    il::owned<il::object> value_;
};

}  // namespace

template <>
inline constexpr bool il::enable_per_interpreter<hidden> = true;

namespace {

static_assert(il::per_interpreter<il::owned<il::object>>);
static_assert(il::per_interpreter<std::vector<il::owned<il::str>>>);
static_assert(il::per_interpreter<std::unique_ptr<il::owned<il::str>>>);
static_assert(il::per_interpreter<std::array<il::owned<il::str>, 2>>);
static_assert(il::per_interpreter<std::pair<int, il::owned<il::dict>>>);
static_assert(il::per_interpreter<with_reference> && il::per_interpreter<nested> &&
              il::per_interpreter<hidden>);
static_assert(!il::per_interpreter<plain> && !il::per_interpreter<int> &&
              !il::per_interpreter<std::map<std::string, std::vector<plain>>> &&
              !il::per_interpreter<const char*>);

static_assert(std::is_trivially_destructible_v<il::once<plain>>);
static_assert(std::is_trivially_destructible_v<il::once<il::owned<il::object>>>);
static_assert(std::is_trivially_destructible_v<il::once<nested>>);
constinit il::once<plain> at_namespace_scope;
constinit il::once<nested> nested_at_namespace_scope;

TEST(Once, MakesItsValueOnce) {
    il::interpreter python;
    int runs = 0;
    il::with_gil([&](il::python py) {
        const auto make = [&](il::python inside) {
            ++runs;
            return plain{inside.eval("6 * 7").as<int>(), "x"};
        };
        const plain& first = at_namespace_scope.get(py, make);
        const plain& second = at_namespace_scope.get(py, make);
        EXPECT_EQ(first.number, 42);
        EXPECT_EQ(&first, &second);
        EXPECT_EQ(
            nested_at_namespace_scope.get(py, [](il::python) { return nested{}; }).first.number, 0);
    });
    EXPECT_EQ(runs, 1);
}

// The contract's, word for word but for the count.
il::object cached(il::python py, int& runs) {
    static il::once<il::owned<il::object>> cache;
    il::object v = cache
                       .get(py,
                            [&](il::python inside) {
                                ++runs;
                                return inside.import("re").unbind();
                            })
                       .bind(py);
    return v;
}

TEST(Once, OfPythonReferencesIsMadeAnewAfterARestart) {
    int runs = 0;
    for (int start = 1; start <= 3; ++start) {
        il::interpreter python;
        il::with_gil([&](il::python py) {
            EXPECT_TRUE(cached(py, runs).is(py.import("re")));
            EXPECT_TRUE(cached(py, runs).is(py.import("re")));
        });
        EXPECT_EQ(runs, start);
    }
}

TEST(Once, OfPlainValuesOutlivesARestart) {
    il::once<int> once;
    int runs = 0;
    for (int start = 0; start < 2; ++start) {
        il::interpreter python;
        il::with_gil(
            [&](il::python py) { EXPECT_EQ(once.get(py, [&](il::python) { return ++runs; }), 1); });
    }
}

// An object whose end is seen.
il::object mortal(il::python py, int& deaths) {
    return il::steal<il::object>(py, PyCapsule_New(&deaths, nullptr, [](PyObject* self) {
                                     ++*static_cast<int*>(PyCapsule_GetPointer(self, nullptr));
                                 }));
}

TEST(Once, ReleasesItsReferencesWhenTheInterpreterEnds) {
    int deaths = 0;
    il::once<il::owned<il::object>> one;
    il::once<std::vector<il::owned<il::object>>> several;
    il::once<hidden> inside;
    {
        il::interpreter python;
        il::with_gil([&](il::python py) {
            one.get(py, [&](il::python) { return mortal(py, deaths).unbind(); });
            several.get(py, [&](il::python) {
                std::vector<il::owned<il::object>> made;
                made.push_back(mortal(py, deaths).unbind());
                made.push_back(mortal(py, deaths).unbind());
                return made;
            });
            inside.get(py, [&](il::python) { return hidden(mortal(py, deaths).unbind()); });
        });
        EXPECT_EQ(deaths, 0);
    }
    EXPECT_EQ(deaths, 4);
}

TEST(Once, AFinalizerThatRunsWhenTheInterpreterEndsMayGetItAgain) {
    static il::once<il::owned<il::object>> once;
    static int runs = 0;
    static int deaths = 0;
    {
        il::interpreter python;
        const auto make = [](il::python py) {
            ++runs;
            return il::steal<il::object>(
                       py, PyCapsule_New(&deaths, nullptr,
                                         [](PyObject*) {
                                             if (++deaths == 1) {
                                                 il::assume_attached([](il::python inside) {
                                                     once.get(inside, [](il::python again) {
                                                         ++runs;
                                                         return again.none().unbind();
                                                     });
                                                 });
                                             }
                                         }))
                .unbind();
        };
        il::with_gil([&](il::python py) { once.get(py, make); });
    }
    EXPECT_EQ(deaths, 1);
    EXPECT_EQ(runs, 2);
}

TEST(Once, LivesOnWhereSomebodyClearedTheListOfAtexitCallbacks) {
    int deaths = 0;
    il::once<il::owned<il::object>> once;
    il::interpreter python;
    il::with_gil([&](il::python py) {
        const auto make = [&](il::python) { return mortal(py, deaths).unbind(); };
        const il::object before = once.get(py, make).bind(py);
        py.run("import atexit; atexit._clear()");
        EXPECT_EQ(deaths, 0);
        EXPECT_TRUE(once.get(py, make).bind(py).is(before));
    });
}

TEST(Once, KeepsOneValuePerInterpreter) {
    il::interpreter python;
    static il::once<il::owned<il::object>> once;
    static std::atomic<int> runs{0};
    static int deaths = 0;
    const auto make = [](il::python py) {
        ++runs;
        return mortal(py, deaths).unbind();
    };
    PyThreadState* main = nullptr;
    PyThreadState* sub = nullptr;
    il::with_gil([&](il::python py) {
        const il::object of_main = once.get(py, make).bind(py);
        EXPECT_EQ(runs, 1);
        main = PyThreadState_Get();
        sub = Py_NewInterpreter();
        ASSERT_NE(sub, nullptr);
        PyThreadState_Swap(main);
        py.allow_threads(il::unchecked, [&] {
            // A thread of that interpreter; interlock has met neither before.
            std::thread([&] {
                PyThreadState* state = PyThreadState_New(sub->interp);
                const void* mine = nullptr;
                il::with_gil([&](il::python there) {
                    const il::object first = once.get(there, make).bind(there);
                    mine = first.ptr();
                    EXPECT_EQ(runs, 2);
                    EXPECT_TRUE(once.get(there, make).bind(there).is(first));
                    EXPECT_EQ(runs, 2);
                });
                EXPECT_NE(mine, of_main.ptr());
                PyEval_RestoreThread(state);
                PyThreadState_Clear(state);
                PyThreadState_DeleteCurrent();
            }).join();
        });
        EXPECT_TRUE(once.get(py, make).bind(py).is(of_main));
        EXPECT_EQ(runs, 2);
        EXPECT_EQ(deaths, 0);
        PyThreadState_Swap(sub);
        Py_EndInterpreter(sub);
        PyThreadState_Swap(main);
#if PY_VERSION_HEX >= 0x030C0000
        EXPECT_EQ(deaths, 1);  // the other one's, when it ended
#endif  // in 3.11 CPython takes this thread for one of the main interpreter alone
        EXPECT_TRUE(once.get(py, make).bind(py).is(of_main));
    });
}

TEST(Once, AnInitializerThatThrowsLeavesItEmpty) {
    il::interpreter python;
    const auto check = [](auto& once, il::python py, auto value) {
        EXPECT_THROW(
            once.get(py, [](il::python) -> decltype(value()) { throw std::out_of_range("mine"); }),
            std::out_of_range);
        EXPECT_THROW(once.get(py,
                              [&](il::python inside) {
                                  inside.run("1 / 0");
                                  return value();
                              }),
                     il::python_error);
        int runs = 0;
        once.get(py, [&](il::python) {
            ++runs;
            return value();
        });
        EXPECT_EQ(runs, 1);
    };
    il::with_gil([&](il::python py) {
        il::once<int> number;
        check(number, py, [] { return 1; });
        il::once<il::owned<il::object>> object;
        check(object, py, [&] { return py.none().unbind(); });
    });
}

TEST(Once, EnteringAgainOnTheSameThreadIsAnErrorThatNamesBothPlaces) {
    il::interpreter python;
    const auto check = [](auto& once, il::python py, auto value) {
        unsigned first = 0;
        unsigned second = 0;
        const auto inner = [&](il::python inside) {
            second = std::source_location::current().line() + 1;
            once.get(inside, [&](il::python) { return value(); });
            return value();
        };
        try {
            first = std::source_location::current().line() + 1;
            once.get(py, inner);
            FAIL() << "entered twice";
        } catch (const std::system_error& error) {
            EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
            const std::string what = error.what();
            const std::string file = __FILE__;
            EXPECT_NE(what.find("il::once::get at " + file + ':' + std::to_string(second)),
                      std::string::npos)
                << what;
            EXPECT_NE(what.find("since " + file + ':' + std::to_string(first)), std::string::npos)
                << what;
        }
        once.get(py, [&](il::python) { return value(); });  // it is empty, not broken
    };
    il::with_gil([&](il::python py) {
        il::once<int> number;
        check(number, py, [] { return 1; });
        il::once<il::owned<il::object>> object;
        check(object, py, [&] { return py.none().unbind(); });
    });
}

TEST(Once, RunsOneInitializerWhenManyThreadsCome) {
    il::interpreter python;
    for (int round = 0; round < (thread_sanitizer ? 20 : 200); ++round) {
        il::once<il::owned<il::object>> object;
        il::once<int> number;
        counter arrived;
        std::atomic<int> runs{0};
        thread_group threads;
        for (int t = 0; t < 4; ++t) {
            threads.start([&] {
                il::with_gil([&](il::python py) {
                    arrived.add();
                    number.get(py, [&](il::python inside) {
                        // Everybody is in the interpreter or on the way; whoever comes for the same waits for us.
                        inside.allow_threads([](const counter& c) { c.wait_for(4); }, arrived);
                        return ++runs;
                    });
                    const auto make = [&](il::python inside) {
                        inside.allow_threads([] {});
                        ++runs;
                        return inside.eval("object()").unbind();
                    };
                    const il::object mine = object.get(py, make).bind(py);
                    EXPECT_TRUE(object.get(py, make).bind(py).is(mine));
                });
            });
        }
        threads.join();
        ASSERT_EQ(runs, 2);
    }
}

TEST(Once, WhoeverWaitedForAFailureTriesItself) {
    il::interpreter python;
    for (int round = 0; round < 50; ++round) {
        il::once<int> once;
        flag inside;
        flag other_comes;
        thread_group threads;
        threads.start([&] {
            il::with_gil([&](il::python py) {
                EXPECT_THROW(once.get(py,
                                      [&](il::python here) -> int {
                                          inside.set();
                                          wait_detached(here, other_comes);
                                          throw std::runtime_error("mine");
                                      }),
                             std::runtime_error);
            });
        });
        threads.start([&] {
            inside.wait();
            il::with_gil([&](il::python py) {
                other_comes.set();
                EXPECT_EQ(once.get(py, [](il::python) { return 2; }), 2);
            });
        });
    }
}

TEST(Once, NeedsAnAttachedThreadToMakeItsValue) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        py.allow_threads(il::unchecked, [&] {
            il::once<int> number;
            EXPECT_THROW(number.get(py, [](il::python) { return 1; }), il::not_attached);
            il::once<il::owned<il::object>> object;
            EXPECT_THROW(object.get(py, [](il::python) { return il::owned<il::object>(); }),
                         il::not_attached);
        });
    });
}

#if !defined(_WIN32)
TEST(Once, WhoseInitializerTheForksChildDoesNotHaveIsBegunAnewThere) {
    il::interpreter python;
    il::once<int> once;
    flag inside;
    flag done;
    thread_group threads;
    threads.start([&] {
        il::with_gil([&](il::python py) {
            once.get(py, [&](il::python here) {
                inside.set();
                wait_detached(here, done);
                return 1;
            });
        });
    });
    inside.wait();
    int status = -1;
    il::with_gil([&](il::python py) {
        PyOS_BeforeFork();
        const pid_t child = fork();
        if (child == 0) {
            PyOS_AfterFork_Child();
            int got = 99;
            try {
                got = once.get(py, [](il::python) { return 2; });
            } catch (...) {
            }
            _exit(got == 2 ? 0 : 1);
        }
        PyOS_AfterFork_Parent();
        EXPECT_EQ(waitpid(child, &status, 0), child);
    });
    done.set();
    threads.join();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    il::with_gil([&](il::python py) { EXPECT_EQ(once.get(py, [](il::python) { return 3; }), 1); });
}
#endif

}  // namespace

// A hit in the only interpreter asks nothing. So whatever brings the first token for another one has to be noticed.
using way_in = void (*)(PyThreadState* there, void (*check)(il::python));
class OnceInAnotherInterpreter : public testing::TestWithParam<std::pair<const char*, way_in>> {};

il::once<il::owned<il::object>> of_each_interpreter;
const void* value_in_main = nullptr;
bool checked = false;

void expect_another_value(il::python py) {
    const auto make = [](il::python inside) { return inside.eval("[]").unbind(); };
    EXPECT_NE(of_each_interpreter.get(py, make).bind(py).ptr(), value_in_main);
    checked = true;
}

TEST_P(OnceInAnotherInterpreter, TheFirstTokenFindsNoneOfTheMainOnes) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        const auto make = [](il::python inside) { return inside.eval("[]").unbind(); };
        const il::object of_main = of_each_interpreter.get(py, make).bind(py);
        value_in_main = of_main.ptr();
        EXPECT_TRUE(of_each_interpreter.get(py, make).bind(py).is(of_main));
        PyThreadState* main = PyThreadState_Get();
        PyThreadState* there = Py_NewInterpreter();
        ASSERT_NE(there, nullptr);
        GetParam().second(there, expect_another_value);
        EXPECT_TRUE(checked);
        PyThreadState_Swap(there);
        Py_EndInterpreter(there);
        PyThreadState_Swap(main);
        EXPECT_TRUE(of_each_interpreter.get(py, make).bind(py).is(of_main));
    });
}

constexpr std::pair<const char*, way_in> ways_in[] = {
    {"AThreadOfItsOwn",
     [](PyThreadState* there, void (*check)(il::python)) {
         PyEval_SaveThread();
         std::thread([&] {
             PyThreadState* state = PyThreadState_New(there->interp);
             il::with_gil(check);
             PyEval_RestoreThread(state);
             PyThreadState_Clear(state);
             PyThreadState_DeleteCurrent();
         }).join();
         PyEval_RestoreThread(there);
     }},
#if PY_VERSION_HEX >= 0x030C0000  // 3.11 cannot tell that this thread is attached to another one
    {"ANestedEntry", [](PyThreadState*, void (*check)(il::python)) { il::with_gil(check); }},
    {"ACallback", [](PyThreadState*, void (*check)(il::python)) { il::assume_attached(check); }},
    {"AnEntryInsideARegion",
     [](PyThreadState*, void (*check)(il::python)) {
         il::assume_attached(
             [&](il::python py) { py.allow_threads(il::unchecked, [&] { il::with_gil(check); }); });
     }},
    {"AnotherLibraryInsideOurRegion",
     [](PyThreadState* there, void (*check)(il::python)) {
         PyThreadState_Swap(PyInterpreterState_ThreadHead(PyInterpreterState_Main()));
         il::assume_attached([&](il::python py) {
             py.allow_threads(il::unchecked, [&] {
                 PyEval_RestoreThread(there);
                 il::with_gil(check);
                 PyEval_SaveThread();
             });
         });
         PyThreadState_Swap(there);
     }},
#endif
};

INSTANTIATE_TEST_SUITE_P(By, OnceInAnotherInterpreter, testing::ValuesIn(ways_in),
                         [](const auto& param) { return std::string(param.param.first); });

TEST(Once, ThatIsGoneWhenTheInterpreterEndsIsNotWrittenTo) {
    using once = il::once<il::owned<il::object>>;
    std::vector<unsigned char> room(sizeof(once));
    {
        il::interpreter python;
        il::with_gil([&](il::python py) {
            auto* made = new (room.data()) once;
            const auto make = [](il::python inside) { return inside.eval("[]").unbind(); };
            EXPECT_TRUE(made->get(py, make).bind(py).is(made->get(py, make).bind(py)));
            made->~once();
        });
        std::fill(room.begin(), room.end(), 0xAB);
    }
    EXPECT_EQ(std::count(room.begin(), room.end(), 0xAB), static_cast<std::ptrdiff_t>(room.size()));
}
