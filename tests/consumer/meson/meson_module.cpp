// A module that needs the core: functions, and a class.

#include <interlock/interlock.hpp>

#include <string>

namespace il = interlock;

namespace {

struct Box {
    int n;
};

}  // namespace

INTERLOCK_MODULE(meson_module, m) {
    m.def("twice", [](int n) { return 2 * n; }, il::arg("n"));
    il::class_<Box>(m, "Box").def(il::init<int>(), il::arg("n")).def("__str__", [](const Box& box) {
        return "Box(" + std::to_string(box.n) + ")";
    });
}
