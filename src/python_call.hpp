// How the core calls what may run Python code. Internal.
//
// CPython before 3.13.8 ends a thread that asks for its lock during finalization by unwinding its stack (gh-87135). Every call
// that may run Python code therefore goes through `run_python`, which turns that into a park before a frame of the user's is
// unwound without the interpreter (invariant 9).
#pragma once

#include "records.hpp"

#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

// A frame of CPython's lies on the stack meanwhile: a thread that is turned away in there may not be unwound through it.
class frame_below {
public:
    frame_below() noexcept : frame_below(thread_word() & ~word_flags) {}
    // By the thread's word without its flags.
    explicit frame_below(std::uintptr_t word) noexcept
        : front_(*reinterpret_cast<thread_front*>(word)), clean_(front_.clean) {
        if (clean_) {
            front_.clean = false;
        }
    }
    ~frame_below() {
        if (clean_) {
            front_.clean = true;
        }
    }
    frame_below(const frame_below&) = delete;
    frame_below& operator=(const frame_below&) = delete;

private:
    thread_front& front_;
    bool clean_;
};

template <class F>
INTERLOCK_STOPS_UNWINDING inline auto run_python(F f) {
    const frame_below mark;
    never_unwound call;
    if constexpr (std::is_void_v<decltype(f())>) {
        f();
        call.returned();
    } else {
        auto result = f();
        call.returned();
        return result;
    }
}

// Calls what Python's `def` makes, and a method of it, as PyObject_Vectorcall does, without asking for the thread's state and without
// looking at the error beside the result: the interpreter's own loop leaves the two right. Other callables go CPython's way.
inline PyObject* call_vector(PyObject* callable, PyObject* const* arguments, std::size_t counted) {
#if !INTERLOCK_LIMITED_API
    PyTypeObject* const kind = Py_TYPE(callable);
    if (kind == &PyFunction_Type) [[likely]] {
        return reinterpret_cast<PyFunctionObject*>(callable)->vectorcall(callable, arguments,
                                                                         counted, nullptr);
    }
    if (kind == &PyMethod_Type) {
        return reinterpret_cast<PyMethodObject*>(callable)->vectorcall(callable, arguments, counted,
                                                                       nullptr);
    }
#endif
    return PyObject_Vectorcall(callable, arguments, counted, nullptr);
}

}  // namespace detail
INTERLOCK_END
