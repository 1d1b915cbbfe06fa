// The calls of nanobind, as its users write them.
#include "work.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

namespace nb = nanobind;

NB_MODULE(bench_calls_nanobind, m) {
    m.def("noop", &work::noop);
    m.def("one_int", &work::one_int);
    m.def("two_ints", &work::two_ints);
    m.def("one_float", &work::one_float);
    m.def("six", &work::six);
    m.def("named", &work::two_ints, nb::arg("a"), nb::arg("b"));
    m.def("defaulted", &work::two_ints, nb::arg("a"), nb::arg("b") = 10);
    m.def("length_view", &work::length_view);
    m.def("length_string", &work::length_string);
    m.def("takes", [](nb::handle) { return true; });
    m.def("arguments", [](nb::args all) { return all; });
    m.def("sum_arguments", [](const nb::args& all) {
        int sum = 0;
        for (nb::handle each : all) {
            sum += nb::cast<int>(each);
        }
        return sum;
    });
    m.def("overloaded", &work::first);
    m.def("overloaded", &work::second);
    m.def("fail", [] { work::fail(); });
    m.def("refuse", [] {
        const work::outcome made = work::refuse();
        if (!made.has_value()) {
            nb::raise("%s", made.error().what());
        }
        return *made;
    });
    m.def("callback", [](const nb::object& f, int n) {
        int all = 0;
        for (int i = 0; i < n; ++i) {
            all += nb::cast<int>(f(i));
        }
        return all;
    });
    m.def("apply", &work::apply);
    m.def("adder", &work::adder);
}
