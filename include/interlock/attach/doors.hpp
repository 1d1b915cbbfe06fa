// The way in: with_gil, try_with_gil and assume_attached. The way out, allow_threads, is a member of the token.
//
// Any thread may enter, at any depth: Python's own, a std::thread, one of another library's pool. A thread that CPython
// has never seen gets a thread state on its first entry and keeps it, so that later entries are cheap and
// threading.local, contextvars and tracing see one thread; it is given back when the thread ends (or by thread_scope).
// On GIL builds giving it back takes the interpreter once more: do not join such a thread while attached.
#pragma once

#include <interlock/attach/token.hpp>

#include <optional>

INTERLOCK_BEGIN
namespace detail {

template <class F, class Object, class... As>
decltype(auto) call_member(python py, F&& f, Object&& self, As&&... as) {
    return std::invoke(std::forward<F>(f), std::forward<Object>(self), py, std::forward<As>(as)...);
}

template <class F, class... As>
struct entered_invocable : std::is_invocable<F, python, As...> {};
template <class F, class Object, class... As>
    requires is_member_pointer<F>
struct entered_invocable<F, Object, As...> : std::is_invocable<F, Object, python, As...> {};

// Calls f(py, args...); a member pointer is called as (object.*f)(py, args...).
template <class F, class... As>
decltype(auto) call_entered(python py, F&& f, As&&... as) {
    if constexpr (is_member_pointer<F>) {
        return call_member(py, std::forward<F>(f), std::forward<As>(as)...);
    } else {
        return std::invoke(std::forward<F>(f), py, std::forward<As>(as)...);
    }
}

template <class F, class... As>
consteval bool check_entered() {
    static_assert(entered_invocable<F, As...>::value,
                  "interlock: the callable of with_gil cannot be called with the token and the "
                  "arguments that follow it: write [](il::python py, ...) or [](auto& py, ...); "
                  "the token is not taken by value, as [](auto py) would; a member pointer is "
                  "called as (object.*f)(py, ...)");
    return entered_invocable<F, As...>::value;
}

template <class F, class... As>
using entered_result =
    decltype(call_entered(std::declval<python>(), std::declval<F>(), std::declval<As>()...));

template <class F, class... As>
decltype(auto) enter_and_call(std::source_location where, F&& f, As&&... as) {
    if constexpr (!check_entered<F, As...>()) {
        return any_result{};
    } else if constexpr (!check_result_of_with_gil<entered_result<F, As...>, python, As...>()) {
        return refused<entered_result<F, As...>>();
    } else {
        attach_scope scope(where);
        return call_entered(scope.token(), std::forward<F>(f), std::forward<As>(as)...);
    }
}

template <class F, class... As>
auto try_enter_and_call(std::source_location where, F&& f, As&&... as) {
    if constexpr (!check_entered<F, As...>()) {
        return any_result{};
    } else {
        using R = entered_result<F, As...>;
        using tried =
            std::conditional_t<std::is_void_v<R>, bool, std::optional<std::remove_cvref_t<R>>>;
        if constexpr (!check_result_of_with_gil<R, python, As...>()) {
            return refused<tried>();
        } else {
            attach_scope scope(where, if_refused::returns);
            if constexpr (std::is_void_v<R>) {
                if (!scope.entered()) {
                    return false;
                }
                call_entered(scope.token(), std::forward<F>(f), std::forward<As>(as)...);
                return true;
            } else {
                tried result;
                if (scope.entered()) {
                    result.emplace(
                        call_entered(scope.token(), std::forward<F>(f), std::forward<As>(as)...));
                }
                return result;
            }
        }
    }
}

template <class F, class... As>
decltype(auto) assume_and_call(std::source_location where, F&& f, As&&... as) {
    if constexpr (!check_entered<F, As...>()) {
        return any_result{};
    } else {
        if (attached_state() == nullptr || (thread_word() & word_traversing) != 0) [[unlikely]] {
            throw_not_attached("il::assume_attached");
        }
        attach_scope scope(where);
        return call_entered(token_called, std::forward<F>(f), std::forward<As>(as)...);
    }
}

}  // namespace detail

