// The C function of a binding with names, defaults or other options; plain_function.hpp has the others.
//
// Either is what an expert would write by hand for CPython's interpreter to specialize: METH_O for one required parameter without a
// name, METH_FASTCALL for others without names, METH_FASTCALL|METH_KEYWORDS where names are accepted. The callable is a
// template argument, so that its body can be compiled into the C function; what the types rule out is not compiled; ints, floats
// and ASCII text are read inline. A C++ exception is caught once, by its type, and never rethrown (invariant 9).
#pragma once

#include <interlock/bind/rest.hpp>
#include <interlock/bind/result.hpp>

#include <array>
#include <exception>
#include <memory>
#include <new>
#include <tuple>

INTERLOCK_BEGIN
namespace detail {

// How a default is kept: as a value of the parameter's own type where that can be copied into its storage, as the value that was
// given where the storage can be made from it, and as a Python object otherwise.
struct as_python {};
template <class A, class D>
consteval auto kept_default() {
    using U = converted_type<A>;
    using S = typename conversion<U>::storage;
    if constexpr (std::is_null_pointer_v<D>) {
        static_assert(categorize<U>() != category::text && categorize<U>() != category::text_view,
                      "interlock: the default of a text is nullptr, which is none: write \"\", or "
                      "take a std::optional or a const char*, which is null for None");
    }
    if constexpr (std::is_base_of_v<object, D> || is_owned_handle<D>) {
        return std::type_identity<as_python>{};
    } else if constexpr (std::is_null_pointer_v<D> && categorize<U>() == category::optional) {
        // None. An optional text could be made of the null pointer, too.
        return std::type_identity<as_python>{};
    } else if constexpr (is_view<U>) {
        // What is viewed is kept: a std::string is copied, a literal lives as long as the program.
        return std::type_identity<D>{};
    } else if constexpr ((std::is_same_v<S, U> || requires(S& s, const U& u) {
                             conversion<U>::set_default(s, u);
                         }) && std::is_copy_assignable_v<U> && std::is_constructible_v<U, D>) {
        return std::type_identity<U>{};
    } else if constexpr (std::is_assignable_v<S&, const D&>) {
        return std::type_identity<D>{};
    } else {
        return std::type_identity<as_python>{};
    }
}
template <class A, class D>
using kept_default_t = typename decltype(kept_default<A, D>())::type;

template <std::size_t I, class S>
struct argument_storage {
    S value;
};
struct no_storage {};

template <class A, role R>
struct storage_for {
    using type = no_storage;
};
template <class A>
struct storage_for<A, role::token> {
    struct type {
        const attachment* token = &token_called;
    };
};
template <class A>
struct storage_for<A, role::normal> {
    using type = typename conversion<converted_type<A>>::storage;
};
// What a method is called with: an address where the parameter refers to the class, else converted like an argument.
template <class C, class A>
inline constexpr bool is_direct_self =
    std::is_lvalue_reference_v<A> && std::is_base_of_v<std::remove_cvref_t<A>, C>;
template <class C, class A>
inline constexpr bool is_direct_self<C, A*> = std::is_base_of_v<std::remove_cv_t<A>, C>;

template <class C, class A>
struct self_storage {
    using type = typename conversion<converted_type<A>>::storage;
};
template <class C, class A>
    requires is_direct_self<C, A>
struct self_storage<C, A> {
    using type = void*;
};

template <class A>
struct storage_for<A, role::module> {
    using type = typename conversion<module>::storage;
};
template <class A>
struct storage_for<A, role::args> {
    using type = typename conversion<args>::storage;
};
template <class A>
    requires is_typed_rest<A>
struct storage_for<A, role::args> {
    using type = rest_storage<typename rest_item<std::remove_cvref_t<A>>::type>;
};
template <class A>
struct storage_for<A, role::kwargs> {
    using type = typename conversion<kwargs>::storage;
};

// Types with a value for None: .none(false) of il::arg refuses it.
template <class T>
inline constexpr bool has_place_for_none = false;
template <class T>
    requires requires { conversion<T>::accepts_none; }
inline constexpr bool has_place_for_none<T> = conversion<T>::accepts_none;

// Arguments that were put into order; the tuple and the dict are the call's own.
template <std::size_t N>
struct ordered_arguments {
    ordered_arguments() noexcept { slots[N] = slots[N + 1] = nullptr; }
    ~ordered_arguments() {
        Py_XDECREF(slots[N]);
        Py_XDECREF(slots[N + 1]);
    }
    ordered_arguments(const ordered_arguments&) = delete;
    ordered_arguments& operator=(const ordered_arguments&) = delete;
    PyObject* slots[N + 2];
};

template <class List, class... E>
struct collect_guards {
    using type = List;
};
template <class List, class E, class... Rest>
struct collect_guards<List, E, Rest...> : collect_guards<List, Rest...> {};
template <class... Seen, class... G, class... Rest>
struct collect_guards<types<Seen...>, call_guard_t<G...>, Rest...>
    : collect_guards<types<Seen..., G...>, Rest...> {};
template <class... E>
using guards_of = typename collect_guards<types<>, E...>::type;

// Made in the order in which they are written; a std::tuple would make the last one first.
template <class G>
struct guard_list;
template <>
struct guard_list<types<>> {};
template <class G, class... Rest>
struct guard_list<types<G, Rest...>> {
    G first;
    guard_list<types<Rest...>> rest;
};

template <class Callable, class List, class... E>
struct bound_function;

template <class Callable, class... A, class... E>
struct bound_function<Callable, types<A...>, E...> {
    using planner = plan_of<types<A...>, E...>;
    static constexpr auto& plan = planner::plan;
    static_assert(planner::check());
    using result = typename Callable::result;
    using indices = std::index_sequence_for<A...>;
    using options = types<E...>;

