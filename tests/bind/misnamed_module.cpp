// A module that its target calls otherwise.
#include <interlock/interlock.hpp>

INTERLOCK_MODULE(another_name, m) {}
