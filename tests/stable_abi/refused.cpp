// What is not there under the stable ABI; each case has to be refused by the compiler, in a sentence.
#include <interlock/interlock.hpp>

#if defined(REFUSED_interpreter)
void start() { interlock::interpreter python; }
#elif defined(REFUSED_subinterpreter)
void start(interlock::python py) { interlock::subinterpreter worker{py}; }
#elif defined(REFUSED_embedded_module)
INTERLOCK_EMBEDDED_MODULE(inside, m) { static_cast<void>(m); }
#endif
