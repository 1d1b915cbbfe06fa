// A module that no other interpreter may load.
#include <interlock/interlock.hpp>

namespace il = interlock;

INTERLOCK_MODULE(run_main_only, m, il::main_interpreter_only) {
    m.def("one", [] { return 1; });
}
