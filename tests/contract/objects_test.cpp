// Sections 2 and 3 of the contract, handles and Python from C++: each snippet and each sentence, spelled as a user would.
#include "../support/raises.hpp"

#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#if PY_VERSION_HEX >= 0x030C0000
#define INTERLOCK_TEST_SUBINTERPRETERS 1
#else
#define INTERLOCK_TEST_SUBINTERPRETERS 0
#endif

namespace il = interlock;

namespace {

class contract_objects : public testing::Test {
    il::interpreter python;
};

TEST_F(contract_objects, HandlesOfTheContract) {
    il::with_gil([](il::python py) {
        il::list xs = il::list::of(py, 1, 2.5, "three");
        EXPECT_EQ(xs.repr(), "[1, 2.5, 'three']");
        il::owned<il::list> keep = xs.unbind();
        il::list again = keep.bind(py);
        EXPECT_TRUE(again.is(xs));
        il::owned<il::list> two = keep.clone(py);
        keep.drop(py);
        EXPECT_EQ(il::len(two.bind(py)), 3u);
        static_assert(!std::is_copy_constructible_v<il::owned<il::list>> &&
                      std::is_nothrow_move_constructible_v<il::owned<il::list>>);
        // A kind's handle becomes one of object; a moved object gives its reference away.
        il::owned<il::object> general = std::move(two);
        EXPECT_TRUE(general.bind(py).is(xs));
        il::owned<il::list> moved = std::move(again).unbind();
        EXPECT_TRUE(std::move(moved).bind(py).is(xs));
    });
}

TEST_F(contract_objects, OwnedLivesMovesAndDiesOnAnyThread) {
    il::owned<il::list> keep =
        il::with_gil([](il::python py) { return il::list::of(py, 1, 2, 3).unbind(); });
    std::size_t length = 0;
    // Sent to another thread, captured by a closure, used there, and gone with it.
    std::thread worker([handle = std::move(keep), &length]() mutable {
        length = il::with_gil([&](il::python py) { return il::len(handle.bind(py)); });
        il::owned<il::list> dies_detached = std::move(handle);
    });
    worker.join();
    EXPECT_EQ(length, 3u);
    // The deferred release is made at the next entry.
    il::with_gil([](il::python py) {
        py.run("import weakref\nclass C: pass");
        il::object o = py.eval("C()");
        il::weakref ref = il::weakref::of(o);
        il::owned<il::object> handle = std::move(o).unbind();
        py.allow_threads([](il::owned<il::object> dies) { static_cast<void>(dies); },
                         std::move(handle));
        EXPECT_FALSE(ref.get().has_value());
    });
    // In a member, a container, a static; also past the end.
    static std::vector<il::owned<il::object>> handles;
    il::with_gil([](il::python py) { handles.push_back(py.make(std::string("kept")).unbind()); });
}

#if INTERLOCK_TEST_SUBINTERPRETERS
TEST_F(contract_objects, OwnedRemembersItsInterpreter) {
    il::with_gil([](il::python py) {
        il::owned<il::list> keep = il::list::of(py, 1).unbind();
        il::subinterpreter worker{py};
        worker.with_gil([&](il::python inner) {
            EXPECT_THROW(static_cast<void>(keep.bind(inner)), il::wrong_interpreter);
        });
        EXPECT_EQ(il::len(keep.bind(py)), 1u);
    });
}
#endif

TEST_F(contract_objects, PinnedViewsAreReadWhileDetached) {
    il::with_gil([](il::python py) {
        il::pinned_str text = py.make(std::string("h\u00e9")).as<il::pinned_str>();
        EXPECT_EQ(
            py.allow_threads([](const il::pinned_str& s) { return std::string(s.view()); }, text),
            "h\u00e9");
        il::pinned_bytes data(il::bytes::of(py, "ab"));
        EXPECT_EQ(py.allow_threads([](const il::pinned_bytes& b) { return b.view().size(); }, data),
                  2u);
        il::object array = py.import("array").attr("array")("d", std::vector{1.0, 2.0});
        il::buffer<double> numbers(array);
        EXPECT_EQ(
            py.allow_threads([](const il::buffer<double>& b) { return b[0] + b[1]; }, numbers),
            3.0);
        il::buffer<const double> same = array.as<il::buffer<const double>>();
        EXPECT_EQ(same.size(), 2u);
        // Pinned: the array cannot be resized while somebody reads it.
        EXPECT_TRUE(
            raises::python("BufferError", [&] { return array.call_method("append", 3.0); }));
    });
}

TEST_F(contract_objects, PythonFromCpp) {
    il::with_gil([](il::python py) {
        auto math = py.import("math");
        double r = math.attr("sqrt")(2.0).as<double>();
        EXPECT_DOUBLE_EQ(r * r, 2.0);
        std::optional<double> maybe = math.attr("pi").try_as<double>();
        EXPECT_GT(maybe.value(), 3.14);
        EXPECT_FALSE(math.attr("pi").try_as<std::string>().has_value());
        EXPECT_THROW(static_cast<void>(math.attr("pi").as<std::string>()), il::cast_error);
        il::object o = py.make(std::vector{1, 2, 3});
        auto s = py.import("json")
                     .attr("dumps")(o, il::kw("indent") = 2, il::kw("sort_keys") = true)
                     .as<std::string>();
        EXPECT_EQ(s, "[\n  1,\n  2,\n  3\n]");
        il::object f = py.eval("lambda *a, **k: (a, k)");
        il::list xs = il::list::of(py, 1, 2);
        il::dict options = py.make(std::map<std::string, int>{{"x", 1}}).as<il::dict>();
        EXPECT_EQ(f(il::unpack(xs), il::unpack_kw(options)).repr(), "((1, 2), {'x': 1})");
        EXPECT_EQ(f(0, il::unpack(xs), 3, il::kw("y") = 2, il::unpack_kw(options)).repr(),
                  "((0, 1, 2, 3), {'y': 2, 'x': 1})");
        EXPECT_EQ(f(il::unpack(xs), il::unpack(xs)).repr(), "((1, 2, 1, 2), {})");
        EXPECT_EQ(f(il::unpack(il::tuple::of(py, 5)), il::unpack_kw(py.eval("{'k': 6}"))).repr(),
                  "((5,), {'k': 6})");
        EXPECT_EQ(f(il::unpack(py.eval("range(2)"))).repr(), "((0, 1), {})");
        EXPECT_TRUE(raises::python("TypeError",
                                   [&] { return f(il::kw("x") = 1, il::unpack_kw(options)); }));
        EXPECT_EQ(
            f(il::kw("a") = std::string("temporary"), il::kw("b") = std::vector<std::string>{"x"})
                .repr(),
            "((), {'a': 'temporary', 'b': ['x']})");
        EXPECT_EQ(f(nullptr, std::nullopt, true, 'c', "s", 1u, -2LL, 2.5f).repr(),
                  "((None, None, True, 'c', 's', 1, -2, 2.5), {})");
    });
}

TEST_F(contract_objects, AttributesItemsAndLoops) {
    il::with_gil([](il::python py) {
        py.run(
            "class C:\n  def update(self, *a, **k):\n    self.got = (a, k)\n    return self\n  "
            "__call__ = update");
        il::object o = py.eval("C()");
        il::object other = o;
        il::dict d = py.eval("{}").as<il::dict>();
        o.attr("tag") = "x";
        d["key"] = 3;
        EXPECT_TRUE(d.contains("key"));
        EXPECT_FALSE(d.contains(3));
        EXPECT_EQ(il::len(d), 1u);
        EXPECT_EQ(o.attr("tag").as<std::string>(), "x");
        EXPECT_EQ(d["key"].as<int>(), 3);
        // From one place to another, and deeper ones.
        d["copy"] = d["key"];
        o.attr("copy") = d["copy"];
        o.attr("d") = d;
        o.attr("d")["inner"] = o.attr("copy");
        EXPECT_EQ(d["inner"].as<int>(), 3);
        d[il::tuple::of(py, 1, 2)] = std::vector{1.5};
        EXPECT_EQ((d[il::tuple::of(py, 1, 2)][0].as<double>()), 1.5);
        const il::dict constant = d;
        constant["also"] = true;  // the handle is constant, what it refers to is not
        EXPECT_TRUE(constant["also"].as<bool>());
        d["key"] += 4;
        EXPECT_EQ(d["key"].as<int>(), 7);
        const std::string name = "made at run time";
        o.attr(name) = 1;
        EXPECT_EQ(il::getattr(o, name).as<int>(), 1);

        il::list xs = il::list::of(py, 1, 2, 3);
        int sum = 0;
        for (il::object item : xs) {
            sum += item.as<int>();
        }
        for (auto item : py.eval("(i for i in range(4))")) {
            sum += item.as<int>();
        }
        for (const auto& item : il::set::of(py, 10)) {
            sum += item.as<int>();
        }
        for (il::object letter : py.make("ab")) {
            sum += static_cast<int>(letter.as<std::string>().size());
        }
        EXPECT_EQ(sum, 6 + 6 + 10 + 2);
        xs.append(4);
        EXPECT_EQ(xs[-1].as<int>(), 4);

        std::string keys;
        il::dict ages = py.eval("{'ann': 30, 'bob': 12}").as<il::dict>();
        for (auto [k, v] : ages) {
            keys += k.as<std::string>() + std::to_string(v.as<int>());
        }
        for (const auto& [k, v] : ages) {
            keys += k.str() + v.repr();
        }
        for (auto&& [k, v] : py.eval("{'c': 1}").as<il::dict>()) {
            keys += k.str() + v.repr();
        }
        EXPECT_EQ(keys, "ann30bob12ann30bob12c1");

        il::dict scope = il::dict::of(py);
        py.run("x = 1 + 1", scope);
        EXPECT_EQ(scope["x"].as<int>(), 2);
        EXPECT_EQ(py.eval("x * 2", scope).as<int>(), 4);
        il::dict braces = il::dict::of(py, il::kw("x") = 5);
        EXPECT_EQ(py.eval("x", braces).as<int>(), 5);

        EXPECT_FALSE(o.is_none() || !o.is(other) || il::isinstance<il::list>(o));
        EXPECT_TRUE(py.none().is_none());
        EXPECT_TRUE(il::isinstance<il::list>(xs));
        EXPECT_TRUE(il::isinstance<il::dict>(o.attr("d")));
        EXPECT_TRUE(il::isinstance(o, py.eval("C")));

        il::object called = o.call_method("update", 1, il::kw("n") = 2);
        EXPECT_TRUE(called.is(o));
        EXPECT_EQ(o.attr("got").repr(), "((1,), {'n': 2})");
        o.call_method("update");
        EXPECT_EQ(o.attr("got").repr(), "((), {})");
        o.call_method("update", il::unpack(xs), il::kw("z") = xs);
        EXPECT_EQ(o.attr("got").repr(), "((1, 2, 3, 4), {'z': [1, 2, 3, 4]})");
        o.call_method(std::string("update"), il::unpack_kw(ages));
        EXPECT_EQ(o.attr("got").repr(), "((), {'ann': 30, 'bob': 12})");
        EXPECT_EQ(o.attr("d").call_method("get", "key").as<int>(), 7);
        d.call_method("update", il::kw("n") = 2);
        EXPECT_EQ(d["n"].as<int>(), 2);

        EXPECT_TRUE(il::hasattr(o, "tag"));
        EXPECT_FALSE(il::hasattr(o, "y"));
        EXPECT_EQ(il::getattr(o, "tag").as<std::string>(), "x");
        EXPECT_EQ(il::getattr(o, "x", py.make(0)).as<int>(), 0);
        il::delattr(o, "tag");
        EXPECT_FALSE(il::hasattr(o, "tag"));
        EXPECT_TRUE(raises::python("AttributeError", [&] { return o.attr("tag").as<int>(); }));
        EXPECT_TRUE(raises::python("KeyError", [&] { return d["nothing"].as<int>(); }));

        py.check_signals();
        il::python token = o.py();
        EXPECT_EQ(token.eval("3").as<int>(), 3);
        il::python from_kind = xs.py();
        EXPECT_EQ(il::list::of(from_kind, 1).py().make(2).as<int>(), 2);
    });
}

TEST_F(contract_objects, Operators) {
    il::with_gil([](il::python py) {
        il::object a = py.make(7);
        il::object b = py.make(2);
        il::object sum = a + b;
        bool lt = a < b;
        EXPECT_FALSE(lt);
        EXPECT_EQ(sum.as<int>(), 9);
        EXPECT_EQ((a - b).as<int>(), 5);
        EXPECT_EQ((a * b).as<int>(), 14);
        EXPECT_EQ((a / b).as<double>(), 3.5);
        EXPECT_EQ((a % b).as<int>(), 1);
        EXPECT_EQ((a << b).as<int>(), 28);
        EXPECT_EQ((a >> b).as<int>(), 1);
        EXPECT_EQ((a & b).as<int>(), 2);
        EXPECT_EQ((a | b).as<int>(), 7);
        EXPECT_EQ((a ^ b).as<int>(), 5);
        EXPECT_EQ((-a).as<int>(), -7);
        EXPECT_EQ((+a).as<int>(), 7);
        EXPECT_EQ((~a).as<int>(), -8);
        EXPECT_TRUE(a > b && a >= b && a != b && !(a == b) && !(a <= b));
        EXPECT_EQ((a + 1).as<int>(), 8);
        EXPECT_EQ((1 + a).as<int>(), 8);
        EXPECT_TRUE(a == 7 && 7 == a && a < 8.5 && a != "x");
        a += b;
        EXPECT_EQ(a.as<int>(), 9);
        a += 1;
        EXPECT_EQ(a.repr(), "10");
        EXPECT_EQ(a.hash(), 10);
        EXPECT_EQ(a.str(), "10");
        EXPECT_EQ((py.make("x") + py.make("y")).as<std::string>(), "xy");
        il::list xs = il::list::of(py, 1);
        EXPECT_EQ((xs + il::list::of(py, 2)).repr(), "[1, 2]");
        EXPECT_EQ((xs * 3).repr(), "[1, 1, 1]");
        EXPECT_TRUE(raises::python("TypeError", [&] { return a + xs; }));
        EXPECT_TRUE(raises::python("TypeError", [&] { return a < xs; }));
        EXPECT_TRUE(raises::python("TypeError", [&] { return xs.hash(); }));
        if (xs) {
            SUCCEED();
        } else {
            ADD_FAILURE();
        }
        EXPECT_FALSE(static_cast<bool>(il::list::of(py)));
    });
}

TEST_F(contract_objects, ViewsOfWhatLivesOn) {
    il::with_gil([](il::python py) {
        il::object text = py.make("text");
        EXPECT_EQ(text.as<std::string_view>(), "text");
        EXPECT_STREQ(text.as<const char*>(), "text");
        il::str s = text.as<il::str>();
        EXPECT_EQ(s.as<std::string_view>(), "text");
        il::object array = py.import("array").attr("array")("i", std::vector{1, 2});
        std::span<int> view = array.as<std::span<int>>();
        view[0] = 5;
        EXPECT_EQ(array[0].as<int>(), 5);
        EXPECT_EQ(array.as<std::span<const int>>().size(), 2u);
    });
}

template <class K>
void expect_kind(il::python py, const char* expression) {
    SCOPED_TRACE(expression);
    il::object value = py.eval(expression);
    ASSERT_TRUE(il::isinstance<K>(value));
    K kind = value.as<K>();
    EXPECT_TRUE(kind.is(value));
    std::optional<K> tried = value.try_as<K>();
    EXPECT_TRUE(tried.has_value());
    il::owned<K> handle = kind.unbind();
    K bound = handle.bind(py);
    EXPECT_TRUE(bound.is(value));
    K borrowed = il::borrow<K>(py, value.ptr());
    K stolen = il::steal<K>(py, borrowed.release());
    il::object back = stolen;
    EXPECT_TRUE(back.is(value));
    EXPECT_TRUE(py.make(stolen).is(value));
    if constexpr (!std::is_same_v<K, il::object>) {
        py.run("class Other:\n  __slots__ = ()");
        il::object other = py.eval("Other()");
        EXPECT_FALSE(il::isinstance<K>(other));
        EXPECT_FALSE(other.try_as<K>().has_value());
        try {
            static_cast<void>(other.as<K>());
            ADD_FAILURE();
        } catch (const il::cast_error& error) {
            EXPECT_NE(std::string(error.what()).find("Other"), std::string::npos) << error.what();
        }
    }
    std::vector<K> many{kind, stolen};
    EXPECT_TRUE(py.make(many)[1].is(value));
}

TEST_F(contract_objects, AllKinds) {
    il::with_gil([](il::python py) {
        py.run(
            "import datetime, types, weakref, sys\nclass C: pass\nc = C()\ndef f(): pass\n"
            "def trace():\n  try:\n    1/0\n  except ZeroDivisionError as e:\n    return "
            "e.__traceback__");
        expect_kind<il::object>(py, "1");
        expect_kind<il::none>(py, "None");
        expect_kind<il::boolean>(py, "True");
        expect_kind<il::int_>(py, "12");
        expect_kind<il::float_>(py, "1.5");
        expect_kind<il::complex>(py, "1+2j");
        expect_kind<il::str>(py, "'s'");
        expect_kind<il::bytes>(py, "b'b'");
        expect_kind<il::bytearray>(py, "bytearray(b'b')");
        expect_kind<il::list>(py, "[1]");
        expect_kind<il::tuple>(py, "(1,)");
        expect_kind<il::dict>(py, "{1: 2}");
        expect_kind<il::set>(py, "{1}");
        expect_kind<il::frozenset>(py, "frozenset([1])");
        expect_kind<il::slice>(py, "slice(1, 2)");
        expect_kind<il::range_>(py, "range(3)");
        expect_kind<il::iterator>(py, "iter([1])");
        expect_kind<il::module>(py, "sys");
        expect_kind<il::type>(py, "C");
        expect_kind<il::function>(py, "f");
        expect_kind<il::function>(py, "len");
        expect_kind<il::capsule>(py, "datetime.datetime_CAPI");
        expect_kind<il::memoryview>(py, "memoryview(b'a')");
        expect_kind<il::weakref>(py, "weakref.ref(c)");
        expect_kind<il::exception>(py, "ValueError('x')");
        expect_kind<il::datetime>(py, "datetime.datetime(2020, 1, 2)");
        expect_kind<il::date>(py, "datetime.date(2020, 1, 2)");
        expect_kind<il::time>(py, "datetime.time(1)");
        expect_kind<il::timedelta>(py, "datetime.timedelta(1)");
        expect_kind<il::tzinfo>(py, "datetime.timezone.utc");
        expect_kind<il::sequence>(py, "[1]");
        expect_kind<il::mapping>(py, "{}");
        expect_kind<il::iterable>(py, "{1}");
        expect_kind<il::callable>(py, "f");
        expect_kind<il::code>(py, "f.__code__");
        expect_kind<il::traceback>(py, "trace()");
        expect_kind<il::ellipsis>(py, "...");
        expect_kind<il::not_implemented>(py, "NotImplemented");
    });
}

// Kinds as parameters and results of callables that Python calls.
TEST_F(contract_objects, KindsAreCheckedWhereTheyAreParameters) {
    il::with_gil([](il::python py) {
        il::object f = py.make([](il::list xs, const il::dict& d, il::str s) {
            return il::tuple::of(s.py(), il::len(xs), il::len(d), s);
        });
        EXPECT_EQ(f(il::list::of(py, 1), il::dict::of(py), "s").repr(), "(1, 0, 's')");
        EXPECT_TRUE(raises::python("TypeError", [&] { return f(1, il::dict::of(py), "s"); }));
    });
}

}  // namespace
