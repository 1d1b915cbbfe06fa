// Section 4 of the contract, modules and functions; what is asserted is in test_functions.py.
#include <interlock/interlock.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace il = interlock;

struct circle {
    double radius;
};
struct square {
    double side;
};

std::map<std::string, std::size_t> count(std::string_view text);
il::list top(il::python py, const il::dict& counts, std::size_t n);
double clamp(double x, double lo, double hi) noexcept;
double area_of_circle(const circle& c) { return 3 * c.radius * c.radius; }
double area_of_square(square s) { return s.side * s.side; }
int twice(int x) { return 2 * x; }
double twice(double x) { return 2 * x; }
std::string twice(const std::string& x) { return x + x; }
double half(double x) { return x / 2; }

std::map<std::string, std::size_t> count(std::string_view text) {
    std::map<std::string, std::size_t> found;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        ++found[std::string(text.substr(at, end - at))];
        at = end + 1;
    }
    return found;
}
il::list top(il::python py, const il::dict& counts, std::size_t n) {
    il::list names = il::list::of(py);
    for (auto [k, v] : counts) {
        if (il::len(names) < n) {
            names.append(k);
        }
    }
    return names;
}
double clamp(double x, double lo, double hi) noexcept { return x < lo ? lo : x > hi ? hi : x; }

namespace {

// Functions of all shapes.
const std::string& longer(const std::string& a, const std::string& b) {
    return a.size() < b.size() ? b : a;
}
std::string_view first_word(const std::string& text) {
    return std::string_view(text).substr(0, text.find(' '));
}
std::vector<std::string_view> words(const std::string& text) {
    const std::size_t at = text.find(' ');
    return {std::string_view(text).substr(0, at), std::string_view(text).substr(at + 1)};
}
std::string taken(std::string&& s) { return std::move(s) + "!"; }
void nothing() {}
int with_token(il::python py) { return py.import("math").attr("gcd")(12, 18).as<int>(); }
int defaults(int a, std::optional<int> b, const std::vector<int>& c, std::string_view d, double e) {
    return a + b.value_or(100) + std::accumulate(c.begin(), c.end(), 0) +
           static_cast<int>(d.size()) + static_cast<int>(e);
}
std::size_t inside(std::span<const double> xs, std::string_view name,
                   const std::vector<std::string_view>& names) {
    std::size_t length = name.size() + xs.size();
    for (std::string_view n : names) {
        length += n.size();
    }
    return length;
}
int call_detached(const std::function<int(int)>& f, int x) { return f(x); }
int call_by_value(std::function<int(int)> f, int x) { return f(x); }
template <class T>
T echo(T x) {
    return x;
}
template <class T, std::size_t N>
std::array<T, N> filled(T x) {
    std::array<T, N> xs;
    xs.fill(x);
    return xs;
}
struct scale {
    int by;
    int operator()(int x) const { return by * x; }
};
struct counter {
    int count = 0;
    int operator()() { return ++count; }
};
struct noted {
    static inline std::atomic<int> alive = 0;
    static inline std::atomic<int> made = 0;
    noted() {
        ++alive;
        ++made;
    }
    noted(const noted&) = delete;
    noted& operator=(const noted&) = delete;
    ~noted() { --alive; }
};
struct also_noted : noted {};

bool is_detached() {
    try {
        il::assume_attached([](il::python) {});
        return false;
    } catch (const il::not_attached&) {
        return true;
    }
}

// A helper template of the user's.
template <auto F, class M>
void bind_as(M& m, const std::string& name) {
    m.template def<F>(name.c_str(), il::arg("x"));
}
template <class T>
void bind_echo(il::module& m, const char* name) {
    m.def<&echo<T>>(name, il::arg("x"));
}

}  // namespace

