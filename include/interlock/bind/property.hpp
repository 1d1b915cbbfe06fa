// The C functions of properties.
#pragma once

#include <interlock/bind/class_options.hpp>

INTERLOCK_BEGIN
namespace detail {

template <class E>
inline constexpr bool is_python_token = std::is_same_v<std::remove_cvref_t<E>, attachment>;

// Getter<C, Callable>: called with the object, maybe behind il::python.
template <class C, class Callable, policy_choice Policy, class List = typename Callable::parameters>
struct property_getter;

template <class C, class Callable, policy_choice Policy, class... A>
struct property_getter<C, Callable, Policy, types<A...>> {
    using result = typename Callable::result;
    static_assert(
        sizeof...(A) == 1 + (is_python_token<A> || ... || false),
        "interlock: a getter takes the object alone (behind il::python where it wants it)");

    template <class P>
    INTERLOCK_INLINE static decltype(auto) pass(C& object, PyObject* self,
                                                [[maybe_unused]] const attachment& token) {
        if constexpr (is_python_token<P>) {
            return (token);
        } else if constexpr (std::is_pointer_v<P>) {
            return static_cast<P>(&object);
        } else if constexpr (std::is_base_of_v<interlock::object, std::remove_cvref_t<P>>) {
            return std::remove_cvref_t<P>(adopt_t{}, Py_NewRef(self));
        } else {
            static_assert(std::is_base_of_v<std::remove_cvref_t<P>, C>,
                          "interlock: a getter's parameter is not of the class");
            return static_cast<const std::remove_cvref_t<P>&>(object);
        }
    }
    template <class P>
    INTERLOCK_INLINE static decltype(auto) pass_mutable(C& object, PyObject* self,
                                                        const attachment& token) {
        if constexpr (std::is_lvalue_reference_v<P> &&
                      !std::is_const_v<std::remove_reference_t<P>>) {
            return static_cast<P>(object);
        } else {
            return pass<P>(object, self, token);
        }
    }

    INTERLOCK_INLINE static PyObject* run(PyObject* self, C& object, void* state,
                                          const attachment& token = token_called) {
        if constexpr (refers_to_class<result>) {
            result value = Callable::call(state, pass_mutable<A>(object, self, token)...);
            if constexpr (std::is_same_v<typename class_target<result>::type, C>) {
                const void* address = nullptr;
                if constexpr (std::is_pointer_v<result>) {
                    address = value;
                } else {
                    address = &value;
                }
                if (address == &object) {
                    return Py_NewRef(self);
                }
            }
            return make_reference < result, Policy == policy_choice::none
                                                ? policy_choice::reference_internal
                                                : Policy > (static_cast<result>(value), self);
        } else {
            return make_result<result>(
                Callable::call(state, pass_mutable<A>(object, self, token)...));
        }
    }

    static constexpr bool nothrow = Callable::is_noexcept && !refers_to_class<result> &&
                                    !(is_python_token<A> || ...) &&
                                    requires { conversion_of<result>::nothrow; };

