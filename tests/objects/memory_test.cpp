// memoryview, buffer, capsule, weakref.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/raises.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>

namespace il = interlock;

static_assert(il::detachable<il::buffer<double>> && il::detachable<il::buffer<const double>>);

namespace {

il::object array_of(il::python py, const char* code, const char* values) {
    return py.import("array").attr("array")(code, py.eval(values));
}

// A 2 by 3 view of doubles 0 to 5.
il::object matrix(il::python py) {
    return py.import("builtins")
        .attr("memoryview")(array_of(py, "d", "[0, 1, 2, 3, 4, 5]"))
        .call_method("cast", "B")
        .call_method("cast", "d", il::list::of(py, 2, 3));
}

struct tracked {
    explicit tracked(int& ends) : count(ends) {}
    ~tracked() { ++count; }
    tracked(const tracked&) = delete;
    tracked& operator=(const tracked&) = delete;
    int& count;
};

}  // namespace

TEST(Memoryview, IsASpan) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::bytearray data = il::bytearray::of(py, "abcd");
        const il::memoryview view = il::memoryview::from(py, data);
        EXPECT_EQ(view.size(), 4U);
        EXPECT_EQ(view.format(), "B");
        EXPECT_FALSE(view.readonly());
        view.writable_span()[1] = std::byte{'X'};
        EXPECT_EQ(data.view(), "aXcd");
        EXPECT_EQ(view.span().data(), data.span().data());
        EXPECT_EQ(view.to_bytes(), il::bytes::of(py, "aXcd"));
        EXPECT_EQ(view.cast("H").item_size(), 2U);
        const il::memoryview strided =
            view[il::slice::of(py, std::nullopt, std::nullopt, 2)].as<il::memoryview>();
        EXPECT_FALSE(strided.is_contiguous());
        EXPECT_TRUE(raises::python("BufferError", [&] { return strided.span().size(); }));
        const il::memoryview fixed = il::memoryview::from(py, il::bytes::of(py, "ab"));
        EXPECT_TRUE(fixed.readonly());
        EXPECT_TRUE(raises::python("BufferError", [&] { return fixed.writable_span().size(); }));
        fixed.release_memory();
        EXPECT_TRUE(raises::python("ValueError", [&] { return fixed.span().size(); }));
        EXPECT_TRUE(raises::python("ValueError", [&] { return fixed.size(); }));
        EXPECT_TRUE(
            raises::python("TypeError", [&] { return il::memoryview::from(py, py.make(1)); }));
        EXPECT_EQ(matrix(py).as<il::memoryview>().dimensions(), 2U);
    });
}

TEST(Buffer, IsReadAndWrittenDetached) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object values = array_of(py, "d", "[1.5, 2.5, 3]");
        const il::buffer<double> buffer(values);
        EXPECT_EQ(buffer.size(), 3U);
        EXPECT_EQ(py.allow_threads(
                      [](const il::buffer<double>& b) {
                          b[2] = 4.0;
                          return std::accumulate(b.begin(), b.end(), 0.0);
                      },
                      buffer),
                  8.0);
        EXPECT_EQ(values[2].as<double>(), 4.0);
        EXPECT_TRUE(buffer.exporter(py).is(values));
    });
}

TEST(Buffer, HasShapeAndStrides) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::buffer<const double> m(matrix(py), {-1, 3});
        EXPECT_EQ(m.dimensions(), 2U);
        EXPECT_EQ(m.size(), 6U);
        EXPECT_EQ(m.shape()[0], 2);
        EXPECT_EQ(m.strides()[0], 24);
        EXPECT_EQ(m(1, 2), 5.0);
        EXPECT_EQ(m.at(1, 0), 3.0);
        EXPECT_THROW(static_cast<void>(m.at(2, 0)), std::out_of_range);
        EXPECT_THROW(static_cast<void>(m.at(0, -1)), std::out_of_range);
        EXPECT_THROW(static_cast<void>(m.at(0)), std::out_of_range);
        const il::object backwards = il::memoryview::from(
            py, array_of(py, "i", "[1, 2, 3]"))[il::slice::of(py, std::nullopt, std::nullopt, -1)];
        const il::buffer<int> b(backwards);
        EXPECT_FALSE(b.is_contiguous());
        EXPECT_EQ(b[0] * 100 + b[1] * 10 + b[2], 321);
        EXPECT_THROW(static_cast<void>(b.span()), std::logic_error);
    });
}

TEST(Buffer, SaysWhatDoesNotFit) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object ints = array_of(py, "i", "[1]");
        const auto says = [](auto f, const char* part) {
            const std::string text = raises::text_of(f);
            EXPECT_NE(text.find(part), std::string::npos) << text;
        };
        says([&] { return il::buffer<double>(ints).size(); },
             "expected 64-bit floats, the items of array.array have format 'i'");
        says([&] { return il::buffer<unsigned>(ints).size(); },
             "expected 32-bit unsigned integers");
        says([&] { return il::buffer<long long>(ints).size(); }, "expected 64-bit signed integers");
        says([&] { return il::buffer<int>(py.make(1)).size(); },
             "expected a buffer of 32-bit signed integers, got int");
        says([&] { return il::buffer<char>(il::bytes::of(py, "x")).size(); },
             "is read-only (const items in C++ take it)");
        says([&] { return il::buffer<const double>(matrix(py), {3, -1}).size(); },
             "expected shape (3, *), got (2, 3)");
        says([&] { return il::buffer<int>(ints, {2}).size(); }, "expected shape (2,), got (1,)");
        EXPECT_EQ(il::buffer<int>(ints).size(), 1U);
        EXPECT_EQ(il::buffer<const char>(il::bytes::of(py, "xy")).span()[1], 'y');
        EXPECT_EQ(il::buffer<const std::byte>(matrix(py)).size(), 48U);
        EXPECT_EQ(il::buffer<const unsigned char>(il::bytes::of(py, "")).size(), 0U);
        EXPECT_EQ(PyErr_Occurred(), nullptr);
        const il::object swapped = py.import("ctypes").attr("c_int").attr("__ctype_be__");
        says([&] { return il::buffer<int>(swapped(1)).size(); }, "expected 32-bit signed integers");
    });
}

