// Instances that several threads use: functions that run with the interpreter released, and calls with several instances.
#include <interlock/interlock.hpp>

#include <functional>
#include <memory>
#include <semaphore>

namespace il = interlock;

namespace {

std::counting_semaphore<> inside{0};
std::counting_semaphore<> leave{0};

// What stays inside until it is let go.
void stay() {
    inside.release();
    leave.acquire();
}

struct Engine {
    void step() { ++steps; }
    int count() const { return steps; }
    void run() {
        ++steps;
        stay();
    }
    int watch() const {
        stay();
        return steps;
    }
    int call(const std::function<int()>& f) {
        ++steps;
        return f();
    }
    int steps = 0;
};
struct Safe : Engine {};
struct Frozen {
    int watch() const {
        stay();
        return value;
    }
    int value = 4;
};

// Two numbers that are equal whenever nobody is in the middle of changing them.
struct Purse {
    explicit Purse(long n) : first(n), second(n) {}
    void add(long n) {
        first += n;
        second += n;
    }
    bool whole() const { return first == second; }
    long first;
    long second;
};
void move_one(Purse& from, Purse& to) {
    from.add(-1);
    to.add(1);
}
bool rotate(Purse& a, Purse& b, const Purse& c, Purse& d) {
    const bool whole = a.whole() && b.whole() && c.whole() && d.whole();
    a.add(-1);
    b.add(2);
    d.add(-1);
    return whole;
}

}  // namespace

INTERLOCK_MODULE(bind_class_threads, m) {
    m.def("wait_inside", [] { inside.acquire(); }, il::allow_threads);
    m.def("let_go", [] { leave.release(); });

    il::class_<Engine>(m, "Engine")
        .def(il::init<>())
        .def<&Engine::step>("step")
        .def<&Engine::count>("count")
        .def<&Engine::run>("run", il::allow_threads)
        .def<&Engine::watch>("watch", il::allow_threads)
        .def<&Engine::call>("call", il::allow_threads)
        .def(
            "merge",
            [](Engine& a, const Engine& b) {
                stay();
                a.steps += b.steps;
            },
            il::allow_threads)
        .def_readwrite<&Engine::steps>("steps");
    m.def("step_of", [](Engine& e) { e.step(); });
    m.def("count_of", [](const Engine& e) { return e.count(); });
    m.def("run_of", [](Engine& e) { e.run(); }, il::allow_threads);
    m.def("eat", [](std::unique_ptr<Engine> e) { return e->steps; });
    il::class_<Safe>(m, "Safe", il::thread_safe)
        .def(il::init<>())
        .def<&Safe::step>("step")
        .def<&Safe::run>("run", il::allow_threads);
    il::class_<Frozen>(m, "Frozen", il::frozen)
        .def(il::init<>())
        .def<&Frozen::watch>("watch", il::allow_threads)
        .def_readonly<&Frozen::value>("value");

    il::class_<Purse>(m, "Purse")
        .def(il::init<long>())
        .def<&Purse::whole>("whole")
        .def<&Purse::add>("add")
        .def("take", [](Purse& p, Purse& from) { move_one(from, p); })
        .def_property<[](const Purse& p) { return p.first; }>("first");
    m.def<&move_one>("move_one");
    m.def<&rotate>("rotate");
}
