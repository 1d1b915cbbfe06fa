// Which types hold Python references, so that a once of theirs keeps one value per interpreter (invariant 8).
//
// Found by type, in the order in which detachable looks: what the user says; owned<T> itself; what a pointer or an array
// leads to; the type arguments of a template; what a range yields; the members of an aggregate. C++20 cannot look into
// private members: such a class is told of with
//
//     template <> inline constexpr bool il::enable_per_interpreter<my_type> = true;
#pragma once

#include <interlock/attach/detachable.hpp>

INTERLOCK_BEGIN

template <class T>
class owned;
template <class T>
class buffer;
class pinned_str;
class pinned_bytes;
template <class Signature>
class callback;

// The user's word on a type: specialize it as a bool, fully or partially.
template <class T>
inline constexpr auto enable_per_interpreter = detail::unspecified{};
// These hold an owned<T> where it cannot be seen.
template <>
inline constexpr bool enable_per_interpreter<pinned_str> = true;
template <>
inline constexpr bool enable_per_interpreter<pinned_bytes> = true;
template <class T>
inline constexpr bool enable_per_interpreter<buffer<T>> = true;
template <class Signature>
inline constexpr bool enable_per_interpreter<callback<Signature>> = true;

namespace detail {

template <class T, class Seen>
consteval bool holds_references();

template <class T>
inline constexpr bool is_owned = false;
template <class T>
inline constexpr bool is_owned<owned<T>> = true;

template <class T, class Seen>
inline constexpr bool arguments_hold_references = false;
template <template <class...> class C, class... Ts, class Seen>
inline constexpr bool arguments_hold_references<C<Ts...>, Seen> =
    (holds_references<Ts, Seen>() || ...);
template <template <class, auto...> class C, class T, auto... Vs, class Seen>
    requires(sizeof...(Vs) > 0)
inline constexpr bool arguments_hold_references<C<T, Vs...>, Seen> = holds_references<T, Seen>();

template <class Seen>
struct members_without_references {
    template <class M>
    static consteval bool accepts() {
        return !holds_references<M, Seen>();
    }
};

template <class T, class Seen>
consteval bool class_holds_references() {
    if constexpr (arguments_hold_references<T, Seen>) {
        return true;
    } else if constexpr (has_begin<T>) {
        return holds_references<decltype(*std::declval<T&>().begin()), Seen>();
    } else if constexpr (std::is_aggregate_v<T>) {
        return !every_member<T, members_without_references<Seen>>();
    } else {
        return false;
    }
}

template <class T, class Seen>
consteval bool holds_references() {
    using U = std::remove_cvref_t<T>;
    if constexpr (!std::is_same_v<std::remove_cv_t<decltype(enable_per_interpreter<U>)>,
                                  unspecified>) {
        return enable_per_interpreter<U>;
    } else if constexpr (is_owned<U>) {
        return true;
    } else if constexpr (std::is_pointer_v<U>) {
        return holds_references<std::remove_pointer_t<U>, Seen>();
    } else if constexpr (std::is_array_v<U>) {
        return holds_references<std::remove_all_extents_t<U>, Seen>();
    } else if constexpr (!std::is_class_v<U> || !complete<U> || Seen::template has<U>) {
        return false;
    } else {
        return class_holds_references<U, typename Seen::template with<U>>();
    }
}

}  // namespace detail

// Satisfied by types whose values hold Python references, as far as types tell.
template <class T>
concept per_interpreter = detail::holds_references<T, detail::seen<>>();

INTERLOCK_END
