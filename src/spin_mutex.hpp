// The lock of the core's tables, on builds without a GIL. Internal.
//
// A thread that waits for a PyMutex detaches, and its critical sections are suspended meanwhile: what it has read of an object under the
// object's lock may be gone when it is back. So nobody detaches for this one, and under an object's lock nothing but Python code (and
// what detaches openly) lets others at the object.
//
// It is the one thing that an attached thread waits for, and does not break what invariant 7 is there for. Whoever holds it is attached,
// runs C++ over a table, calls nothing of Python's that could detach and nothing of the user's, and takes no other lock but this kind,
// the registry's before a store's: so it neither detaches nor is stopped, and whoever stops the world waits for both. Usually that is a
// fraction of a microsecond; a table that grows, and a search among all classes, hold it for as long as they take. The same holds for
// CPython's own locks of this kind (those of weak references, which are taken with _Py_LOCK_DONT_DETACH).
#pragma once

#include <interlock/attach/compat.hpp>

#include <atomic>

INTERLOCK_BEGIN
namespace detail {

// A hint to the processor that this thread looks again and again.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Not recursive, not fair. One byte, zero while it is free, the same in all extensions: one of them lies in what they share (abi.h). It
// needs an attached thread. It costs an atomic exchange and a store where nobody else is inside.
class spin_mutex {
public:
    constexpr spin_mutex() noexcept = default;
    spin_mutex(const spin_mutex&) = delete;
    spin_mutex& operator=(const spin_mutex&) = delete;

    void lock() noexcept {
        while (held_.exchange(1, std::memory_order_acquire) != 0) [[unlikely]] {
            wait();
        }
    }
    void unlock() noexcept { held_.store(0, std::memory_order_release); }

private:
    // Until it was seen free. A thread that was interrupted while it held the lock gets its turn.
    INTERLOCK_COLD void wait() const noexcept;

    std::atomic<unsigned char> held_{0};
};
static_assert(sizeof(spin_mutex) == 1 && std::atomic<unsigned char>::is_always_lock_free);

// Of what has a mutex, for a scope; nothing where there is a GIL, which sees to it that one thread runs at a time.
class spin_lock {
public:
#if defined(Py_GIL_DISABLED)
    explicit spin_lock(spin_mutex& mutex) noexcept : mutex_(mutex) { mutex_.lock(); }
    ~spin_lock() { mutex_.unlock(); }

private:
    spin_mutex& mutex_;

public:
#else
    explicit spin_lock(spin_mutex&) noexcept {}
    ~spin_lock() {}  // not defaulted: a variable of it then counts as used
#endif
    spin_lock(const spin_lock&) = delete;
    spin_lock& operator=(const spin_lock&) = delete;
};

}  // namespace detail
INTERLOCK_END
