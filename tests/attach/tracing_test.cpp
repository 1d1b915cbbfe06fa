// Tracers and profilers: what was set on a thread is there at its next entry, and what is set for all threads reaches those
// that are away.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>

#include "../support/python_function.hpp"

namespace il = interlock;

namespace {

// A scope with 'seen', the names of the functions that the tracer was told of, and 'traced', one to call.
il::owned<il::dict> make_scope() {
    return il::with_gil([](il::python py) {
        il::dict made = il::dict::make(py);
        py.run(
            "import sys, threading\n"
            "seen = []\n"
            "def traced(): pass\n"
            "def tracer(frame, event, argument):\n"
            "    if event == 'call': seen.append(frame.f_code.co_name)\n",
            made);
        return made.unbind();
    });
}

void run(il::owned<il::dict>& scope, const char* code) {
    il::with_gil([&](il::python py) { py.run(code, scope.bind(py)); });
}

int times_seen(il::owned<il::dict>& scope) {
    return il::with_gil(
        [&](il::python py) { return py.eval("seen.count('traced')", scope.bind(py)).as<int>(); });
}

}  // namespace

// A thread whose state is made anew at each entry loses its tracer (PyO3 #2495).
TEST(Tracing, ATracerSurvivesFromEntryToEntry) {
    const il::interpreter python;
    il::owned<il::dict> scope = make_scope();
    std::thread([&] {
        run(scope, "sys.settrace(tracer)");
        run(scope, "traced()");
        run(scope, "traced()");
        EXPECT_EQ(times_seen(scope), 2);
        run(scope, "sys.settrace(None)");
        run(scope, "traced()");
        EXPECT_EQ(times_seen(scope), 2);
    }).join();
    run(scope, "traced()");
    EXPECT_EQ(times_seen(scope), 2) << "it was that thread's alone";
}

TEST(Tracing, AProfilerSurvivesFromEntryToEntry) {
    const il::interpreter python;
    il::owned<il::dict> scope = make_scope();
    std::thread([&] {
        run(scope, "sys.setprofile(tracer)");
        run(scope, "traced()");
        run(scope, "traced()");
        EXPECT_EQ(times_seen(scope), 2);
        run(scope, "sys.setprofile(None)");
    }).join();
    run(scope, "traced()");
    EXPECT_EQ(times_seen(scope), 2);
}

TEST(Tracing, TheTracerOfAThreadOfThreadingSurvivesBothDoors) {
    const il::interpreter python;
    il::owned<il::dict> scope = make_scope();
    il::with_gil([&](il::python py) {
        il::dict all = scope.bind(py);
        all["doors"] = python_function::make(py, [] {
            il::assume_attached([](il::python inner) {
                inner.allow_threads([] {
                    il::with_gil(
                        [](il::python again) { again.run("def inside(): pass\ninside()"); });
                });
            });
        });
        for (const char* set : {"threading.setprofile", "threading.settrace"}) {
            py.run((std::string(set) +
                    "(tracer)\n"
                    "seen.clear()\n"
                    "def work():\n"
                    "    for _ in range(3):\n"
                    "        traced(); doors()\n"
                    "    traced()\n"
                    "thread = threading.Thread(target=work); thread.start(); thread.join()\n" +
                    set + "(None)\n")
                       .c_str(),
                   all);
            EXPECT_EQ(py.eval("seen.count('traced')", all).as<int>(), 4) << set;
            EXPECT_EQ(py.eval("seen.count('inside')", all).as<int>(), 3) << set;
        }
    });
}

TEST(Tracing, WhatIsSetForAllThreadsReachesOneThatIsAway) {
    const il::interpreter python;
    il::owned<il::dict> scope = make_scope();
    const bool there = il::with_gil([&](il::python py) {
        return py.eval("hasattr(threading, 'setprofile_all_threads')", scope.bind(py)).as<bool>();
    });
    if (!there) {
        GTEST_SKIP() << "threading.setprofile_all_threads came with 3.12";
    }
    std::thread([&] {
        run(scope,
            "traced()");  // from here on the thread has a state, which it is not attached with
        std::thread([&] { run(scope, "threading.setprofile_all_threads(tracer)"); }).join();
        run(scope, "traced()");
        EXPECT_EQ(times_seen(scope), 1);
        std::thread([&] { run(scope, "threading.setprofile_all_threads(None)"); }).join();
        run(scope, "traced()");
        EXPECT_EQ(times_seen(scope), 1);
    }).join();
}
