// Threads: nanobind, as its documentation on free-threaded Python has it: nb::lock_self on methods of what is changed.
#include "work.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

NB_MODULE(bench_threads_nanobind, m) {
    m.def("noop", &work::noop);
    m.def("one_int", &work::one_int);
    m.def("sum", &work::sum);
    nb::class_<work::counter>(m, "Counter")
        .def(nb::init<int>(), nb::arg("start"))
        .def("get", &work::counter::get, nb::lock_self())
        .def("add", &work::counter::add, nb::lock_self());
    nb::class_<work::constant>(m, "Constant")
        .def(nb::init<int>(), nb::arg("start"))
        .def("get", &work::constant::get);
}
