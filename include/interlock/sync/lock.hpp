// lock, lock_shared, try_lock_for: locks that one does not own, taken without waiting for them while attached (invariant 7).
//
//   il::lock(py, any_std_mutex, [&] { ... });
//
// Others may lock such a mutex plainly, and wait for it while attached. So this layer never waits for the interpreter while
// it holds one either: it tries; where that fails it leaves, waits until the lock can be had, gives it back, comes back and
// tries again.
//
// That can be overtaken: between coming back and trying, another thread may have been first. Nothing bounds how often, as
// nothing bounds it for std::mutex; each round waits in the lock's own queue, so that a round costs no processor time. Where
// the mutex is one's own, il::mutex keeps what it has waited for.
#pragma once

#include <interlock/sync/wait.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <ratio>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

struct exclusive {
    template <class M>
    static bool try_lock(M& m) {
        return m.try_lock();
    }
    template <class M>
    static void pass(M& m) {
        m.lock();
        m.unlock();
    }
    template <class M>
    static void unlock(M& m) {
        m.unlock();
    }
};

struct shared {
    template <class M>
    static bool try_lock(M& m) {
        return m.try_lock_shared();
    }
    template <class M>
    static void pass(M& m) {
        m.lock_shared();
        m.unlock_shared();
    }
    template <class M>
    static void unlock(M& m) {
        m.unlock_shared();
    }
};

template <class Mode, class M>
class unlock_at_end {
public:
    explicit unlock_at_end(M& m) noexcept : m_(m) {}
    ~unlock_at_end() { Mode::unlock(m_); }
    unlock_at_end(const unlock_at_end&) = delete;
    unlock_at_end& operator=(const unlock_at_end&) = delete;

private:
    M& m_;
};

template <class Mode, class M, class F>
decltype(auto) lock_and_call(python py, M& m, F&& f, std::source_location where) {
    while (!Mode::try_lock(m)) {
        leave_while(&py, where, [&m] { Mode::pass(m); });
    }
    const unlock_at_end<Mode, M> held(m);
    return std::invoke(std::forward<F>(f));
}

// The time on a clock that is never set back, in nanoseconds.
std::int64_t monotonic_nanoseconds() noexcept;

// A duration in nanoseconds, rounded up; the longest one where there are more.
template <class Duration>
std::int64_t nanoseconds_of(const Duration& limit) noexcept {
    const auto count = static_cast<long double>(limit.count()) *
                       (1e9L * static_cast<long double>(Duration::period::num) /
                        static_cast<long double>(Duration::period::den));
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 2;
    if (!(count > 0)) {
        return 0;
    }
    if (count >= static_cast<long double>(most)) {
        return most;
    }
    const auto whole = static_cast<std::int64_t>(count);
    return static_cast<long double>(whole) < count ? whole + 1 : whole;
}

}  // namespace detail

// Calls f() with m locked and returns what it returns; what f throws goes on, with m unlocked.
//
// m: std::mutex, recursive_mutex, timed_mutex, shared_mutex, a unique_lock or shared_lock that is not locked, or anything
// else with lock, try_lock and unlock. Needs an attached thread and leaves it attached. Throws not_attached,
// no_interpreter (m is not locked then) as allow_threads does, and what m throws. A thread that is inside already and whose
// m is not recursive waits for itself: only m could know. Cost where m is free: its try_lock and unlock.
template <class M, class F>
decltype(auto) lock(python py, M&& m, F&& f,
                    std::source_location where = std::source_location::current()) {
    constexpr bool lockable = requires {
        m.lock();
        static_cast<bool>(m.try_lock());
        m.unlock();
    };
    static_assert(lockable,
                  "interlock: il::lock: the mutex has to have lock(), try_lock() and unlock()");
    if constexpr (lockable) {
        detail::require_attached_inline("il::lock");
        return detail::lock_and_call<detail::exclusive>(py, m, std::forward<F>(f), where);
    }
}

// The same with m locked for sharing: std::shared_mutex, shared_timed_mutex, or anything else with lock_shared,
// try_lock_shared and unlock_shared.
template <class M, class F>
decltype(auto) lock_shared(python py, M&& m, F&& f,
                           std::source_location where = std::source_location::current()) {
    constexpr bool lockable = requires {
        m.lock_shared();
        static_cast<bool>(m.try_lock_shared());
        m.unlock_shared();
    };
    static_assert(lockable,
                  "interlock: il::lock_shared: the mutex has to have lock_shared(), "
                  "try_lock_shared() and unlock_shared()");
    if constexpr (lockable) {
        detail::require_attached_inline("il::lock_shared");
        return detail::lock_and_call<detail::shared>(py, m, std::forward<F>(f), where);
    }
}

// As lock, but gives up when m could not be locked for so long; then f is not called and the result is an empty optional, or
// false where f returns nothing. m: std::timed_mutex, recursive_timed_mutex, shared_timed_mutex, or anything else with
// try_lock_for as well. limit: a std::chrono::duration. Waiting for the interpreter itself, on the way back, is not bounded
// by the time. (Durations are taken by their form, so that <chrono>, a tenth of this library's compile time, is not included.)
template <class M, class Rep, class Period, template <class, class> class Duration, class F>
auto try_lock_for(python py, M&& m, const Duration<Rep, Period>& limit, F&& f,
                  std::source_location where = std::source_location::current()) {
    using nanoseconds = Duration<std::int64_t, std::nano>;
    using R = std::invoke_result_t<F>;
    constexpr bool lockable = requires {
        static_cast<bool>(m.try_lock());
        static_cast<bool>(m.try_lock_for(nanoseconds(1)));
        m.unlock();
    };
    static_assert(lockable,
                  "interlock: il::try_lock_for: the mutex has to have try_lock(), "
                  "try_lock_for() and unlock(); std::timed_mutex does");
    if constexpr (lockable) {
        detail::require_attached_inline("il::try_lock_for");
        using result =
            std::conditional_t<std::is_void_v<R>, bool, std::optional<std::remove_cvref_t<R>>>;
        const std::int64_t until = detail::monotonic_nanoseconds() + detail::nanoseconds_of(limit);
        while (!m.try_lock()) {
            bool had = false;
            detail::leave_while(&py, where, [&m, &had, until] {
                const std::int64_t left = until - detail::monotonic_nanoseconds();
                had = left > 0 && m.try_lock_for(nanoseconds(left));
                if (had) {
                    m.unlock();
                }
            });
            if (!had) {
                return result{};
            }
        }
        const detail::unlock_at_end<detail::exclusive, std::remove_reference_t<M>> held(m);
        if constexpr (std::is_void_v<R>) {
            std::invoke(std::forward<F>(f));
            return result{true};
        } else {
            return result(std::in_place, std::invoke(std::forward<F>(f)));
        }
    }
}

INTERLOCK_END
