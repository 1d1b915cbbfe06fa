// epidemic: a simulation in C++ whose strategies are classes of Python, called from a pool of C++ threads.

#include "trials.hpp"

#include <interlock/interlock.hpp>

#include <optional>

namespace il = interlock;

template <>
struct il::converter<epidemic::day>
    : il::named_tuple<"epidemic.Day", il::members_of<epidemic::day>> {};
template <>
struct il::converter<epidemic::outcome>
    : il::named_tuple<"epidemic.Outcome", il::members_of<epidemic::outcome>> {};

namespace {

using namespace epidemic;

// What a Python class that derives from Strategy is in C++. `contacts` stays in C++ where it is not overridden.
struct python_strategy : strategy {
    std::map<std::size_t, std::size_t> allocate(const day& today) override {
        return il::override_pure<std::map<std::size_t, std::size_t>>(this, "allocate", today);
    }
    double contacts(const day& today) override {
        return il::override_or(this, "contacts", [&] { return strategy::contacts(today); }, today);
    }
};

// A town has a strategy of its own: what the class, or function, returns is given to C++, and ends there.
using maker = il::callback<std::unique_ptr<strategy>()>;
using teller = il::callback<void(const std::string&, std::size_t)>;

std::vector<outcome> compare_all(std::vector<std::pair<std::string, maker>> strategies,
                                 std::size_t towns, std::size_t days, std::uint64_t seed,
                                 std::size_t threads, std::size_t side, std::size_t doses,
                                 double risk, const std::optional<teller>& tell) {
    std::vector<std::pair<std::string, strategy_maker>> makers;
    for (auto& [name, make] : strategies) {
        makers.emplace_back(name, std::move(make));
    }
    trials how;
    how.towns = towns;
    how.days = days;
    how.seed = seed;
    how.threads = threads;
    how.town.side = side;
    how.town.doses = doses;
    how.town.risk = risk;
    return compare(makers, how, [&](const std::string& name, std::size_t done) {
        il::with_gil([](il::python py) { py.check_signals(); });  // Ctrl-C ends it
        if (tell.has_value()) {
            (*tell)(name, done);
        }
    });
}

}  // namespace

INTERLOCK_MODULE(epidemic, m) {
    m.doc("Strategies against an epidemic, written in Python and tried by C++ threads.");
    m.add("Day", il::class_of<day>(m.py()));
    m.add("Outcome", il::class_of<outcome>(m.py()));
    il::class_<strategy, il::trampoline<python_strategy>>(
        m, "Strategy", "What is done in one town; derive from it.")
        .def(il::init<>())
        .def<&strategy::allocate>("allocate", "How many doses go to which districts.",
                                  il::arg("today"))
        .def<&strategy::contacts>("contacts", "Which part of the usual contacts is allowed.",
                                  il::arg("today"));
    const trials usual;
    m.def<&compare_all>("compare",
                        "Tries strategies, given by name and by what makes one, in many towns.",
                        il::arg("strategies"), il::kw_only, il::arg("towns") = usual.towns,
                        il::arg("days") = usual.days, il::arg("seed") = usual.seed,
                        il::arg("threads") = usual.threads, il::arg("side") = usual.town.side,
                        il::arg("doses") = usual.town.doses, il::arg("risk") = usual.town.risk,
                        il::arg("progress") = nullptr, il::allow_threads);
}
