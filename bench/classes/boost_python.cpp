// The classes of Boost.Python, as its users write them.
#include "work.hpp"

#include <boost/python.hpp>

namespace py = boost::python;

namespace {

struct pickle_counter : py::pickle_suite {
    static py::tuple getinitargs(const work::counter& c) { return py::make_tuple(c.value); }
};
std::shared_ptr<work::item> shared_item() { return work::shared_item(); }

}  // namespace

BOOST_PYTHON_MODULE(bench_classes_boost_python) {
    py::class_<work::counter>("Counter", py::init<int>(py::arg("start")))
        .def("get", &work::counter::get)
        .def("add", &work::counter::add)
        .def_readwrite("value", &work::counter::value)
        .def(py::self == py::self)
        .def(py::self + py::self)
        .def_pickle(pickle_counter());
    py::class_<work::item, std::shared_ptr<work::item>>("Item", py::init<int>(py::arg("value")))
        .def_readonly("value", &work::item::value);
    py::enum_<work::color>("Color")
        .value("red", work::color::red)
        .value("green", work::color::green)
        .value("blue", work::color::blue);
    py::class_<work::series>("Series").def("__iter__",
                                           py::range(&work::series::begin, &work::series::end));
    py::def("make", &work::make);
    py::def("read", &work::read);
    py::def("shared_item", &shared_item);
    py::def("read_shared", &work::read_shared);
    py::def("number_of", &work::number_of);
    py::def("turned", &work::turned);
}
