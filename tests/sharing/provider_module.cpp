// The extension that binds the classes.
#include "shapes.hpp"

#include <interlock/interlock.hpp>

#include <latch>
#include <map>
#include <stdexcept>

namespace il = interlock;

template <>
inline constexpr bool il::enable_class<std::map<int, long>> = true;

namespace {

using shapes::Animal;
using shapes::Base;
using shapes::Handle;
using shapes::Node;
using shapes::Point;

struct PyAnimal : Animal {
    using Animal::Animal;
    std::string sound() const override { return il::override_pure<std::string>(this, "sound"); }
    int legs() const override {
        return il::override_or(this, "legs", [&] { return Animal::legs(); });
    }
};

struct Counter {
    int value = 0;
};
// The user has another class of that name.
struct Concealed : Base {
    std::string name = "the provider's";
};

std::shared_ptr<Node> kept;
std::unique_ptr<Animal> adopted;
std::latch* inside = nullptr;
std::latch* released = nullptr;

// Registered by each extension that has it, for itself.
struct OwnError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

int area(const Base& shape) { return shape.area(); }
int tag_of(const Base& shape) { return shape.tag; }
int sum(const Point& p) { return p.x + p.y; }
std::string sound_of(const Animal& animal) { return animal.sound(); }
int legs_of(const Animal& animal) { return animal.legs(); }
void adopt(std::unique_ptr<Animal> animal) { adopted = std::move(animal); }
std::string sound_of_adopted() { return adopted->sound(); }
void let_adopted_go() { adopted.reset(); }
void keep(std::shared_ptr<Node> node) { kept = std::move(node); }
std::shared_ptr<Node> give_kept() { return std::exchange(kept, nullptr); }
int eat(std::unique_ptr<Handle> handle) { return handle->value; }
[[noreturn]] void fail(const std::string& text) { throw shapes::AppError(text, 3); }
// Until finish_work is called.
void work(Point& p) {
    ++p.x;
    inside->count_down();
    released->wait();
}
void await_work() { inside->wait(); }
void begin_work() {
    delete inside;
    delete released;
    inside = new std::latch(1);
    released = new std::latch(1);
}
void finish_work() { released->count_down(); }

}  // namespace

INTERLOCK_MODULE(sharing_provider, m) {
    il::class_<Point>(m, "Point")
        .def(il::init<>())
        .def(il::init<int, int>(), il::arg("x"), il::arg("y"))
        .def(il::init([](int both) { return Point{both, both}; }), il::arg("both"))
        .def_readwrite<&Point::x>("x")
        .def_readwrite<&Point::y>("y");
    il::implicitly_convertible<int, Point>(m);
    il::class_<Base>(m, "Base", il::dynamic_attr, il::weak_referenceable)
        .def(il::init<>())
        .def<&Base::area>("area")
        .def_readwrite<&Base::tag>("tag");
    il::class_<Concealed, Base>(m, "Concealed").def_readonly<&Concealed::name>("name");
    il::class_<shapes::Square, Base>(m, "Square")
        .def(il::init<int>())
        .def_readwrite<&shapes::Square::side>("side");
    il::class_<shapes::Left, Base, std::unique_ptr<shapes::Left>>(m, "Left").def(il::init<>());
    il::class_<shapes::Right, Base, std::unique_ptr<shapes::Right>>(m, "Right").def(il::init<>());
    il::class_<shapes::Both, shapes::Left, shapes::Right>(m, "Both").def(il::init<>());
    il::class_<shapes::Polygon, std::unique_ptr<shapes::Polygon>>(m, "Polygon")
        .def(il::init<>())
        .def_readonly<&shapes::Polygon::sides>("sides");
    il::class_<shapes::Other, std::unique_ptr<shapes::Other>>(m, "Other").def(il::init<>());
    il::class_<Node, std::shared_ptr<Node>>(m, "Node")
        .def(il::init<std::string>())
        .def_readwrite<&Node::name>("name")
        .def_readwrite<&Node::next>("next");
    il::class_<Handle, std::unique_ptr<Handle>>(m, "Handle")
        .def(il::init<int>())
        .def_readonly<&Handle::value>("value");
    il::class_<Animal, il::trampoline<PyAnimal>>(m, "Animal")
        .def(il::init<>())
        .def<&Animal::sound>("sound")
        .def<&Animal::legs>("legs");
    il::class_<shapes::Constant>(m, "Constant", il::frozen)
        .def(il::init<int>())
        .def_readonly<&shapes::Constant::value>("value");
    il::class_<shapes::Bound>(m, "Bound", il::thread_bound)
        .def(il::init<>())
        .def_readwrite<&shapes::Bound::value>("value");
    il::class_<shapes::Counted, il::holder<shapes::Ref<shapes::Counted>>>(m, "Counted")
        .def(il::init<int>())
        .def_readonly<&shapes::Counted::value>("value");
    il::class_<shapes::Local>(m, "Local", il::module_local)
        .def(il::init<>())
        .def_readwrite<&shapes::Local::value>("value");
    il::class_<shapes::Twice>(m, "Twice").def(il::init<>());
    // Of each file's own, whatever others call theirs.
    il::class_<Counter>(m, "Counter").def(il::init<>()).def_readwrite<&Counter::value>("value");
    // Of everybody.
    il::bind_map<std::map<int, long>>(m, "Numbers");

    m.def<&area>("area");
    m.def<&tag_of>("tag_of");
    m.def<&sum>("sum");
    m.def<&sound_of>("sound_of");
    m.def<&legs_of>("legs_of");
    m.def<&adopt>("adopt");
    m.def<&sound_of_adopted>("sound_of_adopted");
    m.def<&let_adopted_go>("let_adopted_go");
    m.def<&keep>("keep");
    m.def<&give_kept>("give_kept");
    m.def<&eat>("eat");
    m.def("read_counter", [](const Counter& c) { return c.value; });
    m.def<&fail>("fail");
    il::exception_<shapes::AppError, il::runtime_error>(m, "AppError")
        .def_readonly<&shapes::AppError::code>("code");
    il::exception_<OwnError>(m, "OwnError");
    il::class_<shapes::Samples>(m, "Samples").def(il::init<>()).def_buffer([](shapes::Samples& s) {
        return il::exported(s.values.data(), {s.values.size()});
    });
    // Of the C++ library: for this extension alone.
    il::exception_<std::length_error>(m, "LengthError");
    m.def("fail_by_length", [] { throw std::length_error("too long"); });

    m.def<&work>("work", il::arg("point"), il::allow_threads);
    m.def<&await_work>("await_work", il::allow_threads);
    m.def<&begin_work>("begin_work");
    m.def<&finish_work>("finish_work");
}
