// The classes of pybind11, as its users write them.
#include "work.hpp"

#include <pybind11/native_enum.h>
#include <pybind11/operators.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(bench_classes_pybind11, m) {
    py::class_<work::counter>(m, "Counter")
        .def(py::init<int>(), py::arg("start"))
        .def("get", &work::counter::get)
        .def("add", &work::counter::add)
        .def_readwrite("value", &work::counter::value)
        .def(py::self == py::self)
        .def(py::self + py::self)
        .def(py::pickle([](const work::counter& c) { return c.value; },
                        [](int value) { return work::counter(value); }));
    py::class_<work::item, std::shared_ptr<work::item>>(m, "Item")
        .def(py::init<int>(), py::arg("value"))
        .def_readonly("value", &work::item::value);
    py::native_enum<work::color>(m, "Color", "enum.Enum")
        .value("red", work::color::red)
        .value("green", work::color::green)
        .value("blue", work::color::blue)
        .finalize();
    py::class_<work::series>(m, "Series")
        .def(py::init<>())
        .def(
            "__iter__", [](const work::series& s) { return py::make_iterator(s.begin(), s.end()); },
            py::keep_alive<0, 1>());
    m.def("make", &work::make);
    m.def("read", &work::read);
    m.def("shared_item", &work::shared_item);
    m.def("read_shared", &work::read_shared);
    m.def("number_of", &work::number_of);
    m.def("turned", &work::turned);
}
