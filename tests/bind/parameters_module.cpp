// Kinds of parameters: by position, by name, with defaults, the rest of both; None; exact ones; more than 64.
#include <interlock/interlock.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

using text = std::string;

text shown(std::initializer_list<int> values) {
    text all;
    for (const int value : values) {
        all += (all.empty() ? "" : " ") + std::to_string(value);
    }
    return all;
}

text three(int a, int b, int c) { return shown({a, b, c}); }

il::object itself(il::object value) { return value; }

// Every mixture of named parameters with *args and **kwargs.
il::tuple named_rest(il::python py, int a, const il::args& rest) {
    return il::tuple::of(py, a, rest);
}
il::tuple named_names(il::python py, int a, const il::kwargs& names) {
    return il::tuple::of(py, a, names);
}
il::tuple named_both(il::python py, int a, const il::args& rest, const il::kwargs& names) {
    return il::tuple::of(py, a, rest, names);
}
// A parameter behind *args can be given by keyword alone.
il::tuple behind_rest(il::python py, int a, const il::args& rest, int b) {
    return il::tuple::of(py, a, rest, b);
}
il::tuple everything(il::python py, int a, int b, const il::args& rest, int c, int d,
                     const il::kwargs& names) {
    return il::tuple::of(py, a, b, rest, c, d, names);
}
il::tuple by_value(il::python py, il::args rest, il::kwargs names) {
    return il::tuple::of(py, std::move(rest), std::move(names));
}

// 70 parameters of one type.
template <std::size_t>
using an_int = int;
template <class>
struct wide;
template <std::size_t... I>
struct wide<std::index_sequence<I...>> {
    static unsigned long long sum(an_int<I>... x) {
        unsigned long long all = 0;
        ((all = all * 3 + static_cast<unsigned>(x)), ...);
        return all;
    }
    static void define(il::module& m, std::vector<text>& names) {
        m.def<&sum>("wide");
        m.def<&sum>("wide_named", il::arg(names[I].c_str())...);
        m.def<&sum>("wide_defaults", (il::arg(names[I].c_str()) = static_cast<int>(I))...);
    }
};

struct move_only {
    explicit move_only(int n) : value(std::make_unique<int>(n)) {}
    move_only(move_only&&) = default;
    move_only& operator=(move_only&&) = default;
    std::unique_ptr<int> value;
};

}  // namespace

template <>
struct interlock::converter<move_only> {
    static constexpr const char* python_type = "int";
    static std::optional<move_only> from_python(const il::object& value) {
        const std::optional<int> n = value.try_as<int>();
        return n ? std::optional<move_only>(std::in_place, *n) : std::nullopt;
    }
    static il::object to_python(il::python py, const move_only& value) {
        return py.make(*value.value);
    }
};

