// Pickling of bound classes: by functions for the state, or by fields.
//
//     .def(il::pickle<&get_state, &set_state>())      get_state(const T&) gives any value that converts; set_state makes a T of it
//     .def(il::pickle_fields<&T::a, &T::b>())         for classes that need no more than their members
//
// What is pickled is a version number, the state, and the __dict__ of an instance that has one, so that classes derived in
// Python travel too. An object is remade without __init__. Another version than the one that is bound here is a ValueError,
// unless set_state takes it as its second parameter. Protocol 2 and newer; copy.copy and copy.deepcopy use C++'s copy
// constructor where there is one.
#pragma once

#include <interlock/bind/class.hpp>

INTERLOCK_BEGIN
namespace detail {

// The parts that __setstate__ is given, borrowed from the tuple. Throws cast_error for anything else.
struct pickled_state {
    pickled_state(PyObject* instance, PyObject* parts);
    PyObject* instance;
    int version = 0;
    PyObject* state = nullptr;
    PyObject* attributes = nullptr;  // a dict, where there is one
    // Gives the instance its attributes, when its C++ value is there.
    void finish() const {
        if (attributes != nullptr) {
            set_attributes();
        }
    }

private:
    void set_attributes() const;
};
object make_pickled_state(const object& instance, int version, const object& state);
[[noreturn]] void throw_wrong_version(PyObject* instance, int expected, int got);

template <class Config, auto Set, int Version>
struct set_state_callable {
    using state = void;
    using result = void;
    using parameters = types<instance_place<Config>&, tuple>;
    static constexpr bool is_noexcept = false;
    using set = signature_of<std::remove_cv_t<decltype(Set)>>;

    template <class V, class... More>
    struct state_type {
        using type = std::remove_cvref_t<V>;
    };
    template <class List>
    struct first_of;
    template <class V, class... More>
    struct first_of<types<V, More...>> {
        using type = std::remove_cvref_t<V>;
        static constexpr bool takes_version = sizeof...(More) == 1;
    };
    using first = first_of<typename set::parameters>;

    static void call(void*, instance_place<Config>& place, tuple parts) {
        const pickled_state given(place.self, parts.ptr());
        if constexpr (first::takes_version) {
            place.receive(Set(from_python<typename first::type>(given.state), given.version));
        } else {
            if (given.version != Version) {
                throw_wrong_version(given.instance, Version, given.version);
            }
            place.receive(Set(from_python<typename first::type>(given.state)));
        }
        given.finish();
    }
};

template <class T, auto Get, int Version>
struct get_state_callable {
    using state = void;
    using result = object;
    using parameters = types<const object&>;
    static constexpr bool is_noexcept = false;
    static object call(void*, const object& self) {
        const auto& value = self.as<const T&>();
        return make_pickled_state(self, Version,
                                  object(adopt_t{}, to_python(call_with(Get, value))));
    }
};

}  // namespace detail

template <auto Get, auto Set, int Version = 1>
struct pickle {
    template <class T, class... X>
    void apply(class_<T, X...>& to) const {
        to.template define_state<
            detail::get_state_callable<T, Get, Version>,
            detail::set_state_callable<typename class_<T, X...>::config, Set, Version>>();
    }
};

namespace detail {

template <class T, auto... M>
struct fields {
    static tuple get(const T& value) { return tuple::of(token_inside, value.*M...); }
    template <std::size_t... I>
    static T make(const tuple& all, std::index_sequence<I...>) {
        if constexpr (std::is_default_constructible_v<T>) {
            T made{};
            ((made.*M = all[I].template as<std::remove_cvref_t<decltype(made.*M)>>()), ...);
            return made;
        } else {
            return T{all[I].template as<std::remove_cvref_t<decltype(std::declval<T&>().*M)>>()...};
        }
    }
    static T set(const tuple& all) {
        if (len(all) != sizeof...(M)) {
            throw cast_error("interlock: __setstate__: the state has " + std::to_string(len(all)) +
                             " fields, expected " + std::to_string(sizeof...(M)));
        }
        return make(all, std::make_index_sequence<sizeof...(M)>{});
    }
};

}  // namespace detail

template <auto... M>
struct pickle_fields {
    template <class T, class... X>
    void apply(class_<T, X...>& to) const {
        using all = detail::fields<T, M...>;
        pickle<&all::get, &all::set>{}.apply(to);
    }
};

INTERLOCK_END