    static inline constinit function_site site{};

    static constexpr bool variadic = plan.takes_args || plan.takes_kwargs;
    static constexpr call_shape shape{plan.visible,    plan.positional_only, plan.positional,
                                      plan.takes_args, plan.takes_kwargs,    plan.args_typed};
    static constexpr bool by_name = plan.takes_kwargs || plan.positional_only < plan.visible;
    static constexpr bool single = !variadic && !by_name && plan.visible == 1 && plan.required == 1;
    using self_type = typename self_class<E...>::type;
    static constexpr bool is_init = (is_init_flavor<E> || ...);
    static constexpr bool is_class_method = (std::is_same_v<E, class_method_flavor> || ...);
    // METH_NOARGS: specialized by CPython for methods only.
    static constexpr bool without = planner::has_self && !is_init && !is_class_method &&
                                    !variadic && !by_name && plan.visible == 0;
    static constexpr policy_choice policy = find_policy<E...>();

    template <std::size_t I>
    using parameter_type = std::tuple_element_t<I, std::tuple<A...>>;
    template <std::size_t Place>
    using option_at = std::tuple_element_t<planner::options.of[Place], std::tuple<E..., void>>;

    template <std::size_t Place, class Parameter>
    struct default_at {
        using given = typename default_of<option_at<Place>>::type;
        using type = kept_default_t<Parameter, given>;
    };

    // The C++ defaults of a binding, one after the other.
    template <std::size_t Place, class T>
    struct one_default {
        T value;
    };
    template <std::size_t I>
    static consteval auto default_base() {
        if constexpr (plan.roles[I] == role::normal && planner::names != 0) {
            if constexpr (planner::options.defaulted[plan.place[I]]) {
                using kept = typename default_at<plan.place[I], parameter_type<I>>::type;
                return std::type_identity<one_default<I, kept>>{};
            } else {
                return std::type_identity<one_default<I, no_storage>>{};
            }
        } else {
            return std::type_identity<one_default<I, no_storage>>{};
        }
    }

    template <std::size_t I>
    static consteval auto storage_type() {
        if constexpr (plan.roles[I] != role::self) {
            return std::type_identity<
                typename storage_for<parameter_type<I>, plan.roles[I]>::type>{};
        } else if constexpr (is_init) {
            return std::type_identity<std::remove_cvref_t<parameter_type<I>>>{};
        } else {
            return std::type_identity<typename self_storage<self_type, parameter_type<I>>::type>{};
        }
    }

    template <class Seq>
    struct storages_for;
    template <std::size_t... I>
    struct storages_for<std::index_sequence<I...>>
        : argument_storage<I, typename decltype(storage_type<I>())::type>... {};
    using storages = storages_for<indices>;

    template <class Seq>
    struct defaults_for;
    template <std::size_t... I>
    struct defaults_for<std::index_sequence<I...>> : decltype(default_base<I>())::type... {};

    template <std::size_t I>
    static auto& storage(storages& all) noexcept {
        return static_cast<argument_storage<I, typename decltype(storage_type<I>())::type>&>(all)
            .value;
    }

    static constexpr bool keeps_views = (holds_views<converted_type<A>> || ...);
    static constexpr bool keeps_instances = (holds_pointers<converted_type<A>> || ...);
    struct no_keeper {};
    using keeper_type = std::conditional_t<keeps_views, keeper, no_keeper>;

