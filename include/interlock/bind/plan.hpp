// The parameters and options of one binding, worked out when the code is compiled: what Python sees, in which order, and how it
// may be given.
#pragma once

#include <interlock/bind/callable.hpp>
#include <interlock/bind/options.hpp>

#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

template <class E>
inline constexpr bool is_arg = false;
template <bool X>
inline constexpr bool is_arg<basic_arg<X>> = true;
template <class T, bool X>
inline constexpr bool is_arg<arg_with_default<T, X>> = true;

template <class E>
inline constexpr bool is_exact_arg = false;
template <>
inline constexpr bool is_exact_arg<basic_arg<true>> = true;
template <class T>
inline constexpr bool is_exact_arg<arg_with_default<T, true>> = true;

template <class E>
inline constexpr bool has_default_arg = false;
template <class T, bool X>
inline constexpr bool has_default_arg<arg_with_default<T, X>> = true;

template <class E>
struct default_of {
    using type = void;
};
template <class T, bool X>
struct default_of<arg_with_default<T, X>> {
    using type = T;
};

template <class E>
inline constexpr bool is_guard = false;
template <class... G>
inline constexpr bool is_guard<call_guard_t<G...>> = true;

template <class E, class T>
inline constexpr bool is_option = std::is_same_v<E, T>;

// What kind of parameter of the C++ function it is.
enum class role : unsigned char { token, module, self, normal, args, kwargs };

// What a C function is, as the last of the options. A method of C, a method of the class itself, what constructs a T (or,
// for classes derived in Python, an Alias), an item of the class that needs no object. Without one: a function of a module.
template <class C>
struct method_flavor {
    explicit method_flavor() = default;
};
template <class T, class Alias>
struct init_flavor {
    explicit init_flavor() = default;
};
struct class_method_flavor {
    explicit class_method_flavor() = default;
};
struct static_flavor {
    explicit static_flavor() = default;
};

template <class E>
inline constexpr bool is_self_flavor = std::is_same_v<E, class_method_flavor>;
template <class C>
inline constexpr bool is_self_flavor<method_flavor<C>> = true;
template <class T, class Alias>
inline constexpr bool is_self_flavor<init_flavor<T, Alias>> = true;
template <class E>
inline constexpr bool is_flavor = is_self_flavor<E> || std::is_same_v<E, static_flavor>;

// The class whose object a method is called with; void where there is none.
template <class... E>
struct self_class {
    using type = void;
};
template <class E, class... Rest>
struct self_class<E, Rest...> : self_class<Rest...> {};
template <class C, class... Rest>
struct self_class<method_flavor<C>, Rest...> {
    using type = C;
};

// The same, and the class whose object a constructor makes.
template <class... E>
struct locked_class : self_class<E...> {};
template <class E, class... Rest>
struct locked_class<E, Rest...> : std::conditional_t<std::is_void_v<typename self_class<E>::type>,
                                                     locked_class<Rest...>, self_class<E>> {};
template <class T, class Alias, class... Rest>
struct locked_class<init_flavor<T, Alias>, Rest...> {
    using type = T;
};

template <class E>
inline constexpr bool is_init_flavor = false;
template <class T, class Alias>
inline constexpr bool is_init_flavor<init_flavor<T, Alias>> = true;

template <class A>
consteval role role_of(bool first_may_be_module) {
    using U = std::remove_cvref_t<A>;
    if (std::is_same_v<U, attachment>) {
        return role::token;
    }
    if (std::is_same_v<U, args> || is_typed_rest<A>) {
        return role::args;
    }
    if (std::is_same_v<U, kwargs>) {
        return role::kwargs;
    }
    return first_may_be_module && std::is_same_v<U, module> ? role::module : role::normal;
}

template <class...>
struct first_of_types {
    using type = void;
};
template <class First, class... Rest>
struct first_of_types<First, Rest...> {
    using type = First;
};
template <class A>
inline constexpr bool is_object_parameter =
    std::is_lvalue_reference_v<A> && std::is_class_v<std::remove_cvref_t<A>> &&
    may_be_bound<std::remove_cvref_t<A>>;

// The parameters and options of one binding, as numbers. Filled when the code is compiled.
template <std::size_t N>
struct parameter_plan {
    role roles[N + 1]{};
    unsigned short place[N + 1]{};  // among the parameters that Python sees
    unsigned short visible = 0;
    unsigned short positional_only = 0;
    unsigned short positional = 0;
    unsigned short required = 0;  // of the positional ones, from the front
    bool has_defaults = false;
    bool takes_args = false;
    bool takes_kwargs = false;
    bool args_typed = false;
    const char* mistake = nullptr;
};

struct option_facts {
    bool arg = false;
    bool has_default = false;
    bool exact = false;
    bool kw_only = false;
    bool pos_only = false;
};

template <class List, class... E>
struct plan_of;

template <class... A, class... E>
struct plan_of<types<A...>, E...> {
    static constexpr std::size_t count = sizeof...(A);
    static constexpr bool passes_module = (is_option<E, pass_module_t> || ...);
    static constexpr bool detaches = (is_option<E, allow_threads_t> || ...);
    static constexpr bool warns = (is_option<E, deprecated> || ...);
    static constexpr bool has_self = (is_self_flavor<E> || ...);
    // Of a member function the object comes before the parameters.
    static constexpr bool first_is_object = has_self || [] {
        if constexpr (count == 0) {
            return false;
        } else {
            return is_object_parameter<typename first_of_types<A...>::type>;
        }
    }();
    static constexpr bool is_method = (is_flavor<E> || ...);
    static constexpr std::size_t names = (std::size_t{is_arg<E>} + ... + 0);

