// Threads: pybind11, as its documentation on free-threaded Python has it: a critical section in methods of what is changed.
#include "work.hpp"

#include <pybind11/critical_section.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

PYBIND11_MODULE(bench_threads_pybind11, m, py::mod_gil_not_used()) {
    m.def("noop", &work::noop);
    m.def("one_int", &work::one_int);
    m.def("sum", &work::sum);
    py::class_<work::counter>(m, "Counter")
        .def(py::init<int>(), py::arg("start"))
        .def("get",
             [](py::handle self) {
                 const py::scoped_critical_section lock(self);
                 return self.cast<work::counter&>().get();
             })
        .def("add", [](py::handle self, int more) {
            const py::scoped_critical_section lock(self);
            self.cast<work::counter&>().add(more);
        });
    py::class_<work::constant>(m, "Constant")
        .def(py::init<int>(), py::arg("start"))
        .def("get", &work::constant::get);
}
