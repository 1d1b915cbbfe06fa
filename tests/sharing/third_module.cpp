// An extension that throws what others have registered, and registers nothing.
#include "shapes.hpp"

#include <interlock/interlock.hpp>

INTERLOCK_MODULE(sharing_third, m) {
    m.def("fail_app", [] { throw shapes::AppError("app", 1); });
    m.def("fail_net", [] { throw shapes::NetError("net", 2); });
}
