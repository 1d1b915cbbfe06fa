// detachable<T>: whether a value of type T may be used while the thread is detached (invariants 2 and 3).
//
// The rule, in order: what the user says of the type; scalars; what is Python's; what a pointer, array or reference
// leads to; incomplete types and unions pass; type erasure is refused; closures with captures are refused; every type
// argument of a template; what an iterator or range yields; every member of an aggregate. Any other class passes.
//
// What C++20 cannot see passes, and is left to the run-time guard:
// - private members, unless a template argument, operator* or begin() gives them away; a void*; a derived class behind a
//   reference to its base; what an incomplete type will hold; the members of a union;
// - a class nested in a template (C++ does not tell whose), and a template that mixes type, value and template parameters
//   as no pattern below does;
// - in aggregates, what members.hpp lists.
// For all of these there is the user's own word:
//
//     template <> inline constexpr bool il::enable_detachable<my_type> = false;
#pragma once

#include <interlock/attach/compat.hpp>
#include <interlock/attach/members.hpp>

#include <any>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <typeinfo>
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

// The classes that a question about one of them came through: a recursive class does not ask for itself again.
template <class... Ts>
struct seen {
    template <class T>
    static constexpr bool has = (std::is_same_v<T, Ts> || ...);
    template <class T>
    using with = seen<T, Ts...>;
    // Classes whose operator* gives a new class each time (those of parser libraries do) are followed so far.
    static constexpr bool deep = sizeof...(Ts) >= 20;
};

template <class T, class Seen>
consteval bool detachable_value();

// The types among the arguments of a template. The patterns exclude one another.
struct not_a_template {};
template <class...>
struct type_list {};

template <class T>
struct template_arguments {
    using type = not_a_template;
};
template <template <class...> class C, class... Ts>
struct template_arguments<C<Ts...>> {
    using type = type_list<Ts...>;
};
template <template <class, auto...> class C, class T, auto... Vs>
    requires(sizeof...(Vs) > 0)
struct template_arguments<C<T, Vs...>> {
    using type = type_list<T>;
};
template <template <class, class, auto...> class C, class T, class U, auto... Vs>
    requires(sizeof...(Vs) > 0)
struct template_arguments<C<T, U, Vs...>> {
    using type = type_list<T, U>;
};
template <template <class, auto, class...> class C, class T, auto V, class... Ts>
    requires(sizeof...(Ts) > 0)
struct template_arguments<C<T, V, Ts...>> {
    using type = type_list<T, Ts...>;
};
template <template <template <class...> class, class...> class C, template <class...> class P,
          class... Ts>
struct template_arguments<C<P, Ts...>> {
    using type = type_list<Ts...>;
};
template <class T>
using arguments_of = typename template_arguments<T>::type;
template <class T>
concept no_template = std::is_same_v<arguments_of<T>, not_a_template>;

template <class List, class Seen>
inline constexpr bool all_detachable = true;
template <class... Ts, class Seen>
inline constexpr bool all_detachable<type_list<Ts...>, Seen> =
    (detachable_value<Ts, Seen>() && ...);

// Type erasure: a template over a function's type (function, packaged_task, move_only_function and their like in other
// libraries; libstdc++'s bind), and any, with what looks like it.
template <class List>
inline constexpr bool function_first = false;
template <class F, class... Ts>
inline constexpr bool function_first<type_list<F, Ts...>> = std::is_function_v<F>;

template <class T>
concept type_erased = function_first<arguments_of<T>> || std::is_same_v<T, std::any> ||
                      (no_template<T> && requires(const T& value) {
                          { value.type() } -> std::same_as<const std::type_info&>;
                      });

// Whether the compiler calls T a lambda (so this function's own name must not have the word). Without it, what refers to
// something and has no assignment would pass for a closure: the expressions of a matrix library do.
template <class T>
consteval bool says_closure() {
#if defined(_MSC_VER) && !defined(__clang__)
    const char* text = __FUNCSIG__;
#else
    const char* text = __PRETTY_FUNCTION__;
#endif
    for (; *text != '\0'; ++text) {
        const char* at = text;
        for (const char* word = "lambda"; *word != '\0' && *at == *word; ++word) {
            ++at;
        }
        if (at - text == 6) {
            return true;
        }
    }
    return false;
}
consteval bool lambdas_are_named() {
    constexpr auto lambda = [] {};
    return says_closure<std::remove_cv_t<decltype(lambda)>>();
}

