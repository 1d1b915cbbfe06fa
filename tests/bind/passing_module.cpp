// Objects of bound classes that C++ passes to Python by reference: see test_passing.py.
#include <interlock/interlock.hpp>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

struct Thing {
    explicit Thing(int number) : n(number) {}
    int n;
};

// No copies.
struct Button {
    Button() = default;
    Button(const Button&) = delete;
    Button& operator=(const Button&) = delete;
    void click(const il::callback<void(Button&)>& told) {
        ++clicks;
        told(*this);
    }
    void click_elsewhere(const il::callback<void(Button&)>& told) {
        std::thread([&] { click(told); }).join();
    }
    int clicks = 0;
};

// Neither copies nor a Python class.
struct Unbound {
    Unbound() = default;
    Unbound(const Unbound&) = delete;
};

struct Base {
    virtual ~Base() = default;
    virtual int kind() const { return 0; }
    int id = 1;
};
struct Other {
    virtual ~Other() = default;
    int pad = 2;
};
// What it is as a Base lies behind the beginning.
struct Derived : Other, Base {
    int kind() const override { return 1; }
};

struct Visitor {
    virtual ~Visitor() = default;
    virtual void visit(Thing& thing) = 0;
    virtual int look(const Thing& thing) = 0;
};
struct PyVisitor : Visitor {
    void visit(Thing& thing) override { il::override_pure<void>(this, "visit", thing); }
    int look(const Thing& thing) override { return il::override_pure<int>(this, "look", thing); }
};

struct Outer {
    Thing first{1};
    int second = 0;
};

}  // namespace

INTERLOCK_MODULE(bind_passing, m) {
    il::class_<Thing>(m, "Thing").def(il::init<int>()).def_readwrite<&Thing::n>("n");
    il::class_<Button>(m, "Button")
        .def(il::init<>())
        .def<&Button::click>("click")
        .def<&Button::click_elsewhere>("click_elsewhere", il::allow_threads)
        .def_readonly<&Button::clicks>("clicks");
    il::class_<Base>(m, "Base").def(il::init<>()).def<&Base::kind>("kind");
    il::class_<Other>(m, "Other");
    il::class_<Derived, Base, Other>(m, "Derived").def(il::init<>());
    il::class_<Visitor, il::trampoline<PyVisitor>>(m, "Visitor")
        .def(il::init<>())
        .def<&Visitor::visit>("visit")
        .def<&Visitor::look>("look");
    il::class_<Outer>(m, "Outer")
        .def(il::init<>())
        .def("pass_first",
             [](Outer& outer, const il::callback<void(Thing&)>& told) { told(outer.first); })
        .def_readwrite<&Outer::first>("first");

    m.def("by_callback", [](Thing& t, const il::callback<void(Thing&)>& f) { f(t); });
    m.def("by_const", [](const Thing& t, const il::callback<void(const Thing&)>& f) { f(t); });
    m.def("by_value", [](const Thing& t, const il::callback<void(Thing)>& f) { f(t); });
    m.def("by_function", [](Thing& t, const std::function<void(Thing&)>& f) { f(t); });
    m.def("by_call", [](il::python, Thing& t, const il::callable& f) { return f(t); });
    m.def("by_keyword",
          [](il::python, Thing& t, const il::callable& f) { return f(il::kw("thing") = t); });
    m.def("by_unpacking", [](il::python, Thing& t, const il::callable& f, const il::tuple& more) {
        return f(t, il::unpack(more));
    });
    m.def("by_method", [](il::python, Thing& t, const il::object& o) { return o.attr("take")(t); });
    m.def("visit_all", [](Visitor& visitor, Thing& thing) {
        visitor.visit(thing);
        return visitor.look(thing);
    });
    m.def("visit_local", [](Visitor& visitor) {
        Thing local(5);
        visitor.visit(local);
        return local.n;
    });
    m.def("pass_base", [](Base& base, const il::callback<void(Base&)>& f) { f(base); });
    m.def("pass_new_button", [](const il::callback<void(Button&)>& f) {
        Button mine;
        f(mine);
    });
    m.def("pass_unbound", [](il::python, const il::callable& f) {
        Unbound mine;
        f(mine);
    });
    m.def("pass_items", [](const il::callback<int(Thing&)>& f) {
        std::vector<Thing> things{Thing(1), Thing(2)};
        int sum = 0;
        for (Thing& t : things) {
            sum += f(t);
        }
        return sum;
    });
}
