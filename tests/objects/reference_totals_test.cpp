// What goes in comes out: each way through the doors and the handles, over and over, leaves as many references as there were.
// CPython's debug build counts them all.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace il = interlock;

#if defined(Py_REF_DEBUG)
namespace {

constexpr int rounds = 200;

long total() {
    return il::with_gil([](il::python py) {
        py.import("gc").call_method("collect");  // classes and functions are cycles
        return py.import("sys").attr("gettotalrefcount")().as<long>();
    });
}

// The first rounds fill CPython's caches. One reference per round would be as many as there are rounds; a few come and go by
// themselves.
void expect_no_growth(const char* what, const std::function<void()>& path) {
    for (int i = 0; i < rounds; ++i) {
        path();
    }
    static_cast<void>(total());
    const long before = total();
    for (int i = 0; i < rounds; ++i) {
        path();
    }
    EXPECT_LT(total() - before, rounds * 3 / 4) << what;
}

void attached(const char* what, void (*path)(il::python)) {
    expect_no_growth(what, [path] { il::with_gil(path); });
}

}  // namespace

TEST(ReferenceTotals, SeeALeak) {
    const il::interpreter python;
    const long before = total();
    for (int i = 0; i < rounds; ++i) {
        il::with_gil([](il::python py) { static_cast<void>(py.eval("[]").release()); });
    }
    EXPECT_GE(total() - before, rounds);
}

TEST(ReferenceTotals, OfTheDoorsStay) {
    const il::interpreter python;
    attached("with_gil", [](il::python) {});
    attached("nested", [](il::python) { il::with_gil([](il::python) {}); });
    attached("allow_threads",
             [](il::python py) { py.allow_threads([] { il::with_gil([](il::python) {}); }); });
    attached("assume_attached", [](il::python) { il::assume_attached([](il::python) {}); });
    expect_no_growth("try_with_gil",
                     [] { static_cast<void>(il::try_with_gil([](il::python) {})); });
    expect_no_growth("an exception out of both doors", [] {
        try {
            il::with_gil([](il::python py) { py.allow_threads([] { throw 1; }); });
        } catch (int) {
        }
    });
    expect_no_growth("a thread that enters once",
                     [] { std::thread([] { il::with_gil([](il::python) {}); }).join(); });
    expect_no_growth("thread_scope", [] {
        std::thread([] {
            const il::thread_scope scope;
            il::with_gil([](il::python) {});
        }).join();
    });
}

TEST(ReferenceTotals, OfHandlesStay) {
    const il::interpreter python;
    attached("unbind and bind", [](il::python py) {
        il::owned<il::object> handle = py.eval("[1]").unbind();
        il::owned<il::object> other = handle.clone(py);
        static_cast<void>(handle.bind(py));
        other.drop(py);
    });
    expect_no_growth("dropped detached", [] {
        const il::owned<il::object> dying =
            il::with_gil([](il::python py) { return py.eval("[1]").unbind(); });
    });
    expect_no_growth("dropped on a thread that never enters", [] {
        std::thread([dying = il::with_gil([](il::python py) { return py.eval("[1]").unbind(); })] {
        }).join();
    });
    attached("dropped inside allow_threads", [](il::python py) {
        py.allow_threads(
            [](il::owned<il::object>&& handle) {
                const il::owned<il::object> dying = std::move(handle);
            },
            py.eval("[1]").unbind());
    });
    attached("steal and borrow", [](il::python py) {
        const il::object made = il::steal<il::object>(py, PyList_New(0));
        const il::object again = il::borrow<il::object>(py, made.ptr());
    });
    attached("wrong kinds", [](il::python py) {
        try {
            const il::list wrong = py.eval("{}").as<il::list>();
        } catch (const std::exception&) {
        }
    });
}

TEST(ReferenceTotals, OfObjectsStay) {
    const il::interpreter python;
    attached("calls and attributes", [](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run("def f(*a, **k): return a, k\nclass C: pass\nc = C()", scope);
        static_cast<void>(scope["f"](1, "two", il::kw("three") = 3));
        scope["c"].attr("x") = 5;
        static_cast<void>(scope["c"].attr("x").as<int>());
        static_cast<void>(scope["f"].call_method("__call__", 1));
    });
    attached("containers", [](il::python py) {
        il::list xs = il::list::of(py, 1, 2.5, "three");
        for (il::object item : xs) {
            static_cast<void>(item.repr());
        }
        il::dict d = il::dict::make(py);
        d["key"] = xs;
        for (auto [key, value] : d) {
            static_cast<void>(key.is(value));
        }
        static_cast<void>(d.contains("key"));
        static_cast<void>(py.make(std::string("text")));
    });
    attached("errors", [](il::python py) {
        try {
            py.run("raise ValueError('x') from KeyError('y')");
        } catch (const il::python_error& error) {
            const il::python_error copy = error;
            static_cast<void>(std::string(copy.what()));
        }
        try {
            static_cast<void>(py.import("there_is_no_such_module"));
        } catch (const il::python_error&) {
        }
        try {
            static_cast<void>(py.eval("'text'").as<int>());
        } catch (const std::exception&) {
        }
    });
    expect_no_growth("an error that leaves with_gil", [] {
        try {
            il::with_gil([](il::python py) { py.run("1 / 0"); });
        } catch (const il::python_error&) {
        }
    });
}

TEST(ReferenceTotals, OfWaitingStay) {
    const il::interpreter python;
    static il::mutex<int> mutex;
    static il::once<il::owned<il::object>> once;
    attached("mutex", [](il::python py) { mutex.with(py, [](int& n) { ++n; }); });
    attached("once", [](il::python py) {
        static_cast<void>(
            once.get(py, [](il::python inner) { return inner.eval("[]").unbind(); }).bind(py));
    });
    attached("once whose initializer fails", [](il::python py) {
        static il::once<il::owned<il::object>> failing;
        try {
            static_cast<void>(
                failing.get(py, [](il::python inner) { return inner.eval("1 / 0").unbind(); }));
        } catch (const il::python_error&) {
        }
    });
    attached("critical_section", [](il::python py) {
        const il::object o = py.eval("[]");
        il::critical_section(o, [] {});
    });
}
#else
TEST(ReferenceTotals, AreCountedByADebugBuildOfPythonAlone) {
    GTEST_SKIP() << "this Python is no debug build, and counts no references";
}
#endif
