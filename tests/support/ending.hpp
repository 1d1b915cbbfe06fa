// Ends of an interpreter under threads that are in a known place.
#pragma once

#include <interlock/interlock.hpp>

#include "python_function.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace ending {

namespace il = interlock;

inline std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

// Ends the interpreter while a thread is where `inside` leaves it: told so by the first latch, let go on by the second one
// when the interpreter is gone. Gives back what was said on stderr.
template <class Inside>
std::string end_under(Inside inside, std::thread& thread, std::latch& gone) {
    auto python = std::make_unique<il::interpreter>();
    std::latch ready(1);
    thread = std::thread([&ready, &gone, inside] { inside(ready, gone); });
    ready.wait();
    testing::internal::CaptureStderr();
    python.reset();
    std::string said = testing::internal::GetCapturedStderr();
    gone.count_down();
    return said;
}

// Set by an atexit callback of Python's: the exit has begun, and the gate closes next.
inline std::atomic<bool> exiting{false};

inline il::interpreter* start() {
    exiting = false;
    auto* python = new il::interpreter;
    il::with_gil([](il::python py) {
        py.import("atexit").attr("register")(python_function::make(py, [] { exiting = true; }));
    });
    return python;
}

// Python code that runs until the exit has begun, and a good while after that.
inline void run_into_the_exit(il::python py) {
    static PyMethodDef definition = {
        "exiting", [](PyObject*, PyObject*) { return PyBool_FromLong(exiting.load() ? 1 : 0); },
        METH_NOARGS, nullptr};
    il::dict scope = il::dict::make(py);
    scope["exiting"] = il::steal<il::object>(py, PyCFunction_New(&definition, nullptr));
    py.run("while not exiting(): pass\nfor _ in range(300_000): pass", scope);
}

}  // namespace ending
