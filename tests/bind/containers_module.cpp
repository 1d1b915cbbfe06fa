// Bound vectors and maps, and classes that export their memory.

#include <interlock/interlock.hpp>

#include <complex>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace il = interlock;

namespace {

struct Point {
    int x = 0;
    int y = 0;
    bool operator==(const Point&) const = default;
};

}  // namespace

using ints = std::vector<int>;
using doubles = std::vector<double>;
using renamed = std::vector<short>;
using texts = std::vector<std::string>;
using flags = std::vector<bool>;
using points = std::vector<Point>;
using shared_points = std::vector<std::shared_ptr<Point>>;
using nested = std::vector<ints>;
using objects = std::vector<il::owned<il::object>>;
using unique_points = std::vector<std::unique_ptr<Point>>;
using longs = std::deque<long>;
using counts = std::map<std::string, int>;
using names = std::unordered_map<int, std::string>;
using places = std::map<int, Point>;

struct Matrix {
    Matrix(std::size_t r, std::size_t c) : rows(r), columns(c), values(r * c) {}
    void resize(std::size_t r, std::size_t c) {
        rows = r;
        columns = c;
        values.assign(r * c, 0.0);
    }
    std::size_t rows;
    std::size_t columns;
    std::vector<double> values;
};
struct Recording {
    doubles samples;
};
struct Session {
    int number = 0;
    Recording recording;
};
struct Extent {
    int rows = 0;
    int columns = 0;
};
// Its first member lies where it lies itself.
struct Image {
    Extent extent;
    doubles pixels = doubles(4);
};
struct Folders {
    std::vector<std::filesystem::path> all;
    const std::vector<std::filesystem::path>& get() const { return all; }
    void fill(int count) { all.assign(static_cast<std::size_t>(count), "some/folder"); }
};
struct Fixed {
    std::complex<float> values[3] = {{1, 2}, {3, 4}, {5, 6}};
};

template <>
inline constexpr bool il::enable_class<ints> = true;
template <>
inline constexpr bool il::enable_class<doubles> = true;
template <>
inline constexpr bool il::enable_class<std::vector<float>> = true;
template <>
inline constexpr bool il::enable_class<renamed> = true;
template <>
inline constexpr bool il::enable_class<texts> = true;
template <>
inline constexpr bool il::enable_class<flags> = true;
template <>
inline constexpr bool il::enable_class<points> = true;
template <>
inline constexpr bool il::enable_class<shared_points> = true;
template <>
inline constexpr bool il::enable_class<nested> = true;
template <>
inline constexpr bool il::enable_class<objects> = true;
template <>
inline constexpr bool il::enable_class<unique_points> = true;
template <>
inline constexpr bool il::enable_class<longs> = true;
template <>
inline constexpr bool il::enable_class<counts> = true;
template <>
inline constexpr bool il::enable_class<names> = true;
template <>
inline constexpr bool il::enable_class<places> = true;

INTERLOCK_MODULE(bind_containers, m) {
    il::class_<Point>(m, "Point")
        .def(il::init<int, int>(), il::arg("x"), il::arg("y"))
        .def_readwrite<&Point::x>("x")
        .def_readwrite<&Point::y>("y")
        .def(il::self == il::self);
    il::bind_vector<ints>(m, "Ints", "Whole numbers.").def("total", [](const ints& v) {
        long sum = 0;
        for (const int n : v) {
            sum += n;
        }
        return sum;
    });
    il::bind_vector<renamed>(m, "Renamed").def("__repr__", [](const renamed& v) {
        return "one of " + std::to_string(v.size());
    });
    il::bind_vector<doubles>(m, "Doubles");
    il::bind_vector<texts>(m, "Texts");
    il::bind_vector<flags>(m, "Flags");
    il::bind_vector<points>(m, "Points");
    il::bind_vector<shared_points>(m, "SharedPoints");
    il::bind_vector<nested>(m, "Nested");
    il::bind_vector<objects>(m, "Objects");
    il::bind_vector<unique_points>(m, "UniquePoints");
    il::bind_vector<longs>(m, "Longs");
    il::bind_vector<std::vector<float>>(m, "FrozenFloats", il::frozen);

    try {
        il::bind_vector<ints>(m, "IntsAgain");
    } catch (const std::logic_error& error) {
        m.add("bound_twice", error.what());
    }

    il::bind_map<counts>(m, "Counts", "How often.");
    il::bind_map<names>(m, "Names");
    il::bind_map<places>(m, "Places");

    il::class_<Recording>(m, "Recording")
        .def(il::init<>())
        .def_readwrite<&Recording::samples>("samples");
    il::class_<Session>(m, "Session")
        .def(il::init<>())
        .def_readwrite<&Session::recording>("recording");
    il::class_<Extent>(m, "Extent").def(il::init<>()).def_readwrite<&Extent::rows>("rows");
    il::class_<Image>(m, "Image")
        .def(il::init<>())
        .def_buffer(
            [](Image& i) { return il::exported<double>(i.pixels.data(), {i.pixels.size()}); })
        .def_readwrite<&Image::extent>("extent");
    m.def("consume", [](std::unique_ptr<Recording> r) { return r->samples.size(); });
    il::class_<Folders>(m, "Folders")
        .def(il::init<>())
        .def<&Folders::get>("get")
        .def<&Folders::fill>("fill")
        .def("get_of_two", [](const Folders& a, int) -> const auto& { return a.all; })
        .def_readonly<&Folders::all>("all");
    il::class_<Matrix>(m, "Matrix")
        .def(il::init<std::size_t, std::size_t>())
        .def_buffer([](Matrix& x) { return il::exported(x.values.data(), {x.rows, x.columns}); })
        .def("resize", [](const il::instance<Matrix>& x, std::size_t r, std::size_t c) {
            il::require_not_exported(x);
            x->resize(r, c);
        });
    il::class_<Fixed>(m, "Fixed").def(il::init<>()).def_buffer([](const Fixed& x) {
        return il::exported<const std::complex<float>>(x.values, {2}, {2});
    });
    m.def("make_point", [](int x, int y) { return std::make_shared<Point>(Point{x, y}); });
    m.def("make_unique_point", [](int x, int y) { return std::make_unique<Point>(Point{x, y}); });
    m.def("take", [](std::unique_ptr<Matrix> x) { return x->values.size(); });
    m.def("take_vector", [](std::unique_ptr<ints> v) { return v->size(); });
    // Changes that Python does not see.
    m.def("grow", [](ints& v, int by) { v.resize(v.size() + static_cast<std::size_t>(by)); });
    m.def("shrink", [](ints& v) { v.clear(); });
    m.def("sum", [](std::span<const double> v) {
        double sum = 0;
        for (const double x : v) {
            sum += x;
        }
        return sum;
    });
    m.def("swap_key", [](names& all, int from, int to) {
        all.erase(from);
        all.emplace(to, "new");
    });
    m.def("swap_count", [](counts& all, const std::string& from, const std::string& to) {
        all.erase(from);
        all.emplace(to, 0);
    });
}
