// The classes of nanobind, as its users write them.
#include "work.hpp"

#include <nanobind/make_iterator.h>
#include <nanobind/nanobind.h>
#include <nanobind/operators.h>

namespace nb = nanobind;

NB_MODULE(bench_classes_nanobind, m) {
    nb::class_<work::counter>(m, "Counter")
        .def(nb::init<int>(), nb::arg("start"))
        .def("get", &work::counter::get)
        .def("add", &work::counter::add)
        .def_rw("value", &work::counter::value)
        .def(nb::self == nb::self);
    nb::class_<work::series>(m, "Series")
        .def(nb::init<>())
        .def(
            "__iter__",
            [](const work::series& s) {
                return nb::make_iterator(nb::type<work::series>(), "iterator", s.begin(), s.end());
            },
            nb::keep_alive<0, 1>());
    m.def("make", &work::make);
    m.def("read", &work::read);
}
