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

#include <interlock/bind/class_definitions.hpp>

#include <string>

INTERLOCK_BEGIN

// Extra: C++ base classes that are bound too; il::trampoline<A>; how C++ holds the object (std::shared_ptr<T>,
// std::unique_ptr<T>, il::holder<P>).
template <class T, class... Extra>
class class_ : private detail::class_handle {
    static_assert(detail::check_class<T>());
    using holder_type =
        typename detail::first_not_void<typename detail::holder_argument<T, Extra>::type...>::type;
    using alias_type =
        typename detail::first_not_void<typename detail::alias_argument<Extra>::type...>::type;

public:
    using type = T;
    using config = detail::class_config<T, holder_type, alias_type>;

    // scope: a module, or the class that this one is nested in, an il::class_ or a type. Options: see class_options.hpp. Needs
    // an attached thread. Throws python_error, std::logic_error where the class is bound already.
    template <class... Options>
    class_(const detail::class_scope& scope, const char* name, Options&&... options)
        : class_handle(scope, name, detail::facts_of_class<T, holder_type>) {
        start(options...);
    }

    class_(class_&&) noexcept = default;
    class_(const class_&) = delete;
    class_& operator=(const class_&) = delete;
    class_& operator=(class_&&) = delete;
    // In a module that is not under construction the type is made now: throws what that throws.
    ~class_() noexcept(false) = default;

    // ---- methods ---------------------------------------------------------------------------------------------------------

    // A member function, or a function whose first parameter (after il::python) is the object. Options as for m.def.
    template <auto F, class... Options>
    class_& def(detail::function_name name, Options&&... options) {
        check_member<decltype(F)>();
        define<detail::constant_callable<F>>(name, nullptr, options...);
        return *this;
    }
    // Several under one name, as overloads in that order: .def<&T::f, &T::g>("h"). As il::module's.
    template <auto First, auto Second, auto... More>
    class_& def(detail::function_name name, const char* doc = nullptr) {
        def<First>(name, doc);
        def<Second>(name, doc);
        (def<More>(name, doc), ...);
        if constexpr (detail::is_plain_member<T, First> && detail::is_plain_member<T, Second> &&
                      (... && detail::is_plain_member<T, More>)) {
            detail::join_told_apart<detail::plain_method_of<T, First>,
                                    detail::plain_method_of<T, Second>,
                                    detail::plain_method_of<T, More>...>(
                [&](const detail::joint_function& joint) {
                    detail::join_methods(*building_, name.text, joint);
                });
        }
        return *this;
    }
    template <auto First, auto Second, auto... More, class Option, class... Options>
        requires(sizeof...(Options) > 0 || !std::is_convertible_v<Option, const char*>)
    class_& def(detail::function_name, Option&&, Options&&...) {
        static_assert(detail::check_joint_options<Option, Options...>());
        return *this;
    }
    template <class F, class... Options>
        requires(!std::is_base_of_v<object, std::remove_cvref_t<F>>)
    class_& def(detail::function_name name, F&& f, Options&&... options) {
        using bound = detail::callable_for<std::decay_t<F>>;
        check_member<std::decay_t<F>>();
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

    // __new__, in the place of a constructor.
    template <class F, class... Options>
    class_& def(new_t<F> factory, Options&&... options) {
        using inner = detail::callable_for<F>;
        using bound = detail::new_callable<inner, typename inner::parameters>;
        void* state = keep_state<inner>(std::move(factory.function));
        if constexpr ((detail::is_arg<detail::option_type<Options>> || ...)) {
            define_free<bound, detail::static_flavor>(detail::method_kind::static_method, "__new__",
                                                      state, arg("cls"), pos_only, options...);
        } else {
            define_free<bound, detail::static_flavor>(detail::method_kind::static_method, "__new__",
                                                      state, options...);
        }
        return *this;
    }

    // An operator: il::self + il::self, il::self == int(), -il::self, il::hash(il::self).
    template <class Op, class L, class R, class... Options>
    class_& def(detail::operator_t<Op, L, R>, Options&&... options) {
        constexpr bool is_there = detail::has_operator<T, Op, L, R>();
        static_assert(
            is_there,
            "interlock: an operator of il::self is bound that C++ does not have for const "
            "objects of the class (for il::self += and its like: for objects) and that "
            "operand: define it for the class, or bind a function by the method's name");
        if constexpr (is_there) {
            define_operator<Op, L, R>(options...);
        }
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

    // As pybind11 and nanobind spell them.
    template <class C, class M, class... Options>
    class_& def_readonly(const char*, M C::*, Options&&...) {
        static_assert(sizeof(M) == 0,
                      "interlock: the member is a template argument: .def_readonly<&T::x>(\"x\")");
        return *this;
    }
    template <class C, class M, class... Options>
    class_& def_readwrite(const char*, M C::*, Options&&...) {
        static_assert(sizeof(M) == 0,
                      "interlock: the member is a template argument: .def_readwrite<&T::x>(\"x\")");
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

    // The object's memory for memoryview, numpy and the like, without a copy: a function without captures that takes the object
    // and returns il::exported<E>. See bind/buffer_export.hpp.
    template <auto F>
    class_& def_buffer();
    template <class F>
    class_& def_buffer(F&& function);

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
    const detail::counted<detail::class_building>& shared_building() const noexcept {
        return building_;
    }

private:
    template <class Op, class L, class R, class... Options>
    void define_operator(const Options&... options) {
        using bound = detail::operator_callable<T, Op, L, R>;
        define<bound>(detail::name_of_operator<Op, L, R>(), nullptr, options...);
        if constexpr (sizeof...(Options) > 0 || !std::is_same_v<L, self_t>) {
            // By its name: what has options, and the method of the operand on the right.
        } else if constexpr (requires { Op::comparison; }) {
            detail::compare_directly<T, bound, Op::comparison>(*building_);
        } else if constexpr (requires { Op::slot; }) {
            detail::calculate_directly<T, bound, Op::slot>(*building_);
        }
    }
    template <class F>
    static constexpr void check_member() {
        static_assert(detail::is_callable_on<T, F>,
                      "interlock: a member of another class is bound as a method: it is neither of "
                      "the class that il::class_ names nor of one of its bases");
    }
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
        if constexpr (!(detail::is_members_option<detail::option_type<Options>> || ...)) {
            detail::note_members_of_aggregate<T>(*building_);
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
};

// Where a B is expected, an A that comes is converted by B's constructor, as Python calls it: for parameters, not in the exact
// pass of overloads.
template <class A, class B>
void implicitly_convertible(const object& module) {
    static_assert(std::is_class_v<B> && detail::may_be_bound<B>,
                  "interlock: il::implicitly_convertible<A, B> makes an object of a bound class "
                  "out of an A: B is no class "
                  "that il::class_ could bind");
    static_cast<void>(module);
    using U = detail::converted_type<A>;
    detail::add_implicit_conversion(detail::site_of<B>, [](PyObject* from) noexcept -> bool {
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
