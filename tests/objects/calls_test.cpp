// Calls: positional, by keyword, unpacked; what becomes of the arguments when one of them, or the call, fails.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

namespace il = interlock;

namespace {

il::object echo(il::python py) { return py.eval("lambda *a, **k: (a, k)"); }

}  // namespace

TEST(Calls, PassPositionalAndKeywordArguments) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object f = echo(py);
        EXPECT_EQ(f().str(), "((), {})");
        EXPECT_EQ(f(1, "two", 3.5, nullptr, true).str(), "((1, 'two', 3.5, None, True), {})");
        EXPECT_EQ(f(1, il::kw("b") = 2, il::kw("a") = 3).str(), "((1,), {'b': 2, 'a': 3})");
        EXPECT_EQ(f(il::kw("a") = "x").str(), "((), {'a': 'x'})");
        const std::string name = "chosen";
        EXPECT_EQ(f(il::kw(name) = 1, 2).str(), "((2,), {'chosen': 1})");
        EXPECT_EQ(py.import("json")
                      .attr("dumps")(py.eval("{'b': 1, 'a': [2]}"), il::kw("indent") = 1,
                                     il::kw("sort_keys") = true)
                      .as<std::string>(),
                  "{\n \"a\": [\n  2\n ],\n \"b\": 1\n}");
    });
}

TEST(Calls, UnpackSequencesAndMappings) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object f = echo(py);
        const il::list xs = il::list::of(py, 1, 2);
        const il::dict options = il::dict::of(py, il::kw("k") = 5);
        EXPECT_EQ(f(il::unpack(xs), il::unpack_kw(options)).str(), "((1, 2), {'k': 5})");
        EXPECT_EQ(f(0, il::unpack(xs), 3, il::kw("j") = 4, il::unpack_kw(options)).str(),
                  "((0, 1, 2, 3), {'j': 4, 'k': 5})");
        EXPECT_EQ(f(il::unpack(py.eval("(i for i in range(3))"))).str(), "((0, 1, 2), {})");
        EXPECT_EQ(f.call_method("__call__", il::unpack(xs)).str(), "((1, 2), {})");
        EXPECT_TRUE(raises::python("TypeError", [&] { return f(il::unpack(py.make(1))); }));
        EXPECT_TRUE(
            raises::python("TypeError", [&] { return f(il::unpack_kw(py.eval("{1: 2}"))); }));
    });
}

TEST(Calls, RefuseAKeywordThatIsGivenTwice) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object f = echo(py);
        const std::string same = "a";
        const il::dict options = il::dict::of(py, il::kw("a") = 5);
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(raises::text_of([&] { return f(il::kw("a") = 1, il::kw("a") = 2); }),
                      "TypeError: got multiple values for keyword argument 'a'");
            EXPECT_TRUE(
                raises::python("TypeError", [&] { return f(il::kw("a") = 1, il::kw(same) = 2); }));
            EXPECT_TRUE(raises::python("TypeError",
                                       [&] { return f(il::kw("a") = 1, il::unpack_kw(options)); }));
        }
    });
}

TEST(Calls, ManyKeywordsAndManyCombinationsAreKeptApart) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object f = echo(py);
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(f(il::kw("a") = 1, il::kw("b") = 2)[1].str(), "{'a': 1, 'b': 2}");
            EXPECT_EQ(f(il::kw("b") = 1, il::kw("a") = 2)[1].str(), "{'b': 1, 'a': 2}");
            EXPECT_EQ(f(il::kw("a") = 1)[1].str(), "{'a': 1}");
            EXPECT_EQ(f(il::kw("a") = 1, il::kw("b") = 2, il::kw("c") = 3, il::kw("d") = 4,
                        il::kw("e") = 5, il::kw("f") = 6, il::kw("g") = 7, il::kw("h") = 8,
                        il::kw("i") = 9)[1]
                          .call_method("__len__")
                          .as<int>(),
                      9);
        }
        for (int i = 0; i < 2000; ++i) {  // more than there is room for
            const std::string name = "k" + std::to_string(i);
            EXPECT_TRUE(f(il::kw(name) = i)[1].contains(name));
        }
    });
}

TEST(Calls, MethodsTakeTheSameArguments) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run("class C:\n  def m(self, *a, **k): return (self, a, k)\nc = C()", scope);
        const il::object c = scope["c"];
        EXPECT_EQ(c.call_method("m", 1, il::kw("n") = 2)[1].str(), "(1,)");
        EXPECT_EQ(c.call_method("m", 1, il::kw("n") = 2)[2].str(), "{'n': 2}");
        EXPECT_TRUE(c.attr("m")(il::kw("x") = 1)[0].is(c));
        EXPECT_EQ(c.attr("m")(il::unpack(il::list::of(py, 7)), il::kw("x") = 1)[1].str(), "(7,)");
        EXPECT_TRUE(raises::python("AttributeError", [&] { return c.call_method("gone", 1); }));
        EXPECT_TRUE(raises::python("AttributeError",
                                   [&] { return c.call_method("gone", il::kw("x") = 1); }));
    });
}

TEST(Calls, ThatFailReleaseTheirArguments) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object raising = py.eval("lambda *a, **k: 1 / 0");
        const il::object value = py.eval("object()");
        il::object empty = py.eval("[]");
        const il::object taken = std::move(empty);
        const std::string_view no_text = "\xff";
        const long before = raises::references(value);
        for (int i = 0; i < 10; ++i) {
            EXPECT_TRUE(raises::python("ZeroDivisionError", [&] { return raising(value, value); }));
            EXPECT_TRUE(raises::python("ZeroDivisionError",
                                       [&] { return raising(value, il::kw("k") = value); }));
            EXPECT_TRUE(
                raises::python("UnicodeDecodeError", [&] { return raising(value, no_text); }));
            EXPECT_TRUE(raises::python("UnicodeDecodeError", [&] {
                return raising(il::kw("k") = value, value, il::kw("j") = no_text);
            }));
            EXPECT_TRUE(raises::python("UnicodeDecodeError", [&] {
                return value.call_method("m", value, il::kw(no_text) = value);
            }));
            EXPECT_TRUE(raises::python("UnicodeDecodeError",
                                       [&] { return raising(value, il::unpack(taken), no_text); }));
            // NOLINTBEGIN(bugprone-use-after-move): that is the question
            EXPECT_NE(raises::text_of([&] { return raising(value, empty); }).find("moved from"),
                      std::string::npos);
            EXPECT_NE(raises::text_of([&] {
                          return raising(value, il::unpack(taken), empty);
                      }).find("moved from"),
                      std::string::npos);
            // NOLINTEND(bugprone-use-after-move)
        }
        EXPECT_EQ(raises::references(value), before);
    });
}

TEST(Calls, AreRefusedWhileDetached) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object f = echo(py);
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(static_cast<void>(f(1)), il::not_attached);
            EXPECT_THROW(static_cast<void>(f(il::kw("a") = 1)), il::not_attached);
            EXPECT_THROW(static_cast<void>(f.call_method("m", 1)), il::not_attached);
            EXPECT_THROW(py.print("x"), il::not_attached);
            EXPECT_THROW(static_cast<void>(py.make(1)), il::not_attached);
        });
    });
}