// Neither an aggregate nor a template, and with captures neither made anew nor assigned.
template <class T>
concept closure =
    std::is_class_v<T> && !std::is_aggregate_v<T> && !std::is_polymorphic_v<T> && no_template<T> &&
    (says_closure<T>() || !lambdas_are_named()) && !std::is_default_constructible_v<T> &&
    !std::is_copy_assignable_v<T> && !std::is_move_assignable_v<T>;
template <class T>
concept capturing_closure = closure<T> && !std::is_empty_v<T>;

// CPython's own structures: each begins with ob_base, or is PyObject itself. Some are incomplete, and more of them under
// the stable ABI, so those that have names are named. Other libraries' handles give the pointer out.
template <class T>
inline constexpr bool python_struct_by_name =
    std::is_same_v<T, PyObject> || std::is_same_v<T, PyVarObject> ||
    std::is_same_v<T, PyTypeObject> || std::is_same_v<T, PyLongObject> ||
    std::is_same_v<T, PyFrameObject> || std::is_same_v<T, PyCodeObject>;
template <class T>
concept python_struct = requires(T& value) { value.ob_base; } || std::is_base_of_v<PyObject, T> ||
                        requires(const T& value) {
                            { value.ptr() } -> std::same_as<PyObject*>;
                        };

template <class Seen>
struct detachable_members {
    template <class M>
    static consteval bool accepts() {
        return detachable_value<M, Seen>();
    }
};

template <class T>
concept complete = requires { sizeof(T); };

template <class T>
concept dereferenceable = requires(T& value) { *value; };

template <class T>
concept has_begin = requires(T& value) { *value.begin(); };

// A begin() that stands beside the class; the one in sight is there to be found and not taken.
namespace beside {
void begin();
template <class T>
concept has_begin = requires(T& value) { *begin(value); };
template <has_begin T>
using first = decltype(*begin(std::declval<T&>()));
}  // namespace beside

// What an iterator points to and what a range yields.
template <class T, class Seen>
consteval bool yields_detachable() {
    if constexpr (dereferenceable<T>) {
        return detachable_value<decltype(*std::declval<T&>()), Seen>();
    } else if constexpr (has_begin<T>) {
        return detachable_value<decltype(*std::declval<T&>().begin()), Seen>();
    } else if constexpr (beside::has_begin<T>) {
        return detachable_value<beside::first<T>, Seen>();
    } else {
        return true;
    }
}

template <class T, class Seen>
consteval bool class_detachable() {
    if constexpr (type_erased<T> || capturing_closure<T>) {
        return false;
    } else if constexpr (!all_detachable<arguments_of<T>, Seen>) {
        return false;
    } else if constexpr (Seen::deep) {
        return true;
    } else if constexpr (!yields_detachable<T, Seen>()) {
        return false;
    } else if constexpr (std::is_aggregate_v<T> && !std::is_empty_v<T>) {
        // std::array has been judged by its argument, and is an aggregate of one long array.
        if constexpr (has_begin<T> && requires { typename T::value_type; }) {
            return true;
        } else {
            return every_member<T, detachable_members<Seen>>();
        }
    } else {
        return true;
    }
}

template <class T, class Seen>
consteval bool detachable_value() {
    using U = std::remove_cvref_t<T>;
    if constexpr (!std::is_same_v<std::remove_cv_t<decltype(enable_detachable<U>)>, unspecified>) {
        return enable_detachable<U>;
    } else if constexpr (std::is_pointer_v<U>) {
        return detachable_value<std::remove_pointer_t<U>, Seen>();
    } else if constexpr (std::is_void_v<U> || std::is_scalar_v<U> || std::is_function_v<U>) {
        return true;
    } else if constexpr (std::is_array_v<U>) {
        return detachable_value<std::remove_all_extents_t<U>, Seen>();
    } else if constexpr (std::is_same_v<U, attachment> || python_struct_by_name<U>) {
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
