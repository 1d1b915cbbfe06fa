// il::bind_map: a C++ mapping as a Python class that behaves as dict does, without a copy between the two.
//
//     template <> inline constexpr bool il::enable_class<std::map<std::string, int>> = true;
//
//     il::bind_map<std::map<std::string, int>>(m, "Counts");
//
// Keys and values go in and out by value, as the elements of bound vectors do: see vector.hpp. The order is the C++ container's. A
// key that does not convert is not in the map.
//
// No iterator of C++'s is kept between two steps: an iterator of Python's knows the last key, and finds the next one from there.
// That costs a look-up a step, and is sound however the map is changed meanwhile, by C++ code too. A map of another size, or
// without that key, is a RuntimeError, as it is for dict.
#pragma once

#include <interlock/bind/container.hpp>

#include <optional>

INTERLOCK_BEGIN
namespace detail {

// In the order of the core's list of methods.
enum class map_method : unsigned {
    length,
    get_item,
    set_item,
    delete_item,
    contains,
    iterate,
    iterate_backwards,
    represent,
    equal,
    unequal,
    unite,
    unite_in_place,
    get,
    set_default,
    pop,
    pop_item,
    update,
    clear,
    keys,
    values,
    items,
    copy,
    get_state,
    count,
};
inline constexpr std::size_t map_methods = static_cast<std::size_t>(map_method::count);

// What an iterator or a view gives.
enum class map_part : unsigned char { keys, values, items };

// What the core does with a map whose type it does not know; as vector_table.
struct map_table {
    class_site* site;
    function_site* sites;  // of the methods
    const hint* mapping;
    unsigned char has;  // of container_method::need
    bool has_text_keys;
    std::size_t (*size)(const void* map) noexcept;
    // By a Python key, of the object: -1: an error is set; 0: it is not there; 1: it is, and the value is a new reference (where
    // one is asked for).
    int (*look_up)(PyObject* self, PyObject* key, PyObject** value) noexcept;
    int (*take)(PyObject* self, PyObject* key, PyObject** value) noexcept;
    int (*store)(PyObject* self, PyObject* key, PyObject* value) noexcept;
    PyObject* (*set_default)(PyObject* self, PyObject* key, PyObject* value) noexcept;
    // The next part behind the position, which is then there; null: the end, or with an error.
    PyObject* (*next)(const void* map, void*& position, map_part part, bool backwards) noexcept;
    void (*forget)(void* position) noexcept;
    void* (*make)();
    void (*destroy)(void* temporary) noexcept;
    bool (*load)(PyObject* from, void* temporary, loading& l);
    bool (*load_pair)(PyObject* key, PyObject* value, void* temporary, loading& l);
    void (*copy)(const void* map, void* temporary);
    // Puts in what is in the temporary; what stood there is in it afterwards.
    void (*merge)(void* map, void* temporary);
    void (*swap)(void* map, void* temporary);
    // Takes one out, the last where there is an order. False: it is empty.
    bool (*take_one)(void* map, void* temporary);
    PyObject* (*pair)(void* temporary);
    bool (*equal)(const void* one, const void* other);
    PyObject* (*wrap)(void* temporary);
};

// The core's part: src/bound_maps.cpp and src/map_views.cpp.
extern const container_method methods_of_maps[map_methods];
using map_ref = const map_table&;
PyObject* map_length(map_ref, PyObject* self) noexcept;
PyObject* map_get_item(map_ref, PyObject* self, PyObject* key) noexcept;
PyObject* map_set_item(map_ref, PyObject* self, PyObject* const* arguments,
                       Py_ssize_t given) noexcept;
PyObject* map_delete_item(map_ref, PyObject* self, PyObject* key) noexcept;
PyObject* map_contains(map_ref, PyObject* self, PyObject* key) noexcept;
template <map_part Part, bool Backwards>
PyObject* map_iterate(map_ref, PyObject* self) noexcept;
PyObject* map_represent(map_ref, PyObject* self) noexcept;
template <int Operation>
PyObject* map_compare(map_ref, PyObject* self, PyObject* other) noexcept;
PyObject* map_unite(map_ref, PyObject* self, PyObject* other) noexcept;
PyObject* map_unite_in_place(map_ref, PyObject* self, PyObject* other) noexcept;
PyObject* map_get(map_ref, PyObject* self, PyObject* const* arguments, Py_ssize_t given) noexcept;
PyObject* map_set_default(map_ref, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t given) noexcept;
PyObject* map_pop(map_ref, PyObject* self, PyObject* const* arguments, Py_ssize_t given) noexcept;
PyObject* map_pop_item(map_ref, PyObject* self) noexcept;
PyObject* map_update(map_ref, PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                     PyObject* names) noexcept;
PyObject* map_clear(map_ref, PyObject* self) noexcept;
template <map_part Part>
PyObject* map_view(map_ref, PyObject* self) noexcept;
PyObject* map_copy(map_ref, PyObject* self) noexcept;
PyObject* map_get_state(map_ref, PyObject* self) noexcept;

int map_assign(map_ref, PyObject* self, PyObject* key, PyObject* value) noexcept;
PyObject* map_rich_compare(map_ref, PyObject* self, PyObject* other, int operation) noexcept;
PyObject* refuse_missing_key(PyObject* key) noexcept;
PyObject* refuse_changed_keys(const class_site& site) noexcept;
// A tuple of two new references, which are taken over; null where one is null.
PyObject* pair_of(PyObject* key, PyObject* value) noexcept;
// Loads what Python calls the class with: a mapping, or pairs, or named values.
bool load_map(map_ref table, PyObject* self, const function_site& site, PyObject* const* arguments,
              Py_ssize_t given, PyObject* names, void* temporary);
bool load_pairs(map_ref table, PyObject* pairs, void* temporary, loading& l);

template <class M, bool Frozen>
struct map_access {
    using K = std::remove_cv_t<typename M::key_type>;
    using T = std::remove_cv_t<typename M::mapped_type>;
    using key = conversion<K>;
    using inner = conversion<T>;
    static_assert(check_element<K>() && check_element<T>());
    static_assert(!is_python_object<K>,
                  "interlock: the keys of a bound map are Python objects, which are compared by "
                  "Python code that may change the map meanwhile: take an il::dict");
    static_assert(copyable<K>, "interlock: the keys of a bound map cannot be copied");
    static constexpr bool ordered = requires(const M& m, const K& k) {
        m.upper_bound(k);
        m.lower_bound(k);
    };
    static constexpr bool compared = comparable_element<K> && comparable_element<T>;
    static constexpr class_site& site = site_of<M>;
    static inline constinit function_site sites[map_methods]{};

