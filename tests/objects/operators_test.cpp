// Python's operators, with objects and C++ values on either side.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <version>

#if defined(__cpp_lib_format)
#include <format>
#endif

namespace il = interlock;

TEST(Operators, OfTwoObjects) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object a = py.make(17);
        const il::object b = py.make(5);
        EXPECT_EQ((a + b).as<int>(), 22);
        EXPECT_EQ((a - b).as<int>(), 12);
        EXPECT_EQ((a * b).as<int>(), 85);
        EXPECT_EQ((a / b).as<double>(), 3.4);
        EXPECT_EQ((a % b).as<int>(), 2);
        EXPECT_EQ((a << b).as<int>(), 544);
        EXPECT_EQ((a >> b).as<int>(), 0);
        EXPECT_EQ((a & b).as<int>(), 1);
        EXPECT_EQ((a | b).as<int>(), 21);
        EXPECT_EQ((a ^ b).as<int>(), 20);
        EXPECT_EQ(il::floor_div(a, b).as<int>(), 3);
        EXPECT_EQ(il::pow(a, b).as<int>(), 1419857);
        EXPECT_EQ(il::pow(a, b, 7).as<int>(), 5);
        EXPECT_EQ(il::divmod(a, b).str(), "(3, 2)");
        EXPECT_EQ((-a).as<int>(), -17);
        EXPECT_EQ((+a).as<int>(), 17);
        EXPECT_EQ((~a).as<int>(), -18);
        EXPECT_EQ(il::abs(-a).as<int>(), 17);
        EXPECT_EQ(abs(-a).as<int>(), 17);
    });
}

TEST(Operators, ConvertTheOtherSide) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object a = py.make(6);
        EXPECT_EQ((a + 1).as<int>(), 7);
        EXPECT_EQ((1 + a).as<int>(), 7);
        EXPECT_EQ((0.5 * a).as<double>(), 3.0);
        EXPECT_EQ((10 - a).as<int>(), 4);
        EXPECT_EQ((1 << a).as<int>(), 64);
        EXPECT_EQ(il::pow(2, a).as<int>(), 64);
        EXPECT_EQ(il::floor_div(20, a).as<int>(), 3);
        EXPECT_EQ((std::string("x") * a).as<std::string>(), "xxxxxx");
        EXPECT_EQ((py.make("a") + "b").as<std::string>(), "ab");
        const il::list xs = il::list::of(py, 1, 2);
        EXPECT_EQ((xs[0] + xs[1]).as<int>(), 3);
        EXPECT_EQ((xs + il::list::of(py, 3)).str(), "[1, 2, 3]");
        EXPECT_EQ((-xs[1]).as<int>(), -2);
    });
}

TEST(Operators, InPlaceFormsChangeTheObjectOrTheVariable) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::object n = py.make(10);
        EXPECT_EQ((n += 5).as<int>(), 15);
        n -= 1;
        n *= 2;
        EXPECT_EQ(n.as<int>(), 28);
        n %= 9;
        n <<= 3;
        EXPECT_EQ(n.as<int>(), 8);
        n |= 3;
        n &= 10;
        EXPECT_EQ(n.as<int>(), 10);
        n ^= 1;
        n >>= 1;
        EXPECT_EQ(n.as<int>(), 5);
        n /= 2;
        EXPECT_EQ(n.as<double>(), 2.5);
        il::pow_assign(n, 2);
        il::floor_div_assign(n, 2);
        EXPECT_EQ(n.as<double>(), 3.0);
        il::list xs = il::list::of(py, 1);
        const il::list same = xs;
        xs += il::list::of(py, 2);
        EXPECT_TRUE(xs.is(same));
        EXPECT_EQ(same.str(), "[1, 2]");
        const il::dict d = il::dict::of(py, il::kw("n") = 1);
        d["n"] += 4;
        EXPECT_EQ(d["n"].as<int>(), 5);
        d["l"] = xs;
        d["l"] *= 2;
        EXPECT_EQ(same.str(), "[1, 2, 1, 2]");
    });
}

TEST(Operators, AVariableOfAKindKeepsItsKind) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::int_ n = il::int_::of(py, 3);
        EXPECT_THROW(n += 0.5, il::cast_error);
        EXPECT_EQ(n.value<int>(), 3);
        n += 1;
        EXPECT_EQ(n.value<int>(), 4);
    });
}

