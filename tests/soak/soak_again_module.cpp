// What the soak imports again and again, in one interpreter and in another. It has no classes: those of a module that was taken
// out of sys.modules stay.
#include <interlock/interlock.hpp>

#include <string>
#include <vector>

namespace il = interlock;

INTERLOCK_MODULE(soak_again, m) {
    m.doc("Made anew.");
    m.add("VALUES", std::vector<int>{1, 2, 3});
    m.def("twice", [](int x) { return 2 * x; }, il::arg("x") = 1);
    m.def("longer", [text = std::string(100, 'x')](const std::string& s) { return s + text; });
    m.submodule("part").def("half", [](double x) { return x / 2; });
}
