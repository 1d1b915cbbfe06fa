// Several callables bound under one name in one definition, and the same ones one by one, to be compared.
#include <interlock/interlock.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace il = interlock;

namespace {

using text = std::string;

text none() { return "none"; }
text of_int(int x) { return "int " + std::to_string(x); }
text of_short(short x) { return "short " + std::to_string(x); }
text of_long(long long x) { return "long " + std::to_string(x); }
text of_natural(unsigned x) { return "natural " + std::to_string(x); }
text of_float(double x) { return "float " + std::to_string(x); }
text of_single(float x) { return std::isinf(x) ? "infinite" : "single " + std::to_string(x); }
text of_bool(bool x) { return x ? "true" : "false"; }
text of_text(std::string_view x) { return "text " + text(x); }
text of_string(const text& x) { return "string " + x; }
text of_list(const std::vector<int>& x) { return "list of " + std::to_string(x.size()); }
text of_object(const il::object& x) { return "object " + x.repr(); }
text of_two(int x, int y) { return "ints " + std::to_string(x) + ", " + std::to_string(y); }
text of_both(std::string_view x, int y) { return "both " + text(x) + ", " + std::to_string(y); }
text of_three(double x, bool y, int z) {
    return "three " + std::to_string(x) + (y ? " yes " : " no ") + std::to_string(z);
}
int fails(int x) {
    if (x < 0) {
        throw std::out_of_range("less than nothing");
    }
    return x;
}
void is_nothing(std::string_view) {}

struct box {
    text held = "nothing";
    void put_int(int x) { held = std::to_string(x); }
    void put_text(std::string_view x) { held = x; }
    void put_float(double x) { held = of_float(x); }
    text get() const { return held; }
    text get_times(int n) const {
        text all;
        for (int i = 0; i < std::min(n, 5); ++i) {
            all += held;
        }
        return all;
    }
    text get_with(std::string_view end) { return held + text(end); }
    text get_list(const std::vector<int>& x) const { return held + std::to_string(x.size()); }
    long long times_int(int x) const { return 2LL * x; }
    double times_float(double x) const { return 3 * x; }
    long long power_int(int x) const { return 1LL * x * x; }
    double power_float(double x) const { return x / 2; }
};
// The same class twice, for the two ways.
struct first_box : box {};
struct second_box : box {};

}  // namespace

INTERLOCK_MODULE(bind_together, m) {
    m.def<&of_int, &of_text>("pair_together", "One of two.");
    m.def<&of_int>("pair_apart", "One of two.").def<&of_text>("pair_apart", "One of two.");

    m.def<&none, &of_int, &of_two, &of_both, &of_three, &of_float, &of_bool, &of_string, &of_list>(
        "many_together");
    m.def<&none>("many_apart").def<&of_int>("many_apart").def<&of_two>("many_apart");
    m.def<&of_both>("many_apart").def<&of_three>("many_apart").def<&of_float>("many_apart");
    m.def<&of_bool>("many_apart").def<&of_string>("many_apart").def<&of_list>("many_apart");

    // Two take an int: only the first is read without the core.
    m.def<&of_text, &of_short, &of_long, &of_float>("ints_together");
    m.def<&of_text>("ints_apart").def<&of_short>("ints_apart").def<&of_long>("ints_apart");
    m.def<&of_float>("ints_apart");
    m.def<&of_natural, &of_single, &of_object>("rest_together");
    m.def<&of_natural>("rest_apart").def<&of_single>("rest_apart").def<&of_object>("rest_apart");
    // The first one takes what the core alone can tell.
    m.def<&of_object, &of_int>("object_together");
    m.def<&of_object>("object_apart").def<&of_int>("object_apart");
    m.def<&of_list, &of_int, &of_text>("list_together");
    m.def<&of_list>("list_apart").def<&of_int>("list_apart").def<&of_text>("list_apart");

    m.def<&fails, &is_nothing>("failing_together");
    m.def<&fails>("failing_apart").def<&is_nothing>("failing_apart");

    // Others of the name behind them, and before.
    m.def<&of_int, &of_text>("followed_together").def<&of_list>("followed_together");
    m.def<&of_int>("followed_apart")
        .def<&of_text>("followed_apart")
        .def<&of_list>("followed_apart");
    m.def<&none, &of_int>("named_together")
        .def<&of_both>("named_together", il::arg("x"), il::arg("y"));
    m.def<&none>("named_apart").def<&of_int>("named_apart");
    m.def<&of_both>("named_apart", il::arg("x"), il::arg("y"));
    m.def<&of_long>("preceded_together").def<&of_int, &of_text>("preceded_together");
    m.def<&of_long>("preceded_apart")
        .def<&of_int>("preceded_apart")
        .def<&of_text>("preceded_apart");
    // The same ones again, under another name.
    m.def<&of_int, &of_text>("again_together");
    m.def<&of_int>("again_apart").def<&of_text>("again_apart");

    il::class_<box>(m, "Box").def(il::init<>());
    il::class_<first_box, box>(m, "Together")
        .def(il::init<>())
        .def<&box::put_int, &box::put_text>("put")
        .def<&box::put_int, &box::put_text>("put_again")
        .def<&box::put_int, &box::put_text>("put_also")
        .def<&box::put_float>("put_also")
        .def<&box::get, &box::get_times, &box::get_with, &box::get_list>("get")
        .def<&box::times_int, &box::times_float>("__mul__")
        .def<&box::power_int, &box::power_float>("__pow__");
    il::class_<second_box, box>(m, "Apart")
        .def(il::init<>())
        .def<&box::put_int>("put")
        .def<&box::put_text>("put")
        .def<&box::put_int>("put_again")
        .def<&box::put_text>("put_again")
        .def<&box::put_int>("put_also")
        .def<&box::put_text>("put_also")
        .def<&box::put_float>("put_also")
        .def<&box::get>("get")
        .def<&box::get_times>("get")
        .def<&box::get_with>("get")
        .def<&box::get_list>("get")
        .def<&box::times_int>("__mul__")
        .def<&box::times_float>("__mul__")
        .def<&box::power_int>("__pow__")
        .def<&box::power_float>("__pow__");

    // Whether the methods' own C function is used, by the first name that they are bound under.
    m.def("is_joined", [] {
        using il::detail::plain_method_of;
        return il::detail::joint<plain_method_of<first_box, &box::put_int>,
                                 plain_method_of<first_box, &box::put_text>>::site.first.load() !=
               nullptr;
    });
    m.def("define_elsewhere",
          [](const il::module& other) { other.def<&of_int, &of_text>("pair"); });
}
