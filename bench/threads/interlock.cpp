// Threads: interlock, as its users write it. It locks instances of classes that are not frozen by itself.
#include "work.hpp"

#include <interlock/interlock.hpp>

namespace il = interlock;

INTERLOCK_MODULE(bench_threads_interlock, m) {
    m.def<&work::noop>("noop");
    m.def<&work::one_int>("one_int");
    m.def<&work::sum>("sum");
    il::class_<work::counter>(m, "Counter", il::immutable)
        .def(il::init<int>(), il::arg("start"))
        .def<&work::counter::get>("get")
        .def<&work::counter::add>("add");
    il::class_<work::constant>(m, "Constant", il::immutable, il::frozen)
        .def(il::init<int>(), il::arg("start"))
        .def<&work::constant::get>("get");
}
