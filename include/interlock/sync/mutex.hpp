// mutex<T>: data behind a lock that is never waited for while attached (invariant 7).
//
//   il::mutex<std::map<int, Job>> jobs;
//   jobs.with(py, [](auto& map) { map.clear(); });
//
// An attached thread that finds the lock taken leaves the interpreter, waits, and comes back with the lock held. That is
// sound because the data can be reached in no other way: nobody ever waits for this lock while attached, so whoever has the
// interpreter gives it back.
//
//   state           low two bits: free, locked, locked and waited for, or free with a value that nobody has made yet;
//                   above them, while locked, the number of forks behind the process
//   inside, value   belong to whoever has the lock
#pragma once

#include <interlock/sync/wait.hpp>

#include <memory>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

class mutex_core {
public:
    enum : std::uint32_t {
        free = 0,
        locked = 1,
        contended = 2,
        unmade = 3,
        kind = 3,
        one_fork = 4
    };

    constexpr explicit mutex_core(std::uint32_t state) noexcept : state_(state) {}

    // Whether the value has to be made first.
    [[nodiscard]] bool lock(const attachment* token, const std::source_location& where) {
        std::uint32_t before = free;
        if (!state_.compare_exchange_strong(before, locked_now(), std::memory_order_acquire,
                                            std::memory_order_relaxed)) [[unlikely]] {
            before = lock_slowly(token, where);
        }
        inside_.enter(where);
        return before == unmade;
    }
    void unlock(std::uint32_t to = free) noexcept {
        inside_.leave();
        if ((state_.exchange(to, std::memory_order_release) & kind) == contended) [[unlikely]] {
            wake_one();
        }
    }

    // For the destructor alone.
    bool made() const noexcept { return state_.load(std::memory_order_relaxed) != unmade; }

private:
    static std::uint32_t locked_now() noexcept {
        return locked | forks.load(std::memory_order_relaxed) * one_fork;
    }
    std::uint32_t lock_slowly(const attachment* token, const std::source_location& where);
    bool spin(std::uint32_t& before) noexcept;
    void wait_and_lock(std::uint32_t& before);
    void wake_one() noexcept;

    std::atomic<std::uint32_t> state_;
    entered_by inside_;
};

}  // namespace detail

// A value of type T and the lock that guards it; the value is reached through with() alone.
//
// Constant-initialized, always when it is made without arguments (the value is then made by the first with()), otherwise
// when T's constructor is constexpr: usable from the first instruction of the program on. Destroys its value like any
// other object; a function-local static has a guard only where T's destructor is not trivial, for the sake of that destructor.
// Not movable. Not fair. After a fork, a lock that was held by a thread that the child does not have is an error to enter.
template <class T>
class mutex {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>,
                  "interlock: il::mutex<T> holds a value: T may be neither a reference nor const");

public:
    constexpr mutex() noexcept
        requires std::is_default_constructible_v<T>
        : core_(detail::mutex_core::unmade), none_() {}
    // The value made in place from the arguments.
    template <class... As>
        requires(sizeof...(As) > 0 && std::is_constructible_v<T, As...> &&
                 !(std::is_same_v<std::remove_cvref_t<As>, mutex> || ...))
    constexpr explicit(sizeof...(As) == 1) mutex(As&&... as)
        : core_(detail::mutex_core::free), value_(std::forward<As>(as)...) {}
    ~mutex()
        requires std::is_trivially_destructible_v<T>
    = default;
    ~mutex() {
        if (core_.made()) {
            std::destroy_at(std::addressof(value_));
        }
    }
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    // Calls f(value) with the lock held and returns what it returns; what f throws goes on, with the lock given back.
    //
    // f may use Python, leave the interpreter and enter other mutexes; on builds with a GIL other threads of Python may run
    // meanwhile, which find the lock taken. Needs an attached thread and leaves it attached; where the lock is taken, it
    // waits detached, so that critical sections which are held are suspended. Throws std::system_error
    // (resource_deadlock_would_occur) where this thread is inside already, naming both places, and (owner_dead) in a fork's
    // child whose parent had another thread inside; not_attached; no_interpreter, without the lock, where the interpreter
    // finalized while it waited (a thread with CPython's frames below parks for ever instead, as in allow_threads); what
    // making the value throws. Cost where the lock is free: two atomic operations, as std::mutex, and four plain ones.
    template <class F>
    decltype(auto) with(python py, F&& f,
                        std::source_location where = std::source_location::current()) {
        detail::require_attached_inline("il::mutex::with");
        return call(&py, std::forward<F>(f), where);
    }

    // The same on a thread that is not attached. One that is attached after all still waits detached.
    template <class F>
    decltype(auto) with(F&& f, std::source_location where = std::source_location::current()) {
        static_assert(detachable<T>,
                      "interlock: il::mutex::with without the token: the value is or holds a bound "
                      "Python object, which may not be touched while detached; write with(py, f), "
                      "or keep il::owned<T>");
        return call(nullptr, std::forward<F>(f), where);
    }

private:
    class held {
    public:
        held(mutex& guarded, const attachment* token, const std::source_location& where)
            : core_(guarded.core_) {
            if (core_.lock(token, where)) [[unlikely]] {
                guarded.make();
            }
        }
        ~held() { core_.unlock(); }
        held(const held&) = delete;
        held& operator=(const held&) = delete;

    private:
        detail::mutex_core& core_;
    };

    template <class F>
    decltype(auto) call(const attachment* token, F&& f, const std::source_location& where) {
        static_assert(std::is_invocable_v<F, T&>,
                      "interlock: the callable of il::mutex::with is called with the value: write "
                      "[](auto& value) { ... }");
        if constexpr (std::is_invocable_v<F, T&>) {
            using R = std::invoke_result_t<F, T&>;
            static_assert(!(std::is_reference_v<R> && std::is_same_v<std::remove_cvref_t<R>, T>),
                          "interlock: the callable of il::mutex::with returns a reference to what "
                          "the lock guards: return a copy, or do the work inside");
            static_assert(!detail::coroutine_of<R, T&>,
                          "interlock: a coroutine as the callable of il::mutex::with: its frame "
                          "would outlive the lock");
            const held lock(*this, token, where);
            return std::invoke(std::forward<F>(f), value_);
        }
    }

    // With the lock held, which is given back where this throws.
    void make() {
        if constexpr (std::is_default_constructible_v<T>) {
            try {
                std::construct_at(std::addressof(value_));
            } catch (...) {
                core_.unlock(detail::mutex_core::unmade);
                throw;
            }
        }
    }

    detail::mutex_core core_;
    union {
        char none_;
        T value_;
    };
};

INTERLOCK_END
