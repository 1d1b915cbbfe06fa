// A handle knows its interpreter (invariant 11), also where several live at once. Sub-interpreters are made by CPython's own
// API here.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"
#include "../support/subinterpreter.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace il = interlock;

namespace {

using handle = il::owned<il::object>;

// CPython 3.11 cannot tell whether a thread is attached to a second interpreter.
#if PY_VERSION_HEX >= 0x030C0000

class ForeignInterpreter : public testing::TestWithParam<bool> {};

#endif

}  // namespace

#if PY_VERSION_HEX >= 0x030C0000

TEST_P(ForeignInterpreter, AHandleOfTheMainOneIsRefusedAndItsDropWaits) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        handle of_main = counted::make(py, counted::make_type(py)).unbind();
        {
            subinterpreter other(GetParam());
            other.run([&](il::python inner) {
                EXPECT_THROW(static_cast<void>(of_main.bind(inner)), il::wrong_interpreter);
                EXPECT_THROW(static_cast<void>(of_main.clone(inner)), il::wrong_interpreter);
                EXPECT_THROW(of_main.drop(inner), il::wrong_interpreter);
                try {
                    static_cast<void>(of_main.bind(inner));
                } catch (const il::wrong_interpreter& error) {
                    EXPECT_NE(std::string(error.what()).find("another interpreter"),
                              std::string::npos);
                }
                of_main = handle();
                inner.allow_threads([] {});
                EXPECT_EQ(counted::alive, 1) << "released under another interpreter";
            });
        }
        py.allow_threads([] {});
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST_P(ForeignInterpreter, AHandleOfASubinterpreterIsReleasedThere) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        subinterpreter other(GetParam());
        handle of_sub;
        other.run([&](il::python inner) {
            of_sub = counted::make(inner, counted::make_type(inner)).unbind();
        });
        EXPECT_THROW(static_cast<void>(of_sub.bind(py)), il::wrong_interpreter);
        of_sub = handle();
        py.allow_threads([] {});
        EXPECT_EQ(counted::alive, 1) << "released under another interpreter";
        other.run([](il::python inner) {
            inner.allow_threads([] {});
            EXPECT_EQ(counted::alive, 0);
        });
    });
}

TEST_P(ForeignInterpreter, AHandleOfAFinishedSubinterpreterLetsGo) {
    const il::interpreter python;
    handle of_sub;
    il::with_gil([&](il::python) {
        subinterpreter other(GetParam());
        other.run([&](il::python inner) {
            of_sub = counted::make(inner, counted::make_type(inner)).unbind();
        });
    });
    il::with_gil([&](il::python py) {
        EXPECT_THROW(static_cast<void>(of_sub.bind(py)), il::wrong_interpreter);
    });
    std::thread([&] { of_sub = handle(); }).join();
    il::with_gil([](il::python) {});
    EXPECT_EQ(counted::alive, 1) << "memory of a finished interpreter was touched";
}

TEST_P(ForeignInterpreter, DoorsUnderASubinterpreterStayInIt) {
    const il::interpreter python;
    il::with_gil([](il::python) {
        subinterpreter other(GetParam());
        other.run([](il::python inner) {
            PyInterpreterState* here = PyInterpreterState_Get();
            inner.allow_threads(
                [](PyInterpreterState* expected) {
                    il::with_gil(
                        [expected](il::python) { EXPECT_EQ(PyInterpreterState_Get(), expected); });
                },
                here);
            EXPECT_EQ(PyInterpreterState_Get(), here);
            il::with_gil([here](il::python nested) {
                EXPECT_EQ(PyInterpreterState_Get(), here);
                EXPECT_EQ(nested.eval("1 + 1").as<int>(), 2);
            });
        });
        EXPECT_EQ(PyInterpreterState_Get(), PyInterpreterState_Main());
    });
}

INSTANTIATE_TEST_SUITE_P(SharedAndOwnGil, ForeignInterpreter, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "OwnGil" : "SharedGil"; });

#else

TEST(ForeignInterpreter, NeedsCPython312) {
    GTEST_SKIP() << "CPython 3.11 cannot tell whether a thread is attached to a second interpreter";
}

#endif
