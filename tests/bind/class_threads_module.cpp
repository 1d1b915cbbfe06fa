// Instances that several threads use: functions that run with the interpreter released, and calls with several instances.
#include "../support/one_door.hpp"

#include <interlock/interlock.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace il = interlock;

namespace {

using one_door::stay;

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
    // By the token, in the middle of the function.
    void run_inside(il::python py) {
        py.allow_threads(&stay);
        ++steps;
    }
    int watch_inside(il::python py) const {
        py.allow_threads(&stay);
        return steps;
    }
    // Twice, with Python code in between.
    int run_between(il::python py, const il::object& f) {
        py.allow_threads(&stay);
        const int result = f().as<int>();
        py.allow_threads(&stay);
        return result;
    }
    int failing(il::python py) {
        return py.allow_threads([]() -> int { throw std::runtime_error("fails inside"); });
    }
    int watched(il::python py) const { return watch_inside(py); }
    void set_watched(il::python py, int n) {
        py.allow_threads(&stay);
        steps = n;
    }
    int steps = 0;
};
struct Safe : Engine {};
// What it holds of Python's is moved about while it works released.
struct Shelf {
    std::vector<il::owned<il::object>> items;
};
std::atomic<bool> stirring{false};
void stir(Shelf& shelf) {
    one_door::inside.release();
    while (stirring.load()) {
        std::vector<il::owned<il::object>> other;
        for (il::owned<il::object>& item : shelf.items) {
            other.push_back(std::move(item));
        }
        std::rotate(other.begin(), other.begin() + 1, other.end());
        shelf.items.swap(other);
        shelf.items.shrink_to_fit();
    }
}
struct Frozen {
    int watch() const {
        stay();
        return value;
    }
    int value = 4;
};