INTERLOCK_MODULE(contract_functions, m) {
    m.doc("Counts words with the interpreter released.");
    m.def<&count>("count", "Words and how often each occurs.", il::arg("text"), il::allow_threads);
    m.def<&top>("top", il::arg("counts"), il::kw_only, il::arg("n") = 10);
    m.def<&clamp>("clamp", il::arg("x"), il::pos_only, il::arg("lo") = 0.0, il::arg("hi") = 1.0);
    m.def("shout", [](std::string s) { return s + "!"; }, il::arg("s"));
    m.def("scaled", [k = 3](int x) { return k * x; });
    m.def("gather", [](il::args a, il::kwargs k) { return il::len(a) + il::len(k); });
    il::class_<circle>(m, "Circle").def(il::init<double>()).def_readonly<&circle::radius>("radius");
    il::class_<square>(m, "Square").def(il::init<double>());
    m.def<&area_of_circle>("area", il::arg("circle"));
    m.def<&area_of_square>("area", il::arg("square"));
    m.def<il::overload<int(int)>(&twice)>("twice");
    m.def("half", &half, il::arg("x"));
    m.add("VERSION", "1.0");
    il::module sub = m.submodule("extra", "More.");

    // The same, varied.
    m.def<il::overload<double(double)>(&twice)>("twice_more");
    m.def<il::overload<int(int)>(&twice)>("twice_more");
    m.def<il::overload<std::string(const std::string&)>(&twice)>("twice_more");
    m.def("twice_pointer", il::overload<int(int)>(&twice), il::arg("x"));
    m.def("half_without_names", half);
    m.def<clamp>("clamp_by_name");
    m.def<[](int x) { return x + 1; }>("successor", il::arg("x"), "Its doc.");
    m.def("functor", scale{5});
    m.def("counter", counter{});
    m.def("std_function", std::function<int(int)>([](int x) { return x - 1; }), il::arg("x"));
    m.def("plus", std::plus<int>{}, il::arg("a"), il::arg("b") = 1);
    m.def("mutable_lambda", [n = 0]() mutable { return ++n; });
    m.def("only_moved", [p = std::make_unique<int>(9)] { return *p; });
    m.def("token_first", [](il::python py, int x) { return py.make(x).repr(); }, il::arg("x"));
    m.def("token_reference", [](il::python& py, int x) { return py.make(x).repr(); }, il::arg("x"));
    m.def<&with_token>("with_token");
    m.def<&longer>("longer", il::arg("a"), il::arg("b"));
    m.def<&longer>("longer_unnamed");
    m.def<&longer>("longer_detached", il::arg("a"), il::arg("b"), il::allow_threads,
                   il::call_guard<noted>);
    m.def("longer_lambda",
          [k = std::size_t{1}](const std::string& a, const std::string& b) -> const std::string& {
              return a.size() < b.size() * k ? b : a;
          });
    m.def<&first_word>("first_word", il::arg("text"));
    m.def<&first_word>("first_word_unnamed");
    m.def<&first_word>("first_word_detached", il::arg("text"), il::allow_threads);
    m.def<&words>("words", il::arg("text"));
    m.def<il::overload<const std::string&(const std::string&, const std::string&)>(
        &std::max<std::string>)>("larger");
    m.def<&taken>("taken", il::arg("s"));
    m.def<&nothing>("nothing");
    m.def("noexcept_lambda", [](int x) noexcept { return x; });
    m.def<&defaults>("defaults", il::arg("a") = 1, il::arg("b") = std::nullopt,
                     il::arg("c") = std::vector{1, 2}, il::arg("d") = "abc", il::arg("e") = 2);
    m.def("python_default", [](il::object o) { return o; }, il::arg("o") = m.attr("VERSION"));
    m.def(
        "none_default", [](const std::optional<std::string>& s) { return s.has_value(); },
        il::arg("s") = nullptr);
    m.def("none_for_c_text", [](const char* s) { return s == nullptr; }, il::arg("s") = nullptr);
    m.def(
        "none_for_object", [](const il::object& o) { return o.is_none(); }, il::arg("o") = nullptr);
    m.def("none_for_pointer", [](const circle* c) { return c == nullptr; }, il::arg("c") = nullptr);
    m.def(
        "none_for_shared", [](const std::shared_ptr<circle>& c) { return c == nullptr; },
        il::arg("c") = nullptr);
    m.def(
        "none_for_function", [](const std::function<int()>& f) { return f == nullptr; },
        il::arg("f") = nullptr, il::allow_threads);
    m.def("instance_default", [](const circle& c) { return c.radius; }, il::arg("c") = circle{2});
    m.def(
        "list_default", [](il::list xs) { return il::len(xs); },
        il::arg("xs") = il::list::of(m.py(), 1, 2));
    m.def(
        "kinds_of_parameters",
        [](int a, int b, il::args rest, int c, il::kwargs more) {
            return il::tuple::of(rest.py(), a, b, rest, c, more);
        },
        il::arg("a"), il::pos_only, il::arg("b"), il::arg("c") = 3);
    m.def(
        "only_by_name", [](int a, int b) { return a - b; }, il::kw_only, il::arg("a"),
        il::arg("b") = 1);
    m.def(
        "only_by_position", [](int a, int b) { return a - b; }, il::arg("a"), il::arg("b") = 1,
        il::pos_only);

    // Under the policy.
    m.def<&inside>("inside", il::allow_threads, il::arg("xs"), il::arg("name"), il::arg("names"));
    m.def<&call_detached>("call_detached", il::arg("f"), il::arg("x"), il::allow_threads);
    m.def<&call_by_value>("call_by_value", il::arg("f"), il::arg("x"), il::allow_threads);
    m.def("is_detached", &is_detached, il::allow_threads);
    m.def(
        "fill", [](std::span<float> xs, float x) { std::fill(xs.begin(), xs.end(), x); },
        il::arg("xs"), il::arg("x"), il::allow_threads);
    m.def(
        "handle_inside", [](il::owned<il::list> h) { return h; }, il::arg("xs"), il::allow_threads);

    // Options.
    m.def("exact", [](double x) { return x; }, il::arg("x").exact());
    m.def("exact_with_default", [](int x) { return x; }, il::arg("x").exact() = 4);
    m.def(
        "refuses_none", [](std::optional<int> x) { return x.value_or(-1); },
        il::arg("x").none(false));
    m.def(
        "takes_none", [](std::optional<int> x) { return x.value_or(-1); }, il::arg("x").none(true));
    m.def("refuses_none_object", [](il::object x) { return x; }, il::arg("x").none(false));
    m.def("guarded", [] { return noted::alive.load(); }, il::call_guard<noted>);
    m.def(
        "guarded_call", [](int x) { return noted::alive + x; }, il::arg("x"),
        il::call_guard<noted>());
    m.def(
        "guarded_twice", [] { return noted::alive.load(); }, il::call_guard<noted, also_noted>,
        il::allow_threads);
    m.def(
        "guarded_throws", []() -> int { throw std::out_of_range("guarded"); },
        il::call_guard<noted>);
    m.def("guards_alive", [] { return noted::alive.load(); });
    m.def(
        "module_name", [](il::module self) { return self.attr("__name__").as<std::string>(); },
        il::pass_module);
    m.def(
        "module_and_token",
        [](il::python py, const il::module& self, int x) {
            return self.attr("VERSION").as<std::string>() + py.make(x).repr();
        },
        il::pass_module, il::arg("x"));
    m.def("old", [](int x) { return x; }, il::arg("x"), il::deprecated("use new"));
    m.def(
        "literal", [](int x) { return x; }, il::arg("x"),
        il::sig("literal(x: Literal[1, 2]) -> int"), "Doc.");

    // Binding one callable twice.
    for (int i = 0; i < 3; ++i) {
        m.def(("times_" + std::to_string(i)).c_str(), [i](int x) { return i * x; }, il::arg("x"));
        m.def<&half>(("half_" + std::to_string(i)).c_str(), il::arg("x") = i);
    }
    bind_as<&half>(m, "by_helper");
    bind_as<il::overload<int(int)>(&twice)>(m, "by_other_helper");
    bind_echo<int>(m, "echo_int");
    bind_echo<std::vector<std::string>>(m, "echo_strings");
    m.def<&filled<int, 2>>("filled", il::arg("x"));

    sub.def<&half>("half", il::arg("x"));
    sub.add("NUMBERS", std::vector{1, 2});
    il::module deeper = sub.submodule("deeper");
    deeper.def(
        "where", [](il::module self) { return self.attr("__name__").as<std::string>(); },
        il::pass_module);
    m.add("PI", 3.14);
    m.add("TABLE", std::map<std::string, int>{{"a", 1}});
    m.add("SUB", sub);
}