    // One argument: from its object, from its default, or refused with the error set.
    template <std::size_t I>
    INTERLOCK_INLINE static bool load([[maybe_unused]] PyObject* self,
                                      [[maybe_unused]] PyObject* const* arguments,
                                      [[maybe_unused]] Py_ssize_t given,
                                      [[maybe_unused]] storages& all,
                                      [[maybe_unused]] keeper_type& kept) {
        if constexpr (plan.roles[I] == role::token) {
            return true;
        } else if constexpr (plan.roles[I] == role::self) {
            return true;  // when the others are there, which may have run Python code (invariant 14)
        } else if constexpr (plan.roles[I] == role::module) {
            storage<I>(all).set(module_of(self));
            return true;
        } else if constexpr (plan.roles[I] == role::args && is_typed_rest<parameter_type<I>>) {
            keeper* held = nullptr;
            if constexpr (keeps_views) {
                kept.begin_parameter(plan.visible);
                held = &kept;
            }
            return storage<I>(all).load(self, site, plan.visible, arguments + plan.visible,
                                        given - Py_ssize_t{plan.visible}, held);
        } else if constexpr (plan.roles[I] == role::args) {
            storage<I>(all).set(arguments[plan.visible]);
            return true;
        } else if constexpr (plan.roles[I] == role::kwargs && plan.args_typed) {
            storage<I>(all).set(arguments[given]);
            return true;
        } else if constexpr (plan.roles[I] == role::kwargs) {
            storage<I>(all).set(arguments[plan.visible + 1]);
            return true;
        } else {
            constexpr unsigned short place = plan.place[I];
            if constexpr (planner::names != 0 && planner::options.defaulted[place]) {
                if (place >= given || arguments[place] == nullptr) {
                    return load_default<I>(self, all, kept);
                }
            }
            return load_object<I>(self, arguments[place], all, kept);
        }
    }

    template <std::size_t I>
    INTERLOCK_INLINE static bool load_self(PyObject* self, storages& all,
                                           [[maybe_unused]] keeper_type& kept) {
        using P = parameter_type<I>;
        if constexpr (is_init) {
            return storage<I>(all).begin(self);
        } else if constexpr (is_direct_self<self_type, P>) {
            storage<I>(all) = self_pointer(self, site_of<self_type>, changes_object<P>);
            return storage<I>(all) != nullptr;
        } else {
            using U = converted_type<P>;
            loading l;
            start_loading(l, self);
            l.exact = false;
            PyObject* object = real_self(self);
            if constexpr (requires { conversion<U>::fast(object, storage<I>(all)); }) {
                if (conversion<U>::fast(object, storage<I>(all))) {
                    return true;
                }
            }
            if (!conversion<U>::load(object, storage<I>(all), l)) {
                l.set_error("self");
                return false;
            }
            if constexpr (has_instance<P>) {
                return hold_instance<P, false>(self, site, 0, storage<I>(all));
            } else {
                return true;
            }
        }
    }

    template <std::size_t I>
    INTERLOCK_INLINE static bool load_object(PyObject* self, PyObject* from, storages& all,
                                             keeper_type& kept) {
        using U = converted_type<parameter_type<I>>;
        constexpr unsigned short place = plan.place[I];
        constexpr bool exact = planner::names != 0 && planner::options.exact[place];
        if constexpr (has_place_for_none<U> && planner::names != 0) {
            if (from == Py_None && !refuse_none(self, site, place, from)) [[unlikely]] {
                return false;
            }
        }
        if constexpr (keeps_views) {
            kept.begin_parameter(place);
            return load_parameter<U, exact>(self, site, place, from, storage<I>(all), &kept);
        } else {
            return load_parameter<U, exact>(self, site, place, from, storage<I>(all), nullptr);
        }
    }

    template <std::size_t I>
    static bool load_default(PyObject* self, storages& all, keeper_type& kept) {
        using U = converted_type<parameter_type<I>>;
        using kept_type = typename default_at<plan.place[I], parameter_type<I>>::type;
        if constexpr (std::is_same_v<kept_type, as_python>) {
            PyObject* value = python_default(self, site, plan.place[I]);
            return value != nullptr && load_object<I>(self, value, all, kept);
        } else {
            const auto& value =
                static_cast<const one_default<I, kept_type>&>(
                    *static_cast<defaults_for<indices>*>(record_of(self, site)->defaults))
                    .value;
            if constexpr (requires { conversion<U>::set_default(storage<I>(all), value); }) {
                conversion<U>::set_default(storage<I>(all), value);
            } else if constexpr (std::is_assignable_v<typename conversion<U>::storage&,
                                                      decltype(value)>) {
                storage<I>(all) = value;
            } else {
                storage<I>(all) = U(value);
            }
            return true;
        }
    }

    template <std::size_t I>
    static decltype(auto) pass(storages& all) {
        using P = parameter_type<I>;
        if constexpr (plan.roles[I] == role::token) {
            return (*storage<I>(all).token);
        } else if constexpr (plan.roles[I] == role::self && is_init) {
            return static_cast<P>(storage<I>(all));
        } else if constexpr (plan.roles[I] == role::self && is_direct_self<self_type, P>) {
            auto* object = static_cast<self_type*>(storage<I>(all));
            if constexpr (std::is_pointer_v<P>) {
                return static_cast<P>(object);
            } else {
                return static_cast<P>(*object);
            }
        } else if constexpr (is_typed_rest<P>) {
            return std::remove_cvref_t<P>(storage<I>(all).values());
        } else if constexpr (plan.roles[I] == role::normal || plan.roles[I] == role::self) {
            return conversion<converted_type<P>>::template pass<P>(storage<I>(all));
        } else {
            return conversion<std::remove_cvref_t<P>>::template pass<P>(storage<I>(all));
        }
    }

