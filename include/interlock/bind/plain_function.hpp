// The C function of a binding that has nothing but positional parameters.
#pragma once

#include <exception>
#include <interlock/bind/result.hpp>

INTERLOCK_BEGIN
namespace detail {

// Where the arguments lie that the core loads; see load_arguments.
template <std::size_t N>
struct place_offsets {
    std::size_t at[N + 1];
};
template <std::size_t N>
consteval place_offsets<N> offsets_of(const char* letters) {
    place_offsets<N> offsets{};
    for (std::size_t i = 0; i < N; ++i) {
        offsets.at[i + 1] = offsets.at[i] + (letters[i] == 'u' ? sizeof(utf8_view) : 8);
    }
    return offsets;
}

// What is read inline, by the kinds of objects that the core tells apart in front of an overload: an int, a float, a bool, a str. No
// object is of two of them.
template <class C>
consteval char usual_kind() {
    if constexpr (requires(PyObject* from, typename C::storage& to) { C::fast(from, to); }) {
        switch (C::loads) {
            case by_integer:
                return 'i';
            case by_float:
            case by_single:
                return 'f';
            case by_bool:
                return 'b';
            case by_utf8:
            case by_text:
                return 's';
            default:
                return '?';
        }
    } else {
        return '?';
    }
}

// What a plain function is called with beside its arguments. Of a module: nothing.
struct no_target {
    static constexpr bool is_init = false;
    static constexpr bool has_self = false;
    struct type {
        explicit operator bool() const noexcept { return true; }
    };
    INTERLOCK_INLINE static type find(PyObject*) noexcept { return {}; }
};

// A method's object, as its parameter of type Self refers to it.
template <class C, class Self>
struct method_target {
    static constexpr bool is_init = false;
    static constexpr bool has_self = true;
    using type = C*;
    INTERLOCK_INLINE static C* find(PyObject* self) noexcept {
        return static_cast<C*>(self_pointer(self, site_of<C>, changes_object<Self>));
    }
    static const void* place(PyObject* self) noexcept { return place_in<C>(self); }
    // The same of an object that lies where most of its class do and nobody has to ask about; null for others.
    INTERLOCK_INLINE static C* find_inside(PyObject* self) noexcept {
        C* inside = place_in<C>(self);
        const void* value = as_instance(self)->value.load(std::memory_order_relaxed);
        return value == inside && !site_of<C>.has(class_site::adjusted | class_site::thread_bound)
                   ? inside
                   : nullptr;
    }
    INTERLOCK_INLINE static Self pass(C* object) noexcept { return static_cast<Self>(*object); }
    static const class_site& site() noexcept { return site_of<C>; }
    static constexpr bool writes = changes_object<Self>;
};

// A function all of whose parameters are ordinary, without names and without options: by far the most frequent kind, and
// kept apart because a thousand of them in one file should be no burden to a compiler.
template <class Callable, class List, class Target = no_target>
struct plain_function;

template <class Callable, class... A, class Target>
struct plain_function<Callable, types<A...>, Target> {
    using result = typename Callable::result;
    using target_type = typename Target::type;
    static inline constinit function_site site{};
    static constexpr bool is_method = Target::has_self && !Target::is_init;
    static constexpr bool runs_python =
        ((may_run_python<A> && !is_instance_storage<storage_of<A>>) || ...);
    static constexpr int flags = sizeof...(A) == 1 ? METH_O
                                 : sizeof...(A) == 0 && Target::has_self && !Target::is_init
                                     ? METH_NOARGS
                                     : METH_FASTCALL;
    // One call for all arguments that are not of the usual form is less code than one for each.
    static constexpr bool loads_by_core =
        sizeof...(A) > 1 && ((loader_letter<conversion<converted_type<A>>>() != '?') && ...);

