// The conversions of Boost.Python, as its users write them: text is converted by itself; the rest goes through its object, list,
// dict and tuple, extract<T> and stl_input_iterator<T>, as its documentation has it. It has no conversion of a variant.
#include "work.hpp"

#include <boost/python.hpp>
#include <boost/python/stl_iterator.hpp>

namespace py = boost::python;

namespace {

template <class T>
T filled(const py::object& from) {
    using each = py::stl_input_iterator<typename T::value_type>;
    return T(each(from), each());
}
template <class T, class Read>
std::unordered_map<std::string, T> filled_map(const py::dict& from, Read read) {
    std::unordered_map<std::string, T> made;
    for (py::stl_input_iterator<py::tuple> item(from.items()), end; item != end; ++item) {
        const py::tuple pair = *item;
        made.emplace(py::extract<std::string>(pair[0]), read(pair[1]));
    }
    return made;
}

int list_in(const py::object& values) { return work::list_in(filled<work::ints>(values)); }
int dict_in(const py::dict& values) {
    return work::dict_in(filled_map<int>(
        values, [](const py::object& value) -> int { return py::extract<int>(value); }));
}
int set_in(const py::object& values) { return work::set_in(filled<work::numbers>(values)); }
double nested_in(const py::dict& values) {
    return work::nested_in(filled_map<std::vector<double>>(values, filled<std::vector<double>>));
}
double tuple_in(const py::tuple& values) {
    return work::tuple_in({py::extract<int>(values[0]), py::extract<double>(values[1]),
                           py::extract<std::string>(values[2])});
}
double optional_in(const py::object& value) {
    return work::optional_in(value.is_none() ? work::maybe() : py::extract<double>(value)());
}

template <class T>
py::list list_of(const std::vector<T>& values) {
    py::list made;
    for (const T& value : values) {
        made.append(value);
    }
    return made;
}
py::list list_out() { return list_of(work::list_out()); }
py::dict dict_out() {
    py::dict made;
    for (const auto& [key, value] : work::dict_out()) {
        made[key] = value;
    }
    return made;
}
// Without a class for sets of its own: Python's, whose methods are called.
py::object set_out() {
    const py::object made(py::handle<>(PySet_New(nullptr)));
    const py::object add = made.attr("add");
    for (const int value : work::set_out()) {
        add(value);
    }
    return made;
}
py::dict nested_out() {
    py::dict made;
    for (const auto& [key, row] : work::nested_out()) {
        made[key] = list_of(row);
    }
    return made;
}
py::tuple tuple_out() {
    const auto& [number, factor, name] = work::tuple_out();
    return py::make_tuple(number, factor, name);
}
py::object optional_out() {
    const work::maybe& value = work::optional_out();
    return value.has_value() ? py::object(*value) : py::object();
}

}  // namespace

BOOST_PYTHON_MODULE(bench_conversions_boost_python) {
    const py::return_value_policy<py::copy_const_reference> copied;
    py::def("list_in", &list_in);
    py::def("dict_in", &dict_in);
    py::def("set_in", &set_in);
    py::def("nested_in", &nested_in);
    py::def("text_in", &work::text_in);
    py::def("tuple_in", &tuple_in);
    py::def("optional_in", &optional_in);
    py::def("list_out", &list_out);
    py::def("dict_out", &dict_out);
    py::def("set_out", &set_out);
    py::def("nested_out", &nested_out);
    py::def("short_out", &work::short_out, copied);
    py::def("long_out", &work::long_out, copied);
    py::def("tuple_out", &tuple_out);
    py::def("optional_out", &optional_out);
}
