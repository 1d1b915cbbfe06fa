// How instances are made from Python and how they end: the C functions of a type that depend on the C++ class.
#pragma once

#include <interlock/bind/class_options.hpp>
#include <interlock/bind/plain_function.hpp>

INTERLOCK_BEGIN
namespace detail {

// What il::class_<T, ...> was told by its template arguments.
template <class T, class Holder, class Alias>
struct class_config {
    using type = T;
    using holder = Holder;
    using alias = Alias;
};

template <class T, class... A>
T* construct_at(void* place, A&&... a) {
    if constexpr (std::is_constructible_v<T, A&&...>) {
        return ::new (place) T(std::forward<A>(a)...);
    } else {
        return ::new (place) T{std::forward<A>(a)...};
    }
}
template <class T, class... A>
T* construct_new(A&&... a) {
    if constexpr (std::is_constructible_v<T, A&&...>) {
        return new T(std::forward<A>(a)...);
    } else {
        return new T{std::forward<A>(a)...};
    }
}

// Makes the C++ object of an instance of a class derived in Python; see trampoline.hpp.
template <class T, class Alias, class... A>
outside_value* make_alias(PyObject* self, T*& made, A&&... a);

// The object that is being constructed, as the first parameter of what constructs it.
template <class Config>
struct instance_place {
    static constexpr bool is_instance_place = true;
    using T = typename Config::type;
    using Holder = typename Config::holder;
    using Alias = typename Config::alias;

    PyObject* self = nullptr;

    INTERLOCK_INLINE bool begin(PyObject* called_with) noexcept {
        self = real_self(called_with);
        return (Py_TYPE(self) == site_of<T>.type.load(std::memory_order_relaxed) &&
                as_instance(self)->value.load(std::memory_order_relaxed) == nullptr &&
                !site_of<T>.has(class_site::emptied)) ||
               may_construct(self, site_of<T>);
    }

    // Where classes derived in Python are objects of another C++ class.
    bool is_derived() const noexcept {
        return Py_TYPE(self) != site_of<T>.type.load(std::memory_order_relaxed);
    }

    template <class... A>
    INTERLOCK_INLINE void construct(A&&... a) const {
        const class_site& site = site_of<T>;
        if constexpr (!std::is_void_v<Alias>) {
            if (std::is_abstract_v<T> || is_derived()) {
                T* made = nullptr;
                outside_value* outside = make_alias<T, Alias>(self, made, std::forward<A>(a)...);
                fill_outside(self, made, outside, site);
                return;
            }
        }
        if constexpr (!std::is_abstract_v<T>) {
            if constexpr (!std::is_void_v<Holder>) {
                hold(make_held<T, Holder>(std::forward<A>(a)...));
            } else {
                if constexpr (fits_in_place<T>) {
                    if (!site.has(class_site::special) || is_in_place(self, site)) [[likely]] {
                        finish_in_place(construct_at<T>(place_in<T>(self), std::forward<A>(a)...));
                        return;
                    }
                }
                adopt(construct_new<T>(std::forward<A>(a)...));
            }
        }
    }

