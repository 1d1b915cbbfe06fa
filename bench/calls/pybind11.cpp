// The calls of pybind11, as its users write them.
#include "work.hpp"

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(bench_calls_pybind11, m) {
    m.def("noop", &work::noop);
    m.def("one_int", &work::one_int);
    m.def("two_ints", &work::two_ints);
    m.def("one_float", &work::one_float);
    m.def("six", &work::six);
    m.def("named", &work::two_ints, py::arg("a"), py::arg("b"));
    m.def("defaulted", &work::two_ints, py::arg("a"), py::arg("b") = 10);
    m.def("length_view", &work::length_view);
    m.def("length_string", &work::length_string);
    m.def("takes", [](py::handle) { return true; });
    m.def("arguments", [](py::args all) { return all; });
    m.def("sum_arguments", [](const py::args& all) {
        int sum = 0;
        for (py::handle each : all) {
            sum += each.cast<int>();
        }
        return sum;
    });
    m.def("overloaded", &work::first);
    m.def("overloaded", &work::second);
    m.def("fail", [] { work::fail(); });
    m.def("refuse", [] {
        const work::outcome made = work::refuse();
        if (!made.has_value()) {
            PyErr_SetString(PyExc_RuntimeError, made.error().what());
            throw py::error_already_set();
        }
        return *made;
    });
    m.def("callback", [](const py::object& f, int n) {
        int all = 0;
        for (int i = 0; i < n; ++i) {
            all += f(i).cast<int>();
        }
        return all;
    });
    m.def("apply", &work::apply);
    m.def("adder", &work::adder);
}
