// The extension that uses the classes of another one, and derives from them. Compiled under several names: see CMakeLists.txt.
#include "shapes.hpp"

#include <interlock/interlock.hpp>

#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

namespace il = interlock;

template <>
inline constexpr bool il::enable_class<std::map<int, long>> = true;
// Their elements are of the other extension's classes.
template <>
inline constexpr bool il::enable_class<std::vector<shapes::Square>> = true;
template <>
inline constexpr bool il::enable_class<std::vector<std::shared_ptr<shapes::Node>>> = true;
template <>
inline constexpr bool il::enable_class<std::map<std::string, shapes::Point>> = true;

namespace {

using shapes::Animal;
using shapes::Base;
using shapes::Handle;
using shapes::Node;
using shapes::Point;

struct Counter {
    long value = 0;
    long other = 0;
};

struct Concealed : Base {
    int area() const override { return 40; }
};

struct PyDog : shapes::Dog {
    std::string sound() const override {
        return il::override_or(this, "sound", [&] { return Dog::sound(); });
    }
};

// Known to no registry, and derived from what the other extension knows.
struct LateError : shapes::AppError {
    LateError() : shapes::AppError("late", 9) {}
};
struct OwnError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

Base* held = nullptr;
std::shared_ptr<Node> kept;
std::unique_ptr<Handle> taken;
int handles_ended = 0;

int sum(const Point& p) { return p.x + p.y; }
void move_by(Point& p, int dx, int dy) {
    p.x += dx;
    p.y += dy;
}
int x_of(Point p) { return p.x; }
int x_or(const Point* p, int otherwise) { return p == nullptr ? otherwise : p->x; }
int sum_all(const std::vector<Point>& points) {
    int total = 0;
    for (const Point& p : points) {
        total += p.x + p.y;
    }
    return total;
}
std::string which(const Point&) { return "point"; }
std::string which_int(int) { return "int"; }

Point make_point(int x, int y) { return {x, y}; }
std::optional<Point> maybe_point(bool is) { return is ? std::optional(Point{1, 2}) : std::nullopt; }
Point& same_point(Point& p) { return p; }
Base& same_base(Base& b) { return b; }
Base* new_shape(const std::string& kind) {
    if (kind == "square") {
        return new shapes::Square(3);
    }
    if (kind == "cube") {
        return new shapes::Cube(2);
    }
    if (kind == "concealed") {
        return new Concealed;
    }
    return kind == "both" ? static_cast<Base*>(new shapes::Both) : new Base;
}
void hold(Base* b) { held = b; }
Base* get_held() { return held; }

int area(const Base& shape) { return shape.area(); }
int tag_of(const Base& shape) { return shape.tag; }
int side_of(const shapes::Square& square) { return square.side; }
int right_of(const shapes::Right& right) { return right.right; }

void keep(std::shared_ptr<Node> node) { kept = std::move(node); }
std::shared_ptr<Node> get_kept() { return kept; }
void forget() { kept.reset(); }
long kept_uses() { return kept.use_count(); }
std::shared_ptr<Node> make_node(const std::string& name) { return std::make_shared<Node>(name); }
std::shared_ptr<Point> share_point(std::shared_ptr<Point> p) { return p; }

void take(std::unique_ptr<Handle> handle) {
    taken = std::move(handle);
    taken->ends = &handles_ended;
}
std::unique_ptr<Handle> give() { return std::move(taken); }
std::unique_ptr<Handle> make_handle(int v) { return std::make_unique<Handle>(v); }
int take_point(std::unique_ptr<Point> p) { return p->x; }
int value_of(const Handle& handle) { return handle.value; }

std::string sound_of(const Animal& animal) { return animal.sound(); }
int legs_of(const Animal& animal) { return animal.legs(); }
std::string take_animal(std::unique_ptr<Animal> animal) { return animal->sound(); }
int constant(const shapes::Constant& c) { return c.value; }
int bound(const shapes::Bound& b) { return b.value; }
long count_of(shapes::Ref<shapes::Counted> c) { return c.count(); }
shapes::Ref<shapes::Counted> make_counted(int v) {
    return shapes::Ref<shapes::Counted>(new shapes::Counted(v));
}
void overwrite(Point& p) { p.x = 99; }
int look_at(const Point& p) { return p.x; }

void call_both_ways(const il::object& f) { f(); }

}  // namespace

#define SHARING_MODULE(NAME) INTERLOCK_MODULE(NAME, m)

