// The classes of interlock, as its users write them who want them fast: CPython calls types whose attributes cannot be changed
// without a detour, as it does those of C best.
#include "work.hpp"

#include <interlock/interlock.hpp>

namespace il = interlock;

template <>
inline constexpr bool il::enable_class<work::series> = true;

INTERLOCK_MODULE(bench_classes_interlock, m) {
    il::class_<work::counter>(m, "Counter", il::immutable)
        .def(il::init<int>(), il::arg("start"))
        .def<&work::counter::get>("get")
        .def<&work::counter::add>("add")
        .def_readwrite<&work::counter::value>("value")
        .def(il::self == il::self);
    il::class_<work::series>(m, "Series", il::immutable).def(il::init<>()).def_iter();
    m.def<&work::make>("make");
    m.def<&work::read>("read");
}
