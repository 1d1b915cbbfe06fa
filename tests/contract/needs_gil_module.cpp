// Section 4 of the contract: a module around a C++ library that is not safe under threads.
#include <interlock/interlock.hpp>

namespace il = interlock;

INTERLOCK_MODULE(contract_needs_gil, m, il::needs_gil, il::main_interpreter_only) {
    m.def("answer", [] { return 42; });
}
