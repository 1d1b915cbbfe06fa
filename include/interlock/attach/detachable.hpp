// detachable<T>: whether a value of type T may be used while the thread is detached (invariants 2 and 3).
//
// The rule, in order: what the user says of the type; scalars; what is Python's; what a pointer, array or reference
// leads to; incomplete types and unions pass; type erasure is refused; closures with captures are refused; every type
// argument of a template; what an iterator or range yields; every member of an aggregate. Any other class passes.
// C++20 cannot look into private members: such a class is caught by the run-time guard, or told of with
//
//     template <> inline constexpr bool il::enable_detachable<my_type> = false;
#pragma once

#include <interlock/attach/compat.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN

class attachment;

namespace detail {

struct unspecified {};

// The base of every handle that may be used only while attached.
struct bound_tag {};

}  // namespace detail

// The user's word on a type: specialize it as a bool, fully or partially. What it says of T holds for T alone, not for
// classes derived from T.
template <class T>
inline constexpr auto enable_detachable = detail::unspecified{};

namespace detail {

template <class... Ts>
struct seen {
    template <class T>
    static constexpr bool has = (std::is_same_v<T, Ts> || ...);
    template <class T>
    using with = seen<T, Ts...>;
};

template <class T, class Seen>
consteval bool detachable_value();

// A template and the types among its arguments.
template <class T, class Seen>
inline constexpr bool arguments_detachable = true;
template <template <class...> class C, class... Ts, class Seen>
inline constexpr bool arguments_detachable<C<Ts...>, Seen> = (detachable_value<Ts, Seen>() && ...);
template <template <class, auto...> class C, class T, auto... Vs, class Seen>
    requires(sizeof...(Vs) > 0)
inline constexpr bool arguments_detachable<C<T, Vs...>, Seen> = detachable_value<T, Seen>();
template <template <class, class, auto...> class C, class T, class U, auto... Vs, class Seen>
    requires(sizeof...(Vs) > 0)
inline constexpr bool arguments_detachable<C<T, U, Vs...>, Seen> =
    detachable_value<T, Seen>() && detachable_value<U, Seen>();

// Type erasure, by name: a template over a function's type (function, packaged_task, move_only_function and their like in
// other libraries; bind), and any.
template <class T>
inline constexpr bool over_a_signature = false;
template <template <class> class C, class S>
inline constexpr bool over_a_signature<C<S>> = std::is_function_v<S>;
template <template <class...> class C, class R, class... As>
inline constexpr bool over_a_signature<C<R(As...)>> = true;

template <class T>
concept like_any = requires(T& value, const T& constant) {
    constant.type().name();
    value.reset();
    constant.has_value();
} || requires(const T& constant) {
    constant.type().name();
    constant.empty();
};

// Whether a class has any operator(): its name becomes ambiguous beside a second one.
struct has_call_fallback {
    void operator()();
};
template <class T>
struct has_call_probe : T, has_call_fallback {};
template <class T>
concept has_call_operator =
    std::is_class_v<T> && !std::is_final_v<T> && !requires { &has_call_probe<T>::operator(); };

// A closure with captures can be neither made anew nor assigned; "has operator()" alone would refuse random engines and
// matrices.
template <class T>
concept capturing_closure =
    has_call_operator<T> && !std::is_empty_v<T> && !std::is_default_constructible_v<T> &&
    !std::is_copy_assignable_v<T> && !std::is_move_assignable_v<T>;

// CPython's own structures: each begins with ob_base, or is PyObject itself.
template <class T>
concept python_struct = requires(T& value) { value.ob_base; } || std::is_base_of_v<PyObject, T>;

// Members of aggregates are found by conversion: a probe that turns into anything counts them, then one that turns only
// into what is not detachable is tried position by position. Two probes, since an lvalue cannot become a move-only
// member and a prvalue cannot become a non-const reference.
template <class Whole>
struct value_probe {
    template <class M>
        requires(!std::is_same_v<M, Whole>)
    constexpr operator M() const noexcept;
};
template <class Whole>
struct lvalue_probe {
    template <class M>
        requires(!std::is_same_v<std::remove_cv_t<M>, Whole>)
    constexpr operator M&() const noexcept;
};
template <class Whole, class Seen>
struct forbidden_value_probe {
    template <class M>
        requires(!std::is_same_v<M, Whole> && !detachable_value<M, Seen>())
    constexpr operator M() const noexcept;
};
template <class Whole, class Seen>
struct forbidden_lvalue_probe {
    template <class M>
        requires(!std::is_same_v<std::remove_cv_t<M>, Whole> &&
                 !detachable_value<std::remove_cv_t<M>, Seen>())
    constexpr operator M&() const noexcept;
};

template <class Probe, std::size_t>
using repeat = Probe;

template <class T, class Probe, class... Rest>
concept braced_with = requires { T{std::declval<Probe>(), std::declval<Rest>()...}; };

template <class T, class Probe, std::size_t... Is>
consteval bool takes_count(std::index_sequence<Is...>) {
    return requires { T{std::declval<repeat<Probe, Is>>()...}; };
}

inline constexpr std::size_t most_members = 48;

// The largest number of initializers that T takes; 0 also where none fits.
template <class T, class Probe, std::size_t N = most_members>
consteval std::size_t member_count() {
    if constexpr (N == 0) {
        return 0;
    } else if constexpr (takes_count<T, Probe>(std::make_index_sequence<N>{})) {
        return N;
    } else {
        return member_count<T, Probe, N - 1>();
    }
}

template <class T, class Probe, class Forbidden, std::size_t... Before, std::size_t... After>
consteval bool position_is_forbidden(std::index_sequence<Before...>,
                                     std::index_sequence<After...>) {
    return requires {
        T{std::declval<repeat<Probe, Before>>()..., std::declval<Forbidden>(),
          std::declval<repeat<Probe, After>>()...};
    };
}

template <class T, class Probe, class Forbidden, std::size_t Count, std::size_t... Is>
consteval bool any_position_is_forbidden(std::index_sequence<Is...>) {
    return (position_is_forbidden<T, Probe, Forbidden>(
                std::make_index_sequence<Is>{}, std::make_index_sequence<Count - Is - 1>{}) ||
            ...);
}

template <class T, class Seen>
consteval bool members_detachable() {
    using value = value_probe<T>;
    using lvalue = lvalue_probe<T>;
    constexpr std::size_t by_value = member_count<T, value>();
    constexpr std::size_t by_lvalue = member_count<T, lvalue>();
    if constexpr (by_value >= by_lvalue && by_value > 0) {
        return !any_position_is_forbidden<T, value, forbidden_value_probe<T, Seen>, by_value>(
            std::make_index_sequence<by_value>{});
    } else if constexpr (by_lvalue > 0) {
        return !any_position_is_forbidden<T, lvalue, forbidden_lvalue_probe<T, Seen>, by_lvalue>(
            std::make_index_sequence<by_lvalue>{});
    } else {
        return true;
    }
}

template <class T>
concept complete = requires { sizeof(T); };

template <class T>
concept dereferenceable = std::is_class_v<T> && requires(T& value) { *value; };

template <class T>
concept has_begin = std::is_class_v<T> && requires(T& value) { *value.begin(); };

template <class T, class Seen>
consteval bool class_detachable() {
    if constexpr (over_a_signature<T> || like_any<T>) {
        return false;
    } else if constexpr (capturing_closure<T>) {
        return false;
    } else if constexpr (!arguments_detachable<T, Seen>) {
        return false;
    } else if constexpr (dereferenceable<T>) {
        if constexpr (!detachable_value<decltype(*std::declval<T&>()), Seen>()) {
            return false;
        } else if constexpr (std::is_aggregate_v<T>) {
            return members_detachable<T, Seen>();
        } else {
            return true;
        }
    } else if constexpr (has_begin<T>) {
        if constexpr (!detachable_value<decltype(*std::declval<T&>().begin()), Seen>()) {
            return false;
        } else if constexpr (std::is_aggregate_v<T> && !requires { typename T::value_type; }) {
            return members_detachable<T, Seen>();
        } else {
            return true;
        }
    } else if constexpr (std::is_aggregate_v<T>) {
        return members_detachable<T, Seen>();
    } else {
        return true;
    }
}

template <class T, class Seen>
consteval bool detachable_value() {
    using U = std::remove_cvref_t<T>;
    if constexpr (!std::is_same_v<std::remove_cv_t<decltype(enable_detachable<U>)>, unspecified>) {
        return enable_detachable<U>;
    } else if constexpr (std::is_void_v<U> || std::is_scalar_v<U>) {
        if constexpr (std::is_pointer_v<U>) {
            using P = std::remove_cv_t<std::remove_pointer_t<U>>;
            if constexpr (std::is_function_v<P>) {
                return true;
            } else {
                return detachable_value<P, Seen>();
            }
        } else {
            return true;
        }
    } else if constexpr (std::is_function_v<U>) {
        return true;
    } else if constexpr (std::is_array_v<U>) {
        return detachable_value<std::remove_all_extents_t<U>, Seen>();
    } else if constexpr (std::is_same_v<U, attachment>) {
        return false;
    } else if constexpr (std::is_union_v<U> || !complete<U>) {
        return true;
    } else if constexpr (std::is_base_of_v<bound_tag, U> || std::is_base_of_v<attachment, U> ||
                         python_struct<U>) {
        return false;
    } else if constexpr (Seen::template has<U>) {
        return true;
    } else {
        return class_detachable<U, typename Seen::template with<U>>();
    }
}

}  // namespace detail

// Satisfied by types whose values may be used while the thread is detached.
template <class T>
concept detachable = detail::detachable_value<T, detail::seen<>>();

INTERLOCK_END