    // What is given away with the argument: nothing can be taken from an instance with the interpreter released.
    template <std::size_t I>
    static void take([[maybe_unused]] storages& all) {
        if constexpr (plan.roles[I] == role::normal) {
            using C = conversion<converted_type<parameter_type<I>>>;
            if constexpr (requires { C::take(storage<I>(all)); }) {
                C::take(storage<I>(all));
            }
        }
    }

    template <std::size_t... I>
    static decltype(auto) invoke(PyObject* self, storages& all, std::index_sequence<I...>) {
        void* state = nullptr;
        if constexpr (!std::is_void_v<typename Callable::state>) {
            state = state_of(self);
        }
        if constexpr (planner::detaches) {
            check_detached();
            (take<I>(all), ...);
            detach_scope away(&token_called, record_of(self, site)->where);
            return finish(
                away, [&]() -> decltype(auto) { return Callable::call(state, pass<I>(all)...); });
        } else {
            [[maybe_unused]] guard_list<guards_of<E...>> guards{};
            return Callable::call(state, pass<I>(all)...);
        }
    }

    // A result that may refer to what is passed, where that is made for the call: a text is.
    static consteval bool result_may_refer() {
        if constexpr (std::is_void_v<result>) {
            return false;
        } else {
            using U = converted_type<result>;
            return std::is_reference_v<result> || is_view<U> || holds_views<U>;
        }
    }
    // The same with arguments that the caller has made, and keeps until the result is converted.
    template <class... P>
    static decltype(auto) invoke_passed(PyObject* self, P&&... passed) {
        void* state = nullptr;
        if constexpr (!std::is_void_v<typename Callable::state>) {
            state = state_of(self);
        }
        if constexpr (planner::detaches) {
            check_detached();
            detach_scope away(&token_called, record_of(self, site)->where);
            return finish(away, [&]() -> decltype(auto) {
                return Callable::call(state, static_cast<P&&>(passed)...);
            });
        } else {
            [[maybe_unused]] guard_list<guards_of<E...>> guards{};
            return Callable::call(state, static_cast<P&&>(passed)...);
        }
    }
    template <class... P>
    static PyObject* convert_passed(PyObject* self, P&&... passed) {
        return make_result<result>(invoke_passed(self, static_cast<P&&>(passed)...));
    }

    template <class F>
    static result finish(detach_scope& away, F&& f) {
        [[maybe_unused]] guard_list<guards_of<E...>> guards{};
        if constexpr (std::is_void_v<result>) {
            f();
            away.finish();
        } else if constexpr (std::is_reference_v<result>) {
            result r = f();
            away.finish();
            return static_cast<result>(r);
        } else {
            result r = f();
            away.finish();
            return r;
        }
    }

    static consteval void check_detached() {
        static_assert(!(std::is_same_v<std::remove_cvref_t<A>, attachment> || ...),
                      "interlock: a function bound with il::allow_threads runs without the "
                      "interpreter and cannot take il::python: "
                      "leave the policy out and call py.allow_threads inside");
        static_assert((detachable_parameter<A>() && ...),
                      "interlock: a parameter of a function bound with il::allow_threads is, holds "
                      "or views a Python object: take "
                      "C++ values, or leave the policy out and call py.allow_threads inside");
        static_assert(detachable<result>,
                      "interlock: the result of a function bound with il::allow_threads is, holds "
                      "or views a Python object, which "
                      "nothing could make without the interpreter: return a C++ value, or leave "
                      "the policy out");
    }

    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* run(PyObject* self,
                                          [[maybe_unused]] PyObject* const* arguments,
                                          [[maybe_unused]] Py_ssize_t given,
                                          std::index_sequence<I...> all_indices) {
        [[maybe_unused]] keeper_type kept;
        storages all;
        if (!(load<I>(self, arguments, given, all, kept) && ...)) {
            return nullptr;
        }
        // Now that this is the function which is called: of an overloaded one, others were asked before.
        if constexpr (planner::warns) {
            if (!warn_deprecated(self, site)) {
                return nullptr;
            }
        }
        if constexpr ((is_method || is_init) && !planner::detaches) {
            instance_locks<sizeof...(A)> locks;
            locks.add(real_self(self), site_of<typename locked_class<E...>::type>);
            (lock_argument<I>(locks, all), ...);
            locks.begin();
            return hold_and_call<I...>(self, arguments, given, all, kept, all_indices);
        } else if constexpr ((has_argument_to_lock<I>() || ...) && !planner::detaches) {
            instance_locks<sizeof...(A)> locks;
            (lock_argument<I>(locks, all), ...);
            locks.begin();
            return hold_and_call<I...>(self, arguments, given, all, kept, all_indices);
        } else {
            return hold_and_call<I...>(self, arguments, given, all, kept, all_indices);
        }
    }
    static constexpr bool is_method = planner::has_self && !is_init && !is_class_method;