    // The storages by reference to temporaries of guarded(): they are what they were made as, and nothing is copied.
    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* load_each([[maybe_unused]] PyObject* self,
                                                [[maybe_unused]] PyObject* const* arguments,
                                                std::index_sequence<I...>,
                                                unfilled<storage_of<A>>&&... all) {
        if (!(load_parameter<converted_type<A>>(self, site, I, arguments[I], all.value, nullptr) &&
              ...)) {
            return nullptr;
        }
        return call_with_loaded<I...>(self, all.value...);
    }
    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* call_with_loaded([[maybe_unused]] PyObject* self,
                                                       storage_of<A>&... all) {
        if constexpr ((locks_instance<A> || ...)) {
            instance_locks<sizeof...(A) + 1> locks;
            if constexpr (Target::has_self) {
                locks.add(real_self(self), Target::site());
            }
            (lock_loaded<A>(locks, all), ...);
            locks.begin();
            if (!(hold_argument<A>(self, I, all) && ...)) {
                return nullptr;
            }
            return find_and_call(self, all...);
        } else {
            return lock_and_call(self, all...);
        }
    }

    // One place of eight bytes for each, two for a text: the core knows where they are.
    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* load_together(PyObject* self, PyObject* const* arguments,
                                                    Py_ssize_t given, std::index_sequence<I...>) {
        using letters = letter_table<result, types<A...>>;
        constexpr auto offsets = offsets_of<sizeof...(A)>(letters::table);
        alignas(8) unsigned char places[offsets.at[sizeof...(A)]];
        if (given != sizeof...(A) ||
            !(conversion<converted_type<A>>::fast(
                  arguments[I], *reinterpret_cast<storage_of<A>*>(places + offsets.at[I])) &&
              ...)) [[unlikely]] {
            if (!load_arguments(self, site, arguments, given, places, letters::table)) {
                return nullptr;
            }
        }
        return lock_and_call(self, *reinterpret_cast<storage_of<A>*>(places + offsets.at[I])...);
    }

    template <class P, class S>
    INTERLOCK_INLINE static bool hold_argument([[maybe_unused]] PyObject* self,
                                               [[maybe_unused]] unsigned place,
                                               [[maybe_unused]] S& loaded) noexcept {
        if constexpr (has_instance<P>) {
            return hold_instance<P, (sizeof...(A) > 1)>(self, site, place, loaded);
        } else {
            return true;
        }
    }

    // Converting the arguments may have run Python code, so that the object is looked for afterwards (invariant 14).
    INTERLOCK_INLINE static PyObject* lock_and_call([[maybe_unused]] PyObject* self,
                                                    storage_of<A>&... all) {
        if constexpr (Target::has_self) {
            instance_locks<1> lock;
            lock.add(real_self(self), Target::site());
            lock.begin();
            return find_and_call(self, all...);
        } else {
            return find_and_call(self, all...);
        }
    }
    INTERLOCK_INLINE static PyObject* find_and_call([[maybe_unused]] PyObject* self,
                                                    storage_of<A>&... all) {
        // A noexcept method is short more often than not: without the registers that the rest needs.
        if constexpr (is_method && Callable::is_noexcept && !runs_python) {
            if (target_type target = Target::find_inside(self)) [[likely]] {
                return call(target, all...);
            }
            return find_elsewhere_and_call(self, all...);
        }
        auto target = Target::find(self);
        if (!target) [[unlikely]] {
            return nullptr;
        }
        if constexpr (runs_python && (is_method || (has_instance<A> || ...))) {
            up_to_instances<sizeof...(A) + 1> entered;
            if constexpr (is_method) {
                if (!entered.add(real_self(self), Target::site(), Target::writes)) {
                    return nullptr;
                }
            }
            if (!(enter_argument<A>(entered, all) && ...)) {
                return nullptr;
            }
            return use_and_call(self, target, all...);
        } else {
            return use_and_call(self, target, all...);
        }
    }
    INTERLOCK_NOINLINE static PyObject* find_elsewhere_and_call(PyObject* self,
                                                                storage_of<A>&... all) {
        auto target = Target::find(self);
        return !target ? nullptr : use_and_call(self, target, all...);
    }
    template <class P, class S>
    INTERLOCK_INLINE static bool enter_argument([[maybe_unused]] instances_of_call& entered,
                                                [[maybe_unused]] const S& loaded) noexcept {
        if constexpr (has_instance<P>) {
            using how = conversion<converted_type<P>>;
            PyObject* behind = how::instance_behind(loaded);
            return behind == nullptr || entered.add(behind, *how::site_behind, changes_object<P>);
        } else {
            return true;
        }
    }
    INTERLOCK_INLINE static PyObject* use_and_call([[maybe_unused]] PyObject* self,
                                                   target_type& target, storage_of<A>&... all) {
        if constexpr (is_method) {
            const instance_use use(self, target, Target::place(self));
            return call(target, all...);
        } else {
            return call(target, all...);
        }
    }

