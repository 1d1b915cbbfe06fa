// Names that are written as literals are made into Python strings once per interpreter; others are not kept.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"
#include "../support/subinterpreter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <latch>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

// An object that keeps every name that is asked of it.
il::dict make_spy(il::python py) {
    il::dict scope = il::dict::make(py);
    py.run(
        "seen = []\n"
        "class Spy:\n"
        "  def __getattr__(self, name): seen.append(name); return name\n"
        "spy = Spy()\n"
        "def keys(**k): seen.extend(k); return k\n",
        scope);
    return scope;
}

bool same_object(const il::object& seen, int a, int b) { return seen[a].get().is(seen[b].get()); }

}  // namespace

TEST(Names, OfLiteralsAreOneStringForAllCalls) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_spy(py);
        const il::object spy = scope["spy"];
        const il::object seen = scope["seen"];
        for (int i = 0; i < 2; ++i) {
            static_cast<void>(spy.attr("an unlikely name").get());
        }
        static_cast<void>(spy.attr("an unlikely name").get());  // written a second time
        EXPECT_TRUE(same_object(seen, 0, 1) && same_object(seen, 0, 2));
        EXPECT_TRUE(py.import("sys").attr("intern")(seen[0]).is(seen[0]));
        const std::string text = "another unlikely name";
        for (int i = 0; i < 2; ++i) {
            static_cast<void>(spy.attr(text).get());
        }
        EXPECT_FALSE(same_object(seen, 3, 4));
    });
}

TEST(Names, OfArraysAreReadAnew) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_spy(py);
        const il::object spy = scope["spy"];
        std::array<char, 2> letters = {'a', '\0'};
        for (char c = 'a'; c <= 'z'; ++c) {
            letters[0] = c;
            const char constant[] = {c, c, '\0'};  // the same place on the stack, each time
            char variable[] = {c, '\0', 'x'};
            EXPECT_EQ(spy.attr(constant).as<std::string>(), std::string(2, c));
            EXPECT_EQ(spy.attr(variable).as<std::string>(), std::string(1, c));
            EXPECT_EQ(spy.attr(letters.data()).as<std::string>(), std::string(1, c));
        }
    });
}

TEST(Names, OfKeywordsAreThoseOfTheInterpreter) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_spy(py);
        const il::object keys = scope["keys"];
        for (int i = 0; i < 3; ++i) {
            static_cast<void>(keys(il::kw("some keyword") = 1, il::kw("some other") = 2));
        }
        const il::object seen = scope["seen"];
        EXPECT_TRUE(same_object(seen, 0, 2) && same_object(seen, 1, 3) && same_object(seen, 0, 4));
        EXPECT_EQ(seen[0].as<std::string>(), "some keyword");
    });
}

TEST(Names, ThatAreNoTextAreRefused) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object o = py.eval("object()");
        for (int i = 0; i < 2; ++i) {
            EXPECT_TRUE(raises::python("UnicodeDecodeError", [&] { return o.attr("\xff").get(); }));
        }
    });
}

TEST(Names, AreMadeAnewAfterARestart) {
    for (int i = 0; i < 3; ++i) {
        const il::interpreter python;
        il::with_gil([](il::python py) {
            EXPECT_EQ(py.import("sys").attr("maxsize").as<long>(), PY_SSIZE_T_MAX);
            EXPECT_TRUE(py.eval("dict")(il::kw("a name") = 1).contains("a name"));
        });
    }
}

TEST(Names, AreFoundByThreadsThatComeAtOnce) {
    const il::interpreter python;
    constexpr int threads = 4;
    std::latch ready(threads);
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
        all.emplace_back([&ready] {
            ready.arrive_and_wait();
            il::with_gil([](il::python py) {
                const il::object spy = make_spy(py)["spy"];
                for (int i = 0; i < 200; ++i) {
                    EXPECT_EQ(spy.attr("one").as<std::string>(), "one");
                    EXPECT_EQ(spy.attr("two").as<std::string>(), "two");
                    EXPECT_EQ(spy.attr("three").as<std::string>(), "three");
                    EXPECT_EQ(py.eval("dict")(il::kw("one") = 1, il::kw("two") = 2).str(),
                              "{'one': 1, 'two': 2}");
                    py.allow_threads([] {});
                }
            });
        });
    }
    for (std::thread& thread : all) {
        thread.join();
    }
}

#if PY_VERSION_HEX >= 0x030C0000
TEST(Names, AreEachInterpretersOwn) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const auto id_of_name = [](il::python here) {
            const il::dict scope = make_spy(here);
            return scope["spy"].attr("a name of its own").get().ptr();
        };
        const PyObject* mine = id_of_name(py);
        for (const bool own_gil : {true, false}) {
            subinterpreter other(own_gil);
            other.run([&](il::python inner) {
                inner.none().unbind().drop(inner);  // the first contact, which an import would make
                const PyObject* first = id_of_name(inner);
                EXPECT_EQ(first, id_of_name(inner));
                if (own_gil) {
                    EXPECT_NE(first, mine);
                }
            });
        }
        EXPECT_EQ(id_of_name(py), mine);
    });
}
#endif
