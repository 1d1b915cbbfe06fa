// The classes of interlock, as its users write them who want them fast: CPython calls types whose attributes cannot be changed
// without a detour, as it does those of C best.
#include "work.hpp"

#include <interlock/interlock.hpp>

namespace il = interlock;

template <>
inline constexpr bool il::enable_class<work::series> = true;

namespace {

int state_of(const work::counter& c) { return c.value; }
work::counter of_state(int value) { return work::counter(value); }

}  // namespace

INTERLOCK_MODULE(bench_classes_interlock, m) {
    il::class_<work::counter>(m, "Counter", il::immutable)
        .def(il::init<int>(), il::arg("start"))
        .def<&work::counter::get>("get")
        .def<&work::counter::add>("add")
        .def_readwrite<&work::counter::value>("value")
        .def(il::self == il::self)
        .def(il::self + il::self)
        .def(il::pickle<&state_of, &of_state>());
    il::class_<work::item, std::shared_ptr<work::item>>(m, "Item", il::immutable)
        .def(il::init<int>(), il::arg("value"))
        .def_readonly<&work::item::value>("value");
    il::enum_<work::color>(m, "Color")
        .value("red", work::color::red)
        .value("green", work::color::green)
        .value("blue", work::color::blue);
    il::class_<work::series>(m, "Series", il::immutable).def(il::init<>()).def_iter();
    m.def<&work::make>("make");
    m.def<&work::read>("read");
    m.def<&work::shared_item>("shared_item");
    m.def<&work::read_shared>("read_shared");
    m.def<&work::number_of>("number_of");
    m.def<&work::turned>("turned");
}