    // What a factory gives, which says itself where it lies. It may have run Python code, which may have initialized the object.
    template <class V>
    void receive(V&& made) const {
        using U = std::remove_cvref_t<V>;
        if (!instance_place().begin(self)) {
            throw_python_error();
        }
        if constexpr (std::is_same_v<U, T>) {
            if constexpr (std::is_void_v<Alias> || std::is_constructible_v<Alias, V&&>) {
                construct(std::forward<V>(made));
            } else {
                // Of a class derived in Python too: its overrides are then not seen by C++.
                adopt(construct_new<T>(std::forward<V>(made)));
            }
        } else if constexpr (std::is_pointer_v<U>) {
            if (made == nullptr) {
                throw_null_factory(site_of<T>);
            }
            adopt(made);
        } else {
            if (made == nullptr) {
                throw_null_factory(site_of<T>);
            }
            hold(std::forward<V>(made));
        }
    }

private:
    void finish_in_place(T* value) const noexcept {
        as_instance(self)->value.store(value, std::memory_order_relaxed);
        if (site_of<T>.has(class_site::mapped)) [[unlikely]] {
            enter_instance(self, site_of<T>);
        }
    }
    template <class U>
    void adopt(U* made) const {
        if constexpr (!std::is_void_v<Holder> && std::is_constructible_v<Holder, U*>) {
            hold(Holder(made));
            return;
        }
        fill_outside(self, static_cast<T*>(made), own_outside(made, disposer_of<U>()), site_of<T>);
    }
    template <class P>
    void hold(P pointer) const {
        auto* plain = const_cast<T*>(static_cast<const T*>(pointer.get()));
        if constexpr (shared_pointer_like<P>) {
            fill_outside(self, plain, hold_shared<T>(std::move(pointer)), site_of<T>);
        } else {
            fill_outside(self, plain, new held_outside<P>(std::move(pointer)), site_of<T>);
        }
    }
    template <class U, class P, class... A>
    static P make_held(A&&... a) {
        if constexpr (std::is_same_v<P, std::shared_ptr<U>>) {
            if constexpr (std::is_constructible_v<U, A&&...>) {
                return std::make_shared<U>(std::forward<A>(a)...);
            } else {
                return P(construct_new<U>(std::forward<A>(a)...));
            }
        } else {
            return P(construct_new<U>(std::forward<A>(a)...));
        }
    }
};

// A constructor, as what is bound.
template <class Config, class... A>
struct constructor_callable {
    using state = void;
    using result = void;
    using parameters = types<instance_place<Config>&, A...>;
    static constexpr bool is_noexcept =
        std::is_nothrow_constructible_v<typename Config::type, A...> &&
        std::is_void_v<typename Config::holder> && std::is_void_v<typename Config::alias> &&
        fits_in_place<typename Config::type>;
    template <class... B>
    INTERLOCK_INLINE static void call(void*, instance_place<Config>& place, B&&... b) {
        place.construct(static_cast<B&&>(b)...);
    }
};

template <class Callable>
inline constexpr bool is_constructor = false;
template <class Config, class... A>
inline constexpr bool is_constructor<constructor_callable<Config, A...>> = true;

// A factory's callable, bound as what constructs.
template <class Config, class Inner, class List>
struct factory_callable;
template <class Config, class Inner, class... A>
struct factory_callable<Config, Inner, types<A...>> {
    using state = typename Inner::state;
    using result = void;
    using parameters = types<instance_place<Config>&, A...>;
    static constexpr bool is_noexcept = false;
    template <class... B>
    static void call(void* state, instance_place<Config>& place, B&&... b) {
        place.receive(Inner::call(state, static_cast<B&&>(b)...));
    }
};
// il::python in front stays in front.
template <class Config, class Inner, class First, class... A>
    requires std::is_same_v<std::remove_cvref_t<First>, attachment>
struct factory_callable<Config, Inner, types<First, A...>> {
    using state = typename Inner::state;
    using result = void;
    using parameters = types<First, instance_place<Config>&, A...>;
    static constexpr bool is_noexcept = false;
    template <class... B>
    static void call(void* state, python py, instance_place<Config>& place, B&&... b) {
        place.receive(Inner::call(state, py, static_cast<B&&>(b)...));
    }
};

// What il::new_ was given, bound as __new__, whose first parameter is the class.
template <class Inner, class List>
struct new_callable;
template <class Inner, class... A>
struct new_callable<Inner, types<A...>> {
    using state = typename Inner::state;
    using result = typename Inner::result;
    using parameters = types<const type&, A...>;
    static constexpr bool is_noexcept = false;
    template <class... B>
    static decltype(auto) call(void* state, const type&, B&&... b) {
        return Inner::call(state, static_cast<B&&>(b)...);
    }
};
template <class Inner, class First, class... A>
    requires std::is_same_v<std::remove_cvref_t<First>, type>
struct new_callable<Inner, types<First, A...>> : Inner {};
template <class Inner, class Token, class... A>
    requires std::is_same_v<std::remove_cvref_t<Token>, attachment>
struct new_callable<Inner, types<Token, A...>> {
    using state = typename Inner::state;
    using result = typename Inner::result;
    using parameters = types<Token, const type&, A...>;
    static constexpr bool is_noexcept = false;
    template <class... B>
    static decltype(auto) call(void* state, python py, const type&, B&&... b) {
        return Inner::call(state, py, static_cast<B&&>(b)...);
    }
};
template <class Inner, class Token, class First, class... A>
    requires(std::is_same_v<std::remove_cvref_t<Token>, attachment> &&
             std::is_same_v<std::remove_cvref_t<First>, type>)
struct new_callable<Inner, types<Token, First, A...>> : Inner {};

// The same for plain_function.
template <class Config>
struct init_target {
    static constexpr bool is_init = true;
    static constexpr bool has_self = true;
    struct type {
        instance_place<Config> place;
        bool found;
        explicit operator bool() const noexcept { return found; }
    };
    INTERLOCK_INLINE static type find(PyObject* self) noexcept {
        type target;
        target.found = target.place.begin(self);
        return target;
    }
    INTERLOCK_INLINE static instance_place<Config>& pass(type& target) noexcept {
        return target.place;
    }
    static const class_site& site() noexcept { return site_of<typename Config::type>; }
};

// Calling the class: for exactly this class, with one constructor, which Function binds.
template <class T, class Function>
PyObject* call_class(PyObject*, PyObject* const* arguments, std::size_t counted, PyObject* names) {
    using one = PyObject* (*)(PyObject*, PyObject*);
    using array = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
    using array_and_names = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
    constexpr int flags = Function::flags;
    const Py_ssize_t given = PyVectorcall_NARGS(counted);
    if constexpr ((flags & METH_KEYWORDS) == 0) {
        if (names != nullptr && PyTuple_GET_SIZE(names) != 0) [[unlikely]] {
            return refuse_names_in_call(site_of<T>, names);
        }
    }
    PyObject* self = allocate(site_of<T>);
    if (self == nullptr) [[unlikely]] {
        return nullptr;
    }
    const auto function = reinterpret_cast<void (*)()>(Function::function());
    PyObject* done = nullptr;
    if constexpr (flags == METH_O) {
        done = given == 1 ? reinterpret_cast<one>(function)(self, arguments[0])
                          : refuse_count(self, Function::site, given);
    } else if constexpr ((flags & METH_KEYWORDS) != 0) {
        done = reinterpret_cast<array_and_names>(function)(self, arguments, given, names);
    } else {
        done = reinterpret_cast<array>(function)(self, arguments, given);
    }
    if (!was_none(done)) [[unlikely]] {
        Py_DECREF(self);
        return nullptr;
    }
    return self;
}

// The same for functions that are called by METH_O, or with names.
PyObject* call_class_with_one(PyObject* const* arguments, std::size_t counted, PyObject* names,
                              const class_site& of, const function_site& site,
                              void (*function)()) noexcept;
PyObject* call_class_with_names(PyObject* const* arguments, std::size_t counted, PyObject* names,
                                const class_site& of, const function_site& site,
                                void (*function)()) noexcept;

// Options of a constructor that say nothing of how it is called with all its arguments, in their order.
template <class E>
inline constexpr bool is_name_or_text = std::is_same_v<E, const char*> || std::is_same_v<E, arg>;

// A constructor of a few numbers, which are read before there is an instance: Python sees nothing of it until it is complete. What
// comes in another form goes the usual way.
template <class Config, class List, class... E>
struct quick_constructor;
template <class Config, class... A, class... E>
struct quick_constructor<Config, types<A...>, E...> {
    using T = typename Config::type;