    template <std::size_t I>
    static consteval bool is_instance() {
        if constexpr (plan.roles[I] == role::normal) {
            return is_instance_storage<typename decltype(storage_type<I>())::type>;
        } else {
            return false;
        }
    }
    template <std::size_t I>
    static consteval bool holds_instance() {
        if constexpr (plan.roles[I] == role::normal) {
            return has_instance<parameter_type<I>>;
        } else {
            return false;
        }
    }
    // Whether the function works on an instance by that parameter, the object of a method among them.
    template <std::size_t I>
    static consteval bool works_on() {
        return is_object<I>() || holds_instance<I>() ||
               (plan.roles[I] == role::self && !is_init && has_instance<parameter_type<I>>);
    }
    template <std::size_t I>
    static consteval bool is_object() {
        if constexpr (plan.roles[I] == role::self && !is_init) {
            return is_direct_self<self_type, parameter_type<I>>;
        } else {
            return false;
        }
    }
    template <std::size_t I>
    static consteval bool has_argument_to_lock() {
        if constexpr (plan.roles[I] == role::normal) {
            return locks_instance<parameter_type<I>>;
        } else {
            return false;
        }
    }
    template <std::size_t I, class Locks>
    static void lock_argument([[maybe_unused]] Locks& locks, [[maybe_unused]] storages& all) {
        if constexpr (has_argument_to_lock<I>()) {
            lock_loaded<parameter_type<I>>(locks, storage<I>(all));
        }
    }
    template <std::size_t I>
    INTERLOCK_INLINE static bool hold([[maybe_unused]] PyObject* self,
                                      [[maybe_unused]] storages& all,
                                      [[maybe_unused]] keeper_type& kept) {
        if constexpr (plan.roles[I] == role::self) {
            return load_self<I>(self, all, kept);
        } else if constexpr (holds_instance<I>()) {
            // Others that are converted after it may run Python code.
            return hold_instance<parameter_type<I>, (plan.visible > 1 || plan.args_typed)>(
                self, site, plan.place[I], storage<I>(all));
        } else {
            return true;
        }
    }
    // Calls f(object, site, writes) for an instance that the function works on.
    template <std::size_t I, class F>
    static bool with_instance([[maybe_unused]] PyObject* self, [[maybe_unused]] storages& all,
                              [[maybe_unused]] F&& f) {
        using P = parameter_type<I>;
        if constexpr (is_object<I>()) {
            return f(real_self(self), site_of<self_type>, changes_object<P>);
        } else if constexpr (works_on<I>()) {
            PyObject* behind = instance_at_work<P>(storage<I>(all));
            return behind == nullptr ||
                   f(behind, *conversion<converted_type<P>>::site_behind, changes_object<P>);
        } else {
            return true;
        }
    }
    // Nobody else works on the instances while the function does so with the interpreter released.
    template <std::size_t I>
    static bool mark(PyObject* self, storages& all, instance_work& work) {
        return with_instance<I>(self, all,
                                [&work](PyObject* object, const class_site& of, bool writes) {
                                    return work.begin(object, of, writes);
                                });
    }
    template <std::size_t I>
    static bool enter(PyObject* self, storages& all, instances_of_call& entered) {
        return with_instance<I>(self, all,
                                [&entered](PyObject* object, const class_site& of, bool writes) {
                                    return entered.add(object, of, writes);
                                });
    }
    template <std::size_t I>
    static void give_token([[maybe_unused]] storages& all,
                           [[maybe_unused]] const call_token& token) {
        if constexpr (plan.roles[I] == role::token) {
            storage<I>(all).token = &token.get();
        }
    }
    template <std::size_t I>
    static consteval bool runs_python_by() {
        if constexpr (plan.roles[I] == role::token) {
            return true;
        } else if constexpr (plan.roles[I] == role::normal && !is_instance<I>()) {
            return may_run_python<parameter_type<I>>;
        } else {
            return plan.roles[I] == role::args || plan.roles[I] == role::kwargs;
        }
    }

    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* hold_and_call(PyObject* self,
                                                    [[maybe_unused]] PyObject* const* arguments,
                                                    [[maybe_unused]] Py_ssize_t given,
                                                    storages& all,
                                                    [[maybe_unused]] keeper_type& kept,
                                                    std::index_sequence<I...> all_indices) {
        if (!(hold<I>(self, all, kept) && ...)) {
            return nullptr;
        }
        if constexpr (keeps_instances) {
            if (!hold_kept_instances(self, site, kept)) {
                return nullptr;
            }
        }
        if constexpr (planner::detaches && (keeps_instances || (works_on<I>() || ...))) {
            std::array<instance_work, sizeof...(A)> work;
            if (!(mark<I>(self, all, work[I]) && ...)) {
                return nullptr;
            }
            if constexpr (keeps_instances) {
                if (!kept.mark_instances()) {
                    return nullptr;
                }
            }
            return cared_for(call<I...>(self, all, all_indices), self, arguments, given);
        } else if constexpr ((runs_python_by<I>() || ...) &&
                             (keeps_instances || (works_on<I>() || ...))) {
            up_to_instances<sizeof...(A)> entered;
            if (!(enter<I>(self, all, entered) && ...)) {
                return nullptr;
            }
            if constexpr (keeps_instances) {
                if (!kept.enter_instances()) {
                    return nullptr;
                }
                entered.add(kept);
            }
            const call_token token(&entered);
            (give_token<I>(all, token), ...);
            return use_and_call<I...>(self, arguments, given, all, all_indices);
        } else {
            return use_and_call<I...>(self, arguments, given, all, all_indices);
        }
    }
    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* use_and_call(PyObject* self,
                                                   [[maybe_unused]] PyObject* const* arguments,
                                                   [[maybe_unused]] Py_ssize_t given, storages& all,
                                                   std::index_sequence<I...> all_indices) {
        if constexpr ((is_object<I>() || ...)) {
            const instance_use use(self, object_of<I...>(all), place_in<self_type>(self));
            return cared_for(call<I...>(self, all, all_indices), self, arguments, given);
        } else {
            return cared_for(call<I...>(self, all, all_indices), self, arguments, given);
        }
    }
    template <std::size_t... I>
    static const void* object_of(storages& all) noexcept {
        const void* found = nullptr;
        const auto look = [&]<std::size_t At>(std::integral_constant<std::size_t, At>) {
            if constexpr (is_object<At>()) {
                found = storage<At>(all);
            }
        };
        (look(std::integral_constant<std::size_t, I>{}), ...);
        return found;
    }