    // Which of the options names a visible parameter: its place in E.
    struct option_table {
        unsigned short of[sizeof...(E) + 1]{};
        bool exact[sizeof...(E) + 1]{};
        bool defaulted[sizeof...(E) + 1]{};
    };
    static constexpr option_facts facts[sizeof...(E) + 1] = {
        option_facts{is_arg<E>, has_default_arg<E>, is_exact_arg<E>, is_option<E, kw_only_t>,
                     is_option<E, pos_only_t>}...,
        option_facts{}};

    static consteval option_table make_options() {
        option_table table;
        std::size_t at = 0;
        for (std::size_t i = 0; i < sizeof...(E); ++i) {
            if (facts[i].arg) {
                table.of[at] = static_cast<unsigned short>(i);
                table.exact[at] = facts[i].exact;
                table.defaulted[at] = facts[i].has_default;
                ++at;
            }
        }
        return table;
    }
    static constexpr option_table options = make_options();

    static constexpr parameter_plan<count> make() {
        parameter_plan<count> made;
        constexpr role given[] = {role_of<A>(passes_module)..., role::normal};
        made.args_typed = (is_typed_rest<A> || ...);
        unsigned short place = 0;
        unsigned short before_args = 0;
        bool seen_args = false;
        bool module_due = passes_module;
        bool self_due = has_self;
        for (std::size_t i = 0; i < count; ++i) {
            role r = given[i];
            if (r == role::module) {
                r = module_due ? role::module : role::normal;
                module_due = false;
            }
            if (r == role::normal && self_due) {
                r = role::self;
                self_due = false;
            }
            made.roles[i] = r;
            if (r == role::token && i != 0 && !(i == 1 && first_is_object)) {
                made.mistake = "token";
            }
            if (r == role::normal) {
                made.place[i] = place++;
                if (!seen_args) {
                    before_args = place;
                }
            } else if (r == role::args) {
                if (seen_args) {
                    made.mistake = "args";
                }
                seen_args = true;
                made.takes_args = true;
            } else if (r == role::kwargs) {
                made.takes_kwargs = true;
            }
        }
        if (self_due) {
            made.mistake = "self";
        }
        made.visible = place;
        made.positional = before_args;
        made.positional_only = names == 0 ? place : 0;
        if (names == 0 && before_args < place) {
            made.mistake = "nameless";
        }
        unsigned short at = 0;
        for (std::size_t i = 0; i < sizeof...(E); ++i) {
            if (facts[i].arg) {
                ++at;
            } else if (facts[i].kw_only) {
                // Those behind *args are so already.
                made.positional = at < before_args ? at : before_args;
            } else if (facts[i].pos_only) {
                made.positional_only = at;
                if (at > before_args) {
                    made.mistake = "position";
                }
            }
        }
        if (made.positional < made.positional_only) {
            made.positional_only = made.positional;
        }
        bool ended = false;
        made.required = made.positional;
        for (unsigned short i = 0; i < made.visible && names != 0; ++i) {
            if (options.defaulted[i]) {
                made.has_defaults = true;
                if (!ended && i < made.positional) {
                    made.required = i;
                    ended = true;
                }
            } else if (ended && i < made.positional) {
                made.mistake = "order";
            }
        }
        return made;
    }
    static constexpr parameter_plan<count> plan = make();

    static consteval bool check() {
        static_assert(names == 0 || names == plan.visible || sizeof...(E) == 0,
                      "interlock: some parameters are named with il::arg and some are not: name "
                      "all of those that Python sees "
                      "(il::python, il::args, il::args_of<T>, il::kwargs and pass_module's "
                      "il::module are not among them), or none");
        static_assert(names != 0 || !((is_option<E, kw_only_t> || is_option<E, pos_only_t>) || ...),
                      "interlock: il::kw_only and il::pos_only stand between parameters that are "
                      "named, and here none is: name them with il::arg(\"x\")");
        static_assert(plan.mistake == nullptr || plan.mistake[0] != 't',
                      "interlock: il::python can only be the first parameter of a bound function");
        static_assert(plan.mistake == nullptr || plan.mistake[0] != 's',
                      "interlock: a method has no parameter for the object: its first one (after "
                      "il::python) is the object, as const T&, T& or il::object");
        static_assert(plan.mistake == nullptr || plan.mistake[0] != 'n',
                      "interlock: a parameter behind il::args or il::args_of<T> is given by name "
                      "alone, and has no name: name all parameters with il::arg(\"x\")");
        static_assert(plan.mistake == nullptr || plan.mistake[0] != 'p',
                      "interlock: il::pos_only stands behind a parameter that Python gives by name "
                      "alone, since il::args or il::args_of<T> stands before it");
        static_assert(!(is_const_rest<A> || ...),
                      "interlock: il::args_of<T> has values of T: write il::args_of<int>, without "
                      "const");
        static_assert(plan.mistake == nullptr || plan.mistake[0] != 'a',
                      "interlock: a function has one parameter for *args: either il::args or one "
                      "il::args_of<T>");
        static_assert(plan.mistake == nullptr || plan.mistake[0] != 'o',
                      "interlock: a parameter without a default follows one that has a default: "
                      "Python could never leave the "
                      "earlier one out. Give it a default too, or put il::kw_only in front of it");
        return true;
    }
};

}  // namespace detail
INTERLOCK_END
