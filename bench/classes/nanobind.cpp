// The classes of nanobind, as its users write them; with BENCH_POOLED, memory of instances is kept for the next ones.
#include "work.hpp"

#include <nanobind/make_iterator.h>
#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/shared_ptr.h>

namespace nb = nanobind;

#if defined(BENCH_POOLED)
#define BENCH_NAME bench_classes_nanobind_pooled
#define BENCH_OPTIONS , nb::pooled()
#else
#define BENCH_NAME bench_classes_nanobind
#define BENCH_OPTIONS
#endif

NB_MODULE(BENCH_NAME, m) {
    nb::class_<work::counter>(m, "Counter" BENCH_OPTIONS)
        .def(nb::init<int>(), nb::arg("start"))
        .def("get", &work::counter::get)
        .def("add", &work::counter::add)
        .def_rw("value", &work::counter::value)
        .def(nb::self == nb::self)
        .def(nb::self + nb::self)
        .def("__getstate__", [](const work::counter& c) { return c.value; })
        .def("__setstate__", [](work::counter& c, int value) { new (&c) work::counter(value); });
    nb::class_<work::item>(m, "Item" BENCH_OPTIONS)
        .def(nb::init<int>(), nb::arg("value"))
        .def_ro("value", &work::item::value);
    nb::enum_<work::color>(m, "Color")
        .value("red", work::color::red)
        .value("green", work::color::green)
        .value("blue", work::color::blue);
    nb::class_<work::series>(m, "Series" BENCH_OPTIONS)
        .def(nb::init<>())
        .def(
            "__iter__",
            [](const work::series& s) {
                return nb::make_iterator(nb::type<work::series>(), "iterator", s.begin(), s.end());
            },
            nb::keep_alive<0, 1>());
    m.def("make", &work::make);
    m.def("read", &work::read);
    m.def("shared_item", &work::shared_item);
    m.def("read_shared", &work::read_shared);
    m.def("number_of", &work::number_of);
    m.def("turned", &work::turned);
}