    template <std::size_t... I>
    INTERLOCK_INLINE static PyObject* call(PyObject* self, storages& all,
                                           std::index_sequence<I...> all_indices) {
        if constexpr ((0 + ... + int{is_taken<A>}) > 1) {
            look_before_taking_all<parameter_type<I>...>(storage<I>(all)...);
        }
        if constexpr (is_init) {
            invoke(self, all, all_indices);
            return new_none();
        } else if constexpr (std::is_void_v<result>) {
            invoke(self, all, all_indices);
            return new_none();
        } else if constexpr (refers_to_class<result>) {
            result value = invoke(self, all, all_indices);
            return make_alias<I...>(self, all, value);
        } else if constexpr (result_may_refer()) {
            return convert_passed(self, pass<I>(all)...);
        } else {
            return make_result<result>(invoke(self, all, all_indices));
        }
    }

    // The object that a result refers to may be self or an argument: these are found without the map of addresses.
    template <std::size_t... I, class V>
    static PyObject* make_alias(PyObject* self, storages& all, V&& value) {
        PyObject* found = nullptr;
        if constexpr (policy != policy_choice::copy && policy != policy_choice::move) {
            const void* address = nullptr;
            if constexpr (std::is_pointer_v<result>) {
                address = value;
            } else {
                address = &value;
            }
            (find_alias<I>(self, all, address, found), ...);
            if (found != nullptr) {
                return Py_NewRef(found);
            }
        }
        PyObject* parent = nullptr;
        if constexpr (planner::has_self) {
            parent = real_self(self);
        }
        return make_reference<result, policy>(static_cast<result>(value), parent);
    }

    template <std::size_t I>
    static void find_alias([[maybe_unused]] PyObject* self, storages& all,
                           [[maybe_unused]] const void* address, PyObject*& found) {
        using P = parameter_type<I>;
        using target = typename class_target<result>::type;
        if constexpr (plan.roles[I] == role::self && !is_init) {
            if constexpr (is_direct_self<self_type, P> && std::is_base_of_v<target, self_type>) {
                if (static_cast<const target*>(static_cast<self_type*>(storage<I>(all))) ==
                    address) {
                    found = real_self(self);
                }
            }
        } else if constexpr (plan.roles[I] == role::normal) {
            if constexpr (std::is_same_v<typename class_target<P>::type, target>) {
                if (storage<I>(all).value == address && storage<I>(all).temporary == nullptr &&
                    storage<I>(all).source != nullptr) {
                    found = storage<I>(all).source;
                }
            }
        }
    }

    // il::keep_alive<I, J>
    INTERLOCK_INLINE static PyObject* cared_for(PyObject* made, [[maybe_unused]] PyObject* self,
                                                [[maybe_unused]] PyObject* const* arguments,
                                                [[maybe_unused]] Py_ssize_t given) {
        if constexpr ((is_keep_alive<E> || ...)) {
            if (made != nullptr &&
                !(care(static_cast<E*>(nullptr), made, self, arguments, given) && ...)) {
                Py_DECREF(made);
                return nullptr;
            }
        }
        return made;
    }
    static bool care(const void*, PyObject*, PyObject*, PyObject* const*, Py_ssize_t) {
        return true;
    }
    template <std::size_t Nurse, std::size_t Patient>
    static bool care(keep_alive_t<Nurse, Patient>*, PyObject* made, PyObject* self,
                     PyObject* const* arguments, Py_ssize_t given) {
        constexpr std::size_t first = planner::has_self ? 2 : 1;
        static_assert(Nurse < plan.visible + first && Patient < plan.visible + first,
                      "interlock: il::keep_alive<I, J> counts the result as 0 and the arguments "
                      "from 1 on (of a method, self is 1)");
        const auto object = [&](std::size_t i) -> PyObject* {
            if (i < first) {
                return i == 0 ? made : real_self(self);
            }
            return static_cast<Py_ssize_t>(i - first) < given ? arguments[i - first] : nullptr;
        };
        return keep_alive_by(is_init && Nurse == 0 ? real_self(self) : object(Nurse),
                             object(Patient));
    }

