// Where functions of a test module stay inside of C++ until Python lets them go: see started.py.
#pragma once

#include <interlock/interlock.hpp>

#include <semaphore>

namespace one_door {

inline std::counting_semaphore<> inside{0};
inline std::counting_semaphore<> leave{0};

// What stays inside until it is let go.
inline void stay() {
    inside.release();
    leave.acquire();
}

// What Python calls: wait_inside() and let_go().
inline void bind(interlock::module& m) {
    m.def("wait_inside", [] { inside.acquire(); }, interlock::allow_threads);
    m.def("let_go", [] { leave.release(); });
}

}  // namespace one_door
