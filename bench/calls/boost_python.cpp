// The calls of Boost.Python, as its users write them. It has no conversion of std::string_view and std::function.
#include "work.hpp"

#include <boost/python.hpp>
#include <boost/python/raw_function.hpp>

namespace py = boost::python;

namespace {

bool takes(const py::object&) { return true; }
py::tuple arguments(const py::tuple& all, const py::dict&) { return all; }
int sum_arguments(const py::tuple& all, const py::dict&) {
    int sum = 0;
    for (py::ssize_t i = 0; i < py::len(all); ++i) {
        sum += py::extract<int>(all[i]);
    }
    return sum;
}
int second(const std::string& text) { return work::second(text); }
void fail() { work::fail(); }
int refuse() {
    const work::outcome made = work::refuse();
    if (!made.has_value()) {
        PyErr_SetString(PyExc_RuntimeError, made.error().what());
        py::throw_error_already_set();
    }
    return *made;
}
int callback(const py::object& f, int n) {
    int all = 0;
    for (int i = 0; i < n; ++i) {
        all += py::extract<int>(f(i));
    }
    return all;
}

}  // namespace

BOOST_PYTHON_MODULE(bench_calls_boost_python) {
    py::def("noop", &work::noop);
    py::def("one_int", &work::one_int);
    py::def("two_ints", &work::two_ints);
    py::def("one_float", &work::one_float);
    py::def("six", &work::six);
    py::def("named", &work::two_ints, (py::arg("a"), py::arg("b")));
    py::def("defaulted", &work::two_ints, (py::arg("a"), py::arg("b") = 10));
    py::def("length_string", &work::length_string);
    py::def("takes", &takes);
    py::def("arguments", py::raw_function(&arguments));
    py::def("sum_arguments", py::raw_function(&sum_arguments));
    // Tried from the last one to the first.
    py::def("overloaded", &second);
    py::def("overloaded", &work::first);
    py::def("fail", &fail);
    py::def("refuse", &refuse);
    py::def("callback", &callback);
}