    static PyObject* get(PyObject* self, void* closure) {
        const self_lock lock(self, site_of<C>);
        void* value = self_pointer(self, site_of<C>, (changes_object<A> || ...));
        if (value == nullptr) [[unlikely]] {
            return nullptr;
        }
        void* state = nullptr;
        if constexpr (!std::is_void_v<typename Callable::state>) {
            state = static_cast<property_record*>(closure)->get_state;
        }
        if constexpr (nothrow) {
            return run(self, *static_cast<C*>(value), state);
        } else {
            const instance_use use(self, value, place_in<C>(self));
            try {
                if constexpr ((is_python_token<A> || ...)) {
                    up_to_instances<1> entered;
                    if (!entered.add(self, site_of<C>, (changes_object<A> || ...))) {
                        return nullptr;
                    }
                    const call_token token(&entered);
                    return run(self, *static_cast<C*>(value), state, token.get());
                } else {
                    return run(self, *static_cast<C*>(value), state);
                }
            } catch (const std::exception& error) {
                return translate(error);
            } catch (...) {
                return translate_unknown();
            }
        }
    }
};

// Another thread may have taken the value's object away before its lock was got, or work on it. False with the error set.
template <class V>
INTERLOCK_INLINE bool hold_value([[maybe_unused]] const property_record& record,
                                 [[maybe_unused]] storage_of<V>& value) noexcept {
    if constexpr (has_instance<V>) {
        return hold_loaded<V, false>(value, [&]<class T>(PyObject* source,
                                                         loaded_instance<T>& found) {
            loading l = loading::plain();
            l.exact = true;
            return instance_conversion<T>::load(source, found, l) || refuse_value(record, l) == 0;
        });
    } else {
        return true;
    }
}
template <class V>
INTERLOCK_INLINE bool enter_value([[maybe_unused]] instances_of_call& entered,
                                  [[maybe_unused]] const storage_of<V>& value) noexcept {
    if constexpr (has_instance<V>) {
        PyObject* behind = instance_at_work<V>(value);
        return behind == nullptr ||
               entered.add(behind, *conversion<converted_type<V>>::site_behind, changes_object<V>);
    } else {
        return true;
    }
}

// Setter<C, Callable>: called with the object and the value.
template <class C, class Callable, class List = typename Callable::parameters>
struct property_setter;

template <class C, class Callable, class Self, class V>
struct property_setter<C, Callable, types<Self, V>> {
    using U = converted_type<V>;
    using storage = typename conversion<U>::storage;
    static constexpr const hint& type = conversion<U>::in;
    // The value is an object of a bound class, and the member that it becomes may have an instance too.
    static constexpr bool of_class = is_instance_storage<storage>;
    static constexpr const class_site& site_of_value = site_of_storage<storage>();
    // A data member would outlive what views inside of the value refer to.
    static constexpr bool is_member = requires(C& target) { Callable::part_of(target); };
    static constexpr bool keeps_views = holds_views<U> && !is_member;
    struct no_keeper {};
    static constexpr bool of_part = of_class && is_member;

    // That instance, where its lock is needed: a new reference, or null.
    static PyObject* part_of([[maybe_unused]] PyObject* self) noexcept {
#if defined(Py_GIL_DISABLED)
        if constexpr (of_part) {
            const self_lock lock(self, site_of<C>);
            if (void* object = self_pointer(self, site_of<C>)) {
                auto& part = Callable::part_of(*static_cast<C*>(object));
                return find_instance(site_of_value, &part, typeid(U), &part);
            }
            PyErr_Clear();  // whoever goes on finds it out again
        }
#endif
        return nullptr;
    }
    INTERLOCK_INLINE static int run(PyObject* self, PyObject* from, const property_record& record) {
        [[maybe_unused]] std::conditional_t<keeps_views, keeper, no_keeper> kept;
        typename conversion<U>::storage value{};
        loading l = loading::plain();
        if constexpr (keeps_views) {
            l.keep = &kept;
        }
        if (!load_value<U>(from, value, l)) [[unlikely]] {
            return refuse_value(record, l);
        }
        // Loading may have run Python code (invariant 14).
        const reference part(part_of(self));
        instance_locks<of_class ? 3 : locks_instance<V> ? 2 : 1> locks;
        locks.add(self, site_of<C>);
        lock_loaded<V>(locks, value);
        if constexpr (of_class) {
            locks.add(part.pointer, site_of_value);
        }
        locks.begin();
        void* object = self_pointer(self, site_of<C>);
        if (object == nullptr) [[unlikely]] {
            return -1;
        }
        const instance_use use(self, object, place_in<C>(self));
        auto& target = *static_cast<C*>(object);
        if (!hold_value<V>(record, value)) [[unlikely]] {
            return -1;
        }
        if constexpr (keeps_views) {
            unsigned place = 0;
            if (!kept.instances_are_there(l, place)) {
                return refuse_value(record, l);
            }
        }
        if constexpr (of_part) {
            if (views_of_instances.load(std::memory_order_relaxed) != 0 &&
                refuse_viewed_part(site_of_value, &Callable::part_of(target), sizeof(U)))
                [[unlikely]] {
                return -1;
            }
        }
        if constexpr (requires { Callable::takes_token; }) {
            up_to_instances<2> entered;
            if (!entered.add(self, site_of<C>, true) || !enter_value<V>(entered, value)) {
                return -1;
            }
            if constexpr (keeps_views) {
                if (!kept.enter_instances()) {
                    return -1;
                }
                entered.add(kept);
            }
            const call_token token(&entered);
            call(self, target, value, record.set_state, token.get());
        } else {
            call(self, target, value, record.set_state);
        }
        return 0;
    }
    template <class... Token>
    INTERLOCK_INLINE static void call([[maybe_unused]] PyObject* self, [[maybe_unused]] C& target,
                                      typename conversion<U>::storage& value, void* state,
                                      const Token&... token) {
        if constexpr (std::is_base_of_v<interlock::object, std::remove_cvref_t<Self>>) {
            Callable::call(state, token..., std::remove_cvref_t<Self>(adopt_t{}, Py_NewRef(self)),
                           conversion<U>::template pass<V>(value));
        } else if constexpr (std::is_pointer_v<Self>) {
            Callable::call(state, token..., static_cast<Self>(&target),
                           conversion<U>::template pass<V>(value));
        } else {
            Callable::call(state, token..., static_cast<Self>(target),
                           conversion<U>::template pass<V>(value));
        }
    }

