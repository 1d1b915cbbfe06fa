// il::class_: a C++ class as a Python type.
//
// A class_ is a builder: definitions are collected, and the type is made when it is first needed (as a base, for a default
// value, by m.add), at the latest when the module's body ends. A definition after that throws std::logic_error.
//
//     il::class_<Account>(m, "Account", "A bank account.")
//         .def(il::init<std::string, double>(), il::arg("owner"), il::arg("balance") = 0.0)
//         .def<&Account::deposit>("deposit", "Adds money.", il::arg("amount"))
//         .def_property<&Account::balance>("balance")
//         .def_readwrite<&Account::limit>("limit");
//
// A method is a method descriptor of CPython's with a C function of its own, a property a getset descriptor: what an expert
// would write by hand. Its object needs no check of its type, which the descriptor has made.
#pragma once

#include <interlock/bind/class_operators.hpp>
#include <interlock/bind/construct.hpp>
#include <interlock/bind/module.hpp>
#include <interlock/bind/property.hpp>
#include <interlock/bind/traverse.hpp>

#include <string>

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
                  "interlock: the type that is bound with il::class_ would also convert as a "
                  "container, a number or a text. Write, before its first use: template <> inline "
                  "constexpr bool il::enable_class<T> = true;");
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
    (is_visible<A> && ...);

