// owned<T>: bind, clone, drop, moving, and what each says where it cannot be done.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace il = interlock;

namespace {

using handle = il::owned<il::object>;

static_assert(sizeof(handle) == 2 * sizeof(void*));
static_assert(!std::is_copy_constructible_v<handle> && !std::is_copy_assignable_v<handle>);
static_assert(std::is_nothrow_move_constructible_v<handle> &&
              std::is_nothrow_move_assignable_v<handle>);
static_assert(std::is_nothrow_destructible_v<handle>);
static_assert(il::detachable<handle> && il::detachable<std::vector<handle>>);

}  // namespace

TEST(Handles, BindGivesTheSameObjectAndKeepsTheHandle) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list xs = il::list::of(py, 1, 2.5, "three");
        const il::owned<il::list> keep = xs.unbind();
        EXPECT_TRUE(keep);
        const il::list again = keep.bind(py);
        EXPECT_TRUE(again.is(xs));
        EXPECT_TRUE(keep.bind(py).is(xs));
        EXPECT_EQ(Py_REFCNT(xs.ptr()), 3);
    });
}

TEST(Handles, BindingATemporaryTakesTheReferenceOver) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::owned<il::list> keep = il::list::of(py, 1).unbind();
        const il::list taken = std::move(keep).bind(py);
        EXPECT_FALSE(keep);
        EXPECT_EQ(Py_REFCNT(taken.ptr()), 1);
    });
}

TEST(Handles, CloneHasAReferenceOfItsOwn) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        handle one = counted::make(py, counted::make_type(py)).unbind();
        handle two = one.clone(py);
        one.drop(py);
        EXPECT_FALSE(one);
        EXPECT_EQ(counted::alive, 1);
        two.drop(py);
        EXPECT_EQ(counted::alive, 0);
        two.drop(py);  // an empty handle has nothing to drop
    });
}

TEST(Handles, MoveLeavesAnEmptyHandleThatSaysSo) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        handle one = py.eval("[]").unbind();
        handle two = std::move(one);
        EXPECT_FALSE(one);  // NOLINT(bugprone-use-after-move): that is the question
        EXPECT_TRUE(two);
        const auto text_of = [](auto f) -> std::string {
            try {
                f();
            } catch (const std::logic_error& error) {
                return error.what();
            }
            return "nothing was thrown";
        };
        EXPECT_EQ(text_of([&] { static_cast<void>(one.bind(py)); }),
                  "interlock: il::owned::bind: the handle is empty (it was moved from)");
        EXPECT_EQ(text_of([&] { static_cast<void>(one.clone(py)); }),
                  "interlock: il::owned::clone: the handle is empty (it was moved from)");
        handle& same = two;
        two = std::move(same);
        EXPECT_TRUE(two) << "lost by assigning it to itself";
        one = std::move(two);
        EXPECT_TRUE(one.bind(py).is(one.bind(py)));
    });
    EXPECT_FALSE(handle());
}

TEST(Handles, AssigningOverAHandleDropsWhatItHeld) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object type = counted::make_type(py);
        handle one = counted::make(py, type).unbind();
        one = counted::make(py, type).unbind();
        EXPECT_EQ(counted::alive, 1);
        one = handle();
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Handles, AHandleOfASpecialKindBecomesOneOfAGeneralKind) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::owned<il::list> list = il::list::of(py, 1).unbind();
        handle general = std::move(list);
        EXPECT_FALSE(list);
        EXPECT_TRUE(il::isinstance<il::list>(general.bind(py)));
        static_assert(!std::is_convertible_v<handle, il::owned<il::list>>);
    });
}

TEST(Handles, AnObjectThatWasMovedFromSaysSo) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::object one = py.eval("[1]");
        const il::object two = std::move(one);
        EXPECT_EQ(il::len(two), 1U);
        // NOLINTBEGIN(bugprone-use-after-move): that is the question
        EXPECT_THROW(static_cast<void>(one.attr("x").get()), std::logic_error);
        EXPECT_THROW(static_cast<void>(il::len(one)), std::logic_error);
        EXPECT_THROW(static_cast<void>(one()), std::logic_error);
        EXPECT_THROW(static_cast<void>(one.as<int>()), std::logic_error);
        EXPECT_THROW(static_cast<void>(one.repr()), std::logic_error);
        EXPECT_THROW(static_cast<void>(one.hash()), std::logic_error);
        EXPECT_THROW(static_cast<void>(one == two), std::logic_error);
        // NOLINTEND(bugprone-use-after-move)
        one = two;
        EXPECT_EQ(il::len(one), 1U);
    });
}

TEST(Handles, LiveAndMoveOnAnyThread) {
    const il::interpreter python;
    std::vector<handle> all;
    il::with_gil([&](il::python py) {
        const il::object type = counted::make_type(py);
        for (int i = 0; i < 10; ++i) {
            all.push_back(counted::make(py, type).unbind());
        }
    });
    std::thread([moved = std::move(all)]() mutable {
        std::vector<handle> again = std::move(moved);
        again.resize(5);
        EXPECT_TRUE(again[4]);
        il::with_gil([&](il::python py) { EXPECT_FALSE(again[0].bind(py).is_none()); });
    }).join();
    il::with_gil([](il::python py) {
        // Without the GIL the last word on an object is its maker's, which has to run Python code for that.
        py.run("for _ in range(1000): pass");
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Handles, OfAFinishedInterpreterAreRefusedByTheNextAndLetGo) {
    handle old;
    {
        const il::interpreter first;
        old = il::with_gil([](il::python py) { return py.eval("[1]").unbind(); });
    }
    const il::interpreter second;
    il::with_gil([&](il::python py) {
        EXPECT_THROW(static_cast<void>(old.bind(py)), il::wrong_interpreter);
        EXPECT_THROW(static_cast<void>(old.clone(py)), il::wrong_interpreter);
        EXPECT_THROW(static_cast<void>(std::move(old).bind(py)), il::wrong_interpreter);
        EXPECT_THROW(old.drop(py), il::wrong_interpreter);
        EXPECT_TRUE(old) << "a refused drop keeps the reference";
        try {
            static_cast<void>(old.bind(py));
        } catch (const il::wrong_interpreter& error) {
            EXPECT_NE(std::string(error.what()).find("has finished"), std::string::npos)
                << error.what();
        }
        old = handle();
    });
}

TEST(Handles, PythonErrorsTravelAndDieAnywhere) {
    std::unique_ptr<il::python_error> late;
    {
        const il::interpreter python;
        const auto caught = [] {
            try {
                il::with_gil([](il::python py) { py.run("raise ValueError('of the first')"); });
            } catch (const il::python_error& error) {
                return error;
            }
            throw std::logic_error("nothing was thrown");
        };
        const il::python_error error = caught();
        EXPECT_STREQ(error.what(), "ValueError: of the first");
        std::thread([copy = error] {
            EXPECT_STREQ(copy.what(), "ValueError: of the first");
        }).join();
        il::with_gil([&](il::python py) {
            EXPECT_TRUE(error.matches(py.eval("ValueError")));
            py.allow_threads(il::unchecked, [&] {
                const il::python_error copy = error;
                EXPECT_THROW(static_cast<void>(copy.value()), il::not_attached);
            });
        });
        late = std::make_unique<il::python_error>(caught());
    }
    EXPECT_NE(std::string(late->what()).find("needs an interpreter"), std::string::npos)
        << late->what();
    EXPECT_THROW(static_cast<void>(late->value()), il::not_attached);
    late.reset();
}
