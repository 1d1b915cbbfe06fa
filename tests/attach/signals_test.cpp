// Ctrl-C in a long loop of C++.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace il = interlock;

TEST(Signals, ControlCRaisesKeyboardInterrupt) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_NO_THROW(py.check_signals());
        std::raise(SIGINT);
        try {
            py.check_signals();
            ADD_FAILURE() << "nothing was raised";
        } catch (const il::python_error& error) {
            EXPECT_TRUE(error.matches(py.eval("KeyboardInterrupt")));
        }
        EXPECT_NO_THROW(py.check_signals()) << "raised once";
        EXPECT_EQ(PyErr_Occurred(), nullptr);
    });
}

TEST(Signals, AHandlerOfTheUsersRuns) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run("import signal\nseen = []\nsignal.signal(signal.SIGTERM, lambda *a: seen.append(1))",
               scope);
        py.allow_threads([] { std::raise(SIGTERM); });
        py.check_signals();
        EXPECT_EQ(py.eval("len(seen)", scope).as<int>(), 1);
    });
}

TEST(Signals, OtherThreadsAreNotInterrupted) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        std::raise(SIGINT);
        py.allow_threads([] {
            std::thread([] {
                il::with_gil([](il::python other) { EXPECT_NO_THROW(other.check_signals()); });
            }).join();
        });
        EXPECT_THROW(py.check_signals(), il::python_error);
    });
}

TEST(Signals, WithoutHandlersOfPythonsTheProgramsOwnStay) {
    static volatile std::sig_atomic_t seen = 0;
    std::signal(SIGINT, [](int) { seen = 1; });
    const il::interpreter python{{.signal_handlers = false}};
    std::raise(SIGINT);
    EXPECT_EQ(seen, 1);
    il::with_gil([](il::python py) { EXPECT_NO_THROW(py.check_signals()); });
}
