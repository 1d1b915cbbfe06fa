// Threads: Boost.Python, as its users write it. It knows no lock and no door, and has no way to say that a module does not need the GIL:
// it is measured in what runs under one alone, and not in the rows of doors.
#include "work.hpp"

#include <boost/python.hpp>
#include <boost/python/stl_iterator.hpp>

namespace py = boost::python;

namespace {

int sum(const py::object& values) {
    using each = py::stl_input_iterator<int>;
    return work::sum(std::vector<int>(each(values), each()));
}

}  // namespace

BOOST_PYTHON_MODULE(bench_threads_boost_python) {
    py::def("noop", &work::noop);
    py::def("one_int", &work::one_int);
    py::def("sum", &sum);
    py::class_<work::counter>("Counter", py::init<int>(py::arg("start")))
        .def("get", &work::counter::get)
        .def("add", &work::counter::add);
    py::class_<work::constant>("Constant", py::init<int>(py::arg("start")))
        .def("get", &work::constant::get);
}
