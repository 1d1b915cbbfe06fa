// Overrides and containers of nanobind, as its documentation has them.
#include "work.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/bind_map.h>
#include <nanobind/stl/bind_vector.h>
#include <nanobind/stl/string.h>
#include <nanobind/trampoline.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace nb = nanobind;

NB_MAKE_OPAQUE(std::vector<int>);
NB_MAKE_OPAQUE(std::unordered_map<std::string, int>);

namespace {

struct py_strategy : work::strategy {
    NB_TRAMPOLINE(work::strategy);
    int step(int x) override { NB_OVERRIDE(step, x); }
    int stay(int x) override { NB_OVERRIDE(stay, x); }
};

}  // namespace

NB_MODULE(bench_overrides_nanobind, m) {
    nb::class_<work::strategy, py_strategy>(m, "Strategy")
        .def(nb::init<>())
        .def("step", &work::strategy::step)
        .def("stay", &work::strategy::stay);
    m.def("use", &work::use);
    nb::bind_vector<std::vector<int>>(m, "Ints");
    nb::bind_map<std::unordered_map<std::string, int>>(m, "Counts");
    m.attr("loops") = nb::steal(work::loops(true));
}