TEST(Buffer, IsReleasedOnceWhereverItIsDropped) {
    const il::interpreter python;
    il::owned<il::object> kept =
        il::with_gil([](il::python py) { return il::bytearray::of(py, "abcd").unbind(); });
    const auto open = [&] {
        return il::with_gil([&](il::python py) { return il::buffer<char>(kept.bind(py)); });
    };
    const auto is_free = [&] {
        return il::with_gil([&](il::python py) {
            py.run("for _ in range(1000): pass");
            return !raises::python("BufferError",
                                   [&] { return kept.bind(py).call_method("append", 1); });
        });
    };
    {
        il::buffer<char> one = open();
        EXPECT_FALSE(is_free());
        const il::buffer<char> two = std::move(one);
        EXPECT_EQ(one.size(), 0U);  // NOLINT(bugprone-use-after-move): that is the question
        EXPECT_FALSE(is_free());
    }
    EXPECT_TRUE(is_free()) << "dropped detached";
    std::thread([b = open()]() mutable { const il::buffer<char> dying = std::move(b); }).join();
    EXPECT_TRUE(is_free()) << "dropped on a thread that never entered";
    il::with_gil([&](il::python py) {
        il::buffer<char> b(kept.bind(py));
        b.drop(py);
        EXPECT_EQ(b.size(), 0U);
        EXPECT_FALSE(
            raises::python("BufferError", [&] { return kept.bind(py).call_method("append", 1); }));
        b = il::buffer<char>(kept.bind(py));
        b = il::buffer<char>(kept.bind(py));
    });
    EXPECT_TRUE(is_free()) << "dropped by assignment";
}

TEST(Buffer, OutlivesTheInterpreter) {
    std::optional<il::buffer<char>> late;
    {
        const il::interpreter python;
        late = il::with_gil(
            [](il::python py) { return il::buffer<char>(il::bytearray::of(py, "abcd")); });
    }
    late.reset();
    EXPECT_FALSE(late);
}

TEST(Capsule, GivesItsPointerToThoseWhoKnowItsType) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        int value = 7;
        const il::capsule c = il::capsule::of(py, &value);
        EXPECT_EQ(c.get<int>(), &value);
        EXPECT_TRUE(raises::python("ValueError", [&] { return c.get<long>(); }));
        const il::capsule named = il::capsule::of(py, &value, "some.name");
        EXPECT_EQ(named.name(), "some.name");
        EXPECT_EQ(named.get<int>("some.name"), &value);
        EXPECT_TRUE(raises::python("ValueError", [&] { return named.get<int>(); }));
        int* nothing = nullptr;
        EXPECT_TRUE(raises::python("ValueError", [&] { return il::capsule::of(py, nothing); }));
        EXPECT_NE(il::capsule::import <void>(py, "datetime.datetime_CAPI"), nullptr);
        EXPECT_TRUE(
            raises::python("ImportError",
                           [&] { return il::capsule::import <void>(py, "no.such.thing"); }) ||
            raises::python("ModuleNotFoundError",
                           [&] { return il::capsule::import <void>(py, "no.such.thing"); }));
    });
}

TEST(Capsule, EndsWhatItHoldsOnce) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        int ends = 0;
        {
            const il::capsule c = il::capsule::of(py, std::make_unique<tracked>(ends));
            EXPECT_EQ(&c.get<tracked>()->count, &ends);
            EXPECT_EQ(ends, 0);
        }
        EXPECT_EQ(ends, 1);
        {
            il::owned<il::capsule> kept = il::capsule::of(py, &ends, [](int* n) { ++*n; }).unbind();
            py.allow_threads([](il::owned<il::capsule>& c) { c = il::owned<il::capsule>(); }, kept);
        }
        EXPECT_EQ(ends, 2);
    });
}

TEST(Capsule, WhoseEndThrowsReportsItAndKeepsTheErrorThatIsSet) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        int value = 0;
        py.run(
            "import sys\nseen = []\nsys.unraisablehook = lambda u: seen.append(str(u.exc_value))");
        {
            const il::capsule c =
                il::capsule::of(py, &value, [](int*) { throw std::runtime_error("of the end"); });
            PyErr_SetString(PyExc_KeyError, "in flight");
        }
        EXPECT_NE(PyErr_ExceptionMatches(PyExc_KeyError), 0);
        PyErr_Clear();
        {
            const il::capsule c = il::capsule::of(py, &value, [](int*) { throw 3; });
        }
        EXPECT_EQ(py.eval("seen").str(), "['of the end', 'unknown C++ exception']");
        py.run("sys.unraisablehook = sys.__unraisablehook__");
    });
}

TEST(Weakref, KnowsWhetherItsObjectLives) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run("class C: pass\nc = C()\ncalled = []", scope);
        const il::weakref w = il::weakref::of(scope["c"]);
        const il::weakref with_callback =
            il::weakref::of(scope["c"], scope["called"].attr("append"));
        EXPECT_TRUE(w.get()->is(scope["c"]));
        scope.erase("c");
        EXPECT_FALSE(w.get());
        EXPECT_FALSE(with_callback.get());
        EXPECT_EQ(il::len(scope["called"]), 1U);
        EXPECT_TRUE(raises::python("TypeError", [&] { return il::weakref::of(py.make(1)); }));
    });
}