    static M& of(void* map) noexcept { return *static_cast<M*>(map); }
    static const M& of(const void* map) noexcept { return *static_cast<const M*>(map); }

    // ---- by key ---------------------------------------------------------------------------------------------------------------

    // A key that is not of the type is nowhere.
    static int load_key(PyObject* from, typename key::storage& to) {
        if constexpr (requires { key::fast(from, to); }) {
            if (key::fast(from, to)) [[likely]] {
                return 1;
            }
        }
        loading l = loading::plain();
        l.quiet = true;
        if (key::load(from, to, l)) {
            return 1;
        }
        return l.problem == loading::raised ? -1 : 0;
    }
    static int look_up(PyObject* self, PyObject* from, PyObject** value) noexcept {
        return guarded_status([&] {
            typename key::storage loaded{};
            if (const int there = load_key(from, loaded); there != 1) {
                return there;
            }
            element_to_take<K> wanted(loaded);
            const self_lock lock(self, site);
            const void* found = self_pointer(self, site);
            if (found == nullptr) {
                return -1;
            }
            const M& m = of(found);
            const auto it = m.find(wanted.look());
            if (it == m.end()) {
                return 0;
            }
            if (value == nullptr) {
                return 1;
            }
            *value = make_element<T>(site, it->second);
            return *value == nullptr ? -1 : 1;
        });
    }
    static int take(PyObject* self, PyObject* from, PyObject** value) noexcept {
        return guarded_status([&] {
            typename key::storage loaded{};
            if (const int there = load_key(from, loaded); there != 1) {
                return there;
            }
            element_to_take<K> wanted(loaded);
            M out;
            {
                const self_lock lock(self, site);
                void* found = self_pointer(self, site);
                if (found == nullptr) {
                    return -1;
                }
                const auto it = of(found).find(wanted.look());
                if (it == of(found).end()) {
                    return 0;
                }
                move_over(of(found), it, out);
            }
            if (value != nullptr) {
                *value = inner::make(T(std::move(out.begin()->second)));
                return *value == nullptr ? -1 : 1;
            }
            return 1;
        });
    }
    template <class It>
    static void move_over(M& from, It it, M& to) {
        if constexpr (requires { to.insert(from.extract(it)); }) {
            to.insert(from.extract(it));
        } else {
            to.emplace(it->first, std::move(it->second));
            from.erase(it);
        }
    }
    // False: refused, with the error set.
    static bool load_both(PyObject* self, map_method which, PyObject* from, PyObject* value,
                          typename key::storage& k, typename inner::storage& v) {
        const function_site& method = sites[static_cast<std::size_t>(which)];
        return load_parameter<K>(self, method, 0, from, k, nullptr) &&
               load_parameter<T>(self, method, 1, value, v, nullptr);
    }
    static int store(PyObject* self, PyObject* from, PyObject* value) noexcept {
        return guarded_status([&] {
            typename key::storage k{};
            typename inner::storage v{};
            if (!load_both(self, map_method::set_item, from, value, k, v)) {
                return -1;
            }
            element_to_take<K> wanted(k);
            element_to_take<T> element(v);
            std::optional<T> fresh;  // what stood there ends when the lock is given back
            instance_locks<locks_to_take<T>> locks;
            element.lock(locks, self, site);
            void* found = self_pointer(self, site);
            if (found == nullptr) {
                return -1;
            }
            fresh.emplace(element.pass());
            put(of(found), wanted.look(), *fresh);
            return 0;
        });
    }
    static void put(M& m, const K& k, T& fresh) {
        const auto it = m.find(k);
        if (it == m.end()) {
            m.emplace(k, std::move(fresh));
        } else {
            T before(std::move(it->second));
            it->second = std::move(fresh);
            fresh = std::move(before);
        }
    }
    static PyObject* set_default(PyObject* self, PyObject* from, PyObject* value) noexcept {
        return guarded_object([&]() -> PyObject* {
            typename key::storage k{};
            typename inner::storage v{};
            if (!load_both(self, map_method::set_default, from, value, k, v)) {
                return nullptr;
            }
            element_to_take<K> key_to_find(k);
            element_to_take<T> element(v);
            instance_locks<locks_to_take<T>> locks;
            element.lock(locks, self, site);
            void* found = self_pointer(self, site);
            if (found == nullptr) {
                return nullptr;
            }
            const K& wanted = key_to_find.look();
            auto it = of(found).find(wanted);
            if (it == of(found).end()) {
                it = of(found).emplace(wanted, element.pass()).first;
            }
            return make_element<T>(site, it->second);
        });
    }