TEST(Operators, MatrixMultiplicationAndReflectedOnesAreAsked) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run(
            "class M:\n"
            "  def __matmul__(self, o): return ('m', o)\n"
            "  def __rmatmul__(self, o): return ('r', o)\n"
            "  def __imatmul__(self, o): return ('i', o)\n"
            "  def __radd__(self, o): return ('radd', o)\n"
            "m = M()",
            scope);
        il::object m = scope["m"];
        EXPECT_EQ(il::matmul(m, 1).str(), "('m', 1)");
        EXPECT_EQ(il::matmul(1, m).str(), "('r', 1)");
        EXPECT_EQ((1 + m).str(), "('radd', 1)");
        il::matmul_assign(m, 2);
        EXPECT_EQ(m.str(), "('i', 2)");
    });
}

TEST(Operators, Compare) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object a = py.make(2);
        const il::object b = py.make(3);
        EXPECT_TRUE(a < b && a <= b && b > a && b >= a && a != b && a == a);
        EXPECT_FALSE(a == b);
        EXPECT_TRUE(a == 2 && 2 == a && a < 2.5 && 1 < a && a != "2" && py.make("x") == "x");
        const il::object nan = py.make(0.0) * py.eval("float('inf')");
        EXPECT_FALSE(nan == nan);
        EXPECT_TRUE(il::list::of(py, 1, 2) == il::list::of(py, 1, 2));
        EXPECT_TRUE(il::list::of(py, 1, 2)[1] == 2);
        EXPECT_TRUE(raises::python("TypeError", [&] { return a < "x"; }));
        il::dict scope = il::dict::make(py);
        py.run("class A:\n  def __lt__(self, o): return [0, 1]\na = A()", scope);
        EXPECT_EQ(il::compare(scope["a"], il::comparison::less, 1).str(), "[0, 1]");
        EXPECT_TRUE(scope["a"] < 1);
        EXPECT_EQ(il::compare(3, il::comparison::equal, b).str(), "True");
    });
}

TEST(Operators, ThatFailLeaveReferencesAsTheyWere) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::object a = py.eval("object()");
        const il::object b = py.eval("object()");
        const long before = raises::references(a) + raises::references(b);
        for (int i = 0; i < 10; ++i) {
            EXPECT_TRUE(raises::python("TypeError", [&] { return a + b; }));
            EXPECT_TRUE(raises::python("TypeError", [&] { return a += b; }));
            EXPECT_TRUE(raises::python("TypeError", [&] { return -a; }));
            EXPECT_TRUE(raises::python("TypeError", [&] { return a < b; }));
            EXPECT_TRUE(raises::python("TypeError", [&] { return il::pow(a, b, 1); }));
        }
        EXPECT_EQ(raises::references(a) + raises::references(b), before);
    });
}

TEST(Operators, RefuseWhatWasMovedFromAndDetachedThreads) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::object a = py.make(2);
        const il::object b = std::move(a);
        // NOLINTBEGIN(bugprone-use-after-move): that is the question
        EXPECT_THROW(static_cast<void>(a + b), std::logic_error);
        EXPECT_THROW(static_cast<void>(b + a), std::logic_error);
        EXPECT_THROW(static_cast<void>(-a), std::logic_error);
        EXPECT_THROW(static_cast<void>(b < a), std::logic_error);
        EXPECT_THROW(static_cast<void>(il::pow(b, a)), std::logic_error);
        // NOLINTEND(bugprone-use-after-move)
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(static_cast<void>(b + b), il::not_attached);
            EXPECT_THROW(static_cast<void>(b + 1), il::not_attached);
            EXPECT_THROW(static_cast<void>(b == b), il::not_attached);
            EXPECT_THROW(static_cast<void>(-b), il::not_attached);
        });
    });
}

TEST(Streams, PrintWhatStrGives) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        std::ostringstream out;
        const il::list xs = il::list::of(py, 1, "two");
        out << xs << '|' << xs[1] << '|' << py.none() << '|' << 7;
        EXPECT_EQ(out.str(), "[1, 'two']|two|None|7");
        out.str("");
        out.width(6);
        out << py.make(42) << '.';
        EXPECT_EQ(out.str(), "    42.");
        il::dict scope = il::dict::make(py);
        py.run("class B:\n  def __str__(self): raise ValueError('no')\nb = B()", scope);
        EXPECT_TRUE(raises::python("ValueError", [&] {
            out << scope["b"];
            return 0;
        }));
        EXPECT_EQ(out.str(), "    42.");
    });
}

TEST(Format, IsPythonsOwn) {
#if defined(__cpp_lib_format)
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list xs = il::list::of(py, 1, 2);
        EXPECT_EQ(
            std::format("{}|{:>4}|{:.1f}|{}", xs, py.make("r"), il::float_::of(py, 2.55), xs[0]),
            "[1, 2]|   r|2.5|1");
        EXPECT_TRUE(raises::python("ValueError", [&] { return std::format("{:zz}", xs[0]); }));
    });
#else
    GTEST_SKIP() << "this standard library has no std::format";
#endif
}