    // A default that is no value without resources has a copy made of it; a Python object is loaded like any other.
    template <std::size_t I>
    static consteval bool default_may_throw() {
        if constexpr (planner::names == 0) {
            return false;
        } else if constexpr (!planner::options.defaulted[plan.place[I]]) {
            return false;
        } else {
            using kept = typename default_at<plan.place[I], parameter_type<I>>::type;
            return !std::is_same_v<kept, as_python> && !std::is_trivially_copyable_v<kept>;
        }
    }

    // What can be thrown: by the callable, or on the way in and out.
    template <std::size_t I>
    static consteval bool loads_without_throwing() {
        if constexpr (plan.roles[I] == role::normal) {
            using C = conversion<converted_type<parameter_type<I>>>;
            return C::loads != by_anything && C::loads != by_utf8 && !default_may_throw<I>();
        } else {
            return plan.roles[I] == role::token || plan.roles[I] == role::self;
        }
    }
    template <std::size_t... I>
    static consteval bool is_nothrow(std::index_sequence<I...>) {
        if constexpr (!Callable::is_noexcept || planner::detaches ||
                      !std::is_same_v<guards_of<E...>, types<>>) {
            return false;
        } else if constexpr (!(loads_without_throwing<I>() && ...)) {
            return false;
        } else if constexpr ((is_keep_alive<E> || ...) || refers_to_class<result>) {
            return false;
        } else if constexpr (std::is_void_v<result>) {
            return true;
        } else {
            return requires { conversion_of<result>::nothrow; };
        }
    }

    INTERLOCK_INLINE static PyObject* guarded(PyObject* self, PyObject* const* arguments,
                                              Py_ssize_t given) {
        if constexpr (is_nothrow(indices{})) {
            return run(self, arguments, given, indices{});
        } else {
            try {
                return run(self, arguments, given, indices{});
            } catch (const std::exception& error) {
                return translate(error);
            } catch (...) {
                return translate_unknown();
            }
        }
    }

    // So many arguments, from the first on, are enough: the others have defaults.
    static consteval unsigned short find_complete() {
        unsigned short n = plan.visible;
        while (n > 0 && planner::names != 0 && planner::options.defaulted[n - 1]) {
            --n;
        }
        return n;
    }
    static constexpr unsigned short complete = find_complete();

    // ---- the C functions ---------------------------------------------------------------------------------------------------

    static PyObject* with_none(PyObject* self, PyObject*) { return guarded(self, nullptr, 0); }

    static PyObject* with_one(PyObject* self, PyObject* argument) {
        return guarded(self, &argument, 1);
    }

    static PyObject* with_array(PyObject* self, PyObject* const* arguments, Py_ssize_t given) {
        if constexpr (plan.required == plan.visible) {
            if (given != plan.visible) [[unlikely]] {
                return refuse_count(self, site, given);
            }
        } else {
            if (given < plan.required || given > plan.positional) [[unlikely]] {
                return refuse_count(self, site, given);
            }
        }
        return guarded(self, arguments, given);
    }

    static PyObject* with_names(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                                PyObject* names) {
        if constexpr (variadic) {
            return with_order(self, arguments, given, names);
        } else {
            PyObject* slots[plan.visible +
                            2];  // arrange() would put *args and **kwargs behind the others
            if (!put_in_order(self, arguments, given, names, slots)) {
                return nullptr;
            }
            return guarded(self, arguments, given);
        }
    }

    // One array in the order of the parameters: the one that was given where that is so already, else the slots.
    INTERLOCK_INLINE static bool put_in_order(PyObject* self, PyObject* const*& arguments,
                                              Py_ssize_t& given, PyObject* names,
                                              PyObject** slots) {
        if (names == nullptr) {
            if (given >= complete && given <= plan.positional) [[likely]] {
                return true;
            }
        } else if (given <= plan.positional) [[likely]] {
            const function_record& record = *record_of(self, site);
            const Py_ssize_t named = PyTuple_GET_SIZE(names);
            const Py_ssize_t all = given + named;
            if (all >= complete && all <= plan.visible && in_order(record, given, names, named))
                [[likely]] {
                given = all;
                return true;
            }
            if constexpr (plan.visible <= most_by_address) {
                if (named != 0 && place_all(record, arguments, given, names, named, slots,
                                            std::make_index_sequence<plan.visible>{})) {
                    arguments = slots;
                    given = plan.visible;
                    return true;
                }
            }
        }
        if (!arrange(self, site, arguments, given, names, slots)) {
            return false;
        }
        arguments = slots;
        given = plan.visible;
        return true;
    }