    // ---- walks ----------------------------------------------------------------------------------------------------------------

    // Null, and where it is then: nothing of the map is referred to when Python code may run.
    template <class It>
    static PyObject* make_part(const It& it, map_part part) {
        if constexpr (is_made_in_place<K>) {
            PyObject* k = part == map_part::values ? nullptr : key::make(it->first);
            if (part == map_part::keys || (k == nullptr && part == map_part::items)) {
                return k;
            }
            if constexpr (copyable<T> || is_made_in_place<T>) {
                PyObject* v = make_element<T>(site, it->second);
                return part == map_part::values ? v : pair_of(k, v);
            } else {
                Py_XDECREF(k);
                return refuse_copy_of_element(site);
            }
        } else {
            K k(it->first);
            if (part == map_part::keys) {
                return key::make(std::move(k));
            }
            if constexpr (copyable<T>) {
                T v(it->second);
                PyObject* made = inner::make(std::move(v));
                return part == map_part::values || made == nullptr
                           ? made
                           : pair_of(key::make(std::move(k)), made);
            } else {
                return refuse_copy_of_element(site);
            }
        }
    }
    static PyObject* next(const void* map, void*& position, map_part part,
                          [[maybe_unused]] bool backwards) noexcept {
        return guarded_object([&]() -> PyObject* {
            const M& m = of(map);
            auto* last = static_cast<K*>(position);
            auto it = m.begin();
            if constexpr (ordered) {
                if (backwards) {
                    it = last == nullptr ? m.end() : m.lower_bound(*last);
                    if (it == m.begin()) {
                        return nullptr;
                    }
                    --it;
                } else if (last != nullptr) {
                    it = m.upper_bound(*last);
                }
            } else if (last != nullptr) {
                it = m.find(*last);
                if (it == m.end()) {
                    return refuse_changed_keys(site);
                }
                ++it;
            }
            if (it == m.end()) {
                return nullptr;
            }
            if (last == nullptr) {
                position = new K(it->first);
            } else {
                *last = it->first;
            }
            return make_part(it, part);
        });
    }
    static void forget(void* position) noexcept { delete static_cast<K*>(position); }

