// What every primitive of this layer waits with: the interpreter is left first (invariant 7).
//
// An attached thread that blocks keeps the interpreter from all others, on builds with a GIL always and on builds without
// one as soon as somebody stops the world (garbage collection, fork). So whoever has to wait here detaches, waits, and
// attaches again.
#pragma once

#include <interlock/attach/token.hpp>

#include <atomic>
#include <cstdint>
#include <source_location>

INTERLOCK_BEGIN
namespace detail {

// What names a thread: the address of its thread_place.
inline const void* this_place() noexcept { return static_cast<const void*>(&thread_place); }

// Which thread is inside, and since which line; so that the same thread finds out when it comes again. A thread reads its own address here only if it is inside; the place is written and
// read by that thread alone.
class entered_by {
public:
    void enter(const std::source_location& where) noexcept {
        thread_.store(this_place(), std::memory_order_relaxed);
        where_ = where;
    }
    void leave() noexcept { thread_.store(nullptr, std::memory_order_relaxed); }

    bool me() const noexcept { return thread_.load(std::memory_order_relaxed) == this_place(); }
    const void* thread() const noexcept { return thread_.load(std::memory_order_relaxed); }
    const std::source_location& where() const noexcept { return where_; }

private:
    std::atomic<const void*> thread_{nullptr};
    std::source_location where_{};
};

// How many forks lie behind this process, and the thread that came through the last one: what was held by any other
// thread before it is held by nobody now.
extern std::atomic<std::uint32_t> forks;
bool gone_in_fork(std::uint32_t forks_at_entry, const entered_by& inside) noexcept;

// Leaves the interpreter while `wait` runs. Needs an attached thread; the outer scope matters only where another library
// attached it inside our allow_threads.
template <class Wait>
void leave_while(const attachment* token, std::source_location where, Wait&& wait) {
    const attach_scope inside(where);
    detach_scope away(token != nullptr ? token : &inside.token(), where);
    std::forward<Wait>(wait)();
    away.finish();
}

// std::system_error, resource_deadlock_would_occur: "<operation> at <now>: this thread is inside it already, since <then>".
[[noreturn]] void throw_entered_again(const char* operation, const std::source_location& then,
                                      const std::source_location& now);

}  // namespace detail
INTERLOCK_END