// What C++ keeps, and gives by a pointer.
struct Entry {
    explicit Entry(int v) : value(v) {}
    int value;
};
const std::shared_ptr<Entry> entry = std::make_shared<Entry>(5);

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
// Long enough for two that do not exclude one another to meet.
bool move_often(Purse& from, Purse& to) {
    bool whole = true;
    for (int i = 0; i < 2000; ++i) {
        whole = whole && from.whole() && to.whole();
        move_one(from, to);
    }
    return whole;
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
    one_door::bind(m);
    m.def("come_inside", [] { one_door::inside.release(); });

    il::class_<Engine>(m, "Engine")
        .def(il::init<>())
        .def<&Engine::step>("step")
        .def<&Engine::count>("count")
        .def<&Engine::run>("run", il::allow_threads)
        .def<&Engine::watch>("watch", il::allow_threads)
        .def<&Engine::call>("call", il::allow_threads)
        .def<&Engine::run_inside>("run_inside")
        .def<&Engine::watch_inside>("watch_inside", "By its token.")
        .def<&Engine::run_between>("run_between", il::arg("f"))
        .def<&Engine::failing>("failing")
        .def_property<&Engine::watched, &Engine::set_watched>("watched")
        // The object itself by a pointer that could keep it, and by a handle.
        .def(
            "share_self", [](std::shared_ptr<Engine> e) { e->run(); }, il::allow_threads)
        .def("hold_self",
             [](il::python py, const il::instance<Engine>& e) {
                 py.allow_threads(&stay);
                 ++e->steps;
             })
        .def_property<[](const Engine& e) { return e.steps; },
                      [](Engine& e, const std::shared_ptr<Engine>& other) {
                          e.steps = ++other->steps;
                      }>("twin")
        .def_property<[](const Engine& e) { return e.steps; },
                      [](Engine& e, Engine& other) { e.steps = ++other.steps; }>("follower")
        .def("call_attached",
             [](Engine& e, const std::function<int()>& f) { return f() + e.steps; })
        .def("read_attached",
             [](const Engine& e, const il::object& f) { return f().as<int>() + e.steps; })
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
    // By pointers that could keep it, and by a handle.
    m.def("share_step", [](const std::shared_ptr<Engine>& e) { e->step(); });
    m.def("share_count", [](const std::shared_ptr<const Engine>& e) { return e->count(); });
    m.def("share_run", [](std::shared_ptr<Engine> e) { e->run(); }, il::allow_threads);
    m.def(
        "share_watch", [](std::shared_ptr<const Engine> e) { return e->watch(); },
        il::allow_threads);
    m.def("share_merge", [](il::python py, const std::shared_ptr<Engine>& a,
                            const std::shared_ptr<const Engine>& b) {
        py.allow_threads(&stay);
        a->steps += b->steps;
    });
    m.def(
        "share_default", [](const std::shared_ptr<Engine>& e) { return e == nullptr; },
        il::arg("e") = nullptr);
    m.def("hold_only", [](il::python py, const il::instance<Engine>&) {
        py.allow_threads([] {});
        return true;
    });
    m.def("hold_step", [](const il::instance<Engine>& e) { e->step(); });
    m.def("hold_call",
          [](il::instance<Engine> e, const il::object& f) { return f().as<int>() + e->steps; });
    m.def("merge_inside", [](il::python py, Engine& a, const Engine& b) {
        py.allow_threads(&stay);
        a.steps += b.steps;
    });
    // Of a function with no instance, called by one that has.
    // As another library does it that is called inside.
    m.def("call_raw_inside", [](il::python py, const il::object& f) {
        PyObject* function = f.ptr();
        py.allow_threads(il::unchecked, [function] {
            const PyGILState_STATE before = PyGILState_Ensure();
            Py_XDECREF(PyObject_CallNoArgs(function));
            PyGILState_Release(before);
        });
    });
    m.def("stay_inside", [](il::python py) { py.allow_threads(&stay); });
    m.def("call_with", [](Engine& e, const il::object& f) { return f().as<int>() + e.steps; });
    m.def(
        "call_for", [](Engine& e, const il::object& f) { return f().as<int>() + e.steps; },
        il::arg("engine"), il::arg("f"));
    il::class_<Safe>(m, "Safe", il::thread_safe)
        .def(il::init<>())
        .def<&Safe::step>("step")
        .def<&Safe::run>("run", il::allow_threads);
    il::class_<Frozen>(m, "Frozen", il::frozen)
        .def(il::init<>())
        .def<&Frozen::watch>("watch", il::allow_threads)
        .def_readonly<&Frozen::value>("value");

    il::class_<Shelf>(m, "Shelf", il::weak_referenceable)
        .def(il::init<>())
        .def("add", [](Shelf& s, const il::object& o) { s.items.push_back(o.unbind()); })
        .def("first", [](const Shelf& s, il::python py) { return s.items.front().bind(py); })
        .def("stir", &stir, il::allow_threads);
    m.def("begin_to_stir", [] { stirring.store(true); });
    m.def("stop_stirring", [] { stirring.store(false); });

    il::class_<Entry>(m, "Entry", il::frozen)
        .def(il::init<int>())
        .def_readonly<&Entry::value>("value");
    m.def("entry", [] { return entry; });

    il::class_<Purse>(m, "Purse")
        .def(il::init<long>())
        .def<&Purse::whole>("whole")
        .def<&Purse::add>("add")
        .def("take", [](Purse& p, Purse& from) { move_one(from, p); })
        .def_property<[](const Purse& p) { return p.first; },
                      [](Purse& p, const std::shared_ptr<Purse>& from) { move_often(*from, p); }>(
            "source")
        .def_property<[](const Purse& p) { return p.first; }>("first");
    m.def<&move_one>("move_one");
    m.def("move_shared", [](const std::shared_ptr<Purse>& from, const std::shared_ptr<Purse>& to) {
        return move_often(*from, *to);
    });
    m.def("move_held",
          [](const il::instance<Purse>& from, Purse& to) { return move_often(*from, to); });
    m.def<&rotate>("rotate");
}
