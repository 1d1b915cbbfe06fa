// Beside without_handler.cpp: a function that may throw, whose C function has to catch.
#include <interlock/interlock.hpp>

namespace il = interlock;

namespace elsewhere {

int twice(int n);

}  // namespace elsewhere

INTERLOCK_MODULE(with_handler, m) { m.def<&elsewhere::twice>("twice"); }
