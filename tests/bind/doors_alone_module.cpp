// A module whose body says nothing, and that comes to Python otherwise.
#include <interlock/interlock.hpp>

namespace il = interlock;

#if defined(_WIN32)
#define VISIBLE __declspec(dllexport)
#else
#define VISIBLE __attribute__((visibility("default")))
#endif

INTERLOCK_MODULE(bind_doors_alone, m) {}

// Called through ctypes, with the interpreter released.
extern "C" VISIBLE int interlock_test_enter();
int interlock_test_enter() {
    return il::try_with_gil([](il::python) {}) ? 1 : 0;
}
