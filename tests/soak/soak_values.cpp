// Conversions both ways, views, functions, callbacks, ranges, exceptions, and leaks on purpose.
#include "soak_parts.hpp"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace soak {
namespace {

using leaf = std::variant<int, double, std::string>;
using tree = std::map<std::string, std::vector<std::optional<leaf>>>;
using several = std::tuple<std::set<int>, std::pair<std::u16string, bool>, std::chrono::seconds>;

struct place {
    double x;
    double y;
    std::string name;
};

class soak_error : public std::runtime_error {
public:
    soak_error(const std::string& text, int c) : std::runtime_error(text), code(c) {}
    int code;
};

double total(std::span<const double> items) {
    double sum = 0;
    for (const double item : items) {
        sum += item;
    }
    return sum;
}

void fill(std::span<int> items, int value) {
    for (int& item : items) {
        item = value;
    }
}

int call_twice(const std::function<int(int)>& f, int x) { return f(f(x)); }

std::function<int(int)> adder(int n) {
    return [n](int x) { return x + n; };
}

auto odd(std::vector<int> xs) {
    return std::move(xs) | std::views::filter([](int x) { return x % 2 != 0; });
}

long sum_of(il::iterable_of<long> all) {
    long sum = 0;
    for (const long one : all) {
        sum += one;
    }
    return sum;
}

void fail(int how) {
    switch (how % 8) {
        case 0:
            throw std::invalid_argument("invalid");
        case 1:
            throw std::out_of_range("out of range");
        case 2:
            throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory));
        case 3:
            throw soak_error("ours", how);
        case 4:
            throw il::key_error("key");
        case 5:
            throw how;
        case 6:
            try {
                throw std::runtime_error("inner");
            } catch (...) {
                std::throw_with_nested(il::with_note(il::value_error("outer"), "a note"));
            }
        default:
            throw std::bad_alloc();
    }
}

// Python's exception through C++ and back, seen on the way.
bool passes_on(il::python, const il::object& f, bool keep) {
    try {
        f();
    } catch (const il::python_error& error) {
        if (!keep) {
            throw;
        }
        return error.matches<il::value_error>();
    }
    return false;
}

void leak(il::python py, const std::string& what) {
    if (what == "object") {
        static_cast<void>(py.make(std::string("leaked for the soak's own test")).release());
    } else if (what == "handle") {
        static_cast<void>(new il::owned<il::object>(py.make(std::vector<int>{1}).unbind()));
    } else if (what == "instance") {
        static_cast<void>(new counted);
    } else if (what == "memory") {
        // Memory that was never written to takes none.
        static_cast<void>(new std::string(4000, 'x'));
    } else {
        throw il::value_error("no leak is called " + what);
    }
}

}  // namespace
}  // namespace soak

template <>
struct interlock::converter<soak::place>
    : interlock::named_tuple<"soak.Place", interlock::members_of<soak::place>> {};

namespace soak {

void bind_values(il::module& m) {
    m.def("add", [](int a, int b) { return a + b; }, il::arg("a"), il::arg("b") = 1);
    m.def("gather", [](const il::args& a, const il::kwargs& k) { return il::len(a) + il::len(k); });
    m.def("pick", [](int) { return "int"; });
    m.def("pick", [](double) { return "float"; });
    m.def("pick", [](const std::string&) { return "str"; });
    m.def("pick", [](const std::vector<int>&) { return "list"; });
    m.def("tree", [](tree t) { return t; }, il::arg("t"));
    m.def("several", [](several s) { return s; }, il::arg("s"));
    m.def("text", [](std::string_view t) { return t.size(); }, il::arg("t"), il::allow_threads);
    m.def("wide", [](std::u32string t) { return t; }, il::arg("t"));
    m.def("place", [](place p) {
        std::swap(p.x, p.y);
        return p;
    });
    m.def<&total>("total", il::arg("items"), il::allow_threads);
    m.def<&fill>("fill", il::arg("items"), il::arg("value"), il::allow_threads);
    m.def<&call_twice>("call_twice");
    m.def<&adder>("adder");
    m.def<&odd>("odd");
    m.def<&sum_of>("sum_of");
    m.def<&fail>("fail");
    m.def<&passes_on>("passes_on", il::arg("f"), il::arg("keep"));
    m.def("objects", [](il::python py, const il::list& xs) {
        il::dict made = il::dict::of(py);
        for (il::object x : xs) {
            made[x.str()] = il::tuple::of(py, x, x.repr());
        }
        return made;
    });
    il::exception_<soak_error, il::runtime_error>(m, "SoakError")
        .def_readonly<&soak_error::code>("code");
    m.add("Place", il::class_of<place>(m.py()));
    m.def<&leak>("leak");
    m.def("alive", [] { return counted::alive.load(); });
    m.def("report_leaks", &il::report_leaks);
    m.def("held_handles", &il::held_handles);
}

}  // namespace soak

INTERLOCK_MODULE(soak, m) {
    soak::bind_values(m);
    soak::bind_classes(m);
    soak::bind_threads(m);
}
