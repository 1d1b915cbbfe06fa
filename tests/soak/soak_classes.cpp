// Classes: parts, holders, inheritance, overriding, cycles, enumerations, containers, memory.
#include "soak_parts.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace soak {
namespace {

struct point : counted {
    point(double a, double b) : x(a), y(b) {}
    double x;
    double y;
    point operator+(const point& o) const { return {x + o.x, y + o.y}; }
    bool operator==(const point& o) const { return x == o.x && y == o.y; }
};

struct line : counted {
    line(const point& a, const point& b) : start(a), end(b) {}
    point start;
    point end;
};

// Holds an object of Python's, maybe itself.
struct node : counted {
    il::owned<il::object> next;
};

struct shape : counted {
    virtual ~shape() = default;
    virtual double area() const = 0;
    virtual std::string name() const { return "shape"; }
};
struct square : shape {
    explicit square(double s) : side(s) {}
    double area() const override { return side * side; }
    double side;
};
struct python_shape : shape {
    double area() const override { return il::override_pure<double>(this, "area"); }
    std::string name() const override {
        return il::override_or(this, "name", [&] { return shape::name(); });
    }
};

// Keeps what it is given, and lets go of it on a thread that Python has never seen.
class store : counted {
public:
    store() = default;
    // A vector of pointers that cannot be copied says that it can.
    store(const store&) = delete;
    store& operator=(const store&) = delete;
    ~store() = default;

    void give(std::unique_ptr<shape> s) { owned_.push_back(std::move(s)); }
    void share(std::shared_ptr<shape> s) { shared_.push_back(std::move(s)); }
    double area() const {
        double sum = 0;
        for (const auto& s : owned_) {
            sum += s->area();
        }
        for (const auto& s : shared_) {
            sum += s->area();
        }
        return sum;
    }
    std::shared_ptr<shape> last() const { return shared_.empty() ? nullptr : shared_.back(); }
    void clear() {
        std::thread([owned = std::exchange(owned_, {}),
                     shared = std::exchange(shared_, {})]() mutable {
            owned.clear();
            shared.clear();
        }).join();
    }

private:
    std::vector<std::unique_ptr<shape>> owned_;
    std::vector<std::shared_ptr<shape>> shared_;
};

// Whose methods work on it detached.
class engine : counted {
public:
    int run(int n) {
        for (int i = 0; i < n; ++i) {
            value_ = (value_ * 31 + i) % 1009;
        }
        return value_;
    }
    int value() const { return value_; }

private:
    int value_ = 1;
};

struct money : counted {
    explicit money(int c) : cents(c) {}
    int cents;
};

enum class color { red, green, blue };
enum class mode : unsigned { none = 0, read = 1, write = 2 };

std::pair<double, double> state_of(const point& p) { return {p.x, p.y}; }
point point_of(std::pair<double, double> s) { return {s.first, s.second}; }

double area_elsewhere(const shape& s) {
    double area = 0;
    std::exception_ptr failed;
    std::thread([&] {
        try {
            area = s.area() + static_cast<double>(s.name().size());
        } catch (...) {
            failed = std::current_exception();
        }
    }).join();
    if (failed) {
        std::rethrow_exception(failed);
    }
    return area;
}

}  // namespace

using numbers = std::vector<double>;
using counts = std::map<std::string, int>;
using points = std::vector<std::shared_ptr<square>>;

}  // namespace soak

template <>
inline constexpr bool interlock::enable_class<soak::numbers> = true;
template <>
inline constexpr bool interlock::enable_class<soak::counts> = true;

namespace soak {

void bind_classes(il::module& m) {
    il::class_<point>(m, "Point", il::weak_referenceable)
        .def(il::init<double, double>(), il::arg("x"), il::arg("y"))
        .def_readwrite<&point::x>("x")
        .def_readwrite<&point::y>("y")
        .def(il::self + il::self)
        .def(il::self == il::self)
        .def(il::pickle<&state_of, &point_of>());
    il::class_<line>(m, "Line")
        .def(il::init<const point&, const point&>())
        .def_readwrite<&line::start>("start")
        .def_readwrite<&line::end>("end");
    il::class_<node>(m, "Node", il::dynamic_attr, il::members<&node::next>)
        .def(il::init<>())
        .def("link", [](node& n, const il::object& o) { n.next = o.unbind(); })
        .def("next", [](il::python py, const node& n) -> il::object {
            if (!n.next) {
                return py.none();
            }
            return n.next.bind(py);
        });
    il::class_<shape, std::shared_ptr<shape>, il::trampoline<python_shape>>(m, "Shape")
        .def(il::init<>())
        .def<&shape::area>("area")
        .def<&shape::name>("name");
    il::class_<square, shape, std::shared_ptr<square>>(m, "Square")
        .def(il::init<double>())
        .def_readwrite<&square::side>("side");
    m.def<&area_elsewhere>("area_elsewhere", il::allow_threads);
    m.def("make_shape",
          [](double side) -> std::unique_ptr<shape> { return std::make_unique<square>(side); });
    il::class_<store>(m, "Store")
        .def(il::init<>())
        .def<&store::give>("give")
        .def<&store::share>("share")
        .def<&store::area>("area")
        .def<&store::last>("last")
        .def<&store::clear>("clear", il::allow_threads);
    il::class_<engine>(m, "Engine")
        .def(il::init<>())
        .def<&engine::run>("run", il::allow_threads)
        .def<&engine::value>("value");
    il::class_<money>(m, "Money").def(il::init<int>()).def_readonly<&money::cents>("cents");
    il::implicitly_convertible<int, money>(m);
    m.def("cents", [](const money& x) { return x.cents; });
    m.def(
        "cents_of_all",
        [](const std::vector<const money*>& all) {
            return std::accumulate(all.begin(), all.end(), 0,
                                   [](int sum, const money* one) { return sum + one->cents; });
        },
        il::allow_threads);
    m.def(
        "add_to_each",
        [](const std::map<std::string, money*>& all, int cents) {
            for (const auto& [name, one] : all) {
                one->cents += cents;
            }
        },
        il::allow_threads);
    m.def("call_with_all", [](const std::vector<money*>& all, const il::object& f) {
        return f(all.size()).as<int>();
    });
    m.def("attach_to", [](const il::object&, const il::object&) {}, il::keep_alive<1, 2>());
    il::enum_<color>(m, "Color")
        .value("red", color::red)
        .value("green", color::green)
        .value("blue", color::blue);
    il::enum_<mode>(m, "Mode", il::flag).value("read", mode::read).value("write", mode::write);
    m.def("next_color", [](color c) { return static_cast<color>((static_cast<int>(c) + 1) % 3); });
    m.def("both", [](mode a, mode b) {
        return static_cast<mode>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
    });
    il::bind_vector<numbers>(m, "Numbers");
    il::bind_map<counts>(m, "Counts");
    m.def("scale", [](numbers& all, double by) {
        for (double& one : all) {
            one *= by;
        }
    });
}

}  // namespace soak
