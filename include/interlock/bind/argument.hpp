// How one argument is loaded, and what is said of the types of a function.
//
// The templates here are of a parameter's type and not of the function's, so that a thousand functions share them.
#pragma once

#include <interlock/bind/callable.hpp>
#include <interlock/bind/options.hpp>
#include <interlock/bind/record.hpp>

INTERLOCK_BEGIN
namespace detail {

// What is not of its usual form, and can say what is wrong with which part. Where that form is read inline, out of line: it needs
// registers and memory that the calls with that form would pay for.
template <class U, bool Exact>
bool load_described(PyObject* self, const function_site& site, unsigned place, PyObject* from,
                    typename conversion<U>::storage& to, keeper* kept) {
    loading l;
    start_loading(l, self);
    if constexpr (Exact) {
        l.exact = true;
    }
    l.keep = kept;
    return conversion<U>::load(from, to, l) || refuse_argument(self, site, place, l);
}
template <class U, bool Exact>
INTERLOCK_NOINLINE bool load_unusual(PyObject* self, const function_site& site, unsigned place,
                                     PyObject* from, typename conversion<U>::storage& to,
                                     keeper* kept) {
    return load_described<U, Exact>(self, site, place, from, to, kept);
}

// One argument into its storage, or refused with the error set. The slow halves of what is most frequent are one call each.
template <class U, bool Exact = false>
INTERLOCK_INLINE bool load_parameter(PyObject* self, const function_site& site, unsigned place,
                                     PyObject* from, typename conversion<U>::storage& to,
                                     keeper* kept) {
    using C = conversion<U>;
    if constexpr (requires { C::fast(from, to); }) {
        if (C::fast(from, to)) [[likely]] {
            return true;
        }
    }
    if constexpr (requires { C::take_usual(from, to); }) {
        if (C::take_usual(from, to)) [[likely]] {
            return true;
        }
    }
    if constexpr (C::loads == by_test) {
        return refuse_kind(self, site, place, from);
    } else if constexpr (C::loads == by_integer && !Exact) {
        return load_integer_argument(self, site, place, from, &to, C::code);
    } else if constexpr (C::loads == by_float && !Exact) {
        return load_float_argument(self, site, place, from, to);
    } else if constexpr (C::loads == by_utf8 && !Exact) {
        return load_text_argument(self, site, place, from, to);
    } else if constexpr (C::loads == by_text && !Exact) {
        utf8_view view;
        if (!load_text_argument(self, site, place, from, view)) {
            return false;
        }
        to = U(reinterpret_cast<typename U::const_pointer>(view.data), view.size);
        return true;
    } else if constexpr (is_read_inline<U>) {
        return load_unusual<U, Exact>(self, site, place, from, to, kept);
    } else {
        return load_described<U, Exact>(self, site, place, from, to, kept);
    }
}

// The slow part of hold_instance.
template <class T>
INTERLOCK_NOINLINE bool load_argument_again(PyObject* self, const function_site& site,
                                            unsigned place, PyObject* source,
                                            loaded_instance<T>& found) noexcept {
    loading l;
    start_loading(l, self);
    l.exact = true;
    return instance_conversion<T>::load(source, found, l) || refuse_argument(self, site, place, l);
}
// The same for an argument of a function.
template <class P, bool Again>
INTERLOCK_INLINE bool hold_instance(PyObject* self, const function_site& site, unsigned place,
                                    storage_of_instance<P>& loaded) noexcept {
    return hold_loaded<P, Again>(loaded, [&](PyObject* source, auto& found) {
        return load_argument_again(self, site, place, source, found);
    });
}

inline constexpr hint hint_nothing{"None", nullptr, 'n'};

template <class R>
consteval const hint* hint_of_result() {
    if constexpr (std::is_void_v<R>) {
        return &hint_nothing;
    } else {
        return &conversion_of<R>::out;
    }
}

// The parameters and the result in one letter each, for the usual types, so that a thousand functions of different types need
// no thousand tables of addresses. The result's is 'n' for None, '?' for what has no letter.
template <class R, class List>
struct letter_table;
template <class R, class... A>
struct letter_table<R, types<A...>> {
    static constexpr char table[] = {loader_letter<conversion<converted_type<A>>>()...,
                                     hint_of_result<R>()->letter, '\0'};
    static constexpr bool is_complete =
        ((loader_letter<conversion<converted_type<A>>>() != '?') && ...) &&
        hint_of_result<R>()->letter != '?';
};

template <class A>
using storage_of = typename conversion<converted_type<A>>::storage;

// Whether loading into a parameter of that type can throw.
template <class A>
inline constexpr bool loads_nothrow = conversion<converted_type<A>>::loads != by_anything &&
                                      conversion<converted_type<A>>::loads != by_utf8;

// A place for a loaded value that nobody fills with zeros first.
template <class S>
struct unfilled {
    // Not defaulted: unfilled<S>() would then fill it.
    unfilled() noexcept {}  // NOLINT(modernize-use-equals-default)
    S value;
};

template <class A>
inline constexpr bool is_visible = true;
template <class A>
    requires(std::is_same_v<std::remove_cvref_t<A>, attachment> ||
             std::is_same_v<std::remove_cvref_t<A>, args> || is_typed_rest<A> ||
             std::is_same_v<std::remove_cvref_t<A>, kwargs>)
inline constexpr bool is_visible<A> = false;

// The hints of the parameters that Python sees, then the result's, then that of each of *args where they have a type: one table for
// all functions of the same type.
template <class R, class List, class Rest = types<>>
struct hint_table;
template <class R, class... A, class... Rest>
struct hint_table<R, types<A...>, types<Rest...>> {
    static constexpr const hint* table[] = {&conversion<converted_type<A>>::in...,
                                            hint_of_result<R>(), &conversion<Rest>::in...};
};

// The type that *args are converted to, if there is one.
template <class List>
struct rest_types;
template <>
struct rest_types<types<>> {
    using type = types<>;
};
template <class A, class... Others>
struct rest_types<types<A, Others...>> : rest_types<types<Others...>> {};
template <class A, class... Others>
    requires is_typed_rest<A>
struct rest_types<types<A, Others...>> {
    using type = types<typename rest_item<std::remove_cvref_t<A>>::type>;
};

template <class List, class... Seen>
struct visible_parameters;
template <class... Seen>
struct visible_parameters<types<>, Seen...> {
    using type = types<Seen...>;
};
template <class A, class... Rest, class... Seen>
struct visible_parameters<types<A, Rest...>, Seen...>
    : std::conditional_t<is_visible<A>, visible_parameters<types<Rest...>, Seen..., A>,
                         visible_parameters<types<Rest...>, Seen...>> {};

// Whether a function bound with il::allow_threads may take it: C++ values, and what is made by the call and held until it
// returns, as views of what the caller keeps alive and callables that enter by themselves.
template <class P>
consteval bool detachable_parameter() {
    using U = std::remove_cvref_t<P>;
    if constexpr (is_typed_rest<P>) {
        return detachable_parameter<typename rest_item<U>::type>();
    } else {
        return is_view<converted_type<P>> || function_like<U> || span_like<U> || detachable<P> ||
               std::is_same_v<U, attachment> || requires { U::is_instance_place; };
    }
}
// Whether a function may run Python code by a parameter of that type, as far as a type can tell.
template <class P>
inline constexpr bool may_run_python =
    std::is_same_v<std::remove_cvref_t<P>, attachment> || function_like<std::remove_cvref_t<P>> ||
    !detachable_parameter<P>();

}  // namespace detail
INTERLOCK_END
