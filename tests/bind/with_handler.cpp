// Beside without_handler.cpp: a function that may throw, whose C function has to catch.
#include <interlock/interlock.hpp>

namespace il = interlock;

namespace elsewhere {

int twice(int n);

}  // namespace elsewhere

void define_with_handler(il::module& m);
void define_with_handler(il::module& m) { m.def<&elsewhere::twice>("twice"); }