    // ---- temporaries ------------------------------------------------------------------------------------------------------------

    static void* make() { return new M(); }
    static void destroy(void* temporary) noexcept { delete static_cast<M*>(temporary); }
    static bool load(PyObject* from, void* temporary, loading& l) {
        return conversion<M, category::mapping>::load(from, of(temporary), l);
    }
    static bool load_pair(PyObject* from, PyObject* value, void* temporary, loading& l) {
        typename key::storage k{};
        typename inner::storage v{};
        if (!load_value<K>(from, k, l) || !load_value<T>(value, v, l)) {
            return false;
        }
        of(temporary).emplace(key::template pass<K>(k), inner::template pass<T>(v));
        return true;
    }
    static void copy(const void* map, void* temporary) {
        if constexpr (copyable<T>) {
            of(temporary) = of(map);
        }
    }
    static void merge(void* map, void* temporary) {
        for (auto&& [k, v] : of(temporary)) {
            put(of(map), k, v);
        }
    }
    static void swap(void* map, void* temporary) {
        using std::swap;
        swap(of(map), of(temporary));
    }
    static bool take_one(void* map, void* temporary) {
        M& m = of(map);
        if (m.begin() == m.end()) {
            return false;
        }
        auto it = m.begin();
        if constexpr (ordered) {
            it = m.end();
            --it;
        }
        move_over(m, it, of(temporary));
        return true;
    }
    static PyObject* pair(void* temporary) {
        const auto it = of(temporary).begin();
        PyObject* k = key::make(K(it->first));
        return k == nullptr ? nullptr : pair_of(k, inner::make(T(std::move(it->second))));
    }
    static bool equal(const void* one, const void* other) {
        if constexpr (compared) {
            return of(one) == of(other);
        } else {
            return one == other;
        }
    }
    static PyObject* wrap(void* temporary) {
        return instance_conversion<M>::emplace(std::move(of(temporary)));
    }
    static std::size_t size(const void* map) noexcept { return of(map).size(); }