// Enters the interpreter, calls f(py, args...) and returns its result, which must be detachable.
//
// f may capture what it likes. args are forwarded by reference. A member pointer is called as (object.*f)(py, args...).
// Legal on any thread, attached or not, nested to any depth; leaves the thread as it was, also when f throws (what it
// throws goes on). Throws no_interpreter when no interpreter runs, when it is finalizing, or inside a tp_traverse. Waits
// for the interpreter's lock on builds that have one; never hangs at exit. Cost: nested, one query of CPython's current
// thread state; from detached, PyEval_RestoreThread and PyEval_SaveThread on the thread's state and one uncontended
// exchange; a thread's very first entry makes its thread state.
#define INTERLOCK_WITH_GIL(n)                                                               \
    template <class F INTERLOCK_TYPE_PARAMETERS(n)>                                         \
    decltype(auto) with_gil(                                                                \
        F&& f INTERLOCK_PARAMETERS(n),                                                      \
        detail::call_site where = detail::call_site(std::source_location::current())) {     \
        return detail::enter_and_call(where.at, std::forward<F>(f) INTERLOCK_ARGUMENTS(n)); \
    }
INTERLOCK_FOR_EACH_ARITY(INTERLOCK_WITH_GIL)
#undef INTERLOCK_WITH_GIL
// With more arguments: the same, but trace points cannot tell the line.
template <class F, class... As>
    requires(sizeof...(As) > 12)
decltype(auto) with_gil(F&& f, As&&... as) {
    return detail::enter_and_call(detail::unknown_site, std::forward<F>(f),
                                  std::forward<As>(as)...);
}

// As with_gil, but being refused is a value: an empty optional, or false where f returns nothing. What f throws goes on.
#define INTERLOCK_TRY_WITH_GIL(n)                                                                 \
    template <class F INTERLOCK_TYPE_PARAMETERS(n)>                                               \
    auto try_with_gil(F&& f INTERLOCK_PARAMETERS(n), detail::call_site where = detail::call_site( \
                                                         std::source_location::current())) {      \
        return detail::try_enter_and_call(where.at, std::forward<F>(f) INTERLOCK_ARGUMENTS(n));   \
    }
INTERLOCK_FOR_EACH_ARITY(INTERLOCK_TRY_WITH_GIL)
#undef INTERLOCK_TRY_WITH_GIL
template <class F, class... As>
    requires(sizeof...(As) > 12)
auto try_with_gil(F&& f, As&&... as) {
    return detail::try_enter_and_call(detail::unknown_site, std::forward<F>(f),
                                      std::forward<As>(as)...);
}

// Calls f(py, args...) on a thread that is known to be attached, as in a callback that CPython made; returns what it
// returns, bound objects too. Throws not_attached where that is wrong. Changes nothing. Cost: one query of CPython's
// current thread state.
template <class F, class... As>
decltype(auto) assume_attached(F&& f, As&&... as) {
    return detail::assume_and_call(std::source_location::current(), std::forward<F>(f),
                                   std::forward<As>(as)...);
}

// Gives this thread's state back to CPython when the outermost scope of the thread ends, instead of when the thread does:
// for threads of a pool that live on, and on Windows, where a thread's end is too late to take the interpreter. Does
// nothing where the thread has no state of its own, is inside a door, or the interpreter is closed. Needs no attachment.
class thread_scope {
public:
    thread_scope();
    ~thread_scope();
    thread_scope(const thread_scope&) = delete;
    thread_scope& operator=(const thread_scope&) = delete;
};

// How long finalization waits for threads that are inside the interpreter but detached (in allow_threads), in seconds;
// 5 unless set. Threads that are attached are waited for without limit. Process-wide; may be called at any time.
void set_exit_wait_seconds(double seconds) noexcept;
double exit_wait_seconds() noexcept;

// The same from any std::chrono duration.
template <class Duration>
    requires requires(const Duration& d) {
        d.count();
        Duration::period::num;
        Duration::period::den;
    }
void exit_wait(const Duration& limit) noexcept {
    set_exit_wait_seconds(static_cast<double>(limit.count()) *
                          static_cast<double>(Duration::period::num) /
                          static_cast<double>(Duration::period::den));
}

INTERLOCK_END
