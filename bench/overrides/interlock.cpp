// Overrides and containers of interlock, as its users write them.
#include "work.hpp"

#include <interlock/interlock.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace il = interlock;

template <>
inline constexpr bool il::enable_class<std::vector<int>> = true;
template <>
inline constexpr bool il::enable_class<std::unordered_map<std::string, int>> = true;

namespace {

struct py_strategy : work::strategy {
    int step(int x) override {
        return il::override_or(this, "step", [&] { return work::strategy::step(x); }, x);
    }
    int stay(int x) override {
        return il::override_or(this, "stay", [&] { return work::strategy::stay(x); }, x);
    }
};

}  // namespace

INTERLOCK_MODULE(bench_overrides_interlock, m) {
    il::class_<work::strategy, il::trampoline<py_strategy>>(m, "Strategy")
        .def(il::init<>())
        .def<&work::strategy::step>("step")
        .def<&work::strategy::stay>("stay");
    m.def<&work::use>("use");
    il::bind_vector<std::vector<int>>(m, "Ints");
    il::bind_map<std::unordered_map<std::string, int>>(m, "Counts");
    m.add("loops", il::steal<il::object>(m.py(), work::loops(false)));
}
