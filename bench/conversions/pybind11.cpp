// The conversions of pybind11, as its users write them.
#include "work.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

PYBIND11_MODULE(bench_conversions_pybind11, m) {
    m.def("list_in", &work::list_in);
    m.def("dict_in", &work::dict_in);
    m.def("set_in", &work::set_in);
    m.def("nested_in", &work::nested_in);
    m.def("text_in", &work::text_in);
    m.def("tuple_in", &work::tuple_in);
    m.def("optional_in", &work::optional_in);
    m.def("variant_in", &work::variant_in);
    m.def("list_out", &work::list_out);
    m.def("dict_out", &work::dict_out);
    m.def("set_out", &work::set_out);
    m.def("nested_out", &work::nested_out);
    m.def("short_out", &work::short_out);
    m.def("long_out", &work::long_out);
    m.def("tuple_out", &work::tuple_out);
    m.def("optional_out", &work::optional_out);
    m.def("variant_out", &work::variant_out);
}