    static constexpr unsigned char has = static_cast<unsigned char>(
        (Frozen ? 0 : container_method::changes) | (compared ? container_method::equality : 0) |
        (copyable<T> ? container_method::copies : 0) | (ordered ? container_method::backwards : 0));
    static constexpr const hint* mapping_parts[] = {&key::in, &inner::in};
    static constexpr hint mapping{"collections.abc.Mapping[%, %]", mapping_parts};
    static constexpr const hint* init_parts[] = {&key::in, &inner::in, &key::in, &inner::in,
                                                 &inner::in};
    static constexpr bool has_text_keys = categorize<K>() == category::text;
    static constexpr hint init_signature{
        has_text_keys ? "__init__(self, items: collections.abc.Mapping[%, %] | "
                        "collections.abc.Iterable[tuple[%, %]] = (), /, **kwargs: %) -> None"
                      : "__init__(self, items: collections.abc.Mapping[%, %] | "
                        "collections.abc.Iterable[tuple[%, %]] = (), /) -> None",
        init_parts};
    static constexpr map_table table = {
        &site,  sites,        &mapping, has,       has_text_keys, &size,    &look_up, &take,
        &store, &set_default, &next,    &forget,   &make,         &destroy, &load,    &load_pair,
        &copy,  &merge,       &swap,    &take_one, &pair,         &equal,   &wrap};

    static bool load_state(PyObject* from, M& to, loading& l) {
        return load_pairs(table, from, &to, l);
    }

    // ---- C functions of the type --------------------------------------------------------------------------------------------------

    static Py_ssize_t length(PyObject* self) {
        const self_lock lock(self, site);
        const void* found = self_pointer(self, site);
        return found == nullptr ? -1 : static_cast<Py_ssize_t>(of(found).size());
    }
    static PyObject* subscript(PyObject* self, PyObject* from) {
        PyObject* value = nullptr;
        const int there = look_up(self, from, &value);
        return there == 0 ? refuse_missing_key(from) : value;
    }
    static int assign_subscript(PyObject* self, PyObject* from, PyObject* value) {
        return value != nullptr ? store(self, from, value) : map_assign(table, self, from, value);
    }
    static int contains(PyObject* self, PyObject* from) { return look_up(self, from, nullptr); }
    static PyObject* iterate(PyObject* self) {
        return map_iterate<map_part::keys, false>(table, self);
    }
    static PyObject* compare(PyObject* self, PyObject* other, int operation) {
        return map_rich_compare(table, self, other, operation);
    }
    static PyObject* represent(PyObject* self) { return map_represent(table, self); }

    static inline const PyType_Slot slots[] = {
        {Py_sq_length, reinterpret_cast<void*>(&length)},
        {Py_mp_length, reinterpret_cast<void*>(&length)},
        {Py_mp_subscript, reinterpret_cast<void*>(&subscript)},
        {Py_mp_ass_subscript, reinterpret_cast<void*>(Frozen ? nullptr : &assign_subscript)},
        {Py_sq_contains, reinterpret_cast<void*>(&contains)},
        {Py_tp_iter, reinterpret_cast<void*>(&iterate)},
        {Py_tp_richcompare, reinterpret_cast<void*>(compared ? &compare : nullptr)},
        {Py_tp_repr, reinterpret_cast<void*>(&represent)},
        {0, nullptr}};

    template <auto F>
    static void (*none() noexcept)() {
        return any_function(&with_table_none<table, F>);
    }
    template <auto F>
    static void (*one() noexcept)() {
        return any_function(&with_table_one<table, F>);
    }
    template <auto F>
    static void (*array() noexcept)() {
        return any_function(&with_table_array<table, F>);
    }

