// Aggregates that are named tuples and dataclasses in Python.
#include <interlock/interlock.hpp>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace il = interlock;

namespace {

struct point {
    double x;
    double y;
};

// Listed one by one, under other names, and not all of them.
struct person {
    std::string name;
    int age = 18;
    std::vector<std::string> tags{"new"};
    int secret = 7;
};

struct options {
    int width = 80;
    std::optional<std::string> title;
    std::vector<int> columns{1, 2};
    point origin{1.5, 2.5};
};

struct marker {
    const int id;
    std::unique_ptr<int> nothing_to_copy;
};

// Of a class with a constructor, whose member lies in a base.
struct base {
    int level = 1;
};
struct derived : base {
    derived() = default;
    int more = 2;
};

struct tree {
    int value;
    std::vector<tree> kids;
};

struct words {
    std::string_view first;
    std::vector<std::string_view> rest;
};

template <class T>
struct box {
    T low;
    T high;
};

struct by_name {
    int a;
    int b;
    int c = 3;
};

struct in_python {
    int n;
};
struct tuple_in_python {
    int n;
};

struct holder_of_objects {
    il::object what;
    int count;
};

struct nowhere {
    int n;
};

}  // namespace

template <>
struct il::converter<point> : il::named_tuple<"convert_aggregates.Point", il::members_of<point>> {};
template <>
struct il::converter<person>
    : il::dataclass<"convert_aggregates.Person", il::field<"name", &person::name>,
                    il::with_defaults, il::field<"years", &person::age>,
                    il::field<"tags", &person::tags>> {};
template <>
struct il::converter<options> : il::dataclass<"convert_aggregates.Options", il::with_defaults,
                                              il::members_of<options>, il::frozen> {};
template <>
struct il::converter<marker>
    : il::named_tuple<"convert_aggregates.Marker", il::members_of<marker, "number", "empty">> {};
template <>
struct il::converter<std::unique_ptr<int>> {
    static constexpr const char* python_type = "int | None";
    static std::optional<std::unique_ptr<int>> from_python(const il::object& value) {
        if (value.is_none()) {
            return std::unique_ptr<int>();
        }
        return std::make_unique<int>(value.as<int>());
    }
    static il::object to_python(il::python py, const std::unique_ptr<int>& value) {
        return value == nullptr ? il::object(py.none()) : py.make(*value);
    }
};
template <>
struct il::converter<derived>
    : il::dataclass<"convert_aggregates.Derived", il::field<"level", &derived::level>,
                    il::field<"more", &derived::more>> {};
template <>
struct il::converter<tree> : il::named_tuple<"convert_aggregates.Tree", il::members_of<tree>> {};
template <>
struct il::converter<words> : il::named_tuple<"convert_aggregates.Words", il::members_of<words>> {};
template <class T>
struct il::converter<box<T>> : il::named_tuple<"convert_aggregates.Box", il::members_of<box<T>>> {};
template <>
struct il::converter<by_name>
    : il::dataclass<"convert_aggregates.ByName", il::field<"a", &by_name::a>, il::kw_only,
                    il::field<"b", &by_name::b>, il::with_defaults, il::field<"c", &by_name::c>> {};
template <>
struct il::converter<in_python> : il::dataclass<"made_in_python.Data", il::members_of<in_python>> {
};
template <>
struct il::converter<tuple_in_python>
    : il::named_tuple<"made_in_python.Tuple", il::members_of<tuple_in_python>> {};
template <>
struct il::converter<holder_of_objects>
    : il::dataclass<"convert_aggregates.Holder", il::members_of<holder_of_objects>> {};
template <>
struct il::converter<nowhere>
    : il::named_tuple<"there.is.no.module.Nowhere", il::members_of<nowhere>> {};

// What holds none of Python's objects enters the door.
static_assert(il::detachable<point> && il::detachable<person> && il::detachable<tree>);
static_assert(!il::detachable<holder_of_objects>);

namespace {

template <class T>
T same(T value) {
    return value;
}

options narrow() {
    options made;
    made.width = 72;
    return made;
}
double area(const box<double>& b) { return b.high - b.low; }

std::size_t total(const words& w) {
    std::size_t sum = w.first.size();
    for (const std::string_view one : w.rest) {
        sum += one.size();
    }
    return sum;
}

int secret(const person& p) { return p.secret; }
const char* kind(const point&) { return "point"; }
const char* kind(const std::vector<double>&) { return "list"; }

}  // namespace

INTERLOCK_MODULE(convert_aggregates, m) {
    m.add("Point", il::class_of<point>(m.py()));
    m.add("Person", il::class_of<person>(m.py()));
    m.add("Options", il::class_of<options>(m.py()));
    m.add("Tree", il::class_of<tree>(m.py()));

    m.def<&same<point>>("point", il::arg("p"));
    m.def<&same<person>>("person", il::arg("p"));
    m.def<&same<options>>("options", il::arg("o") = narrow());
    m.def<&same<marker>>("marker");
    m.def<&same<derived>>("derived");
    m.def<&same<tree>>("tree");
    m.def<&same<box<int>>>("int_box");
    m.def<&same<box<double>>>("float_box");
    m.def<&same<by_name>>("by_name");
    m.def<&same<in_python>>("in_python");
    m.def<&same<tuple_in_python>>("tuple_in_python");
    m.def<&same<holder_of_objects>>("holder");
    m.def<&same<nowhere>>("nowhere");
    m.def<&same<std::multimap<std::string, int>>>("multimap");
    m.def<&same<std::multiset<int>>>("multiset");
    m.def<&same<std::unordered_multimap<int, std::unique_ptr<int>>>>("moved_multimap");
    m.def<&same<std::vector<point>>>("points", il::arg("ps"));
    m.def<&same<std::map<std::string, std::optional<person>>>>("people");
    m.def<&same<std::variant<int, point, options>>>("one_of");
    m.def<&same<point>>("exact_point", il::arg("p").exact());
    m.def<&area>("area", il::arg("box"), il::allow_threads);
    m.def<&total>("total");
    m.def<&secret>("secret");
    // A named tuple is a tuple too, which is exact for a vector.
    m.def<il::overload<const char*(const point&)>(&kind)>("kind");
    m.def<il::overload<const char*(const std::vector<double>&)>(&kind)>("kind");
}
