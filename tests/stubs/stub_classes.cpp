// A module whose stub is compared: classes.

#include <interlock/interlock.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

struct Account {
    explicit Account(std::string name, double b = 0) : owner(std::move(name)), amount(b) {}
    void deposit(double a) { amount += a; }
    double balance() const { return amount; }
    static Account from_csv(std::string_view line) { return Account(std::string(line)); }
    auto operator<=>(const Account&) const = default;

    std::string owner;
    int limit = 100;
    std::vector<int> history;
    double amount;
};

struct Savings : Account {
    explicit Savings(std::string name) : Account(std::move(name)) {}
    double rate = 0.5;
};

struct Vec {
    explicit Vec(double v) : x(v), y(v) {}
    Vec(double a, double b) : x(a), y(b) {}
    double x = 0;
    double y = 0;
    Vec operator+(const Vec& o) const { return {x + o.x, y + o.y}; }
    double scaled(int by) const { return x * by; }
    double scaled(double by) const { return x * by; }
};
enum class Reason { lost = 1 };
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
    Reason reason = Reason::lost;
    int line = 0;
};

struct Step {
    double at;
    std::vector<int> path;
};
struct Settings {
    std::string name;
    std::vector<std::string> tags{"a"};
    Step first{};
};

}  // namespace

template <>
struct il::converter<Step> : il::named_tuple<"stub_classes.Step", il::members_of<Step>> {};
template <>
struct il::converter<Settings>
    : il::dataclass<"stub_classes.Settings", il::field<"name", &Settings::name>, il::kw_only,
                    il::with_defaults, il::field<"tags", &Settings::tags>,
                    il::field<"first", &Settings::first>> {};

INTERLOCK_MODULE(stub_classes, m) {
    il::enum_<Reason>(m, "Reason").value("lost", Reason::lost);
    il::exception_<Failure, il::value_error>(m, "Failure")
        .def_readonly<&Failure::reason>("reason")
        .def_readonly<&Failure::line>("line");
    il::class_<Account>(m, "Account", "A bank account.")
        .def(il::init<std::string, double>(), il::arg("owner"), il::arg("balance") = 0.0)
        .def<&Account::deposit>("deposit", "Adds money.", il::arg("amount"))
        .def_property<&Account::balance>("balance", "What is there.")
        .def_readwrite<&Account::limit>("limit")
        .def_readwrite<&Account::history>("history")
        .def_readonly<&Account::owner>("owner")
        // A class that is bound further below.
        .def_property<[](const Account& a) { return Vec(a.amount); }>("place")
        .def_static<&Account::from_csv>("from_csv", il::arg("line"))
        .def("__repr__", [](const Account& a) { return "Account(" + a.owner + ")"; })
        .def(il::self == il::self)
        .def(il::self < il::self);
    il::class_<Savings, Account>(m, "Savings", il::is_final)
        .def(il::init<std::string>())
        .def_readwrite<&Savings::rate>("rate");
    il::class_<Vec>(m, "Vec")
        .def(il::init<double>())
        .def(il::init<double, double>())
        .def(il::self + il::self)
        .def<il::overload<double(int) const>(&Vec::scaled)>("scaled", il::arg("by"))
        .def<il::overload<double(double) const>(&Vec::scaled)>("scaled", il::arg("by"));
    m.add("Step", il::class_of<Step>(m.py()));
    m.add("Settings", il::class_of<Settings>(m.py()));
    m.def("begin", [](const Settings& s) { return s.first; }, il::arg("settings"));
    m.def(
        "richest", [](const std::vector<Account>& all) { return all.at(0); }, il::arg("accounts"));
}
