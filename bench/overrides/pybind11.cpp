// Overrides and containers of pybind11, as its documentation has them.
#include "work.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl_bind.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace py = pybind11;

PYBIND11_MAKE_OPAQUE(std::vector<int>)
PYBIND11_MAKE_OPAQUE(std::unordered_map<std::string, int>)

namespace {

struct py_strategy : work::strategy, py::trampoline_self_life_support {
    using work::strategy::strategy;
    int step(int x) override { PYBIND11_OVERRIDE(int, work::strategy, step, x); }
    int stay(int x) override { PYBIND11_OVERRIDE(int, work::strategy, stay, x); }
};

}  // namespace

PYBIND11_MODULE(bench_overrides_pybind11, m, py::mod_gil_not_used()) {
    py::class_<work::strategy, py_strategy, py::smart_holder>(m, "Strategy")
        .def(py::init<>())
        .def("step", &work::strategy::step)
        .def("stay", &work::strategy::stay);
    m.def("use", &work::use);
    py::bind_vector<std::vector<int>>(m, "Ints");
    py::bind_map<std::unordered_map<std::string, int>>(m, "Counts");
    m.attr("loops") = py::reinterpret_steal<py::object>(work::loops(true));
}
