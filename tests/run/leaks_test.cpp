// The leak report: silent unless asked for, silent where nothing is held, and it names what is.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

using handle = il::owned<il::object>;

// What is said on stderr when an interpreter ends in which `make` has made handles that outlive it.
template <class Make>
std::string said_at_the_end(Make make) {
    std::vector<handle> outliving;
    auto python = std::make_unique<il::interpreter>();
    make(outliving);
    testing::internal::CaptureStderr();
    python.reset();
    return testing::internal::GetCapturedStderr();
}

class Leaks : public testing::Test {
protected:
    void TearDown() override { il::report_leaks(false); }
};

}  // namespace

TEST_F(Leaks, AreNotToldOfUnlessAskedFor) {
    EXPECT_EQ(said_at_the_end([](std::vector<handle>& held) {
                  il::with_gil([&](il::python py) { held.push_back(py.eval("[1]").unbind()); });
              }),
              "");
}

TEST_F(Leaks, NothingIsSaidWhereNothingIsHeld) {
    il::report_leaks(true);
    EXPECT_EQ(said_at_the_end([](std::vector<handle>&) {
                  handle dropped_detached;
                  il::with_gil([&](il::python py) {
                      handle one = py.eval("[1]").unbind();
                      handle two = one.clone(py);
                      handle moved = std::move(one);
                      il::object bound = std::move(two).bind(py);
                      moved.drop(py);
                      dropped_detached = py.eval("[2]").unbind();
                      handle elsewhere = py.eval("[3]").unbind();
                      py.allow_threads([](handle taken) { taken = handle(); },
                                       std::move(elsewhere));
                  });
              }),
              "");
}

TEST_F(Leaks, NameTheObjectsThatAreHeld) {
    il::report_leaks(true);
    const std::string said = said_at_the_end([](std::vector<handle>& held) {
        il::with_gil([&](il::python py) {
            const il::object list = py.eval("[1, 2, 'three']");
            held.push_back(list.unbind());
            held.push_back(list.unbind());
            held.push_back(py.eval("type('Own', (), {'__repr__': lambda self: 1 / 0})()").unbind());
            held.push_back(py.eval("'x' * 300").unbind());
        });
    });
    EXPECT_NE(said.find("when interpreter 0 ended, 4 il::owned handles still held an object of it"),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("\n  2 x list: [1, 2, 'three']\n"), std::string::npos) << said;
    EXPECT_NE(said.find("\n  1 x Own\n"), std::string::npos) << said;
    EXPECT_NE(said.find("\n  1 x str: 'xxx"), std::string::npos) << said;
    EXPECT_NE(said.find("xxx...\n"), std::string::npos) << said;
}

TEST_F(Leaks, HandlesAreCountedWhileTheyHold) {
    const il::interpreter python;
    const std::size_t before = il::held_handles();
    il::report_leaks(true);
    il::with_gil([&](il::python py) {
        handle one = py.eval("[1]").unbind();
        const handle two = one.clone(py);
        const handle moved = std::move(one);
        EXPECT_EQ(il::held_handles(), before + 2);
    });
    EXPECT_EQ(il::held_handles(), before);
}

TEST_F(Leaks, AreTheInterpretersOwn) {
    il::report_leaks(true);
    handle of_first;
    const std::string first = said_at_the_end([&](std::vector<handle>&) {
        il::with_gil([&](il::python py) { of_first = py.eval("[1]").unbind(); });
    });
    EXPECT_NE(first.find("1 il::owned handle still"), std::string::npos) << first;
    const std::string second = said_at_the_end([](std::vector<handle>& held) {
        il::with_gil([&](il::python py) { held.push_back(py.eval("{}").unbind()); });
    });
    EXPECT_NE(second.find("1 il::owned handle still"), std::string::npos) << second;
    EXPECT_EQ(second.find("list"), std::string::npos) << second;
}

TEST_F(Leaks, ThoseOfOneNameAreOneLine) {
    il::report_leaks(true);
    const std::string said = said_at_the_end([](std::vector<handle>& held) {
        il::with_gil([&](il::python py) {
            for (const int i : {7, 5, 7, 6, 7}) {
                held.push_back(py.make(std::vector<int>{i}).unbind());
            }
        });
    });
    EXPECT_NE(said.find("\n  1 x list: [5]\n  1 x list: [6]\n  3 x list: [7]\n"), std::string::npos)
        << said;
}

TEST_F(Leaks, ManyAreCutShort) {
    il::report_leaks(true);
    const std::string said = said_at_the_end([](std::vector<handle>& held) {
        il::with_gil([&](il::python py) {
            for (int i = 0; i < 50; ++i) {
                held.push_back(py.make(1000 + i).unbind());
            }
        });
    });
    EXPECT_NE(said.find("and 30 other objects"), std::string::npos) << said;
}

#if PY_VERSION_HEX >= 0x030C0000

TEST_F(Leaks, OfASubinterpreterAreToldAtItsEnd) {
    const il::interpreter python;
    il::report_leaks(true);
    handle held;
    testing::internal::CaptureStderr();
    std::int64_t id = 0;
    {
        il::subinterpreter worker =
            il::with_gil([](il::python py) { return il::subinterpreter(py); });
        id = worker.id();
        held = worker.with_gil([](il::python py) { return py.eval("[1]").unbind(); });
    }
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("when interpreter " + std::to_string(id) + " ended, 1 il::owned handle"),
              std::string::npos)
        << said;
}

#endif
