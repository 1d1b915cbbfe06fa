// Overrides and containers of Boost.Python, as its documentation has them: wrapper<T> and its indexing suites. It has no door: what it
// calls has to be attached already, and the rows on C++'s threads are left out.
#include "work.hpp"

#include <boost/python.hpp>
#include <boost/python/suite/indexing/map_indexing_suite.hpp>
#include <boost/python/suite/indexing/vector_indexing_suite.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace py = boost::python;

namespace {

using ints = std::vector<int>;
using counts = std::unordered_map<std::string, int>;

struct py_strategy : work::strategy, py::wrapper<work::strategy> {
    int step(int x) override {
        if (const py::override step = get_override("step")) {
            return step(x);
        }
        return work::strategy::step(x);
    }
    int stay(int x) override {
        if (const py::override stay = get_override("stay")) {
            return stay(x);
        }
        return work::strategy::stay(x);
    }
    int default_step(int x) { return work::strategy::step(x); }
    int default_stay(int x) { return work::strategy::stay(x); }
};

}  // namespace

BOOST_PYTHON_MODULE(bench_overrides_boost_python) {
    py::class_<py_strategy, boost::noncopyable>("Strategy")
        .def("step", &work::strategy::step, &py_strategy::default_step)
        .def("stay", &work::strategy::stay, &py_strategy::default_stay);
    py::def("use", &work::use);
    py::class_<ints>("Ints").def(py::vector_indexing_suite<ints>());
    py::class_<counts>("Counts").def(py::map_indexing_suite<counts>());
    py::scope().attr("loops") = py::object(py::handle<>(work::loops(true)));
}
