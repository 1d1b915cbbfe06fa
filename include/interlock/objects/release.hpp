// What handles need of the core: how a reference is let go, and which interpreter a thread is in.
//
// A reference is released where that is safe and queued where it is not (invariant 4): none of these throws, attaches or
// waits.
#pragma once

#include <interlock/attach/guard.hpp>

INTERLOCK_BEGIN
namespace detail {

struct interpreter_record;

// Gives a reference up that may be the last: finalizers then run, and may be where CPython ends this thread (see compat.hpp).
void decref_last(PyObject* object) noexcept;

// Py_DECREF for destructors. Needs an attached thread.
inline void decref(PyObject* object) noexcept {
#if defined(Py_GIL_DISABLED)
    decref_last(object);  // whether it is the last one is not told by one count
#else
    if (Py_REFCNT(object) != 1) [[likely]] {
        Py_DECREF(object);
    } else {
        decref_last(object);
    }
#endif
}

// Releases a reference of an interpreter from any thread in any state: at once where the thread is attached to it, by its
// queue where it is not, not at all where it has finished. Cost: attached 2 ns and the decrement; detached about 15 ns.
void release_reference(PyObject* object, interpreter_record* interpreter) noexcept;

// The same for a bound object, which does not say whose it is: the interpreter that the thread left is asked.
void release_bound(PyObject* object) noexcept;

// The interpreter that this thread is attached to. Throws no_interpreter late in finalization.
interpreter_record* interpreter_of_this_thread();

// Throws std::logic_error: the handle is empty or was moved from.
[[noreturn]] void throw_empty_handle(const char* operation);

// Throws not_attached where the thread is not attached, and wrong_interpreter where it is attached to another one.
void require_same_interpreter(const interpreter_record* interpreter, const char* operation);

}  // namespace detail
INTERLOCK_END
