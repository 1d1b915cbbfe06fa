#include <interlock/interlock.hpp>
#include <map>
#include <stdexcept>
#include <vector>
namespace il = interlock;
static int add(int a, int b) { return a + b; }
static double clamp(double x, double lo, double hi) noexcept {
    return x < lo ? lo : x > hi ? hi : x;
}
static double add6(int a, int b, int c, int d, int e, double f) { return a + b + c + d + e + f; }
static std::size_t length(std::string_view s) { return s.size(); }
static std::size_t length_s(std::string s) { return s.size(); }
static double twice(double x) { return 2 * x; }
static void noop() {}
static void thrower() { throw std::runtime_error("boom"); }
static int sum(const std::vector<int>& v) {
    int s = 0;
    for (int x : v)
        s += x;
    return s;
}
static std::map<std::string, std::size_t> count(std::string_view text) {
    std::map<std::string, std::size_t> m;
    for (char c : text)
        ++m[std::string(1, c)];
    return m;
}
static int ov1(int) { return 1; }
static int ov2(std::string_view) { return 2; }
static int half(int x) { return x / 2; }
static il::list top(il::python py, const il::dict& d, std::size_t n) {
    return il::list::of(py, il::len(d), n);
}
static bool takes(const il::object&) { return true; }
INTERLOCK_MODULE(bind_functions, m) {
    m.doc("A slice.");
    m.def<&noop>("noop");
    m.def<&add>("add");
    m.def<&add>("add_kw", il::arg("a"), il::arg("b"));
    m.def<&add>("add_default", "Adds.", il::arg("a"), il::arg("b") = 10);
    m.def<&clamp>("clamp", il::arg("x"), il::pos_only, il::arg("lo") = 0.0, il::arg("hi") = 1.0);
    m.def<&add6>("add6");
    m.def<&twice>("twice");
    m.def<&length>("length");
    m.def<&length_s>("length_s");
    m.def<&thrower>("thrower");
    m.def<&sum>("sum");
    m.def<&count>("count", "Words and how often each occurs.", il::arg("text"), il::allow_threads);
    m.def<&ov1>("ov");
    m.def<&ov2>("ov");
    m.def<&ov1>("old", il::deprecated("use ov"));
    m.def<&ov2>("old");
    m.def("shout", [](std::string s) { return s + "!"; }, il::arg("s"));
    m.def("scaled", [k = 3](int x) { return k * x; });
    m.def("gather", [](il::args a, il::kwargs k) { return il::len(a) + il::len(k); });
    m.def("half", &half, il::arg("x"));
    m.def<&top>("top", il::arg("counts"), il::kw_only, il::arg("n") = 10);
    m.def<&takes>("takes");
    m.add("VERSION", "1.0");
    il::module sub = m.submodule("extra", "More.");
    sub.def<&add>("plus");
}
