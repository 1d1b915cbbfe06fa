// What the doors refuse at compile time, and the sentences in which they say so (invariants 2 and 3).
#pragma once

#include <interlock/attach/detachable.hpp>

#include <coroutine>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

template <class F>
inline constexpr bool is_member_pointer = std::is_member_pointer_v<std::remove_cvref_t<F>>;

// One sentence per position, so that the error names the argument.
template <std::size_t Position, class T>
consteval void check_detachable_argument() {
    constexpr bool ok = detachable<T>;
    if constexpr (Position == 1) {
        static_assert(
            ok,
            "interlock: argument 1 of allow_threads is, holds or views a Python object or the "
            "token; the "
            "callable runs without the interpreter: pass plain C++ values, or il::owned<T>");
    } else if constexpr (Position == 2) {
        static_assert(
            ok,
            "interlock: argument 2 of allow_threads is, holds or views a Python object or the "
            "token; the "
            "callable runs without the interpreter: pass plain C++ values, or il::owned<T>");
    } else if constexpr (Position == 3) {
        static_assert(
            ok,
            "interlock: argument 3 of allow_threads is, holds or views a Python object or the "
            "token; the "
            "callable runs without the interpreter: pass plain C++ values, or il::owned<T>");
    } else if constexpr (Position == 4) {
        static_assert(
            ok,
            "interlock: argument 4 of allow_threads is, holds or views a Python object or the "
            "token; the "
            "callable runs without the interpreter: pass plain C++ values, or il::owned<T>");
    } else {
        static_assert(ok,
                      "interlock: an argument of allow_threads (5th or later, see the position "
                      "below) is, holds or "
                      "views a Python object or the token; the callable runs without the "
                      "interpreter: pass plain C++ "
                      "values, or il::owned<T>");
    }
}

template <class... As>
consteval bool check_detachable_arguments() {
    [&]<std::size_t... Is>(std::index_sequence<Is...>) {
        (check_detachable_argument<Is + 1, As>(), ...);
    }(std::index_sequence_for<As...>{});
    return (detachable<As> && ...);
}

template <class F>
consteval bool check_callable_of_allow_threads() {
    using U = std::remove_cvref_t<F>;
    constexpr bool is_pointer =
        (std::is_pointer_v<U> && std::is_function_v<std::remove_pointer_t<U>>) ||
        std::is_function_v<U> || std::is_member_pointer_v<U>;
    constexpr bool is_stateless = std::is_empty_v<U> && std::is_default_constructible_v<U>;
    static_assert(is_pointer || is_stateless || !has_call_operator<U> || !capturing_closure<U>,
                  "interlock: the lambda given to allow_threads captures: what it captures could "
                  "be a Python object. Write "
                  "[] and pass what it needs as arguments, py.allow_threads([](auto& x) {...}, x); "
                  "if [&] captures nothing, "
                  "remove the &; or take the checked-at-run-time door, "
                  "py.allow_threads(il::unchecked, [&] {...})");
    static_assert(is_pointer || is_stateless || (has_call_operator<U> && capturing_closure<U>),
                  "interlock: the callable given to allow_threads has state (std::function, bind "
                  "or a functor with members), "
                  "which could hold a Python object. Give a captureless lambda, a stateless "
                  "functor, a function pointer or "
                  "a member pointer, and pass what it needs as arguments; or take "
                  "py.allow_threads(il::unchecked, f)");
    return is_pointer || is_stateless;
}

template <class R, class... As>
concept coroutine_of = requires { typename std::coroutine_traits<R, As...>::promise_type; };

template <class R, class... As>
consteval bool check_not_coroutine() {
    static_assert(!coroutine_of<R, As...>,
                  "interlock: a coroutine as the callable of with_gil or allow_threads: its frame "
                  "would outlive the door. "
                  "Open the door inside the coroutine instead");
    return !coroutine_of<R, As...>;
}

template <class R>
consteval bool check_result_of_with_gil() {
    static_assert(
        detachable<R>,
        "interlock: the result of with_gil is, holds or views a Python object or the token, which "
        "may not leave it: "
        "return il::owned<T> (object.unbind()) or convert to a C++ value (object.as<T>())");
    return detachable<R>;
}

template <class R>
consteval bool check_result_of_allow_threads() {
    static_assert(detachable<R>,
                  "interlock: the result of allow_threads is, holds or views a Python object or "
                  "the token: return a C++ value "
                  "or il::owned<T>");
    return detachable<R>;
}

}  // namespace detail
INTERLOCK_END
