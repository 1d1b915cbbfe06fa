// What the types cannot see is refused at run time: each operation, by name and with the line where the thread was detached.
//
// Built three times: as it is, with INTERLOCK_HARDENING_FULL, and with INTERLOCK_HARDENING_NONE.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

namespace il = interlock;

namespace {

#if !defined(INTERLOCK_HARDENING_NONE)

// What an operation is refused with, or "it was let in".
template <class Operation>
std::string refusal_of(Operation operation) {
    try {
        operation();
    } catch (const il::not_attached& refused) {
        EXPECT_NE(std::string(refused.what()).find(refused.operation()), std::string::npos)
            << refused.what();
        return refused.operation();
    }
    return "it was let in";
}

struct names_and_operations {
    il::python py;
    const il::object& o;
    const il::list& xs;
    const il::dict& d;
    const il::owned<il::object>& handle;

    // Operations that are an out-of-line call anyway: refused in every state that is not attached.
    void out_of_line() const {
        EXPECT_EQ(refusal_of([&] { static_cast<void>(py.import("sys")); }), "il::python::import");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(py.eval("1")); }), "il::python::eval");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(py.eval("1", d)); }), "il::python::eval");
        EXPECT_EQ(refusal_of([&] { py.run("1"); }), "il::python::run");
        EXPECT_EQ(refusal_of([&] { py.run("1", d); }), "il::python::run");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(py.make(1)); }), "il::python::make");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(py.none()); }), "il::python::none");
        EXPECT_EQ(refusal_of([&] { py.check_signals(); }), "il::python::check_signals");
        EXPECT_EQ(refusal_of([&] { py.allow_threads([] {}); }), "il::python::allow_threads");
        EXPECT_EQ(refusal_of([&] { il::assume_attached([](il::python) {}); }),
                  "il::assume_attached");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::borrow<il::object>(py, nullptr)); }),
                  "il::borrow");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::steal<il::object>(py, nullptr)); }),
                  "il::steal");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.attr("x")); }), "il::object::attr");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::getattr(o, "x")); }), "il::getattr");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::hasattr(o, "x")); }), "il::hasattr");
        EXPECT_EQ(refusal_of([&] { il::delattr(o, "x"); }), "il::delattr");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(xs[0]); }), "il::object[]");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.contains(1)); }), "il::object::contains");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::len(o)); }), "il::len");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o()); }), "calling il::object");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o(1, il::kw("k") = 2)); }),
                  "calling il::object");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.call_method("f")); }),
                  "il::object::call_method");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.as<int>()); }), "il::object::as");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.try_as<int>()); }), "il::object::try_as");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::isinstance<il::list>(o)); }),
                  "il::isinstance");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.repr()); }), "il::object::repr");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.str()); }), "il::object::str");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.hash()); }), "il::object::hash");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(static_cast<bool>(o)); }),
                  "il::object as bool");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o == xs); }), "comparing il::object");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o < xs); }), "comparing il::object");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.unbind()); }), "il::object::unbind");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(xs.unbind()); }), "il::list::unbind");
        EXPECT_EQ(refusal_of([&] {
                      for (const il::object item : xs) {
                          static_cast<void>(item);
                      }
                  }),
                  "iterating over il::object");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(handle.bind(py)); }), "il::owned::bind");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(handle.clone(py)); }), "il::owned::clone");
        EXPECT_EQ(refusal_of([&] { const_cast<il::owned<il::object>&>(handle).drop(py); }),
                  "il::owned::drop");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::dict::make(py)); }), "il::dict::make");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::list::of(py)); }), "il::list::of");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::str::of(py, "x")); }), "il::str::of");
    }
    // Inline operations: the default reads a thread-local, which knows this extension's regions alone.
    void inlined() const {
        EXPECT_EQ(refusal_of([&] { static_cast<void>(il::object(o)); }), "copying il::object");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.py()); }), "il::object::py");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.is_none()); }), "il::object::is_none");
        EXPECT_EQ(refusal_of([&] { static_cast<void>(o.is(xs)); }), "il::object::is");
    }
};

template <class F>
void with_things(F f) {
    il::with_gil([&](il::python py) {
        const il::list xs = il::list::of(py, 1, 2);
        const il::object o = xs;
        const il::dict d = il::dict::make(py);
        const il::owned<il::object> handle = o.unbind();
        f(py, names_and_operations{py, o, xs, d, handle});
    });
}