    template <class U>
    static constexpr bool is_quick_number =
        std::is_arithmetic_v<U> && requires(PyObject* from, typename conversion<U>::storage& to) {
            conversion<U>::fast(from, to);
        };
    static consteval bool fits() {
        if constexpr (!std::is_void_v<typename Config::holder> ||
                      !std::is_void_v<typename Config::alias> || std::is_abstract_v<T> ||
                      !fits_in_place<T> || sizeof...(A) == 0 || sizeof...(A) > 3 ||
                      !(is_name_or_text<E> && ...)) {
            return false;
        } else {
            return (is_quick_number<std::remove_cvref_t<A>> && ...);
        }
    }

    // What there is a function of the core for.
    template <class Function>
    static constexpr bool is_called_so =
        Function::flags == METH_O || Function::flags == (METH_FASTCALL | METH_KEYWORDS);

    template <class Function>
    static PyObject* call(PyObject*, PyObject* const* arguments, std::size_t counted,
                          PyObject* names) {
        return call_with<Function>(arguments, counted, names, std::index_sequence_for<A...>{},
                                   unfilled<storage_of<A>>()...);
    }

private:
    template <class Function, std::size_t... I>
    INTERLOCK_INLINE static PyObject* call_with(PyObject* const* arguments, std::size_t counted,
                                                PyObject* names, std::index_sequence<I...>,
                                                unfilled<storage_of<A>>&&... all) {
        const class_site& site = site_of<T>;
        if (names == nullptr && PyVectorcall_NARGS(counted) == sizeof...(A) &&
            (conversion<converted_type<A>>::fast(arguments[I], all.value) && ...) &&
            !site.has(class_site::special | class_site::mapped)) [[likely]] {
            PyObject* self = allocate(site);
            return self == nullptr ? nullptr : construct(self, all.value...);
        }
        const auto function = reinterpret_cast<void (*)()>(Function::function());
        if constexpr (Function::flags == METH_O) {
            return call_class_with_one(arguments, counted, names, site, Function::site, function);
        } else {
            return call_class_with_names(arguments, counted, names, site, Function::site, function);
        }
    }
    INTERLOCK_INLINE static PyObject* construct(PyObject* self, storage_of<A>&... all) {
        if constexpr (std::is_nothrow_constructible_v<T, A...>) {
            place(self, all...);
            return self;
        } else {
            try {
                place(self, all...);
                return self;
            } catch (const std::exception& error) {
                translate(error);
            } catch (...) {
                translate_unknown();
            }
            Py_DECREF(self);
            return nullptr;
        }
    }
    INTERLOCK_INLINE static void place(PyObject* self, storage_of<A>&... all) {
        T* made = construct_at<T>(place_in<T>(self),
                                  conversion<converted_type<A>>::template pass<A>(all)...);
        as_instance(self)->value.store(made, std::memory_order_relaxed);
    }
};

// A constructor with several parameters without names that are numbers and texts, by far the most frequent kind: the core loads the
// arguments, allocates, and puts the address of the value where it belongs; what is left for each class is to make the value of
// arguments that lie in memory.
template <class Config, class List>
struct plain_constructor;
template <class Config, class... A>
struct plain_constructor<Config, types<A...>> {
    using T = typename Config::type;
    using letters = letter_table<void, types<A...>>;
    static inline constinit function_site site{};

