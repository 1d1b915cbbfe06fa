// The run-time guard: what the types cannot see is refused here (invariant 1, at run time).
//
// One word of thread-local storage per extension says what this thread may do. Inline operations read it; operations
// that are an out-of-line call anyway ask CPython itself. The word is set after the interpreter call that made it so has
// returned (invariant 6).
#pragma once

#include <interlock/attach/compat.hpp>
#include <interlock/attach/errors.hpp>

#include <cstdint>

INTERLOCK_BEGIN
namespace detail {

struct thread_front;

// This thread's record, with flags in the low bits of the address. 8 bytes, initial-exec where the C library is glibc: a
// module's whole thread-local block then lies in static storage, of which about 200 modules of this size fit. Never null: a
// thread that has no record yet points to one that stands for nobody.
#if defined(__GLIBC__)
extern constinit thread_local thread_front* thread_place __attribute__((tls_model("initial-exec")));
#else
extern constinit thread_local thread_front* thread_place;
#endif

inline constexpr std::uintptr_t word_detached = 1;    // inside an allow_threads of this extension
inline constexpr std::uintptr_t word_traversing = 2;  // inside a tp_traverse
inline constexpr std::uintptr_t word_lost = 4;  // turned away on the way back from allow_threads
// In a sub-interpreter, or by a state that goes with its scope: the inline ways are no use.
inline constexpr std::uintptr_t word_elsewhere = 8;
inline constexpr std::uintptr_t word_refused = word_detached | word_traversing;
inline constexpr std::uintptr_t word_flags = 15;

inline std::uintptr_t thread_word() noexcept {
    return reinterpret_cast<std::uintptr_t>(thread_place);
}
inline void set_thread_word(std::uintptr_t word) noexcept {
    thread_place = reinterpret_cast<thread_front*>(word);
}

// Throws not_attached for the operation named.
[[noreturn]] void throw_not_attached(const char* operation);

// For operations that are an out-of-line call anyway: asks CPython.
inline void require_attached(const char* operation) {
#if !defined(INTERLOCK_HARDENING_NONE)
    if (attached_state() == nullptr || (thread_word() & word_traversing) != 0) [[unlikely]] {
        throw_not_attached(operation);
    }
#else
    static_cast<void>(operation);
#endif
}

// The first half of that, for what looks at the thread's word itself before it does anything that the other half forbids.
inline void require_state(const char* operation) {
#if !defined(INTERLOCK_HARDENING_NONE)
    if (attached_state() == nullptr) [[unlikely]] {
        throw_not_attached(operation);
    }
#else
    static_cast<void>(operation);
#endif
}

// For inline operations: one thread-local, which knows the regions of this extension.
inline void require_attached_inline(const char* operation) {
#if defined(INTERLOCK_HARDENING_FULL)
    require_attached(operation);
#elif !defined(INTERLOCK_HARDENING_NONE)
    if ((thread_word() & word_refused) != 0) [[unlikely]] {
        throw_not_attached(operation);
    }
#else
    static_cast<void>(operation);
#endif
}

// For destructors, which cannot throw: whether the plain way is open.
inline bool may_touch_python() noexcept {
#if defined(INTERLOCK_HARDENING_FULL)
    return attached_state() != nullptr && (thread_word() & word_traversing) == 0;
#elif !defined(INTERLOCK_HARDENING_NONE)
    return (thread_word() & word_refused) == 0;
#else
    return true;
#endif
}

}  // namespace detail

// Marks this thread as inside a tp_traverse for as long as it lives: nothing of Python may be touched there, so entering
// is refused (no_interpreter, try_with_gil: empty) and so is every operation (not_attached). For those who write a raw
// tp_traverse; classes bound with class_ have it already. Needs an attached thread and leaves it attached. Cost: two
// accesses to a thread-local.
class traverse_scope {
public:
    traverse_scope() noexcept : before_(detail::thread_word() & detail::word_traversing) {
        detail::set_thread_word(detail::thread_word() | detail::word_traversing);
    }
    ~traverse_scope() {
        if (before_ == 0) {
            detail::set_thread_word(detail::thread_word() & ~detail::word_traversing);
        }
    }
    traverse_scope(const traverse_scope&) = delete;
    traverse_scope& operator=(const traverse_scope&) = delete;

private:
    std::uintptr_t before_;
};

INTERLOCK_END
