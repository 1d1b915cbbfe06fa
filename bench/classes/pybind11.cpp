// The classes of pybind11, as its users write them.
#include "work.hpp"

#include <pybind11/operators.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(bench_classes_pybind11, m) {
    py::class_<work::counter>(m, "Counter")
        .def(py::init<int>(), py::arg("start"))
        .def("get", &work::counter::get)
        .def("add", &work::counter::add)
        .def_readwrite("value", &work::counter::value)
        .def(py::self == py::self);
    py::class_<work::series>(m, "Series")
        .def(py::init<>())
        .def(
            "__iter__", [](const work::series& s) { return py::make_iterator(s.begin(), s.end()); },
            py::keep_alive<0, 1>());
    m.def("make", &work::make);
    m.def("read", &work::read);
}
