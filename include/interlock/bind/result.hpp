// What becomes of a bound function's result: converted, or, where it refers to an object of a bound class, an instance by a
// policy; and what a method is called with.
#pragma once

#include <interlock/bind/argument.hpp>
#include <interlock/bind/plan.hpp>

INTERLOCK_BEGIN
namespace detail {

template <class E>
inline constexpr bool is_policy = false;
template <returned P>
inline constexpr bool is_policy<return_policy_t<P>> = true;

template <class E>
inline constexpr bool is_keep_alive = false;
template <std::size_t I, std::size_t J>
inline constexpr bool is_keep_alive<keep_alive_t<I, J>> = true;

enum class policy_choice : unsigned char { none, copy, move, reference, reference_internal, take };

template <class E>
inline constexpr policy_choice choice_of = policy_choice::none;
template <returned P>
inline constexpr policy_choice choice_of<return_policy_t<P>> =
    static_cast<policy_choice>(static_cast<unsigned char>(P) + 1);

template <class... E>
consteval policy_choice find_policy() {
    policy_choice found = policy_choice::none;
    ((found = choice_of<E> != policy_choice::none ? choice_of<E> : found), ...);
    return found;
}

// A result that refers to an object of a bound class: T& or T*.
template <class R>
struct class_target {
    using type = void;
};
template <class R>
    requires(std::is_lvalue_reference_v<R> && may_be_bound<std::remove_cvref_t<R>>)
struct class_target<R> {
    using type = std::remove_cvref_t<R>;
};
template <class T>
    requires(categorize<T*>() == category::pointer && may_be_bound<std::remove_cv_t<T>>)
struct class_target<T*> {
    using type = std::remove_cv_t<T>;
};
template <class R>
inline constexpr bool refers_to_class = !std::is_void_v<typename class_target<R>::type>;

// Whether an object of that type becomes a Python object without running Python code in the middle. A Python set or dict runs that of
// its keys where they are Python objects. Outer: variants around it, of which it may be a part again.
template <class T, bool IsKey = false, class... Outer>
consteval bool made_without_python() {
    constexpr category kind = categorize<T>();
    if constexpr ((std::is_same_v<T, Outer> || ...)) {
        return !IsKey;
    } else if constexpr (kind == category::handle || kind == category::owned) {
        return !IsKey;
    } else if constexpr (kind == category::optional || kind == category::sequence ||
                         kind == category::array) {
        return made_without_python<std::remove_cv_t<typename T::value_type>, IsKey, Outer...>();
    } else if constexpr (kind == category::set) {
        return made_without_python<std::remove_cv_t<typename T::key_type>, true, Outer...>();
    } else if constexpr (kind == category::mapping || kind == category::multimap) {
        return made_without_python<std::remove_cv_t<typename T::key_type>, true, Outer...>() &&
               made_without_python<std::remove_cv_t<typename T::mapped_type>, false, Outer...>();
    } else if constexpr (kind == category::tuple) {
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (made_without_python<std::remove_cvref_t<std::tuple_element_t<I, T>>, IsKey,
                                        Outer...>() &&
                    ...);
        }(std::make_index_sequence<std::tuple_size_v<T>>());
    } else if constexpr (kind == category::variant) {
        return []<template <class...> class List, class... A>(const List<A...>*) {
            return (made_without_python<A, IsKey, Outer..., T>() && ...);
        }(static_cast<const decltype(alternatives_of(static_cast<T*>(nullptr)))*>(nullptr));
    } else {
        return kind == category::none || kind == category::boolean || kind == category::integer ||
               kind == category::floating || kind == category::complex ||
               kind == category::character || kind == category::text ||
               kind == category::text_view || kind == category::c_text || kind == category::byte ||
               kind == category::bytes || kind == category::span || kind == category::pointer ||
               kind == category::smart_pointer || kind == category::instance;
    }
}
// Whether something of several parts that C++ refers to is copied before it becomes a Python object: Python code that runs in the middle
// may let another thread, or itself, change it (invariant 14).
template <class R>
consteval bool is_copied_first() {
    if constexpr (std::is_lvalue_reference_v<R>) {
        using T = std::remove_cvref_t<R>;
        constexpr category kind = categorize<T>();
        if constexpr (kind == category::optional || kind == category::sequence ||
                      kind == category::array || kind == category::set ||
                      kind == category::mapping || kind == category::multimap ||
                      kind == category::tuple || kind == category::variant ||
                      kind == category::aggregate) {
            return !made_without_python<T>() && copyable<T>;
        }
    }
    return false;
}
template <class R>
INTERLOCK_INLINE PyObject* make_result(R&& value) {
    if constexpr (is_copied_first<R>()) {
        std::remove_cvref_t<R> copied(value);
        return conversion_of<std::remove_cvref_t<R>>::make(std::move(copied));
    } else {
        return conversion_of<R>::make(static_cast<R&&>(value));
    }
}

// An object that C++ refers to, as an instance. parent: what it is a part of, for il::reference_internal.
template <class R, policy_choice Choice>
PyObject* make_reference(R value, PyObject* parent) {
    using T = typename class_target<R>::type;
    const T* pointer = nullptr;
    if constexpr (std::is_pointer_v<std::remove_reference_t<R>>) {
        if (value == nullptr) {
            return Py_NewRef(Py_None);
        }
        pointer = value;
    } else {
        pointer = &value;
    }
    if constexpr (Choice == policy_choice::reference) {
        return wrap(pointer, new borrowed_outside);
    } else if constexpr (Choice == policy_choice::reference_internal) {
        return wrap(pointer, parent == nullptr ? new borrowed_outside
                                               : new borrowed_outside(parent, pointer));
    } else if constexpr (Choice == policy_choice::take) {
        static_assert(std::is_pointer_v<std::remove_reference_t<R>>,
                      "interlock: il::take is for a raw pointer that is returned; a reference is "
                      "not to be deleted");
        return wrap(pointer, own_outside(const_cast<T*>(pointer), disposer_of<T>()));
    } else if constexpr (Choice == policy_choice::move) {
        return instance_conversion<T>::emplace(std::move(*const_cast<T*>(pointer)));
    } else {
        static_assert(
            Choice == policy_choice::copy || !std::is_pointer_v<std::remove_reference_t<R>>,
            "interlock: a raw pointer is returned, and nothing says whose the object is: "
            "add a policy (il::take: Python's from now on; il::reference: somebody "
            "else's, who keeps it alive; il::reference_internal: a part of self; "
            "il::copy), or return a smart pointer");
        return instance_conversion<T>::make(*pointer);
    }
}

// Results that may be the same object later are found again by their address, from the definition of the function on.
template <class R>
void note_result() noexcept {
    if constexpr (refers_to_class<R>) {
        note_returned_references(site_of<typename class_target<R>::type>);
    }
}

// Puts patient under the care of nurse. False with the error set.
bool keep_alive_by(PyObject* nurse, PyObject* patient) noexcept;

}  // namespace detail
INTERLOCK_END