#endif

}  // namespace

#if !defined(INTERLOCK_HARDENING_NONE)

TEST(Guard, RefusesEveryOperationInsideAllowThreads) {
    const il::interpreter python;
    with_things([](il::python py, const names_and_operations& all) {
        py.allow_threads(il::unchecked, [&] {
            all.out_of_line();
            all.inlined();
        });
        EXPECT_EQ(il::len(all.o), 2U) << "the objects are as before";
    });
}

TEST(Guard, RefusesEveryOperationOnAThreadThatNeverEntered) {
    const il::interpreter python;
    with_things([](il::python, const names_and_operations& all) {
        std::thread([&] {
            all.out_of_line();
#if defined(INTERLOCK_HARDENING_FULL)
            all.inlined();
#endif
        }).join();
    });
}

TEST(Guard, SeesThatRawCodeLetTheInterpreterGo) {
    const il::interpreter python;
    with_things([](il::python, const names_and_operations& all) {
        Py_BEGIN_ALLOW_THREADS all.out_of_line();
#if defined(INTERLOCK_HARDENING_FULL)
        all.inlined();
#endif
        Py_END_ALLOW_THREADS
    });
}

TEST(Guard, SeesThatAnotherLibraryAttachedInsideAllowThreads) {
    const il::interpreter python;
    with_things([](il::python py, const names_and_operations& all) {
        py.allow_threads(il::unchecked, [&] {
            const PyGILState_STATE before = PyGILState_Ensure();
            EXPECT_EQ(il::len(all.o), 2U) << "attached by fact";
            il::with_gil([&](il::python) {
                EXPECT_FALSE(il::object(all.o).is_none()) << "and inline, behind a door";
            });
            PyGILState_Release(before);
            all.out_of_line();
            all.inlined();
        });
    });
}

// What that library runs may leave once more.
TEST(Guard, IsOnAgainAfterAnAllowThreadsThatAnotherLibraryCameToInsideOfOne) {
    const il::interpreter python;
    with_things([](il::python py, const names_and_operations& all) {
        const auto line_of_refusal = [&all] {
            try {
                static_cast<void>(all.o.attr("x"));
            } catch (const il::not_attached& refused) {
                return refused.detached_at().line();
            }
            return 0U;
        };
        const unsigned line = __LINE__ + 1;
        py.allow_threads(il::unchecked, [&] {
            for (int i = 0; i < 3; ++i) {
                const PyGILState_STATE before = PyGILState_Ensure();
                {  // as a bound function with the policy does
                    il::detail::detach_scope away(&il::detail::token_called,
                                                  std::source_location::current());
                    EXPECT_FALSE(attached_by_fact());
                    away.finish();
                }
                EXPECT_TRUE(attached_by_fact());
                PyGILState_Release(before);
                all.out_of_line();
                all.inlined();
                EXPECT_EQ(line_of_refusal(), line);
            }
            // Into it by a door, and out of that by another one.
            const PyGILState_STATE before = PyGILState_Ensure();
            il::assume_attached([](il::python inner) {
                inner.allow_threads(
                    [] { il::with_gil([](il::python again) { again.allow_threads([] {}); }); });
            });
            PyGILState_Release(before);
            all.inlined();
            EXPECT_EQ(line_of_refusal(), line);
        });
        EXPECT_EQ(il::len(all.o), 2U) << "attached again";
    });
}