template <class Function, class Callable, class Shown, class... E>
void describe_method(function_description& description, class_building& to, method_kind kind,
                     const char* name, void* state, std::source_location where, const E&... e) {
    using result = typename Callable::result;
    description.name = name;
    description.function = Function::function();
    description.flags = Function::flags;
    description.shape = Function::shape;
    description.site = &Function::site;
    description.hints = hint_table<result, Shown>::table;
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
                  std::is_void_v<typename Callable::state> && is_plain_method<C, parameters> &&
                  !refers_to_class<result>) {
        using split = after_self<parameters>;
        using function =
            plain_function<Callable, typename split::type, method_target<C, typename split::self>>;
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

template <class C, class Config, class Callable, class... E>
void define_init(class_building& to, void* state, std::source_location where, const E&... e) {
    using parameters = typename Callable::parameters;
    using split = after_self<parameters>;
    if constexpr (sizeof...(E) <= 1 && (std::is_same_v<E, const char*> && ...) &&
                  std::is_void_v<typename Callable::state> && !takes_token<parameters> &&
                  is_plain_list<typename split::type>) {
        using function = plain_function<Callable, typename split::type, init_target<Config>>;
        const char* doc = nullptr;
        ((doc = e), ...);
        define_plain_in<void, typename split::type>(to, method_kind::init, "__init__",
                                                    function::function(), function::site, doc);
        set_vectorcall(to, &call_class<C, function>);
    } else {
        using function = bound_function<Callable, parameters, E..., init_flavor<C, Config>>;
        using shown = typename visible_parameters<typename split::type>::type;
        function_description description;
        describe_method<function, Callable, shown>(description, to, method_kind::init, "__init__",
                                                   state, where, e..., init_flavor<C, Config>{});
        set_vectorcall(to, &call_class<C, function>);
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

// Extra: C++ base classes that are bound too; il::trampoline<A>; how C++ holds the object (std::shared_ptr<T>,
// std::unique_ptr<T>, il::holder<P>).
template <class T, class... Extra>
class class_ {
    static_assert(detail::check_class<T>());
    using holder_type =
        typename detail::first_not_void<typename detail::holder_argument<T, Extra>::type...>::type;
    using alias_type =
        typename detail::first_not_void<typename detail::alias_argument<Extra>::type...>::type;

public:
    using type = T;
    using config = detail::class_config<T, holder_type, alias_type>;

    // scope: a module, or the class that this one is nested in. Options: see class_options.hpp. Needs an attached thread.
    // Throws python_error, std::logic_error where the class is bound already.
    template <class... Options>
    class_(const object& scope, const char* name, Options&&... options)
        : building_(detail::begin_class(scope.ptr(), name, detail::describe_class<T>())) {
        start(options...);
    }
    template <class U, class... X, class... Options>
    class_(class_<U, X...>& outer, const char* name, Options&&... options)
        : building_(
              detail::begin_class(outer.type_object().ptr(), name, detail::describe_class<T>())) {
        start(options...);
    }

    class_(class_&&) noexcept = default;
    class_(const class_&) = delete;
    class_& operator=(const class_&) = delete;
    class_& operator=(class_&&) = delete;
    // In a module that is not under construction the type is made now: throws what that throws.
    ~class_() noexcept(false) {
        if (building_ != nullptr && std::uncaught_exceptions() == uncaught_) {
            detail::end_of_class_handle(*building_);
        }
    }

    // ---- methods ---------------------------------------------------------------------------------------------------------

    // A member function, or a function whose first parameter (after il::python) is the object. Options as for m.def.
    template <auto F, class... Options>
    class_& def(detail::function_name name, Options&&... options) {
        define<detail::constant_callable<F>>(name, nullptr, options...);
        return *this;
    }
    template <class F, class... Options>
        requires(!std::is_base_of_v<object, std::remove_cvref_t<F>>)
    class_& def(detail::function_name name, F&& f, Options&&... options) {
        using bound = detail::callable_for<std::decay_t<F>>;
        define<bound>(name, keep_state<bound>(std::forward<F>(f)), options...);
        return *this;
    }

    // __init__: a constructor, or a factory. Several make overloads.
    template <class... A, class... Options>
    class_& def(init_t<A...>, Options&&... options) {
        static_assert(!std::is_abstract_v<T> || !std::is_void_v<alias_type>,
                      "interlock: an abstract class has no constructor to bind, unless Python may "
                      "derive from it through il::trampoline");
        static_assert(
            std::is_abstract_v<T> || std::is_constructible_v<T, A...> ||
                requires { T{std::declval<A>()...}; },
            "interlock: il::init<...> names parameters from which the class cannot be "
            "constructed");
        if constexpr ((detail::check_option<detail::option_type<Options>>() && ...)) {
            detail::define_init<T, config, detail::constructor_callable<config, A...>,
                                detail::option_type<Options>...>(
                *building_, nullptr, std::source_location::current(), options...);
        }
        return *this;
    }
    template <class F, class... Options>
    class_& def(factory_t<F> factory, Options&&... options) {
        using inner = detail::callable_for<F>;
        using bound = detail::factory_callable<config, inner, typename inner::parameters>;
        if constexpr ((detail::check_option<detail::option_type<Options>>() && ...)) {
            detail::define_init<T, config, bound, detail::option_type<Options>...>(
                *building_, keep_state<inner>(std::move(factory.function)),
                std::source_location::current(), options...);
        }
        return *this;
    }

    // An operator: il::self + il::self, il::self == int(), -il::self, il::hash(il::self).
    template <class Op, class L, class R, class... Options>
    class_& def(detail::operator_t<Op, L, R>, Options&&... options) {
        using bound = detail::operator_callable<T, Op, L, R>;
        define<bound>(detail::name_of_operator<Op, L, R>(), nullptr, options...);
        return *this;
    }

    // What has a member apply(class_&): il::pickle<...> and the like.
    template <class X, class... Options>
        requires requires(X x, class_& c) { x.apply(c); }
    class_& def(X&& definition, Options&&... options) {
        definition.apply(*this, std::forward<Options>(options)...);
        return *this;
    }

    // A function that needs no object.
    template <auto F, class... Options>
    class_& def_static(detail::function_name name, Options&&... options) {
        define_free<detail::constant_callable<F>, detail::static_flavor>(
            detail::method_kind::static_method, name, nullptr, options...);
        return *this;
    }
    template <class F, class... Options>
    class_& def_static(detail::function_name name, F&& f, Options&&... options) {
        using bound = detail::callable_for<std::decay_t<F>>;
        define_free<bound, detail::static_flavor>(detail::method_kind::static_method, name,
                                                  keep_state<bound>(std::forward<F>(f)),
                                                  options...);
        return *this;
    }

    // A function whose first parameter is the class that it was called on: il::type, const il::type&.
    template <auto F, class... Options>
    class_& def_class(detail::function_name name, Options&&... options) {
        define_free<detail::constant_callable<F>, detail::class_method_flavor>(
            detail::method_kind::class_method, name, nullptr, options...);
        return *this;
    }
    template <class F, class... Options>
    class_& def_class(detail::function_name name, F&& f, Options&&... options) {
        using bound = detail::callable_for<std::decay_t<F>>;
        define_free<bound, detail::class_method_flavor>(detail::method_kind::class_method, name,
                                                        keep_state<bound>(std::forward<F>(f)),
                                                        options...);
        return *this;
    }

    // ---- properties --------------------------------------------------------------------------------------------------------

    // A getter, and a setter where there is one: member functions, or functions whose first parameter is the object. What a
    // getter returns by reference is a part of self, unless a policy says otherwise.
    template <auto Get, class... Options>
    class_& def_property(const char* name, Options&&... options) {
        property<detail::constant_callable<Get>, void>(name, nullptr, nullptr, options...);
        return *this;
    }
    template <auto Get, auto Set, class... Options>
        requires(!std::is_same_v<decltype(Set), const char*>)
    class_& def_property(const char* name, Options&&... options) {
        property<detail::constant_callable<Get>, detail::constant_callable<Set>>(
            name, nullptr, nullptr, options...);
        return *this;
    }
    template <class G, class... Options>
        requires detail::has_signature<std::decay_t<G>>
    class_& def_property(const char* name, G&& get, Options&&... options) {
        using getter = detail::callable_for<std::decay_t<G>>;
        if constexpr (sizeof...(Options) > 0) {
            property_from<getter>(name, keep_state<getter>(std::forward<G>(get)),
                                  std::forward<Options>(options)...);
        } else {
            property<getter, void>(name, keep_state<getter>(std::forward<G>(get)), nullptr);
        }
        return *this;
    }

    // A data member. An object of a bound class is a part of self, not a copy.
    template <auto M, class... Options>
    class_& def_readonly(const char* name, Options&&... options) {
        using access = detail::member_access<T, M>;
        property<typename access::read, void>(name, nullptr, nullptr, options...);
        note_member<M>();
        return *this;
    }
    template <auto M, class... Options>
    class_& def_readwrite(const char* name, Options&&... options) {
        using access = detail::member_access<T, M>;
        using value = typename access::value_type;
        static_assert(!std::is_const_v<value>,
                      "interlock: def_readwrite of a const member: use def_readonly");
        if constexpr (std::is_copy_assignable_v<value> && detail::may_be_bound<value>) {
            property<typename access::read, typename access::write>(name, nullptr, nullptr,
                                                                    options...);
        } else {
            property<typename access::read, typename access::write_moved>(name, nullptr, nullptr,
                                                                          options...);
        }
        note_member<M>();
        return *this;
    }

    // Properties of the class itself; their functions take no object (il::python at most). Set through the class, where there
    // is a setter.
    template <auto Get, class... Options>
    class_& def_static_property(const char* name, Options&&... options) {
        static_property<detail::constant_callable<Get>, void>(name, options...);
        return *this;
    }
    template <auto Get, auto Set, class... Options>
    class_& def_static_property(const char* name, Options&&... options) {
        static_property<detail::constant_callable<Get>, detail::constant_callable<Set>>(name,
                                                                                        options...);
        return *this;
    }
    // A static data member, by its address.
    template <auto P, class... Options>
    class_& def_static_readonly(const char* name, Options&&... options) {
        static_property<detail::static_member<P>, void>(name, options...);
        return *this;
    }
    template <auto P, class... Options>
    class_& def_static_readwrite(const char* name, Options&&... options) {
        static_property<detail::static_member<P>, detail::static_member_write<P>>(name, options...);
        return *this;
    }

    // A constant of the class.
    template <class V>
    class_& add(const char* name, V&& value) {
        detail::require_attached("il::class_::add");
        const object converted(detail::adopt_t{}, detail::to_python(std::forward<V>(value)));
        detail::add_class_attribute(*building_, name, converted.ptr());
        return *this;
    }

    // Iteration over the object's own begin() and end(), or those that are named; the iterator keeps the object alive.
    class_& def_iter();
    template <auto Begin, auto End>
    class_& def_iter();

    // The type, made now if it was not yet; nothing can be defined afterwards.
    interlock::type type_object() const {
        return interlock::type(detail::adopt_t{}, Py_NewRef(detail::type_of_class(*building_)));
    }
    operator interlock::type() const { return type_object(); }

    // __getstate__ and __setstate__, for il::pickle.
    template <class Get, class Set>
    void define_state() {
        detail::define_in_class<T, Get>(*building_, "__getstate__", nullptr,
                                        std::source_location::current());
        detail::define_remaking<T, config, Set>(*building_, "__setstate__");
    }

    // For what defines things in a class.
    detail::class_building& building() const noexcept { return *building_; }

private:
    template <class... Options>
    void start(const Options&... options) {
        (add_base_argument<Extra>(), ...);
        if constexpr (!std::is_void_v<holder_type> || !std::is_void_v<alias_type> ||
                      !detail::fits_in_place<T>) {
            detail::set_class_option(*building_, detail::class_option::outside);
        }
        if constexpr ((detail::check_class_option<detail::option_type<Options>>() && ...)) {
            (tell_one(options), ...);
        }
    }
    template <class O>
    void tell_one(const O& option) {
        if constexpr (detail::is_members_option<O>) {
            note_members(option);
        } else {
            detail::tell_class(*building_, option);
        }
    }
    template <auto... M>
    void note_members(const members_t<M...>&) {
        (note_member<M>(), ...);
    }
    template <auto M>
    void note_member() {
        detail::note_member<T, M>(*building_);
    }
    template <class X>
    void add_base_argument() {
        if constexpr (detail::is_base_argument<T, X>) {
            detail::add_base(*building_, detail::site_of<X>, &detail::upcast<T, X>,
                             detail::base_moves<T, X>());
        } else {
            static_assert(!std::is_void_v<typename detail::alias_argument<X>::type> ||
                              !std::is_void_v<typename detail::holder_argument<T, X>::type>,
                          "interlock: a template argument of il::class_ is neither a base class of "
                          "the class, nor il::trampoline<A>, nor a smart pointer that holds it");
        }
    }

    template <class Bound, class F>
    static void* keep_state(F&& f) {
        if constexpr (std::is_void_v<typename Bound::state>) {
            return nullptr;
        } else {
            return new typename Bound::state(std::forward<F>(f));
        }
    }

    template <class Bound, class... Options>
    void define(detail::function_name name, void* state, const Options&... options) {
        if constexpr ((detail::check_option<detail::option_type<Options>>() && ...)) {
            detail::define_in_class<T, Bound, detail::option_type<Options>...>(
                *building_, name.text, state, name.where, options...);
        }
    }

    template <class Bound, class Flavor, class... Options>
    void define_free(detail::method_kind kind, detail::function_name name, void* state,
                     const Options&... options) {
        if constexpr ((detail::check_option<detail::option_type<Options>>() && ...)) {
            using parameters = typename Bound::parameters;
            using bound =
                detail::bound_function<Bound, parameters, detail::option_type<Options>..., Flavor>;
            using shown = typename detail::free_parameters<Flavor, parameters>::type;
            detail::note_result<typename Bound::result>();
            detail::function_description description;
            detail::describe_method<bound, Bound, shown, detail::option_type<Options>..., Flavor>(
                description, *building_, kind, name.text, state, name.where, options..., Flavor{});
        }
    }

    template <class Getter, class S, class... Options>
    void property_from(const char* name, void* state, S&& next, Options&&... options) {
        if constexpr (detail::has_signature<std::decay_t<S>>) {
            using setter = detail::callable_for<std::decay_t<S>>;
            property<Getter, setter>(name, state, keep_state<setter>(std::forward<S>(next)),
                                     options...);
        } else {
            property<Getter, void>(name, state, nullptr, next, options...);
        }
    }

    template <class Getter, class Setter, class... Options>
    void property(const char* name, void* get_state, void* set_state, const Options&... options) {
        using get = detail::property_getter<T, Getter,
                                            detail::find_policy<detail::option_type<Options>...>()>;
        detail::note_result<typename Getter::result>();
        detail::property_record record;
        record.get_state = get_state;
        record.set_state = set_state;
        setter set = nullptr;
        if constexpr (!std::is_void_v<Setter>) {
            using write = detail::property_setter<T, Setter>;
            record.type = &write::type;
            record.destroy = &detail::destroy_state<typename Getter::state, typename Setter::state>;
            set = &write::set;
        } else {
            record.destroy = &detail::destroy_state<typename Getter::state, void>;
        }
        detail::define_property(*building_, name, &get::get, set, record,
                                detail::hint_of_result<typename Getter::result>(),
                                detail::doc_among(options...));
    }

    template <class Getter, class Setter, class... Options>
    void static_property(const char* name, const Options&... options) {
        using get = detail::static_getter<Getter>;
        detail::property_record record;
        setter set = nullptr;
        if constexpr (!std::is_void_v<Setter>) {
            using write = detail::static_setter<Setter>;
            record.type = &write::type;
            set = &write::set;
        }
        detail::define_static_property(*building_, name, &get::get, set, record,
                                       detail::hint_of_result<typename Getter::result>(),
                                       detail::doc_among(options...));
    }

    std::shared_ptr<detail::class_building> building_;
    int uncaught_ = std::uncaught_exceptions();
};

// Where a B is expected, an A that comes is converted by B's constructor, as Python calls it: for parameters, not in the exact
// pass of overloads.
template <class A, class B>
void implicitly_convertible(const object& module) {
    static_cast<void>(module);
    using U = detail::converted_type<A>;
    detail::add_implicit_conversion(detail::site_of<B>, detail::conversion<U>::in,
                                    [](PyObject* from) noexcept -> bool {
                                        try {
                                            typename detail::conversion<U>::storage value{};
                                            detail::loading l = detail::loading::plain();
                                            l.quiet = true;
                                            l.exact = detail::may_be_bound<U>;
                                            if (detail::load_value<U>(from, value, l)) {
                                                return true;
                                            }
                                        } catch (...) {  // NOLINT(bugprone-empty-catch)
                                            // Then it is no A.
                                        }
                                        PyErr_Clear();
                                        return false;
                                    });
}

INTERLOCK_END