    // A number into an object that nobody has to hold: without the registers and the memory that the rest needs.
    static consteval bool has_quick_way() {
#if defined(Py_GIL_DISABLED)
        return false;  // the object is to be locked
#else
        if constexpr (requires { Callable::takes_token; } || !std::is_arithmetic_v<U>) {
            return false;
        } else if constexpr (!std::is_void_v<typename Callable::state>) {
            return false;
        } else {
            return requires(PyObject* from, storage& value) { conversion<U>::fast(from, value); };
        }
#endif
    }

    static int set(PyObject* self, PyObject* from, void* closure) {
        if constexpr (has_quick_way()) {
            void* object = as_instance(self)->value.load(std::memory_order_relaxed);
            unfilled<storage> value;
            if (from != nullptr && object != nullptr &&
                !site_of<C>.has(class_site::adjusted | class_site::thread_bound) &&
                conversion<U>::fast(from, value.value)) [[likely]] {
                try {
                    if constexpr (is_member) {
                        call(self, *static_cast<C*>(object), value.value, nullptr);
                    } else {
                        const instance_use use(self, object, place_in<C>(self));
                        call(self, *static_cast<C*>(object), value.value, nullptr);
                    }
                    return 0;
                } catch (const std::exception& error) {
                    translate(error);
                } catch (...) {
                    translate_unknown();
                }
                return -1;
            }
        }
        return set_anywhere(self, from, closure);
    }
    INTERLOCK_NOINLINE static int set_anywhere(PyObject* self, PyObject* from, void* closure) {
        const property_record& record = *static_cast<property_record*>(closure);
        if (from == nullptr) [[unlikely]] {
            return refuse_delete(record);
        }
        try {
            return run(self, from, record);
        } catch (const std::exception& error) {
            translate(error);
        } catch (...) {
            translate_unknown();
        }
        return -1;
    }
};

// A setter that wants the token, in front of the object or, a member function, behind it.
template <class Callable, bool First>
struct given_the_token {
    static constexpr bool takes_token = true;
    template <class Self, class V>
    INTERLOCK_INLINE static void call(void* state, const attachment& token, Self&& self,
                                      V&& value) {
        if constexpr (First) {
            Callable::call(state, token, static_cast<Self&&>(self), static_cast<V&&>(value));
        } else {
            Callable::call(state, static_cast<Self&&>(self), token, static_cast<V&&>(value));
        }
    }
};
template <class C, class Callable, class Token, class Self, class V>
    requires is_python_token<Token>
struct property_setter<C, Callable, types<Token, Self, V>>
    : property_setter<C, given_the_token<Callable, true>, types<Self, V>> {};
template <class C, class Callable, class Self, class Token, class V>
    requires is_python_token<Token>
struct property_setter<C, Callable, types<Self, Token, V>>
    : property_setter<C, given_the_token<Callable, false>, types<Self, V>> {};

// Data members as callables.
template <class C, auto M>
struct member_access;
template <class C, class B, class T, T B::* M>
struct member_access<C, M> {
    using value_type = T;
    struct read {
        using state = void;
        // By value where there is nothing to share, by reference where it is an object of a bound class.
        using result = const T&;
        using parameters = types<const C&>;
        static constexpr bool is_noexcept = true;
        INTERLOCK_INLINE static const T& call(void*, const C& object) noexcept {
            return static_cast<const B&>(object).*M;
        }
    };
    struct write {
        using state = void;
        using result = void;
        using parameters = types<C&, const T&>;
        static constexpr bool is_noexcept = false;
        template <class V>
        INTERLOCK_INLINE static void call(void*, C& object, V&& value) {
            static_cast<B&>(object).*M = static_cast<V&&>(value);
        }
        static T& part_of(C& object) noexcept { return static_cast<B&>(object).*M; }
    };
    struct write_moved : write {
        using parameters = types<C&, T>;
    };
};

// Of a class itself.
template <class Callable>
struct static_getter {
    static PyObject* get(PyObject*, void*) {
        try {
            using result = typename Callable::result;
            if constexpr (Callable::parameters::size == 0) {
                return conversion_of<result>::make(Callable::call(nullptr));
            } else {
                return conversion_of<result>::make(Callable::call(nullptr, token_called));
            }
        } catch (const std::exception& error) {
            return translate(error);
        } catch (...) {
            return translate_unknown();
        }
    }
};
template <class Callable, class List = typename Callable::parameters>
struct static_setter;
template <class Callable, class V>
struct static_setter<Callable, types<V>> {
    using U = converted_type<V>;
    static constexpr const hint& type = conversion<U>::in;
    static int set(PyObject*, PyObject* from, void* closure) {
        const property_record& record = *static_cast<property_record*>(closure);
        if (from == nullptr) [[unlikely]] {
            return refuse_delete(record);
        }
        try {
            typename conversion<U>::storage value{};
            loading l = loading::plain();
            if (!load_value<U>(from, value, l)) [[unlikely]] {
                return refuse_value(record, l);
            }
            instance_locks<1> lock;
            lock_loaded<V>(lock, value);
            lock.begin();
            if (!hold_value<V>(record, value)) [[unlikely]] {
                return -1;
            }
            Callable::call(nullptr, conversion<U>::template pass<V>(value));
            return 0;
        } catch (const std::exception& error) {
            translate(error);
        } catch (...) {
            translate_unknown();
        }
        return -1;
    }
};

// A static data member, or any variable, by its address.
template <auto P>
struct static_member {
    using state = void;
    using result = const std::remove_pointer_t<decltype(P)>&;
    using parameters = types<>;
    static constexpr bool is_noexcept = true;
    static result call(void*) noexcept { return *P; }
};
template <auto P>
struct static_member_write {
    using value = std::remove_pointer_t<decltype(P)>;
    using state = void;
    using result = void;
    using parameters = types<value>;
    static constexpr bool is_noexcept = false;
    template <class V>
    static void call(void*, V&& v) {
        *P = std::forward<V>(v);
    }
};

template <class F>
concept has_signature =
    requires { typename signature_of<F>::result; } && !std::is_same_v<F, const char*>;

// The docstring among a property's options.
inline const char* doc_among() noexcept { return nullptr; }
template <class O, class... Rest>
const char* doc_among(const O& option, const Rest&... rest) noexcept {
    if constexpr (std::is_convertible_v<const O&, const char*>) {
        return option;
    } else {
        static_assert(is_policy<O>,
                      "interlock: a property takes a docstring and a return policy as its options");
        return doc_among(rest...);
    }
}

// What Python sees of the parameters of a function that needs no object: those of a method of the class without the class.
template <class Flavor, class List>
struct free_parameters {
    using type = typename visible_parameters<List>::type;
};
template <class First, class... A>
struct free_parameters<class_method_flavor, types<First, A...>> {
    using type = typename visible_parameters<types<A...>>::type;
};
template <class Token, class First, class... A>
    requires is_python_token<Token>
struct free_parameters<class_method_flavor, types<Token, First, A...>> {
    using type = typename visible_parameters<types<A...>>::type;
};

template <class List>
inline constexpr bool is_plain_list = false;
template <class... A>
inline constexpr bool is_plain_list<types<A...>> =
    (is_visible<A> && ...) && !(holds_views<converted_type<A>> || ...);

}  // namespace detail
INTERLOCK_END
