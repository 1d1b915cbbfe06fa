// with, super, iterators and ranges, and running code.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <vector>

namespace il = interlock;

static_assert(std::ranges::input_range<il::object> && std::ranges::input_range<const il::list>);
static_assert(std::ranges::input_range<il::dict> && std::ranges::input_range<il::iterator>);

namespace {

// Contexts that write down what happens to them.
il::dict make_contexts(il::python py) {
    il::dict scope = il::dict::make(py);
    py.run(
        "log = []\n"
        "class Context:\n"
        "  def __init__(self, result=None): self.result = result\n"
        "  def __enter__(self): log.append('enter'); return 'value'\n"
        "  def __exit__(self, t, v, tb):\n"
        "    log.append(('exit', t and t.__name__, v and str(v), tb is not None))\n"
        "    if isinstance(self.result, Exception): raise self.result\n"
        "    return self.result\n"
        "def fail(): raise KeyError('k')\n",
        scope);
    return scope;
}

}  // namespace

TEST(With, EntersAndLeaves) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_contexts(py);
        const int length = il::with(py, scope["Context"](), [](const il::object& value) {
            return static_cast<int>(il::len(value));
        });
        EXPECT_EQ(length, 5);
        il::with(py, scope["Context"](), [] {});
        static_assert(std::is_same_v<decltype(il::with(py, scope["Context"](),
                                                       [&] { return scope["log"][0]; })),
                                     il::object>);
        il::with(py, scope["Context"](), [](il::python inner, const il::object& value) {
            EXPECT_EQ(inner.make("value"), value);
        });
        EXPECT_EQ(scope["log"].str(),
                  "['enter', ('exit', None, None, False), 'enter', ('exit', None, None, False), "
                  "'enter', ('exit', None, None, False)]");
    });
}

TEST(With, GivesThePythonExceptionToTheManager) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_contexts(py);
        EXPECT_EQ(raises::text_of([&] {
                      il::with(py, scope["Context"](), [&] { scope["fail"](); });
                      return 0;
                  }),
                  "KeyError: 'k'");
        EXPECT_EQ(scope["log"].str(), "['enter', ('exit', 'KeyError', \"'k'\", True)]");
    });
}

TEST(With, GivesACppExceptionAndLetsItContinueAsItWas) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_contexts(py);
        EXPECT_THROW(il::with(py, scope["Context"](), [] { throw std::out_of_range("far"); }),
                     std::out_of_range);
        EXPECT_THROW(il::with(py, scope["Context"](), [] { throw 3; }), int);
        EXPECT_EQ(
            scope["log"].str(),
            "['enter', ('exit', 'IndexError', 'far', False), 'enter', ('exit', 'SystemError', "
            "'interlock: a C++ exception of type int, which no translator knows', False)]");
    });
}

TEST(With, ATrueResultSwallowsTheException) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_contexts(py);
        il::with(py, scope["Context"](true), [&] { scope["fail"](); });
        EXPECT_EQ(
            il::with(py, scope["Context"](true), []() -> int { throw std::runtime_error("x"); }),
            0);
        EXPECT_TRUE(
            il::with(py, scope["Context"](true), [&] { return scope["fail"](); }).is_none());
        EXPECT_EQ(il::len(scope["log"]), 6U) << "left twice";
        EXPECT_EQ(PyErr_Occurred(), nullptr);
    });
}

TEST(With, WhatTheExitRaisesHasTheFirstAsItsContext) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict scope = make_contexts(py);
        const il::object raising = scope["Context"](py.eval("ValueError('of the exit')"));
        try {
            il::with(py, raising, [&] { scope["fail"](); });
            FAIL();
        } catch (const il::python_error& error) {
            EXPECT_STREQ(error.what(), "ValueError: of the exit");
            const auto value = error.value().as<il::exception>();
            ASSERT_TRUE(value.context());
            EXPECT_TRUE(il::isinstance(*value.context(), py.eval("KeyError")));
        }
        EXPECT_EQ(raises::text_of([&] {
                      il::with(py, raising, [] {});
                      return 0;
                  }),
                  "ValueError: of the exit");
        EXPECT_EQ(PyErr_GetHandledException(), nullptr);
    });
}

TEST(With, RefusesWhatIsNoManager) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_EQ(raises::text_of([&] {
                      il::with(py, py.make(1), [] {});
                      return 0;
                  }),
                  "TypeError: 'int' object does not support the context manager protocol");
    });
}

TEST(Super, FindsTheNextClass) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run(
            "class A:\n  def name(self): return 'A'\n"
            "class B(A):\n  def name(self): return 'B'\n"
            "b = B()",
            scope);
        const auto b = scope["B"].as<il::type>();
        EXPECT_EQ(il::super(b, scope["b"]).call_method("name").as<std::string>(), "A");
        EXPECT_TRUE(raises::python("TypeError", [&] { return il::super(b, py.make(1)); }));
    });
}

TEST(Ranges, WalkOverIterablesAndGenerators) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object generator = py.eval("(i * i for i in range(5))");
        std::vector<int> squares;
        std::ranges::transform(generator, std::back_inserter(squares),
                               [](const il::object& o) { return o.as<int>(); });
        EXPECT_EQ(squares, (std::vector<int>{0, 1, 4, 9, 16}));
        const il::list xs = il::list::of(py, 1, 2, 3, 4);
        int sum = 0;
        for (const int even : xs | std::views::transform([](const il::object& o) {
                                  return o.as<int>();
                              }) | std::views::filter([](int i) { return i % 2 == 0; })) {
            sum += even;
        }
        EXPECT_EQ(sum, 6);
        il::dict scope = il::dict::make(py);
        py.run("def g():\n  yield 1\n  raise ValueError('half-way')", scope);
        int seen = 0;
        EXPECT_TRUE(raises::python("ValueError", [&] {
            for (const il::object& item : scope["g"]()) {
                seen += item.as<int>();
            }
            return 0;
        }));
        EXPECT_EQ(seen, 1);
        EXPECT_TRUE(raises::python("TypeError", [&] { return py.make(1).begin(); }));
    });
}

TEST(Iterator, IsAskedForItemsAndSentValues) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::iterator it = il::iter(il::list::of(py, 1, 2));
        EXPECT_EQ(it.next()->as<int>(), 1);
        EXPECT_EQ(it.next()->as<int>(), 2);
        EXPECT_FALSE(it.next());
        il::dict scope = il::dict::make(py);
        py.run("def g():\n  got = yield 'first'\n  yield got * 2", scope);
        const il::iterator g = scope["g"]().as<il::iterator>();
        EXPECT_EQ(g.send(py.none())->as<std::string>(), "first");
        EXPECT_EQ(g.send(21)->as<int>(), 42);
        EXPECT_FALSE(g.send(1));
        EXPECT_TRUE(il::isinstance<il::iterable>(py.make("abc")));
        EXPECT_FALSE(il::isinstance<il::iterable>(py.make(1)));
        EXPECT_TRUE(raises::python("TypeError", [&] { return il::iter(py.make(1)); }));
        EXPECT_EQ(py.make("ab").as<il::iterable>().iter().next()->as<std::string>(), "a");
    });
}
