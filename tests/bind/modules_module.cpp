// Modules: what their bodies say. One file, several modules: a loader finds each by its name.
#include <interlock/interlock.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace il = interlock;

namespace {

std::atomic<int> alive{0};
std::atomic<int> bodies{0};

// Counts the states of functions, whichever module they are in.
struct counted {
    counted() { ++alive; }
    counted(const counted&) { ++alive; }
    counted(counted&&) noexcept { ++alive; }
    counted& operator=(const counted&) = default;
    counted& operator=(counted&&) = default;
    ~counted() { --alive; }
};

int add(int a, int b) { return a + b; }
std::string overloaded_int(int) { return "int"; }
std::string overloaded_text(const std::string&) { return "str"; }

// What a body leaves behind in each way before it fails.
void begin(il::module& m) {
    m.doc("Will not be.");
    m.def<&add>("add", il::arg("a"), il::arg("b") = 2);
    m.def("state", [kept = counted()] { return alive.load(); });
    m.def("state", [kept = counted()](int) { return alive.load(); });
    m.def(
        "python_default", [](const il::object& x) { return x; },
        il::arg("x") = il::list::of(m.py(), 1));
    m.submodule("part").def("state", [kept = counted()] { return alive.load(); });
}

}  // namespace

INTERLOCK_MODULE(bind_modules, m) {
    ++bodies;
    m.doc("What a module can have.");
    m.add("__version__", "1.2.3");
    m.add("TEXT", "text")
        .add("NUMBER", 42)
        .add("PI", 3.5)
        .add("YES", true)
        .add("NOTHING", m.py().none());
    m.add("PRIMES", std::vector<int>{2, 3, 5});
    m.add("_hidden", 1);
    m.attr("BY_ATTRIBUTE") = "too";
    m.def<&add>("add", il::arg("a"), il::arg("b") = 2);
    m.def<&overloaded_int>("overloaded");
    m.def<&overloaded_text>("overloaded");
    m.def("__getattr__", [](il::python py, const std::string& name) {
        if (name == "lazy") {
            return py.make("made when asked for");
        }
        PyErr_Format(PyExc_AttributeError, "module 'bind_modules' has no attribute '%s'",
                     name.c_str());
        return il::steal<il::object>(py, nullptr);
    });
    m.def("alive", [] { return alive.load(); });
    m.def("bodies", [] { return bodies.load(); });
    m.def("count", [n = 0]() mutable { return ++n; });
    m.def("kept", [](const il::object& x) { return x; }, il::arg("x") = il::list::make(m.py()));

    il::module sub = m.submodule("sub", "A part.");
    sub.add("DEPTH", 1);
    sub.def<&add>("add", il::arg("a"), il::arg("b") = 3);
    sub.submodule("deeper", "A part of a part.").def<&add>("add");
}

INTERLOCK_MODULE(bind_modules_all, m) {
    m.add("__all__", std::vector<std::string>{"first"});
    m.def("first", [] { return 1; });
    m.def("second", [] { return 2; });
}

INTERLOCK_MODULE(bind_modules_empty, m) {}

INTERLOCK_MODULE(bind_modules_needs_gil, m, il::needs_gil) { m.def<&add>("add"); }
INTERLOCK_MODULE(bind_modules_main_only, m, il::main_interpreter_only) { m.def<&add>("add"); }
INTERLOCK_MODULE(bind_modules_both_options, m, il::needs_gil, il::main_interpreter_only) {
    m.def<&add>("add");
}

INTERLOCK_MODULE(bind_modules_fail_std, m) {
    begin(m);
    throw std::invalid_argument("a C++ exception");
}
INTERLOCK_MODULE(bind_modules_fail_python, m) {
    begin(m);
    m.py().eval("{}['missing']");
}
INTERLOCK_MODULE(bind_modules_fail_import, m) {
    begin(m);
    m.py().import("bind_modules_that_is_not_there");
}
INTERLOCK_MODULE(bind_modules_fail_interrupt, m) {
    begin(m);
    m.py().run("raise KeyboardInterrupt('stop')");
}
INTERLOCK_MODULE(bind_modules_fail_unknown, m) {
    begin(m);
    throw 42;
}
// Fails the first time, and not the second.
INTERLOCK_MODULE(bind_modules_fail_once, m) {
    static std::atomic<bool> failed{false};
    begin(m);
    if (!failed.exchange(true)) {
        throw std::runtime_error("not yet");
    }
}