    // The rest makes the object in another way, or has no letters.
    static consteval bool fits() {
        if constexpr (!std::is_void_v<typename Config::holder> ||
                      !std::is_void_v<typename Config::alias> || std::is_abstract_v<T> ||
                      !fits_in_place<T> || !has_plain_memory<T>) {
            return false;
        } else {
            return sizeof...(A) > 1 && sizeof...(A) <= most_plain_arguments && letters::is_complete;
        }
    }

    static PyObject* call(PyObject* type, PyObject* const* arguments, std::size_t counted,
                          PyObject* names) {
        return call_plain_class(type, arguments, counted, names, site);
    }
    static void make(void* place, unsigned char* places) {
        make_of(place, places, std::index_sequence_for<A...>{});
    }

private:
    template <std::size_t... I>
    INTERLOCK_INLINE static void make_of(void* place, unsigned char* places,
                                         std::index_sequence<I...>) {
        constexpr auto offsets = offsets_of<sizeof...(A)>(letters::table);
        construct_at<T>(place, conversion<converted_type<A>>::template pass<A>(
                                   *reinterpret_cast<storage_of<A>*>(places + offsets.at[I]))...);
    }
};

template <class T>
void destroy_value(void* value) noexcept {
    if constexpr (std::is_nothrow_destructible_v<T>) {
        static_cast<T*>(value)->~T();
    } else {
        try {
            static_cast<T*>(value)->~T();
        } catch (...) {
            report_destructor();
        }
    }
}
template <class T>
void copy_value(void* place, const void* value, std::size_t) {
    ::new (place) T(*static_cast<const T*>(value));
}
template <class T>
void* copy_value_new(const void* value, std::size_t) {
    return new T(*static_cast<const T*>(value));
}
template <class T, class Holder>
outside_value* copy_value_held(const void* value, void*& copy) {
    auto* fresh = new T(*static_cast<const T*>(value));
    Holder pointer(fresh);
    copy = fresh;
    if constexpr (shared_pointer_like<Holder>) {
        return hold_shared<T>(std::move(pointer));
    } else {
        return new held_outside<Holder>(std::move(pointer));
    }
}
template <class T>
void* move_value_new(void* value, std::size_t) {
    return new T(std::move(*static_cast<T*>(value)));
}

template <class T>
void deallocate(PyObject* self) {
    if constexpr (std::is_trivially_destructible_v<T>) {
        deallocate_bytes(self, site_of<T>);
    } else {
        deallocate_value(self, site_of<T>, &destroy_value<T>);
    }
}

template <class T, class Holder>
consteval class_functions describe_functions() {
    class_functions made{};
    if constexpr (copyable<T> && !std::is_abstract_v<T> && !std::is_void_v<Holder> &&
                  std::is_constructible_v<Holder, T*>) {
        made.copy_held = &copy_value_held<T, Holder>;
    }
    if constexpr (!(is_bytes<T> && copyable<T>)) {
        if constexpr (std::is_destructible_v<T>) {
            made.destroy = &destroy_value<T>;
            made.dispose = &dispose_value<T>;
        }
        if constexpr (copyable<T> && !std::is_abstract_v<T>) {
            made.copy = &copy_value<T>;
            made.copy_new = &copy_value_new<T>;
        }
        if constexpr (std::is_move_constructible_v<T> && !std::is_abstract_v<T>) {
            made.move_new = &move_value_new<T>;
        }
    }
    return made;
}
template <class T, class Holder>
inline constexpr class_functions functions_of_class = describe_functions<T, Holder>();

template <class T, class Holder>
consteval class_facts describe_class() {
    class_facts made{};
    made.site = &site_of<T>;
    made.size = sizeof(T);
    made.offset = value_offset<T>;
    made.in_place = fits_in_place<T>;
    made.is_abstract = std::is_abstract_v<T>;
    made.is_polymorphic = std::is_polymorphic_v<T>;
    made.is_bytes = is_bytes<T> && copyable<T>;
    if constexpr (!(is_bytes<T> && copyable<T> && std::is_void_v<Holder>)) {
        made.functions = &functions_of_class<T, Holder>;
    }
    made.deallocate = &deallocate<T>;
    return made;
}
template <class T, class Holder>
inline constexpr class_facts facts_of_class = describe_class<T, Holder>();

}  // namespace detail
INTERLOCK_END