TEST(Guard, NamesTheLineWhereTheThreadWasDetached) {
    const il::interpreter python;
    with_things([](il::python py, const names_and_operations& all) {
        unsigned line = 0;
        const auto check = [&] {
            try {
                static_cast<void>(all.o.attr("x"));
                ADD_FAILURE() << "it was let in";
            } catch (const il::not_attached& refused) {
                EXPECT_EQ(refused.detached_at().line(), line);
                EXPECT_NE(std::string(refused.detached_at().file_name()).find("guard_test.cpp"),
                          std::string::npos);
                const std::string place = "guard_test.cpp:" + std::to_string(line);
                EXPECT_NE(std::string(refused.what()).find(place), std::string::npos)
                    << refused.what();
            }
        };
        line = __LINE__ + 1;
        py.allow_threads(il::unchecked, check);
        static const decltype(check)* shared = nullptr;
        shared = &check;
        line = __LINE__ + 1;
        py.allow_threads([] { (*shared)(); });
        line = __LINE__ + 1;
        py.allow_threads([](int, int, int, int, int) { (*shared)(); }, 1, 2, 3, 4, 5);
        line = __LINE__ + 1;
        py.allow_threads([](int, int, int, int, int, int) { (*shared)(); }, 1, 2, 3, 4, 5, 6);
        line = __LINE__ + 1;
        py.allow_threads([](auto...) { (*shared)(); }, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        line = __LINE__ + 1;
        py.allow_threads(il::unchecked, [&](auto...) { check(); }, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        // The inner of two: and after it the outer again.
        line = __LINE__ + 1;
        py.allow_threads(il::unchecked, [&] {
            const unsigned outer = line;
            il::with_gil([&](il::python inner) {
                line = __LINE__ + 1;
                inner.allow_threads(il::unchecked, check);
            });
            line = outer;
            check();
        });
    });
}

TEST(Guard, SaysWhereItCannotTellTheLine) {
    const il::interpreter python;
    with_things([](il::python py, const names_and_operations& all) {
        const auto check = [&](auto...) {
            try {
                static_cast<void>(all.o.attr("x"));
                ADD_FAILURE() << "it was let in";
            } catch (const il::not_attached& refused) {
                EXPECT_EQ(refused.detached_at().line(), 0U);
                EXPECT_NE(std::string(refused.what()).find("allow_threads of more than twelve"),
                          std::string::npos)
                    << refused.what();
            }
        };
        py.allow_threads(il::unchecked, check, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
    });
}

TEST(Guard, OnAThreadOutsideEveryDoorSaysHowToEnter) {
    const il::interpreter python;
    try {
        il::assume_attached([](il::python) {});
        ADD_FAILURE() << "it was let in";
    } catch (const il::not_attached& refused) {
        EXPECT_NE(std::string(refused.what()).find("enter it with il::with_gil"), std::string::npos)
            << refused.what();
        EXPECT_EQ(refused.detached_at().line(), 0U);
    }
}

TEST(Guard, ABoundObjectDestroyedDetachedIsReleasedLater) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        std::optional<il::object> one = counted::make(py, counted::make_type(py));
        std::optional<il::object> two = counted::make(py, counted::make_type(py));
        py.allow_threads(il::unchecked, [&] {
            one.reset();
            *two = il::object(std::move(*two));  // moving touches nothing of Python
            two.reset();
            EXPECT_EQ(counted::alive, 2) << "released without the interpreter";
        });
        EXPECT_EQ(counted::alive, 0);
    });
}

#if defined(INTERLOCK_HARDENING_FULL)
TEST(Guard, ABoundObjectDestroyedWhereRawCodeDetachedIsReleasedLater) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        std::optional<il::object> one = counted::make(py, counted::make_type(py));
        Py_BEGIN_ALLOW_THREADS one.reset();
        EXPECT_EQ(counted::alive, 1) << "released without the interpreter";
        Py_END_ALLOW_THREADS py.allow_threads([] {});
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Guard, ABoundObjectDestroyedOnAForeignThreadIsReleasedLater) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        std::optional<il::object> one = counted::make(py, counted::make_type(py));
        std::thread([&] { one.reset(); }).join();
        EXPECT_EQ(counted::alive, 1) << "released without the interpreter";
        py.allow_threads([] {});
        EXPECT_EQ(counted::alive, 0);
    });
}
#endif

#else

TEST(Guard, WithoutHardeningTheDoorsAndHandlesStillWork) {
    const il::interpreter python;
    il::owned<il::object> handle = il::with_gil([](il::python py) {
        const il::object one = counted::make(py, counted::make_type(py));
        EXPECT_FALSE(one.is_none());
        py.allow_threads([] { il::with_gil([](il::python inner) { inner.import("sys"); }); });
        return one.unbind();
    });
    handle = il::owned<il::object>();
    EXPECT_EQ(counted::alive, 1);
    il::with_gil([](il::python) { EXPECT_EQ(counted::alive, 0); });
}

#endif
