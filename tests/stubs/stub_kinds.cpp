// A module whose stub is compared: enumerations, containers, exceptions, and the special methods of classes.

#include <interlock/interlock.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace il = interlock;

namespace {

enum class Color { red, green };
enum class Level : int { low = 1, high = 10 };
enum class Permission : unsigned { read = 1, write = 2 };

using Samples = std::vector<double>;
using Counts = std::map<std::string, int>;

struct bank_error : std::runtime_error {
    using runtime_error::runtime_error;
    int code = 7;
};

struct Shelf {
    struct Place {
        int row = 0;
        std::optional<std::string> label;
    };
    std::size_t size() const { return places.size(); }
    std::vector<Place> places;
    std::map<std::string, std::variant<int, std::string>> notes;
    static inline int made = 0;  // of all shelves
};

struct Shape {
    Shape() = default;
    Shape(const Shape&) = delete;
    Shape& operator=(const Shape&) = delete;
    virtual ~Shape() = default;
    virtual double area() const = 0;
};
struct PyShape : Shape {
    double area() const override { return il::override_pure<double>(this, "area"); }
};

}  // namespace

template <>
constexpr bool il::enable_class<Samples> = true;
template <>
constexpr bool il::enable_class<Counts> = true;

INTERLOCK_MODULE(stub_kinds, m) {
    il::enum_<Color>(m, "Color", "What one sees.")
        .value("red", Color::red)
        .value("green", Color::green);
    il::enum_<Level>(m, "Level", il::int_enum).value("low", Level::low).value("high", Level::high);
    il::enum_<Permission>(m, "Permission", il::flag)
        .value("read", Permission::read)
        .value("write", Permission::write);
    il::exception_<bank_error, il::runtime_error>(m, "BankError", "No money.")
        .def_readonly<&bank_error::code>("code");
    il::bind_vector<Samples>(m, "Samples", "What was measured.");
    il::bind_map<Counts>(m, "Counts");

    auto shelf =
        il::class_<Shelf>(m, "Shelf", il::dynamic_attr, il::weak_referenceable, il::generic);
    il::class_<Shelf::Place>(shelf, "Place")
        .def(il::init<>())
        .def_readwrite<&Shelf::Place::label>("label");
    shelf.def(il::init<>())
        .def_readwrite<&Shelf::notes>("notes")
        .def_static_readonly<&Shelf::made>("made")
        .def<&Shelf::size>("__len__")
        .def("__contains__", [](const Shelf&, const std::string&) { return false; })
        .def("__getitem__", [](const Shelf& s, std::size_t at) { return s.places.at(at).row; })
        .def("__setitem__", [](Shelf& s, std::size_t at, int row) { s.places.at(at).row = row; })
        .def("__delitem__", [](Shelf&, std::size_t) {})
        .def("__call__", [](const Shelf&, const std::function<int(int)>& f) { return f(1); })
        .def(
            "__enter__", [](Shelf& s) -> Shelf& { return s; }, il::reference_internal)
        .def("__exit__", [](Shelf&, const il::object&, const il::object&, const il::object&) {})
        .def("__int__", [](const Shelf&) { return 1; })
        .def("__bool__", [](const Shelf&) { return true; });
    il::class_<Shape, il::trampoline<PyShape>>(m, "Shape")
        .def(il::init<>())
        .def<&Shape::area>("area");

    m.def("mixed", [](Color c) { return c == Color::red ? Level::low : Level::high; });
    m.def("grant", [](Permission p) { return p; }, il::arg("permission") = Permission::read);
    m.def("sum", [](std::span<const double> xs) {
        double s = 0;
        for (const double x : xs) {
            s += x;
        }
        return s;
    });
    m.def("area", [](const Shape& s) { return s.area(); }, il::arg("shape"));
    m.def("samples", [](const Samples& s) { return s; }, il::arg("samples") = Samples{1.0});
    m.def("perhaps", [](std::shared_ptr<Shelf> s) { return s; }, il::arg("shelf") = nullptr);
    m.def("compose", [](std::function<double(int, std::string)> f) { return f; });
}
