// What is bound, as types: a list of parameters, a result, and how to call it.
#pragma once

#include <interlock/attach/config.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

template <class... T>
struct types {
    static constexpr std::size_t size = sizeof...(T);
};

template <class R, bool Noexcept, class... A>
struct call_signature {
    using result = R;
    using parameters = types<A...>;
    static constexpr bool is_noexcept = Noexcept;
};

// The signature of a function, of a pointer to a member (the object is its first parameter), or of operator().
template <class F>
struct signature_of_pointer {
    static_assert(sizeof(F) == 0,
                  "interlock: what is bound is a function, a member of a class, or an object with "
                  "one call operator whose parameters are written out. A generic lambda, "
                  "[](auto x), has none: write the types, one definition for each, or "
                  "[](il::object x)");
    using result = void;
    using parameters = types<>;
    static constexpr bool is_noexcept = false;
};

template <class R, bool N, class... A>
struct signature_of_pointer<R (*)(A...) noexcept(N)> : call_signature<R, N, A...> {};

template <class C, class F>
struct signature_of_member;
template <class C, class R, bool N, class... A>
struct signature_of_member<C, R(A...) noexcept(N)> : call_signature<R, N, C&, A...> {
    using function = call_signature<R, N, A...>;
};
template <class C, class R, bool N, class... A>
struct signature_of_member<C, R(A...) const noexcept(N)> : call_signature<R, N, const C&, A...> {
    using function = call_signature<R, N, A...>;
};
template <class C, class R, bool N, class... A>
struct signature_of_member<C, R(A...) & noexcept(N)> : call_signature<R, N, C&, A...> {
    using function = call_signature<R, N, A...>;
};
template <class C, class R, bool N, class... A>
struct signature_of_member<C, R(A...) const & noexcept(N)> : call_signature<R, N, const C&, A...> {
    using function = call_signature<R, N, A...>;
};
template <class C, class R, bool N, class... A>
struct signature_of_member<C, R(A...) && noexcept(N)> : call_signature<R, N, C&&, A...> {
    using function = call_signature<R, N, A...>;
};

template <class C, class F>
    requires std::is_function_v<F>
struct signature_of_pointer<F C::*> : signature_of_member<C, F> {};
// A data member: its value.
template <class C, class T>
    requires(!std::is_function_v<T>)
struct signature_of_pointer<T C::*> : call_signature<const T&, true, const C&> {};

template <class F>
struct operator_of;
template <class C, class F>
struct operator_of<F C::*> : signature_of_member<C, F>::function {};

template <class F>
concept has_one_call_operator = requires { &F::operator(); };

template <class F>
struct signature_of : signature_of_pointer<F> {};
template <has_one_call_operator F>
struct signature_of<F> : operator_of<decltype(&F::operator())> {};

template <class F, class First, class... Rest>
constexpr decltype(auto) call_with(F&& f, First&& first, Rest&&... rest) {
    if constexpr (std::is_member_function_pointer_v<std::remove_cvref_t<F>>) {
        return (static_cast<First&&>(first).*f)(static_cast<Rest&&>(rest)...);
    } else if constexpr (std::is_member_object_pointer_v<std::remove_cvref_t<F>>) {
        return (static_cast<First&&>(first).*f);
    } else {
        return f(static_cast<First&&>(first), static_cast<Rest&&>(rest)...);
    }
}
template <class F>
constexpr decltype(auto) call_with(F&& f) {
    return f();
}

// A callable that is known when the code is compiled: a template argument.
// Not derived from its signature: GCC warns of a base whose types are local to a file, as those of lambdas are.
template <auto F>
struct constant_callable {
    using signature = signature_of<std::remove_cv_t<decltype(F)>>;
    using result = typename signature::result;
    using parameters = typename signature::parameters;
    static constexpr bool is_noexcept = signature::is_noexcept;
    using state = void;
    template <class... A>
    static decltype(auto) call(void*, A&&... a) {
        return call_with(F, static_cast<A&&>(a)...);
    }
};

// A lambda without captures, a functor without members: made anew for each call, which costs nothing.
template <class F>
struct stateless_callable : signature_of<F> {
    using state = void;
    template <class... A>
    static decltype(auto) call(void*, A&&... a) {
        return F{}(static_cast<A&&>(a)...);
    }
};

// What has state, a function pointer included: the state lies in the record.
template <class F>
struct stateful_callable : signature_of<F> {
    using state = F;
    template <class... A>
    static decltype(auto) call(void* state, A&&... a) {
        return call_with(*static_cast<F*>(state), static_cast<A&&>(a)...);
    }
};

// Whether F can be called on a T, as far as F says: a pointer to a member of a class that T has nothing to do with can not.
template <class T, class F>
inline constexpr bool is_callable_on = true;
template <class T, class C, class F>
inline constexpr bool is_callable_on<T, F C::*> =
    std::is_base_of_v<C, T> || std::is_base_of_v<T, C>;

template <class F>
using callable_for = std::conditional_t<std::is_empty_v<F> && std::is_default_constructible_v<F>,
                                        stateless_callable<F>, stateful_callable<F>>;

}  // namespace detail
INTERLOCK_END
