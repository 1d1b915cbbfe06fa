// A module whose stub is compared: every form that a signature can have without classes.

#include <interlock/interlock.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace il = interlock;

namespace {

double scale(double x, double by) { return x * by; }
std::map<std::string, std::vector<int>> group(const std::vector<int>& xs) { return {{"all", xs}}; }
il::typed<il::list, int> squares(il::python py, int n) {
    il::list made = il::list::make(py);
    for (int i = 0; i < n; ++i) {
        made.append(i * i);
    }
    return made;
}
int applied(il::python, const il::typed<il::callable, int(int, std::string_view)>& f, int x) {
    return f(x, "x").as<int>();
}
il::object anything(const il::object& value) { return value; }

struct money {
    long cents = 0;
};

}  // namespace

template <>
struct il::converter<money> {
    static constexpr const char* python_type = "decimal.Decimal";
    static std::optional<money> from_python(const il::object& value) {
        return money{value.call_method("__mul__", 100).call_method("__int__").as<long>()};
    }
    static il::object to_python(il::python py, const money& value) {
        return py.import("decimal").attr("Decimal")(value.cents);
    }
};

INTERLOCK_MODULE(stub_signatures, m) {
    m.doc("Signatures of all kinds.\n\nThe second paragraph.");
    m.add("VERSION", "1.0");
    m.add("LIMITS", std::vector<int>{1, 2});
    m.add("NOTHING", nullptr);
    m.add("SCALES", std::map<std::string, double>{{"one", 1.0}});

    m.def<&scale>("scale", "Scales.\n\nTwice: scale(x, 2).", il::arg("x"), il::pos_only,
                  il::arg("by") = -2.0);
    m.def<&group>("group", il::arg("xs"));
    m.def<&squares>("squares", il::arg("n") = 3);
    m.def<&applied>("applied", il::arg("f"), il::kw_only, il::arg("x"));
    m.def<&anything>("anything");
    m.def("cents", [](money x) { return x.cents; }, il::arg("amount"));

    // Overloads, of which one is deprecated; their text shows a call, which is none.
    m.def("parse", [](int x) { return x; }, "From a number.\n\nparse(1) -> 1", il::arg("x"));
    m.def(
        "parse", [](std::string_view) { return 0; }, il::deprecated("give a number"),
        il::arg("text"));

    // What C++ types do not say.
    m.def(
        "mode", [](const il::object& x) { return x; }, il::sig("mode(x: Literal['r', 'w']) -> str"),
        "One of two texts.", il::arg("x"));
    m.def(
        "first", [](const il::object& x) { return x; }, il::sig("first[T](xs: Sequence[T]) -> T"),
        il::arg("xs"));
    m.def(
        "read", [](const il::object&) { return 0; },
        il::sig("read(file: os.PathLike[str] | Buffer) -> int"), il::arg("file"));

    // Kinds of objects, each as typing knows it.
    m.def("kinds", [](il::datetime, il::iterable, il::callable, il::tuple, il::exception, il::type,
                      il::int_, il::boolean, il::none, il::range_, il::capsule) {});
    m.def("pair", [](il::typed<il::tuple, int, il::ellipsis> x) { return x; }, il::arg("x"));
    m.def(
        "nested", [](il::typed<il::dict, il::str, il::typed<il::list, il::date>> x) { return x; },
        il::arg("x"));
    m.def("rest", [](int, il::args, il::kwargs) {});

    // Names that hide builtin ones.
    m.def(
        "list", [](int n) { return std::vector<int>(static_cast<std::size_t>(n)); }, il::arg("n"));
    m.def(
        "a_function_with_a_long_name", [](int, int, int, int) { return 0; },
        "Its parameters stand on lines of their own.", il::arg("the_first_parameter"),
        il::arg("the_second_parameter"), il::arg("the_third_parameter") = 3,
        il::arg("the_fourth_parameter") = 4);

    il::module inner = m.submodule("inner", "A submodule.");
    inner.def("twice", [](int x) { return 2 * x; }, il::arg("x"));
}
