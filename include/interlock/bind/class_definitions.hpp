// What il::class_ does with its template arguments, options and definitions: the templates behind bind/class.hpp.
#pragma once

#include <interlock/bind/class_operators.hpp>
#include <interlock/bind/class_slots.hpp>
#include <interlock/bind/construct.hpp>
#include <interlock/bind/module.hpp>
#include <interlock/bind/property.hpp>
#include <interlock/bind/traverse.hpp>

INTERLOCK_BEGIN
namespace detail {

// The template arguments behind T: bases, a trampoline, a holder.
template <class T, class X>
inline constexpr bool is_base_argument =
    std::is_class_v<X> && std::is_base_of_v<X, T> && !std::is_same_v<X, T>;
template <class X>
struct alias_argument {
    using type = void;
};
template <class A>
struct alias_argument<trampoline<A>> {
    using type = A;
};
template <class T, class X>
struct holder_argument {
    using type = void;
};
template <class T, class P>
struct holder_argument<T, holder<P>> {
    using type = P;
};
template <class T, class P>
    requires(smart_pointer_like<P> && !is_base_argument<T, P>)
struct holder_argument<T, P> {
    using type = P;
};
template <class... V>
struct first_not_void {
    using type = void;
};
template <class V, class... Rest>
struct first_not_void<V, Rest...> : first_not_void<Rest...> {};
template <class V, class... Rest>
    requires(!std::is_void_v<V>)
struct first_not_void<V, Rest...> {
    using type = V;
};

// Whether a pointer to D and the pointer to its part B may differ, and how one becomes the other.
template <class D, class B>
void* upcast(void* derived) {
    return static_cast<B*>(static_cast<D*>(derived));
}
template <class D, class B>
concept static_downcast = requires(B* b) { static_cast<D*>(b); };
template <class D, class B>
bool base_moves() noexcept {
    if constexpr (static_downcast<D, B>) {
        // No object is needed to know where a base lies that is not virtual.
        alignas(D) static unsigned char memory[1];
        auto* derived = reinterpret_cast<D*>(memory);
        return static_cast<void*>(static_cast<B*>(derived)) != static_cast<void*>(derived);
    } else {
        return true;
    }
}

template <class E>
inline constexpr bool is_class_option =
    is_option<E, const char*> || is_option<E, dynamic_attr_t> ||
    is_option<E, weak_referenceable_t> || is_option<E, is_final_t> || is_option<E, frozen_t> ||
    is_option<E, thread_safe_t> || is_option<E, thread_bound_t> || is_option<E, generic_t> ||
    is_option<E, immutable_t> || is_option<E, module_local_t> ||
    is_option<E, release_before_destroy_t> || is_option<E, metaclass> || is_option<E, type_slots> ||
    is_option<E, extends>;
template <class E>
inline constexpr bool is_members_option = false;
template <auto... M>
inline constexpr bool is_members_option<members_t<M...>> = true;

template <class E>
consteval bool check_class_option() {
    static_assert(is_class_option<E> || is_members_option<E>,
                  "interlock: this is no option of il::class_: it takes a docstring, "
                  "il::dynamic_attr, il::weak_referenceable, il::is_final, il::frozen, "
                  "il::thread_safe, il::thread_bound, il::generic, il::immutable, "
                  "il::module_local, il::release_before_destroy, il::metaclass(type), "
                  "il::type_slots(...), il::extends(type), il::members<...>");
    return is_class_option<E> || is_members_option<E>;
}

// A type that also looks like a container must say that it is a class.
template <class T>
consteval bool check_class() {
    static_assert(std::is_class_v<T> || std::is_union_v<T>,
                  "interlock: il::class_ binds a class; for an enumeration there is il::enum_");
    static_assert(!std::is_class_v<T> || may_be_bound<T>,
                  "interlock: the type that is bound with il::class_, il::bind_vector or "
                  "il::bind_map would also convert as a container, a number or a text. Write, "
                  "before its first use: template <> inline constexpr bool il::enable_class<T> = "
                  "true;");
    return true;
}

inline void tell_class(class_building& to, const char* doc) { set_class_doc(to, doc); }
inline void tell_class(class_building& to, dynamic_attr_t) {
    set_class_option(to, class_option::dynamic_attr);
}
inline void tell_class(class_building& to, weak_referenceable_t) {
    set_class_option(to, class_option::weak_referenceable);
}
inline void tell_class(class_building& to, is_final_t) {
    set_class_option(to, class_option::is_final);
}
inline void tell_class(class_building& to, frozen_t) { set_class_option(to, class_option::frozen); }
inline void tell_class(class_building& to, thread_safe_t) {
    set_class_option(to, class_option::thread_safe);
}
inline void tell_class(class_building& to, thread_bound_t) {
    set_class_option(to, class_option::thread_bound);
}
inline void tell_class(class_building& to, generic_t) {
    set_class_option(to, class_option::generic);
}
inline void tell_class(class_building& to, immutable_t) {
    set_class_option(to, class_option::immutable);
}
inline void tell_class(class_building& to, module_local_t) {
    set_class_option(to, class_option::module_local);
}
inline void tell_class(class_building& to, release_before_destroy_t) {
    set_class_option(to, class_option::release_before_destroy);
}
inline void tell_class(class_building& to, const metaclass& m) { set_metaclass(to, m.type.ptr()); }
inline void tell_class(class_building& to, const extends& e) { set_extended(to, e.type.ptr()); }
inline void tell_class(class_building& to, const type_slots& s) { add_slots(to, s.slots, s.count); }

// The parameters of a method as Python sees them.
template <class List>
struct after_self;
template <class Self, class... A>
struct after_self<types<Self, A...>> {
    using type = types<A...>;
    using self = Self;
};
template <class Token, class Self, class... A>
    requires is_python_token<Token>
struct after_self<types<Token, Self, A...>> {
    using type = types<A...>;
    using self = Self;
};

template <class List>
inline constexpr bool takes_token = false;
template <class First, class... A>
inline constexpr bool takes_token<types<First, A...>> = is_python_token<First>;

template <class C, class List>
inline constexpr bool is_plain_method = false;
template <class C, class Self, class... A>
inline constexpr bool is_plain_method<C, types<Self, A...>> =
    std::is_lvalue_reference_v<Self> && std::is_base_of_v<std::remove_cvref_t<Self>, C> &&
    is_plain_list<types<A...>>;

// A member that has nothing but positional parameters, as its C function.
template <class C, class Callable>
inline constexpr bool is_plain_in =
    std::is_void_v<typename Callable::state> && is_plain_method<C, typename Callable::parameters> &&
    !refers_to_class<typename Callable::result>;
template <class C, class Callable>
using plain_method_in =
    plain_function<Callable, typename after_self<typename Callable::parameters>::type,
                   method_target<C, typename after_self<typename Callable::parameters>::self>>;
template <class C, auto F>
inline constexpr bool is_plain_member = is_plain_in<C, constant_callable<F>>;
template <class C, auto F>
using plain_method_of = plain_method_in<C, constant_callable<F>>;

template <class Function, class Callable, class Shown, class... E>
void describe_method(function_description& description, class_building& to, method_kind kind,
                     const char* name, void* state, std::source_location where, const E&... e) {
    using result = typename Callable::result;
    description.name = name;
    description.function = Function::function();
    description.flags = Function::flags;
    description.shape = Function::shape;
    description.site = &Function::site;
    description.hints =
        hint_table<result, Shown, typename rest_types<typename Callable::parameters>::type>::table;
    description.state = state;
    if constexpr (Function::plan.has_defaults || !std::is_void_v<typename Callable::state>) {
        description.destroy = &destroy_state<typename Callable::state,
                                             typename decltype(defaults_of<Function>())::type>;
    }
    description.has_state = !std::is_void_v<typename Callable::state>;
    if constexpr (Function::planner::detaches) {
        description.where = where;
    }
    (tell(description, e), ...);
    const auto define = [&](function_description& d) { define_method(to, kind, d); };
    if constexpr (Function::planner::names != 0) {
        name_and_define<Function>(description, typename Function::indices{}, define, e...);
    } else {
        define(description);
    }
}

template <class R, class List>
void define_plain_in(class_building& to, method_kind kind, const char* name, void (*function)(),
                     function_site& site, const char* doc) {
    using letters = letter_table<R, List>;
    if constexpr (letters::is_complete) {
        define_plain_method(to, kind, name, function, site, letters::table, doc);
    } else {
        define_plain_method(to, kind, name, function, site, List::size, hint_table<R, List>::table,
                            doc);
    }
}

template <class C, class Callable, class... E>
void define_in_class(class_building& to, const char* name, void* state, std::source_location where,
                     const E&... e) {
    using parameters = typename Callable::parameters;
    using result = typename Callable::result;
    if constexpr (sizeof...(E) <= 1 && (std::is_same_v<E, const char*> && ...) &&
                  is_plain_in<C, Callable>) {
        using split = after_self<parameters>;
        using function = plain_method_in<C, Callable>;
        const char* doc = nullptr;
        ((doc = e), ...);
        define_plain_in<result, typename split::type>(to, method_kind::method, name,
                                                      function::function(), function::site, doc);
    } else {
        using function = bound_function<Callable, parameters, E..., method_flavor<C>>;
        using split = after_self<parameters>;
        using shown = typename visible_parameters<typename split::type>::type;
        note_result<result>();
        function_description description;
        describe_method<function, Callable, shown>(description, to, method_kind::method, name,
                                                   state, where, e..., method_flavor<C>{});
    }
}

template <class C, class Config, class Callable, class Function, class List, class... E>
void set_class_call(class_building& to) {
    using quick = quick_constructor<Config, List, E...>;
    if constexpr (is_constructor<Callable> && quick::fits() &&
                  quick::template is_called_so<Function>) {
        set_vectorcall(to, &quick::template call<Function>);
    } else {
        set_vectorcall(to, &call_class<C, Function>);
    }
}

template <class C, class Config, class Callable, class... E>
void define_init(class_building& to, void* state, std::source_location where, const E&... e) {
    using parameters = typename Callable::parameters;
    using split = after_self<parameters>;
    if constexpr (sizeof...(E) <= 1 && (std::is_same_v<E, const char*> && ...) &&
                  std::is_void_v<typename Callable::state> && !takes_token<parameters> &&
                  is_plain_list<typename split::type>) {
        const char* doc = nullptr;
        ((doc = e), ...);
        using plain = plain_constructor<Config, typename split::type>;
        if constexpr (is_constructor<Callable> && plain::fits()) {
            define_plain_init(to, &plain::call, plain::site, plain::letters::table, &plain::make,
                              doc);
        } else {
            using function = plain_function<Callable, typename split::type, init_target<Config>>;
            define_plain_in<void, typename split::type>(to, method_kind::init, "__init__",
                                                        function::function(), function::site, doc);
            set_class_call<C, Config, Callable, function, typename split::type>(to);
        }
    } else {
        using function = bound_function<Callable, parameters, E..., init_flavor<C, Config>>;
        using shown = typename visible_parameters<typename split::type>::type;
        function_description description;
        describe_method<function, Callable, shown>(description, to, method_kind::init, "__init__",
                                                   state, where, e..., init_flavor<C, Config>{});
        set_class_call<C, Config, Callable, function, typename split::type, E...>(to);
    }
}

// A method that constructs, under another name than __init__.
template <class C, class Config, class Callable>
void define_remaking(class_building& to, const char* name) {
    using function =
        bound_function<Callable, typename Callable::parameters, init_flavor<C, Config>>;
    using split = after_self<typename Callable::parameters>;
    using shown = typename visible_parameters<typename split::type>::type;
    function_description description;
    describe_method<function, Callable, shown>(description, to, method_kind::method, name, nullptr,
                                               std::source_location::current(),
                                               init_flavor<C, Config>{});
}

}  // namespace detail
INTERLOCK_END
