// *args whose items are converted: il::args_of<T>.
#include <interlock/interlock.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

using text = std::string;

std::vector<int> ints(il::args_of<int> all) { return {all.begin(), all.end()}; }
long long sum(std::span<const int> all) { return std::accumulate(all.begin(), all.end(), 0LL); }

// Some kilobytes: none of it lies on the stack.
struct large_value {
    int value = 0;
    char rest[4000] = {};
};

// Held by a unique pointer, so that Python code can give it away.
struct purse {
    explicit purse(int content) : value(content) {}
    ~purse() { value = -1; }
    int value;
};

// Counts those of it that live; the copy for 13 throws.
struct counted_value {
    static inline std::atomic<int> alive{0};
    int value = 0;
    explicit counted_value(int v = 0) : value(v) { ++alive; }
    counted_value(const counted_value& other) : value(other.value) {
        if (value == 13) {
            throw std::runtime_error("unlucky");
        }
        ++alive;
    }
    counted_value& operator=(const counted_value&) = default;
    ~counted_value() { --alive; }
};

struct sink {
    int base = 0;
    std::vector<int> with_base(il::args_of<int> all) const {
        std::vector<int> made;
        for (const int each : all) {
            made.push_back(base + each);
        }
        return made;
    }
};

}  // namespace

template <>
struct il::converter<counted_value> {
    static constexpr const char* python_type = "int";
    static std::optional<counted_value> from_python(const il::object& from) {
        if (const auto value = from.try_as<int>()) {
            return std::optional<counted_value>(std::in_place, *value);
        }
        return std::nullopt;
    }
    static il::object to_python(il::python py, const counted_value& value) {
        return py.make(value.value);
    }
};

template <>
struct il::converter<large_value> {
    static constexpr const char* python_type = "int";
    static std::optional<large_value> from_python(const il::object& from) {
        const auto value = from.try_as<int>();
        return value ? std::optional(large_value{*value, {}}) : std::nullopt;
    }
    static il::object to_python(il::python py, const large_value& value) {
        return py.make(value.value);
    }
};

INTERLOCK_MODULE(bind_typed_rest, m) {
    m.def<&ints>("ints");
    m.def<&ints>("ints_again", "Ints.", il::allow_threads);
    m.def("by_reference", [](const il::args_of<double>& all) {
        return std::vector<double>(all.begin(), all.end());
    });
    m.def("total", [](il::args_of<int> all) { return sum(all); });
    m.def("facts", [](il::args_of<int> all) {
        return std::vector<bool>{all.empty(), all.size() == 3,
                                 !all.empty() && &all[0] == all.data(),
                                 all.begin() + all.size() == all.end()};
    });
    m.def(
        "named",
        [](il::python py, int a, il::args_of<int> rest) {
            return il::tuple::of(py, a, ints(rest));
        },
        il::arg("a"));
    m.def(
        "defaulted",
        [](il::python py, int a, il::args_of<int> rest) {
            return il::tuple::of(py, a, ints(rest));
        },
        il::arg("a") = 5);
    m.def(
        "behind",
        [](il::python py, int a, il::args_of<int> rest, int b) {
            return il::tuple::of(py, a, ints(rest), b);
        },
        il::arg("a"), il::arg("b") = 9);
    // What stands behind *args is by name alone, also where that is said.
    m.def(
        "behind_and_said",
        [](il::python py, il::args_of<int> rest, int b) {
            return il::tuple::of(py, ints(rest), b);
        },
        il::arg("b"), il::kw_only);
    m.def(
        "with_names",
        [](il::python py, int a, il::args_of<int> rest, const il::kwargs& names) {
            return il::tuple::of(py, a, ints(rest), names);
        },
        il::arg("a"), il::pos_only);
    m.def("texts", [](il::args_of<text> all) { return std::vector<text>(all.begin(), all.end()); });
    m.def(
        "views",
        [](il::args_of<std::string_view> all) {
            return std::accumulate(all.begin(), all.end(), std::size_t{0},
                                   [](std::size_t n, std::string_view v) { return n + v.size(); });
        },
        il::allow_threads);
    m.def("objects", [](il::args_of<il::object> all) {
        return std::vector<il::object>(all.begin(), all.end());
    });
    m.def("rows", [](il::args_of<std::vector<int>> all) {
        return std::vector<std::vector<int>>(all.begin(), all.end());
    });
    m.def("memory", [](il::args_of<std::span<const int>> all) {
        return std::accumulate(all.begin(), all.end(), 0LL,
                               [](long long n, std::span<const int> row) { return n + sum(row); });
    });
    m.def("counted", [](il::args_of<counted_value> all) {
        return std::pair(all.size(), counted_value::alive.load());
    });
    m.def("large", [](il::args_of<large_value> all) {
        return std::accumulate(all.begin(), all.end(), 0,
                               [](int n, const large_value& v) { return n + v.value; });
    });
    il::class_<purse, std::unique_ptr<purse>>(m, "Purse").def(il::init<int>());
    m.def("take", [](std::unique_ptr<purse> taken) { return taken->value; });
    m.def("content", [](const purse& p, il::args_of<int> all) {
        return p.value + static_cast<int>(all.size());
    });
    m.def("content_behind", [](const purse* p, il::args_of<int> all) {
        return p->value + static_cast<int>(all.size());
    });
    m.def("contents", [](il::args_of<il::instance<purse>> all) {
        int sum = 0;
        for (const il::instance<purse>& each : all) {
            sum += each->value;
        }
        return sum;
    });
    m.def("alive", [] { return counted_value::alive.load(); });
    m.def("either", [](int) { return text("one int"); });
    m.def("either", [](il::args_of<text>) { return text("texts"); });
    m.def("either", [](il::args_of<int>) { return text("ints"); });

    il::class_<sink>(m, "Sink")
        .def(il::init<>())
        .def_readwrite<&sink::base>("base")
        .def<&sink::with_base>("with_base")
        .def_static("count", [](il::args_of<int> all) { return all.size(); });
}