INTERLOCK_MODULE(bind_parameters, m) {
    il::python py = m.py();
    m.def<&three>("plain");
    m.def<&three>("named", il::arg("a"), il::arg("b"), il::arg("c"));
    m.def<&three>("one_of_each", il::arg("a"), il::pos_only, il::arg("b"), il::kw_only,
                  il::arg("c"));
    m.def<&three>("all_by_position", il::arg("a"), il::arg("b"), il::arg("c"), il::pos_only);
    m.def<&three>("all_by_keyword", il::kw_only, il::arg("a"), il::arg("b"), il::arg("c"));
    m.def<&three>("last_two_default", il::arg("a"), il::arg("b") = 20, il::arg("c") = 30);
    m.def<&three>("defaults_by_position", il::arg("a") = 1, il::arg("b") = 2, il::arg("c") = 3,
                  il::pos_only);
    m.def<&three>("keyword_without_default_behind_one_with", il::arg("a") = 1, il::kw_only,
                  il::arg("b"), il::arg("c") = 3);
    m.def<&three>("keyword_that_python_reserves", il::arg("class"), il::arg("for"),
                  il::arg("lambda"));
    m.def<&three>("unicode", il::arg("größe"), il::arg("b"), il::arg("c"));

    // Defaults of any Python value.
    m.def<&itself>("default_none", il::arg("x") = py.none());
    m.def<&itself>("default_text", il::arg("x") = "it's");
    m.def<&itself>("default_float", il::arg("x") = 0.1);
    m.def<&itself>("default_bool", il::arg("x") = true);
    m.def<&itself>("default_bytes", il::arg("x") = py.eval("b'\\x00a'"));
    m.def<&itself>("default_big", il::arg("x") = py.eval("10**30"));
    m.def<&itself>("default_list", il::arg("x") = il::list::of(py, 1, "two"));
    m.def<&itself>("default_infinity", il::arg("x") = py.eval("float('inf')"));
    m.def<&itself>("default_type", il::arg("x") = py.eval("int"));
    m.def(
        "default_vector", [](const std::vector<int>& x) { return x; },
        il::arg("x") = std::vector<int>{1, 2});
    m.def("default_string", [](const text& x) { return x; }, il::arg("x") = text("abc"));
    m.def("default_view", [](std::string_view x) { return text(x); }, il::arg("x") = "literal");
    m.def("default_beyond_ascii", [](const text& x) { return x; }, il::arg("x") = "ü");
    m.def("default_of_another_type", [](double x) { return x; }, il::arg("x") = 3);
    m.def(
        "default_in_python_for_a_number", [](int x) { return x; },
        il::arg("x") = py.eval("20 + 3"));

    m.def<&named_rest>("named_rest", il::arg("a"));
    m.def<&named_names>("named_names", il::arg("a"));
    m.def<&named_both>("named_both", il::arg("a"));
    m.def<&named_both>("position_both", il::arg("a"), il::pos_only);
    m.def<&named_both>("default_both", il::arg("a") = 5);
    m.def<&behind_rest>("behind_rest", il::arg("a"), il::arg("b"));
    m.def<&everything>("everything", il::arg("a"), il::pos_only, il::arg("b") = 2, il::arg("c"),
                       il::arg("d") = 4);
    m.def<&by_value>("by_value");
    m.def("rest_alone", [](const il::args& rest) { return rest; });
    m.def("names_alone", [](const il::kwargs& names) { return names; });
    // The items of *args, as a loop, copies of them, indexes and get() give them.
    m.def("walk_rest", [](il::python token, const il::args& rest) {
        il::list seen = il::list::make(token);
        for (const il::object& each : rest) {
            seen.append(each);
        }
        std::vector<il::object> copies;
        for (il::object each : rest) {
            copies.push_back(std::move(each));
        }
        il::list indexed = il::list::make(token);
        for (std::size_t i = 0; i < rest.size(); ++i) {
            indexed.append(rest[i]);
        }
        return il::tuple::of(token, seen, copies, indexed, rest.size(), il::len(rest));
    });
    m.def("item_of_rest", [](std::ptrdiff_t index, const il::args& rest) {
        return il::tuple::of(rest.py(), rest[index], rest.get(index));
    });
    m.def("item_beyond", [](const il::args& rest) { return rest[~std::size_t{0}]; });
    m.def("slice_of_rest", [](const il::object& places, const il::args& rest) {
        return static_cast<il::object>(rest[places]);
    });
    m.def("count_in_rest", [](int x, const il::args& rest) { return rest.count(x); });
    m.def("kept_rest", [](il::args rest) {
        auto at = rest.begin();
        const auto first = at;
        at++;
        rest = il::args(std::move(rest));
        return std::vector<il::object>{*at, *first, *rest.begin()};
    });
    m.def("refuses_detached", [](il::python token, const il::args& rest) {
        auto at = rest.begin();
        const auto refused = [](auto&& f) {
            try {
                f();
            } catch (const il::not_attached&) {
                return true;
            }
            return false;
        };
        return token.allow_threads(il::unchecked, [&] {
            return refused([&] { ++at; }) && refused([&] { static_cast<void>(rest[0]); }) &&
                   refused([&] { static_cast<void>(rest.begin()); }) &&
                   refused([&] { static_cast<void>(rest.size()); });
        });
    });
    m.def("refuses_moved", [](il::args rest) {
        const il::args taken = std::move(rest);
        try {
            static_cast<void>(rest.begin());  // NOLINT(bugprone-use-after-move)
        } catch (const std::logic_error&) {
            return true;
        }
        return false;
    });
    m.def("unnamed_rest", [](il::python token, int a, const il::args& rest) {
        return il::tuple::of(token, a, rest);
    });

    // None, where the type has a place for it, and where it has none.
    m.def<&itself>("takes_none", il::arg("x"));
    m.def<&itself>("refuses_none", il::arg("x").none(false));
    m.def("refuses_none_in_words", [](int x) { return x; }, il::arg("x"));

    // Exact ones convert nothing.
    m.def("exact_int", [](int x) { return x; }, il::arg("x").exact());
    m.def("exact_float", [](double x) { return x; }, il::arg("x").exact());
    m.def("exact_vector", [](const std::vector<int>& x) { return x; }, il::arg("x").exact());
    m.def("exact_default", [](double x) { return x; }, il::arg("x").exact() = 1.5);
    m.def("exact_none", [](int x) { return x; }, il::arg("x").exact().none(false));

    std::vector<text> names;
    for (int i = 0; i < 70; ++i) {
        names.push_back("p" + std::to_string(i));
    }
    wide<std::make_index_sequence<70>>::define(m, names);

    m.def("move_only", [](move_only x) { return move_only(*x.value + 1); });
    m.def("move_only_named", [](move_only&& x) { return std::move(x); }, il::arg("x"));
}
