// Extensions that cannot be used beside the provider, or not with all that it has.
#include "shapes.hpp"

#include <interlock/interlock.hpp>

namespace il = interlock;

#if defined(SHARING_MISFIT)
namespace {
struct Prism : shapes::Base {};
}  // namespace
#endif

#if defined(SHARING_SECOND)
// Binds what the provider binds.
INTERLOCK_MODULE(sharing_second, m) { il::class_<shapes::Twice>(m, "Second").def(il::init<>()); }
#elif defined(SHARING_MISFIT)
// Derives from what the provider binds, and was built with something else.
INTERLOCK_MODULE(sharing_misfit, m) {
    il::class_<Prism, shapes::Base>(m, "Prism").def(il::init<>());
}
#else
// Has another version of the library.
INTERLOCK_MODULE(sharing_larger, m) {
    m.def("constant", [](const shapes::Constant& c) { return c.more; });
    m.def("make_constant", [] { return shapes::Constant(5); });
    // Not what the provider binds under that name.
    il::class_<shapes::Twice>(m, "Twice").def(il::init<>());
    m.def("twice", [](const shapes::Twice& t) { return t.more; });
    m.def("sum", [](const shapes::Point& p) { return p.x + p.y; });
}
#endif
