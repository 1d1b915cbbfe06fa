// A module that uses nothing of interlock.
#include <interlock/interlock.hpp>

INTERLOCK_MODULE(bind_empty, m) {}
