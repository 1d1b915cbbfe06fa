// What Python overrides in the theme "overrides", and the loops that call it from C++; the same for every library.
#pragma once

#include "../harness/loops.hpp"

namespace work {

// Python overrides step and leaves stay as it is.
struct strategy {
    virtual ~strategy() = default;
    virtual int step(int x) { return x + 1; }
    virtual int stay(int x) { return x - 1; }
};

// The instance that the loops call; Python keeps it.
inline strategy* used = nullptr;
inline void use(strategy& that) { used = &that; }

// On whatever thread runs them, attached or not.
inline void call_step(long n) {
    strategy* that = used;
    for (long i = 0; i < n; ++i) {
        const int result = that->step(3);
        bench::escape(&result);
    }
}
inline void call_stay(long n) {
    strategy* that = used;
    for (long i = 0; i < n; ++i) {
        const int result = that->stay(3);
        bench::escape(&result);
    }
}

// A thread state that lasts as long as the burst does, which a program keeps by hand where its library makes one at each entry.
inline thread_local PyGILState_STATE kept_state{};
inline thread_local PyThreadState* left_state = nullptr;
inline void keep_state(long) {
    kept_state = PyGILState_Ensure();
    left_state = PyEval_SaveThread();
}
inline void give_state_back() {
    PyEval_RestoreThread(left_state);
    PyGILState_Release(kept_state);
}

// A new reference.
inline PyObject* loops(bool by_hand) {
    return bench::table({{"override", call_step},
                         {"override_kept", call_step, by_hand ? keep_state : nullptr,
                          by_hand ? give_state_back : nullptr},
                         {"not_overridden", call_stay}});
}

}  // namespace work
