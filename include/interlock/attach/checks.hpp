// What the doors refuse at compile time, and the sentences in which they say so (invariants 2 and 3).
//
// A check says its sentence in a static_assert, which is the first error that a user reads, and returns whether it held, so
// that the door stops there: what follows from the mistake is not compiled, and refused<R>() stands for its result.
#pragma once

#include <interlock/attach/detachable.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

template <class F>
inline constexpr bool is_member_pointer = std::is_member_pointer_v<std::remove_cvref_t<F>>;

// What a refused call of a door gives, so that the code around it is not wrong as well; nothing runs it. Where not even the
// type of the result is known, what turns into anything.
template <class R>
[[noreturn]] R refused() {
    std::terminate();
}
struct any_result {
    template <class T>
    operator T() const {
        std::terminate();
    }
};

// One sentence for each position, so that the error names the argument.
template <std::size_t Position, class T>
consteval void check_detachable_argument() {
    constexpr bool argument_is_detachable = detachable<T>;
    if constexpr (Position == 1) {
        static_assert(argument_is_detachable,
                      "interlock: argument 1 of allow_threads is, holds or views a Python object "
                      "or the token, but the callable runs without the interpreter: pass C++ "
                      "values, or il::owned<T>");
    } else if constexpr (Position == 2) {
        static_assert(argument_is_detachable,
                      "interlock: argument 2 of allow_threads is, holds or views a Python object "
                      "or the token, but the callable runs without the interpreter: pass C++ "
                      "values, or il::owned<T>");
    } else if constexpr (Position == 3) {
        static_assert(argument_is_detachable,
                      "interlock: argument 3 of allow_threads is, holds or views a Python object "
                      "or the token, but the callable runs without the interpreter: pass C++ "
                      "values, or il::owned<T>");
    } else if constexpr (Position == 4) {
        static_assert(argument_is_detachable,
                      "interlock: argument 4 of allow_threads is, holds or views a Python object "
                      "or the token, but the callable runs without the interpreter: pass C++ "
                      "values, or il::owned<T>");
    } else {
        static_assert(argument_is_detachable,
                      "interlock: an argument of allow_threads, the one whose Position is shown "
                      "below, is, holds or views a Python object or the token, but the callable "
                      "runs without the interpreter: pass C++ values, or il::owned<T>");
    }
}

// Of several such arguments the first is named.
template <std::size_t Position>
consteval bool check_detachable_arguments() {
    return true;
}
template <std::size_t Position, class A, class... As>
consteval bool check_detachable_arguments() {
    if constexpr (detachable<A>) {
        return check_detachable_arguments<Position + 1, As...>();
    } else {
        check_detachable_argument<Position, A>();
        return false;
    }
}

template <class F>
consteval bool check_callable_of_allow_threads() {
    using U = std::remove_cvref_t<F>;
    constexpr bool is_pointer =
        std::is_function_v<std::remove_pointer_t<U>> || std::is_member_pointer_v<U>;
    constexpr bool is_stateless = std::is_empty_v<U> && std::is_default_constructible_v<U>;
    if constexpr (is_pointer || is_stateless) {
        return true;
    } else if constexpr (capturing_closure<U>) {
        static_assert(
            is_stateless,
            "interlock: the lambda given to allow_threads captures, and what it captures could be "
            "a Python object: write [] and pass what it needs as arguments, "
            "py.allow_threads([](auto& x) {...}, x); or take the door that is checked at run time "
            "alone, py.allow_threads(il::unchecked, [&] {...})");
        return false;
    } else if constexpr (closure<U>) {
        static_assert(is_stateless,
                      "interlock: the lambda given to allow_threads says that it captures, though "
                      "it uses nothing from outside: remove the & or the = from its brackets");
        return false;
    } else {
        static_assert(
            is_stateless,
            "interlock: the callable given to allow_threads has state (std::function, std::bind, "
            "an object with members), which could hold a Python object: give a captureless "
            "lambda, a stateless functor, a function or a member pointer, and pass what it needs "
            "as arguments; or take the door that is checked at run time alone, "
            "py.allow_threads(il::unchecked, f)");
        return false;
    }
}

template <class F, class... As>
decltype(auto) refused_call() {
    if constexpr (std::is_invocable_v<F, As...>) {
        return refused<std::invoke_result_t<F, As...>>();
    } else {
        return any_result{};
    }
}

template <class F, class... As>
consteval bool check_invocable_detached() {
    static_assert(std::is_invocable_v<F, As...>,
                  "interlock: the callable given to allow_threads cannot be called with the "
                  "arguments that follow it, which are passed on as they are (rvalues as rvalues, "
                  "const as const); il::python is not among them");
    return std::is_invocable_v<F, As...>;
}

template <class R, class... As>
concept coroutine_of = requires { typename std::coroutine_traits<R, As...>::promise_type; };

template <class R, class... As>
consteval bool check_not_coroutine() {
    static_assert(!coroutine_of<R, As...>,
                  "interlock: the callable given to with_gil or allow_threads is a coroutine, "
                  "whose frame would outlive the door: open the door inside the coroutine");
    return !coroutine_of<R, As...>;
}

// As is what the callable takes, for the coroutine.
template <class R, class... As>
consteval bool check_result_of_with_gil() {
    if constexpr (coroutine_of<R, As...>) {
        return check_not_coroutine<R, As...>();
    } else {
        static_assert(detachable<R>,
                      "interlock: the result of with_gil is, holds or views a Python object or the "
                      "token, which may not leave it: return il::owned<T> (object.unbind()), or "
                      "convert to a C++ value (object.as<T>())");
        return detachable<R>;
    }
}

template <class R, class... As>
consteval bool check_result_of_allow_threads() {
    if constexpr (coroutine_of<R, As...>) {
        return check_not_coroutine<R, As...>();
    } else {
        static_assert(detachable<R>,
                      "interlock: the result of allow_threads is, holds or views a Python object "
                      "or the token, which nothing could make without the interpreter: return a "
                      "C++ value, or il::owned<T>");
        return detachable<R>;
    }
}

}  // namespace detail
INTERLOCK_END