    // Names in another order than the parameters, or with gaps. False where anything is unusual or wrong, which arrange() does or says.
    static constexpr unsigned short most_by_address = 4;
    template <std::size_t... Place>
    INTERLOCK_INLINE static bool place_all(const function_record& record,
                                           PyObject* const* arguments, Py_ssize_t given,
                                           PyObject* names, Py_ssize_t named, PyObject** slots,
                                           std::index_sequence<Place...>) noexcept {
        Py_ssize_t missing = 0;
        if (!(place_by_address<Place, is_required(Place, indices{})>(
                  record.interned, arguments, given, names, named, slots, missing) &&
              ...)) {
            return false;
        }
        // Otherwise one is unknown, or given twice.
        return given + named + missing == plan.visible;
    }
    template <std::size_t... I>
    static consteval bool is_required(std::size_t place, std::index_sequence<I...>) {
        return !((is_defaulted<I>() && plan.place[I] == place) || ...);
    }
    template <std::size_t I>
    static consteval bool is_defaulted() {
        if constexpr (plan.roles[I] == role::normal && planner::names != 0) {
            return planner::options.defaulted[plan.place[I]];
        } else {
            return false;
        }
    }

    // The order in which they came, where none has a name: the first ones, and a tuple of the others.
    INTERLOCK_INLINE static bool put_rest(PyObject* const* arguments, Py_ssize_t given,
                                          PyObject** slots) noexcept {
        for (std::size_t i = 0; i < plan.visible; ++i) {
            slots[i] = arguments[i];
        }
        if constexpr (plan.takes_args) {
            PyObject* rest = PyTuple_New(given - Py_ssize_t{plan.visible});
            if (rest == nullptr) [[unlikely]] {
                return false;
            }
            for (Py_ssize_t i = plan.visible; i < given; ++i) {
                PyTuple_SET_ITEM(rest, i - Py_ssize_t{plan.visible}, Py_NewRef(arguments[i]));
            }
            slots[plan.visible] = rest;
        }
        if constexpr (plan.takes_kwargs) {
            slots[plan.visible + 1] = PyDict_New();
            return slots[plan.visible + 1] != nullptr;
        } else {
            return true;
        }
    }

    // One array of all: the parameters, *args, **kwargs.
    static PyObject* with_typed_rest(PyObject* self, PyObject** slots) {
        PyObject* rest = slots[plan.visible];
        const auto given = static_cast<std::size_t>(plan.visible + PyTuple_GET_SIZE(rest));
        const std::unique_ptr<PyObject*[]> all(new (std::nothrow) PyObject*[given + 1]);
        if (all == nullptr) {
            return PyErr_NoMemory();
        }
        for (std::size_t i = 0; i < given; ++i) {
            all[i] = i < plan.visible
                         ? slots[i]
                         : PyTuple_GET_ITEM(rest, static_cast<Py_ssize_t>(i - plan.visible));
        }
        all[given] = slots[plan.visible + 1];
        return guarded(self, all.get(), static_cast<Py_ssize_t>(given));
    }

    static PyObject* with_order(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                                PyObject* names) {
        if constexpr (plan.args_typed && !plan.takes_kwargs && plan.positional == plan.visible) {
            if (names == nullptr && (plan.visible == 0 || given >= Py_ssize_t{plan.visible}))
                [[likely]] {
                return guarded(self, arguments, given);
            }
        }
        ordered_arguments<plan.visible> ordered;
        if constexpr (plan.args_typed) {
            if (!arrange(self, site, arguments, given, names, ordered.slots)) {
                return nullptr;
            }
            return with_typed_rest(self, ordered.slots);
        } else {
            return with_ordered(self, arguments, given, names, ordered);
        }
    }
    INTERLOCK_INLINE static PyObject* with_ordered(PyObject* self, PyObject* const* arguments,
                                                   Py_ssize_t given, PyObject* names,
                                                   ordered_arguments<plan.visible>& ordered) {
        if constexpr (plan.positional == plan.visible) {
            if (names == nullptr && (plan.takes_args ? given >= Py_ssize_t{plan.visible}
                                                     : given == Py_ssize_t{plan.visible}))
                [[likely]] {
                if (!put_rest(arguments, given, ordered.slots)) [[unlikely]] {
                    return nullptr;
                }
                return guarded(self, ordered.slots, plan.visible);
            }
        }
        if (!arrange(self, site, arguments, given, names, ordered.slots)) {
            return nullptr;
        }
        return guarded(self, ordered.slots, plan.visible);
    }

    // *args without names.
    static PyObject* with_rest(PyObject* self, PyObject* const* arguments, Py_ssize_t given) {
        return with_order(self, arguments, given, nullptr);
    }

    static PyCFunction function() noexcept {
        if constexpr (without) {
            return &with_none;
        } else if constexpr (single) {
            return &with_one;
        } else if constexpr (by_name) {
            return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&with_names));
        } else if constexpr (variadic) {
            return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&with_rest));
        } else {
            return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&with_array));
        }
    }
    static constexpr int flags = without   ? METH_NOARGS
                                 : single  ? METH_O
                                 : by_name ? METH_FASTCALL | METH_KEYWORDS
                                           : METH_FASTCALL;
};

}  // namespace detail
INTERLOCK_END