    static void define(class_building& to) {
        void (*const functions[map_methods])() = {
            none<&map_length>(),
            one<&map_get_item>(),
            array<&map_set_item>(),
            one<&map_delete_item>(),
            one<&map_contains>(),
            none<&map_iterate<map_part::keys, false>>(),
            none<&map_iterate<map_part::keys, true>>(),
            none<&map_represent>(),
            one<&map_compare<Py_EQ>>(),
            one<&map_compare<Py_NE>>(),
            one<&map_unite>(),
            one<&map_unite_in_place>(),
            array<&map_get>(),
            array<&map_set_default>(),
            array<&map_pop>(),
            none<&map_pop_item>(),
            any_function(&with_table_names<table, &map_update>),
            none<&map_clear>(),
            none<&map_view<map_part::keys>>(),
            none<&map_view<map_part::values>>(),
            none<&map_view<map_part::items>>(),
            none<&map_copy>(),
            none<&map_get_state>(),
        };
        container_facts facts{};
        facts.key_in = &key::in;
        facts.key_out = &key::out;
        facts.in = &inner::in;
        facts.out = &inner::out;
        facts.has = has;
        facts.abstract = Frozen ? "Mapping" : "MutableMapping";
        facts.slots = slots;
        define_container(to, facts, methods_of_maps, map_methods, functions, sites);
        if constexpr (owns_references<M>()) {
            set_traverse(to, &visit_whole<M>, &clear_whole<M>);
        }
    }
};

template <class M, class Config, class Access>
struct map_init {
    static inline constinit function_site site{};
    static constexpr int flags =
        Access::has_text_keys ? METH_FASTCALL | METH_KEYWORDS : METH_FASTCALL;
    static PyObject* with_names(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                                PyObject* names) {
        return guarded_object([&]() -> PyObject* {
            M made;
            if (!load_map(Access::table, self, site, arguments, given, names, &made)) {
                return nullptr;
            }
            const instance_place<Config> place{real_self(self)};
            const self_lock lock(place.self, site_of<M>);
            place.receive(std::move(made));
            return Py_NewRef(Py_None);
        });
    }
    static PyObject* without(PyObject* self, PyObject* const* arguments, Py_ssize_t given) {
        return with_names(self, arguments, given, nullptr);
    }
    static void (*function() noexcept)() {
        if constexpr (Access::has_text_keys) {
            return any_function(&with_names);
        } else {
            return any_function(&without);
        }
    }
};

template <class M, class Config, class Access>
void define_map(class_building& to) {
    using init = map_init<M, Config, Access>;
    Access::define(to);
    define_container_init(to, "items", Access::mapping, Access::init_signature,
                          "The items of a mapping, or pairs of key and value.", init::flags,
                          init::function(), init::site);
    set_vectorcall(to, &call_class<M, init>);
    define_remaking<M, Config,
                    set_state_callable<Config, &container_init<M, Config, Access>::from_state, 1>>(
        to, "__setstate__");
}

}  // namespace detail

// Binds M (std::map, std::unordered_map, or what has their members) as a class that behaves as dict does, and returns the class_
// so that more can be defined in it. Extra and Options: as of il::class_, but for bases; with il::frozen the class has nothing
// that changes it. il::enable_class<M> has to be true.
//
// Needs an attached thread. Throws what il::class_ throws.
template <class M, class... Extra, class Scope, class... Options>
class_<M, Extra...> bind_map(Scope&& scope, const char* name, Options&&... options) {
    constexpr bool is_frozen = (detail::says_frozen<Options> || ... || false);
    using made_class = class_<M, Extra...>;
    static_assert(
        requires(M& m, const typename M::key_type& k, typename M::mapped_type& v) {
            m.find(k);
            m.emplace(k, static_cast<typename M::mapped_type&&>(v)).second;
            m.erase(m.find(k));
            m.size();
        },
        "interlock: il::bind_map binds what std::map and std::unordered_map are, with one value "
        "for "
        "a key: with find(), emplace(), erase() and size()");
    made_class made(scope, name, std::forward<Options>(options)...);
    detail::define_map<M, typename made_class::config, detail::map_access<M, is_frozen>>(
        made.building());
    return made;
}

INTERLOCK_END
