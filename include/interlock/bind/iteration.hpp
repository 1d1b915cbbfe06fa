// .def_iter(): iteration over a bound class by its own begin() and end(), or by functions that are named.
//
// The Python iterator keeps the object alive and finds the C++ value anew at each step (invariant 14): an object that was given
// away meanwhile is an error. What has a size and can be reached by number is read by number, so that it may change between two
// steps; iterators of other ranges are kept, and must stay valid while Python walks. Items are copied; those that cannot be are
// parts of the object.
#pragma once

#include <interlock/bind/class.hpp>
#include <interlock/convert/ranges.hpp>

INTERLOCK_BEGIN
namespace detail {

template <class T, class Begin, class End>
struct member_range {
    using first = decltype(Begin::call(nullptr, std::declval<T&>()));
    using last = decltype(End::call(nullptr, std::declval<T&>()));
    using item = decltype(*std::declval<first&>());
    static constexpr bool indexed = requires(T& t, first& at) {
        t.size();
        at + std::ptrdiff_t();
    };

    PyObject* owner;  // borrowed: the Python iterator holds it
    std::size_t index = 0;
    std::optional<first> at{};
    std::optional<last> end{};

    PyObject* make_item(first& from) const {
        if constexpr (refers_to_class<item>) {
            constexpr policy_choice policy =
                copyable<typename class_target<item>::type> && !std::is_pointer_v<item>
                    ? policy_choice::copy
                    : policy_choice::reference_internal;
            return make_reference<item, policy>(*from, owner);
        } else {
            return make_result<item>(*from);
        }
    }

    PyObject* step() {
        const self_lock lock(owner, site_of<T>);
        void* value = self_pointer(owner, site_of<T>, false);
        if (value == nullptr) {
            return nullptr;
        }
        T& range = *static_cast<T*>(value);
        if constexpr (indexed) {
            if (index >= static_cast<std::size_t>(range.size())) {
                return nullptr;
            }
            first from = Begin::call(nullptr, range) + static_cast<std::ptrdiff_t>(index++);
            return make_item(from);
        } else {
            if (!at.has_value()) {
                at.emplace(Begin::call(nullptr, range));
                end.emplace(End::call(nullptr, range));
            } else {
                ++*at;
            }
            return *at == *end ? nullptr : make_item(*at);
        }
    }

    // A step from one number in memory to the next: no Python code runs, and nothing throws. Where there is no GIL, the locks of
    // the other way are needed.
    static PyObject* quick(PyObject* iterator) {
        auto* self =
            static_cast<member_range*>(reinterpret_cast<cpp_iterator_object*>(iterator)->state);
        if (as_instance(self->owner)->value.load(std::memory_order_relaxed) != nullptr &&
            !site_of<T>.has(class_site::adjusted | class_site::thread_bound)) [[likely]] {
            first next = *self->at;
            if (++next != *self->end) [[likely]] {
                *self->at = next;
                return make_result<item>(*next);
            }
        }
        return step_cpp_iterator(iterator);
    }
    static consteval iternextfunc quick_step() {
#if !defined(Py_GIL_DISABLED)
        if constexpr (!indexed && std::contiguous_iterator<first> && std::is_same_v<first, last> &&
                      std::is_arithmetic_v<std::remove_cvref_t<item>>) {
            if constexpr (requires { conversion_of<item>::nothrow; }) {
                return &quick;
            }
        }
#endif
        return nullptr;
    }

    static PyObject* next(void* state) { return static_cast<member_range*>(state)->step(); }
    static void destroy(void* state) noexcept { delete static_cast<member_range*>(state); }
    static constexpr cpp_iterator_table table = {&next, &destroy, quick_step()};
};

struct own_begin {
    template <class T>
    static auto call(void*, T& t) {
        return t.begin();
    }
};
struct own_end {
    template <class T>
    static auto call(void*, T& t) {
        return t.end();
    }
};

template <class T, class Begin, class End>
struct iterate_callable {
    using state = void;
    using result = iterator;
    using parameters = types<const object&>;
    static constexpr bool is_noexcept = false;
    static iterator call(void*, const object& self) {
        using range = member_range<T, Begin, End>;
        static_cast<void>(self.as<T&>());  // an object that has no value is refused here
        return iterator(adopt_t{}, check_new(make_cpp_iterator(range::table, new range{self.ptr()},
                                                               self.ptr())));
    }
};

}  // namespace detail

template <class T, class... Extra>
class_<T, Extra...>& class_<T, Extra...>::def_iter() {
    static_assert(
        requires(T& t) {
            t.begin();
            t.end();
        },
        "interlock: def_iter(): the class has no begin() and end(); name others: "
        "def_iter<&T::first, &T::last>()");
    detail::define_in_class<T, detail::iterate_callable<T, detail::own_begin, detail::own_end>>(
        *building_, "__iter__", nullptr, std::source_location::current());
    return *this;
}

template <class T, class... Extra>
template <auto Begin, auto End>
class_<T, Extra...>& class_<T, Extra...>::def_iter() {
    detail::define_in_class<T, detail::iterate_callable<T, detail::constant_callable<Begin>,
                                                        detail::constant_callable<End>>>(
        *building_, "__iter__", nullptr, std::source_location::current());
    return *this;
}

INTERLOCK_END