    INTERLOCK_INLINE static PyObject* call([[maybe_unused]] target_type& target,
                                           storage_of<A>&... all) {
        if constexpr ((0 + ... + int{is_taken<A>}) > 1) {
            look_before_taking_all<A...>(all...);
        }
        if constexpr (std::is_void_v<result>) {
            if constexpr (Target::has_self) {
                Callable::call(nullptr, Target::pass(target),
                               conversion<converted_type<A>>::template pass<A>(all)...);
            } else {
                Callable::call(nullptr, conversion<converted_type<A>>::template pass<A>(all)...);
            }
            return new_none();
        } else {
            // In one expression: the result may refer to a text that is passed, which is made here.
            if constexpr (Target::has_self) {
                return make_result<result>(
                    Callable::call(nullptr, Target::pass(target),
                                   conversion<converted_type<A>>::template pass<A>(all)...));
            } else {
                return make_result<result>(Callable::call(
                    nullptr, conversion<converted_type<A>>::template pass<A>(all)...));
            }
        }
    }

    INTERLOCK_INLINE static PyObject* run(PyObject* self, PyObject* const* arguments,
                                          [[maybe_unused]] Py_ssize_t given) {
        if constexpr (loads_by_core) {
            return load_together(self, arguments, given, std::index_sequence_for<A...>{});
        } else {
            return load_each(self, arguments, std::index_sequence_for<A...>{},
                             unfilled<storage_of<A>>()...);
        }
    }

    static consteval bool is_result_nothrow() {
        if constexpr (std::is_void_v<result>) {
            return true;
        } else {
            return requires { conversion_of<result>::nothrow; };
        }
    }
    static consteval bool is_nothrow() {
        return Callable::is_noexcept && (loads_nothrow<A> && ...) && is_result_nothrow();
    }

    INTERLOCK_INLINE static PyObject* guarded(PyObject* self, PyObject* const* arguments,
                                              Py_ssize_t given) {
        if constexpr (is_nothrow()) {
            return run(self, arguments, given);
        } else {
            try {
                return run(self, arguments, given);
            } catch (const std::exception& error) {
                return translate(error);
            } catch (...) {
                return translate_unknown();
            }
        }
    }

    // The same with arguments that somebody else has loaded.
    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* guarded_with(PyObject* self, storage_of<A>&... all) {
        if constexpr (is_nothrow()) {
            return call_with_loaded<I...>(self, all...);
        } else {
            try {
                return call_with_loaded<I...>(self, all...);
            } catch (const std::exception& error) {
                return translate(error);
            } catch (...) {
                return translate_unknown();
            }
        }
    }

    // Of several under one name, see joint_function.hpp: what the first parameter tells them apart by, '?' where that, or how
    // another one is read, is not so simple.
    static constexpr std::size_t arity = sizeof...(A);
    static consteval char first_kind() {
        constexpr char kinds[] = {usual_kind<conversion<converted_type<A>>>()..., '0'};
        for (const char kind : kinds) {
            if (kind == '?') {
                return '?';
            }
        }
        return kinds[0];
    }
    // Where all arguments are of the usual form; else false, and nothing has happened. There are as many as parameters.
    INTERLOCK_INLINE static bool call_usual(PyObject* self, PyObject* const* arguments,
                                            PyObject*& result) {
        return read_usual(self, arguments, result, std::index_sequence_for<A...>{},
                          unfilled<storage_of<A>>()...);
    }
    template <std::size_t... I>
    INTERLOCK_INLINE static bool read_usual(PyObject* self,
                                            [[maybe_unused]] PyObject* const* arguments,
                                            PyObject*& result, std::index_sequence<I...>,
                                            unfilled<storage_of<A>>&&... all) {
        if (!(conversion<converted_type<A>>::fast(arguments[I], all.value) && ...)) {
            return false;
        }
        result = guarded_with<I...>(self, all.value...);
        return true;
    }

