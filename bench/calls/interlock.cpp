// The calls of interlock, as its users write them.
#include "work.hpp"

#include <interlock/interlock.hpp>

namespace il = interlock;

namespace {

bool takes(const il::object&) { return true; }
il::tuple arguments(il::args all) { return all; }
int sum_arguments(il::args_of<int> all) {
    int sum = 0;
    for (const int each : all) {
        sum += each;
    }
    return sum;
}

// `for` in C++ around a call of a Python function.
int callback(const il::object& f, int n) {
    int all = 0;
    for (int i = 0; i < n; ++i) {
        all += f(i).as<int>();
    }
    return all;
}

}  // namespace

INTERLOCK_MODULE(bench_calls_interlock, m) {
    m.def<&work::noop>("noop");
    m.def<&work::one_int>("one_int");
    m.def<&work::two_ints>("two_ints");
    m.def<&work::one_float>("one_float");
    m.def<&work::six>("six");
    m.def<&work::two_ints>("named", il::arg("a"), il::arg("b"));
    m.def<&work::two_ints>("defaulted", il::arg("a"), il::arg("b") = 10);
    m.def<&work::length_view>("length_view");
    m.def<&work::length_string>("length_string");
    m.def<&takes>("takes");
    m.def<&arguments>("arguments");
    m.def<&sum_arguments>("sum_arguments");
    m.def<&work::first, &work::second>("overloaded");
    m.def<&work::fail>("fail");
    m.def<&work::refuse>("refuse");
    m.def<&callback>("callback");
    m.def<&work::apply>("apply");
    m.def<&work::adder>("adder");
}