SHARING_MODULE(SHARING_NAME) {
    m.def("fail", [](const std::string& text, int code) { throw shapes::AppError(text, code); });
    m.def("fail_late", [] { throw LateError(); });
    m.def("fail_nested", [] {
        try {
            throw shapes::AppError("inner", 1);
        } catch (...) {
            std::throw_with_nested(shapes::AppError("outer", 2));
        }
    });
    m.def("fail_noted", [] { throw il::with_note(shapes::AppError("noted", 3), "a note"); });
    m.def("fail_alone", [](const std::string& text) { throw OwnError(text); });
    m.def("fail_by_length", [] { throw std::length_error("too long"); });
    m.def("is_app_error", [](const il::object& f) {
        try {
            f();
        } catch (const il::python_error& error) {
            return error.matches<shapes::AppError>();
        }
        return false;
    });
    m.def<&sum>("sum", il::arg("point"));
    m.def<&move_by>("move_by");
    m.def<&x_of>("x_of");
    m.def<&x_or>("x_or");
    m.def<&sum_all>("sum_all");
    m.def<&which>("which");
    m.def<&which_int>("which");
    m.def<&make_point>("make_point");
    m.def<&maybe_point>("maybe_point");
    m.def<&same_point>("same_point", il::reference);
    m.def<&same_base>("same_base", il::reference);
    m.def<&new_shape>("new_shape", il::take);
    m.def<&hold>("hold");
    m.def<&get_held>("held", il::reference);
    m.def<&area>("area");
    m.def<&tag_of>("tag_of");
    m.def<&side_of>("side_of");
    m.def<&right_of>("right_of");
    m.def<&keep>("keep");
    m.def<&get_kept>("kept");
    m.def<&forget>("forget");
    m.def<&kept_uses>("kept_uses");
    m.def<&make_node>("make_node");
    m.def<&share_point>("share_point");
    m.def<&take>("take");
    m.def<&give>("give");
    m.def<&make_handle>("make_handle");
    m.def<&take_point>("take_point");
    m.def("handles_ended", [] { return handles_ended; });
    m.def("drop_handle", [] { taken.reset(); });
    m.def("take_node", [](std::unique_ptr<Node> node) { return node->name; });
    m.def<&value_of>("value_of");
    m.def<&sound_of>("sound_of");
    m.def<&legs_of>("legs_of");
    m.def<&take_animal>("take_animal");
    m.def<&constant>("constant");
    m.def<&bound>("bound");
    m.def<&count_of>("count_of");
    m.def<&make_counted>("make_counted");
    m.def<&overwrite>("overwrite");
    m.def<&look_at>("look_at");
    m.def("read_released", [](const Point& p) { return p.x; }, il::arg("p"), il::allow_threads);
    m.def("is_point", [](const il::object& o) { return il::isinstance<il::instance<Point>>(o); });
    m.def("point_handle", [](const il::instance<Point>& p) { return p->x; });
    m.def("unbound", [](const shapes::Unbound& u) { return u.value; });
    m.def("make_unbound", [] { return shapes::Unbound{}; });
    m.def("local", [](const shapes::Local& l) { return l.value; });
    m.def("read_counter", [](const Counter& c) { return c.other; });
    m.def("call", &call_both_ways);

    // Of each file's own, of everybody, and each extension's for itself.
    il::class_<Counter>(m, "Counter").def(il::init<>());
    il::bind_map<std::map<int, long>>(m, "Numbers");
    il::class_<shapes::Local>(m, "Local", il::module_local).def(il::init<>());
#if defined(SHARING_DERIVES)
    // Whose classes are derived from: they have to be there.
    m.py().import("sharing_provider");
    il::class_<shapes::Cube, Base>(m, "Cube")
        .def(il::init<int>())
        .def_readwrite<&shapes::Cube::side>("side");
    il::class_<shapes::Wide, Base>(m, "Wide")
        .def(il::init<int>())
        .def_readwrite<&shapes::Wide::side>("side");
    il::class_<shapes::Hexagon, shapes::Polygon, std::unique_ptr<shapes::Hexagon>>(m, "Hexagon")
        .def(il::init<>());
    il::class_<shapes::Leaf, Node, std::shared_ptr<shapes::Leaf>>(m, "Leaf")
        .def(il::init<std::string, int>())
        .def_readwrite<&shapes::Leaf::value>("value");
    il::class_<shapes::Dog, Animal, il::trampoline<PyDog>>(m, "Dog").def(il::init<>());
    il::exception_<shapes::NetError>(m, "NetError",
                                     m.py().import("sharing_provider").attr("AppError"));
    il::class_<shapes::Recorder>(m, "Recorder")
        .def(il::init<>())
        .def_readwrite<&shapes::Recorder::samples>("samples");
    m.def("consume", [](std::unique_ptr<shapes::Recorder> r) { return r->samples.values.size(); });
    il::bind_vector<std::vector<shapes::Square>>(m, "Squares");
    il::bind_vector<std::vector<std::shared_ptr<Node>>>(m, "Nodes");
    il::bind_map<std::map<std::string, Point>>(m, "Places");
    m.def("cube_side", [](const shapes::Cube& c) { return c.side; });
    m.def("leaf_value", [](const std::shared_ptr<shapes::Leaf>& l) { return l->value; });
#endif
}