    // One object of a bound class by reference, and nothing else.
    static consteval bool takes_one_instance() {
#if defined(Py_GIL_DISABLED)
        return false;  // it is to be locked
#else
        if constexpr (sizeof...(A) == 1 && !Target::has_self) {
            return ((is_instance_storage<storage_of<A>> && std::is_lvalue_reference_v<A> &&
                     fits_in_place<converted_type<A>>) &&
                    ...);
        } else {
            return false;
        }
#endif
    }
    // One shared pointer by reference, and nothing else: it may be the instance's own, which is not copied.
    static consteval bool takes_one_pointer() {
#if defined(Py_GIL_DISABLED)
        return false;
#else
        if constexpr (sizeof...(A) == 1 && !Target::has_self && !runs_python) {
            return (is_reference_to_shared<A> && ...);
        } else {
            return false;
        }
#endif
    }
    template <class P>
    INTERLOCK_INLINE static PyObject* with_pointer_inside(PyObject* self, PyObject* argument) {
        const P* own = pointer_in_instance<typename P::element_type>(argument);
        return own == nullptr ? with_one_anywhere(self, argument) : use_guarded(*own);
    }
    template <class C>
    INTERLOCK_INLINE static PyObject* use_inside(C& object) {
        if constexpr (std::is_void_v<result>) {
            Callable::call(nullptr, object);
            return new_none();
        } else {
            return make_result<result>(Callable::call(nullptr, object));
        }
    }
    template <class C>
    INTERLOCK_INLINE static PyObject* with_one_inside(PyObject* self, PyObject* argument) {
        if (!lies_inside<std::remove_const_t<C>>(argument)) [[unlikely]] {
            return with_one_anywhere(self, argument);
        }
        return use_guarded<C>(*place_in<std::remove_const_t<C>>(argument));
    }
    template <class C>
    INTERLOCK_INLINE static PyObject* use_guarded(C& object) {
        if constexpr (Callable::is_noexcept && is_result_nothrow()) {
            return use_inside<C>(object);
        } else {
            try {
                return use_inside<C>(object);
            } catch (const std::exception& error) {
                return translate(error);
            } catch (...) {
                return translate_unknown();
            }
        }
    }
    // By itself, so that the function before needs no place for what is converted.
    INTERLOCK_NOINLINE static PyObject* with_one_anywhere(PyObject* self, PyObject* argument) {
        return guarded(self, &argument, 1);
    }

    static PyObject* with_none(PyObject* self, PyObject*) { return guarded(self, nullptr, 0); }
    static PyObject* with_one(PyObject* self, PyObject* argument) {
        if constexpr (takes_one_instance()) {
            return with_one_inside<std::remove_reference_t<A>...>(self, argument);
        } else if constexpr (takes_one_pointer()) {
            return with_pointer_inside<std::remove_cvref_t<A>...>(self, argument);
        } else {
            return guarded(self, &argument, 1);
        }
    }
    static PyObject* with_array(PyObject* self, PyObject* const* arguments, Py_ssize_t given) {
        if constexpr (!loads_by_core) {
            if (given != sizeof...(A)) [[unlikely]] {
                return refuse_count(self, site, given);
            }
        }
        return guarded(self, arguments, given);
    }
    static void (*function() noexcept)() {
        if constexpr (sizeof...(A) == 0 && Target::has_self && !Target::is_init) {
            return reinterpret_cast<void (*)()>(&with_none);
        } else if constexpr (sizeof...(A) == 1) {
            return reinterpret_cast<void (*)()>(&with_one);
        } else {
            return reinterpret_cast<void (*)()>(&with_array);
        }
    }
};

}  // namespace detail
INTERLOCK_END
