// il::bind_vector: a C++ sequence as a Python class that behaves as list does, without a copy between the two.
//
//     template <> inline constexpr bool il::enable_class<std::vector<double>> = true;
//
//     il::bind_vector<std::vector<double>>(m, "Doubles");
//
// Elements go in and out by value: v[i] is a new Python object, made of a copy of the element, also where the element is of a
// bound class. No reference into the vector's memory is ever handed out, so that none dangles when it grows; what should be
// shared is held as std::shared_ptr. Elements that cannot be copied can be put in, counted and popped.
//
// Every method finds the C++ vector anew, under the object's own lock where there is no GIL, after it has converted its
// arguments and before it makes results (invariant 14); an iterator is a number. What is taken out of the vector is destroyed
// after the lock is given back, since that may run Python code. Arithmetic elements in one piece of memory are exported as a
// buffer; whatever would move that memory meanwhile is a BufferError.
#pragma once

#include <interlock/bind/buffer_export.hpp>
#include <interlock/bind/container.hpp>

INTERLOCK_BEGIN
namespace detail {

// In the order of the core's list of methods.
enum class vector_method : unsigned {
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
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    add,
    add_in_place,
    repeat,
    repeat_from_right,
    repeat_in_place,
    append,
    extend,
    insert,
    pop,
    remove,
    clear,
    index,
    count_of,
    sort,
    reverse,
    copy,
    get_state,
    count,
};
inline constexpr std::size_t vector_methods = static_cast<std::size_t>(vector_method::count);

// What the core does with a vector whose type it does not know. A "temporary" is a vector of the same type that belongs to
// nobody else. What may throw is called where that is caught.
struct vector_table {
    class_site* site;
    function_site* sites;  // of the methods
    const hint* in;        // of an element
    const hint* iterable;
    unsigned char has;  // of container_method::need
    std::size_t (*size)(const void* vector) noexcept;
    // The element, or null: without an error where there is none.
    PyObject* (*at)(const void* vector, std::size_t i) noexcept;
    // Of the one element of a temporary, which is moved from.
    PyObject* (*take)(void* temporary);
    int (*store)(PyObject* self, Py_ssize_t i, PyObject* value) noexcept;
    void* (*make)();
    void (*destroy)(void* temporary) noexcept;
    void (*reserve)(void* temporary, std::size_t count);
    // Fill a temporary: with all items of an iterable, with one value, with elements of a vector. The last is null where elements
    // cannot be copied.
    bool (*load)(PyObject* from, void* temporary, loading& l);
    bool (*load_one)(PyObject* from, void* temporary, loading& l);
    void (*slice)(const void* vector, std::size_t start, std::ptrdiff_t step, std::size_t count,
                  void* temporary);
    // Puts the temporary's elements in the place of `count` others, which it has afterwards.
    void (*replace)(void* vector, std::size_t start, std::size_t count, void* temporary);
    void (*exchange)(void* vector, std::size_t start, std::ptrdiff_t step, std::size_t count,
                     void* temporary);
    // Takes elements out, into the temporary.
    void (*remove)(void* vector, std::size_t start, std::size_t step, std::size_t count,
                   void* temporary);
    void (*reverse)(void* vector);
    // Null where elements cannot be compared.
    std::size_t (*find)(const void* vector, const void* temporary, std::size_t from,
                        std::size_t to);
    bool (*equal)(const void* one, const void* other);
    bool (*less)(const void* one, std::size_t i, const void* other, std::size_t j);
    void (*permute)(void* vector, const std::size_t* order);
    PyObject* (*wrap)(void* temporary);
};

// The core's part: src/bound_vectors.cpp.
extern const container_method methods_of_vectors[vector_methods];
using table_ref = const vector_table&;
PyObject* vector_length(table_ref, PyObject* self) noexcept;
PyObject* vector_get_item(table_ref, PyObject* self, PyObject* key) noexcept;
PyObject* vector_set_item(table_ref, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t given) noexcept;
PyObject* vector_delete_item(table_ref, PyObject* self, PyObject* key) noexcept;
PyObject* vector_contains(table_ref, PyObject* self, PyObject* value) noexcept;
PyObject* vector_iterate(table_ref, PyObject* self) noexcept;
PyObject* vector_iterate_backwards(table_ref, PyObject* self) noexcept;
PyObject* vector_represent(table_ref, PyObject* self) noexcept;
template <int Operation>
PyObject* vector_compare(table_ref, PyObject* self, PyObject* other) noexcept;
PyObject* vector_add(table_ref, PyObject* self, PyObject* other) noexcept;
PyObject* vector_add_in_place(table_ref, PyObject* self, PyObject* other) noexcept;
PyObject* vector_repeat(table_ref, PyObject* self, PyObject* times) noexcept;
PyObject* vector_repeat_in_place(table_ref, PyObject* self, PyObject* times) noexcept;
PyObject* vector_extend(table_ref, PyObject* self, PyObject* items) noexcept;
PyObject* vector_insert(table_ref, PyObject* self, PyObject* const* arguments,
                        Py_ssize_t given) noexcept;
PyObject* vector_pop(table_ref, PyObject* self, PyObject* const* arguments,
                     Py_ssize_t given) noexcept;
PyObject* vector_remove(table_ref, PyObject* self, PyObject* value) noexcept;
PyObject* vector_clear(table_ref, PyObject* self) noexcept;
PyObject* vector_index(table_ref, PyObject* self, PyObject* const* arguments,
                       Py_ssize_t given) noexcept;
PyObject* vector_count(table_ref, PyObject* self, PyObject* value) noexcept;
PyObject* vector_sort(table_ref, PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                      PyObject* names) noexcept;
PyObject* vector_reverse(table_ref, PyObject* self) noexcept;
PyObject* vector_copy(table_ref, PyObject* self) noexcept;
PyObject* vector_get_state(table_ref, PyObject* self) noexcept;

// Slots.
int vector_assign(table_ref, PyObject* self, PyObject* key, PyObject* value) noexcept;
int vector_has(table_ref, PyObject* self, PyObject* value) noexcept;
PyObject* vector_rich_compare(table_ref, PyObject* self, PyObject* other, int operation) noexcept;
// IndexError: the function says which.
PyObject* refuse_index(const class_site& site, const char* what) noexcept;

// Whether the vector's memory may move; BufferError where Python views it.
inline bool may_resize(PyObject* self, const class_site& site) noexcept {
    if (is_exported(self, site)) [[unlikely]] {
        refuse_resize(self);
        return false;
    }
    return true;
}

template <class V>
concept in_one_piece = requires(V& v) {
    { v.data() } -> std::same_as<typename V::value_type*>;
};
template <class V>
inline constexpr bool is_exportable = false;
template <in_one_piece V>
inline constexpr bool is_exportable<V> = has_item_class<std::remove_cv_t<typename V::value_type>>;

// In order, where < may be false both ways: NaN stands behind all numbers.
template <class T>
bool stands_before(const T& a, const T& b) {
    if constexpr (std::is_floating_point_v<T>) {
        return a < b || (a == a && b != b);
    } else {
        return static_cast<bool>(a < b);
    }
}

template <class V, bool Frozen>
struct vector_access {
    using T = std::remove_cv_t<typename V::value_type>;
    using inner = conversion<T>;
    using storage = typename inner::storage;
    static_assert(check_element<T>());
    static constexpr bool nothrow = requires { inner::nothrow; } && is_made_in_place<T>;
    static constexpr bool compared = comparable_element<T>;
    static constexpr bool ordered = compared && ordered_element<T>;
    static constexpr class_site& site = site_of<V>;
    static inline constinit function_site sites[vector_methods]{};

    static V& of(void* vector) noexcept { return *static_cast<V*>(vector); }
    static const V& of(const void* vector) noexcept { return *static_cast<const V*>(vector); }
    static auto place(std::size_t i) noexcept {
        return static_cast<typename V::difference_type>(i);
    }

    // ---- elements -----------------------------------------------------------------------------------------------------------

    static PyObject* make_at(const V& v, std::size_t i) {
        if constexpr (std::is_arithmetic_v<T>) {
            return inner::make(static_cast<T>(v[i]));
        } else {
            return make_element<T>(site, v[i]);
        }
    }
    static PyObject* at(const void* vector, std::size_t i) noexcept {
        const V& v = of(vector);
        if (i >= v.size()) {
            return nullptr;
        }
        if constexpr (nothrow) {
            return make_at(v, i);
        } else {
            return guarded_object([&] { return make_at(v, i); });
        }
    }
    static PyObject* take(void* temporary) {
        if constexpr (std::is_arithmetic_v<T>) {
            return inner::make(static_cast<T>(of(temporary)[0]));
        } else {
            return inner::make(T(std::move(of(temporary)[0])));
        }
    }

    INTERLOCK_INLINE static PyObject* get(PyObject* self, Py_ssize_t i) noexcept {
        const self_lock lock(self, site);
        void* found = self_pointer(self, site);
        if (found == nullptr) [[unlikely]] {
            return nullptr;
        }
        const V& v = of(found);
        const auto size = static_cast<Py_ssize_t>(v.size());
        const Py_ssize_t at = i < 0 ? i + size : i;
        if (static_cast<std::size_t>(at) >= static_cast<std::size_t>(size)) [[unlikely]] {
            return refuse_index(site, "index out of range");
        }
        if constexpr (nothrow) {
            return make_at(v, static_cast<std::size_t>(at));
        } else {
            return guarded_object([&] { return make_at(v, static_cast<std::size_t>(at)); });
        }
    }

    static int store(PyObject* self, Py_ssize_t i, PyObject* value) noexcept {
        return guarded_status([&] {
            constexpr auto method = static_cast<std::size_t>(vector_method::set_item);
            storage loaded{};
            if (!load_parameter<T>(self, sites[method], 1, value, loaded, nullptr)) {
                return -1;
            }
            element_to_take<T> fresh(loaded);
            // What stood there ends when the lock is given back.
            [[maybe_unused]] std::conditional_t<std::is_trivially_destructible_v<T>, char, V>
                before{};
            instance_locks<locks_to_take<T>> locks;
            fresh.lock(locks, self, site);
            void* found = self_pointer(self, site);
            if (found == nullptr) {
                return -1;
            }
            V& v = of(found);
            const auto size = static_cast<Py_ssize_t>(v.size());
            const Py_ssize_t at = i < 0 ? i + size : i;
            if (static_cast<std::size_t>(at) >= static_cast<std::size_t>(size)) {
                refuse_index(site, "assignment index out of range");
                return -1;
            }
            auto&& element = v[static_cast<std::size_t>(at)];
            if constexpr (!std::is_trivially_destructible_v<T>) {
                T made(fresh.pass());
                before.push_back(std::move(element));
                element = std::move(made);
            } else {
                element = fresh.pass();
            }
            return 0;
        });
    }

    static PyObject* append(PyObject* called_with, PyObject* value) {
        return guarded_object([&]() -> PyObject* {
            constexpr auto method = static_cast<std::size_t>(vector_method::append);
            PyObject* self = real_self(called_with);
            storage loaded{};
            if (!load_parameter<T>(self, sites[method], 0, value, loaded, nullptr)) {
                return nullptr;
            }
            element_to_take<T> fresh(loaded);
            instance_locks<locks_to_take<T>> locks;
            fresh.lock(locks, self, site);
            void* found = self_pointer(self, site);
            if (found == nullptr || !may_resize(self, site)) {
                return nullptr;
            }
            of(found).push_back(fresh.pass());
            return Py_NewRef(Py_None);
        });
    }

    // ---- temporaries --------------------------------------------------------------------------------------------------------

    static void* make() { return new V(); }
    static void destroy(void* temporary) noexcept { delete static_cast<V*>(temporary); }

    static void reserve(void* temporary, [[maybe_unused]] std::size_t count) {
        V& v = of(temporary);
        if (count > v.max_size()) {
            throw std::bad_alloc();
        }
        if constexpr (requires { v.reserve(count); }) {
            v.reserve(count);
        }
    }

    static bool load_buffer([[maybe_unused]] PyObject* from, [[maybe_unused]] V& to) {
        if constexpr (is_exportable<V> && std::is_arithmetic_v<T> &&
                      requires { to.assign(to.data(), to.data()); }) {
            if (PyObject_CheckBuffer(from) != 0) {
                exported_memory memory;
                loading quiet = loading::plain();
                quiet.quiet = true;
                if (memory.load(from, request_of<const T>(true), quiet)) {
                    const auto* data = static_cast<const T*>(memory.data);
                    to.assign(data, data + memory.size);
                    return true;
                }
                PyErr_Clear();
            }
        }
        return false;
    }
    static bool load(PyObject* from, void* temporary, loading& l) {
        V& to = of(temporary);
        return load_buffer(from, to) || conversion<V, category::sequence>::load(from, to, l);
    }
    static bool load_state(PyObject* from, V& to, loading& l) {
        return conversion<V, category::sequence>::load(from, to, l);
    }
    static bool load_one(PyObject* from, void* temporary, loading& l) {
        storage loaded{};
        if (!load_value<T>(from, loaded, l)) {
            return false;
        }
        of(temporary).push_back(inner::template pass<T>(loaded));
        return true;
    }
    static void slice(const void* vector, std::size_t start, std::ptrdiff_t step, std::size_t count,
                      void* temporary) {
        if constexpr (is_owned_handle<T>) {
            for (std::size_t i = 0; i < count; ++i) {
                of(temporary).push_back(of(vector)[start].clone(token_inside));
                start += static_cast<std::size_t>(step);
            }
        } else if constexpr (copyable<T>) {
            const V& v = of(vector);
            V& to = of(temporary);
            if (step == 1) {
                to.insert(to.end(), v.begin() + place(start), v.begin() + place(start + count));
                return;
            }
            for (std::size_t i = 0; i < count; ++i) {
                to.push_back(v[start]);
                start += static_cast<std::size_t>(step);
            }
        }
    }

    // Of references to elements, and of what std::vector<bool> has in their place.
    template <class A, class B>
    static void swap_elements(A&& a, B&& b) {
        // NOLINTBEGIN(bugprone-move-forwarding-reference)
        T held(std::move(a));
        a = std::move(b);
        // NOLINTEND(bugprone-move-forwarding-reference)
        b = std::move(held);
    }
    static void replace(void* vector, std::size_t start, std::size_t count, void* temporary) {
        V& v = of(vector);
        V& with = of(temporary);
        const std::size_t fresh = with.size();
        const std::size_t common = fresh < count ? fresh : count;
        if (fresh > count) {
            // First what can fail for want of memory.
            v.insert(v.begin() + place(start + common),
                     std::make_move_iterator(with.begin() + place(common)),
                     std::make_move_iterator(with.end()));
        } else if (count > fresh) {
            for (std::size_t i = start + common; i < start + count; ++i) {
                with.push_back(std::move(v[i]));
            }
            v.erase(v.begin() + place(start + common), v.begin() + place(start + count));
        }
        for (std::size_t i = 0; i < common; ++i) {
            swap_elements(v[start + i], with[i]);
        }
    }
    static void exchange(void* vector, std::size_t start, std::ptrdiff_t step, std::size_t count,
                         void* temporary) {
        for (std::size_t i = 0; i < count; ++i) {
            swap_elements(of(vector)[start], of(temporary)[i]);
            start += static_cast<std::size_t>(step);
        }
    }
    static void remove(void* vector, std::size_t start, std::size_t step, std::size_t count,
                       void* temporary) {
        V& v = of(vector);
        V& out = of(temporary);
        std::size_t to = start;
        std::size_t taken = 0;
        for (std::size_t i = start; i < v.size(); ++i) {
            if (taken < count && i == start + taken * step) {
                out.push_back(std::move(v[i]));
                ++taken;
            } else {
                v[to++] = std::move(v[i]);
            }
        }
        v.erase(v.begin() + place(to), v.end());
    }
    static void reverse(void* vector) {
        V& v = of(vector);
        for (std::size_t i = 0, j = v.size(); i + 1 < j; ++i) {
            --j;
            swap_elements(v[i], v[j]);
        }
    }
    static std::size_t find(const void* vector, const void* temporary, std::size_t from,
                            std::size_t to) {
        if constexpr (compared) {
            const V& v = of(vector);
            const auto& wanted = of(temporary)[0];
            for (; from < to && from < v.size(); ++from) {
                if (v[from] == wanted) {
                    return from;
                }
            }
        }
        return static_cast<std::size_t>(-1);
    }
    static bool equal(const void* one, const void* other) {
        if constexpr (compared) {
            return of(one) == of(other);
        } else {
            return one == other;
        }
    }
    static bool less(const void* one, std::size_t i, const void* other, std::size_t j) {
        if constexpr (ordered) {
            return stands_before<T>(of(one)[i], of(other)[j]);
        } else {
            return false;
        }
    }
    static void permute(void* vector, const std::size_t* order) {
        // The memory stays where it is: it may be exported.
        V& v = of(vector);
        V held;
        for (std::size_t i = 0; i < v.size(); ++i) {
            held.push_back(std::move(v[order[i]]));
        }
        for (std::size_t i = 0; i < v.size(); ++i) {
            v[i] = std::move(held[i]);
        }
    }
    static PyObject* wrap(void* temporary) {
        return instance_conversion<V>::emplace(std::move(of(temporary)));
    }

    static constexpr unsigned char has = static_cast<unsigned char>(
        (Frozen ? 0 : container_method::changes) | (compared ? container_method::equality : 0) |
        (ordered ? container_method::order : 0) |
        (copyable<T> || is_owned_handle<T> ? container_method::copies : 0));
    static constexpr const hint* iterable_parts[] = {&inner::in};
    static constexpr hint iterable{"collections.abc.Iterable[%]", iterable_parts};
    static constexpr const hint* init_parts[] = {&iterable};
    static constexpr hint init_signature{"__init__(self, iterable: % = (), /) -> None", init_parts};
    static std::size_t size(const void* vector) noexcept { return of(vector).size(); }
    static constexpr vector_table table = {
        &site,     sites,   &inner::in, &iterable, has,    &size,     &at,      &take,
        &store,    &make,   &destroy,   &reserve,  &load,  &load_one, &slice,   &replace,
        &exchange, &remove, &reverse,   &find,     &equal, &less,     &permute, &wrap};

    // ---- C functions of the type ------------------------------------------------------------------------------------------------

    static Py_ssize_t length(PyObject* self) {
        const self_lock lock(self, site);
        const void* found = self_pointer(self, site);
        return found == nullptr ? -1 : static_cast<Py_ssize_t>(of(found).size());
    }
    static PyObject* item(PyObject* self, Py_ssize_t i) {
        // The length was added to a negative one already.
        return get(self, i < 0 ? PY_SSIZE_T_MAX : i);
    }
    static PyObject* subscript(PyObject* self, PyObject* key) {
        Py_ssize_t i = 0;
        return compact_int(key, i) ? get(self, i) : vector_get_item(table, self, key);
    }
    static int assign_subscript(PyObject* self, PyObject* key, PyObject* value) {
        Py_ssize_t i = 0;
        return value != nullptr && compact_int(key, i) ? store(self, i, value)
                                                       : vector_assign(table, self, key, value);
    }
    static int contains(PyObject* self, PyObject* value) { return vector_has(table, self, value); }
    static PyObject* iterate(PyObject* self) { return vector_iterate(table, self); }
    static PyObject* compare(PyObject* self, PyObject* other, int operation) {
        return vector_rich_compare(table, self, other, operation);
    }
    static PyObject* represent(PyObject* self) { return vector_represent(table, self); }

    static inline const PyType_Slot slots[] = {
        {Py_sq_length, reinterpret_cast<void*>(&length)},
        {Py_mp_length, reinterpret_cast<void*>(&length)},
        {Py_sq_item, reinterpret_cast<void*>(&item)},
        {Py_mp_subscript, reinterpret_cast<void*>(&subscript)},
        {Py_mp_ass_subscript, reinterpret_cast<void*>(Frozen ? nullptr : &assign_subscript)},
        {Py_sq_contains, reinterpret_cast<void*>(compared ? &contains : nullptr)},
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
        void (*const functions[vector_methods])() = {
            none<&vector_length>(),
            one<&vector_get_item>(),
            array<&vector_set_item>(),
            one<&vector_delete_item>(),
            one<&vector_contains>(),
            none<&vector_iterate>(),
            none<&vector_iterate_backwards>(),
            none<&vector_represent>(),
            one<&vector_compare<Py_EQ>>(),
            one<&vector_compare<Py_NE>>(),
            one<&vector_compare<Py_LT>>(),
            one<&vector_compare<Py_LE>>(),
            one<&vector_compare<Py_GT>>(),
            one<&vector_compare<Py_GE>>(),
            one<&vector_add>(),
            one<&vector_add_in_place>(),
            one<&vector_repeat>(),
            one<&vector_repeat>(),
            one<&vector_repeat_in_place>(),
            any_function(&append),
            one<&vector_extend>(),
            array<&vector_insert>(),
            array<&vector_pop>(),
            one<&vector_remove>(),
            none<&vector_clear>(),
            array<&vector_index>(),
            one<&vector_count>(),
            any_function(&with_table_names<table, &vector_sort>),
            none<&vector_reverse>(),
            none<&vector_copy>(),
            none<&vector_get_state>(),
        };
        container_facts facts{};
        facts.in = &inner::in;
        facts.out = &inner::out;
        facts.has = has;
        facts.abstract = Frozen ? "Sequence" : "MutableSequence";
        facts.slots = slots;
        define_container(to, facts, methods_of_vectors, vector_methods, functions, sites);
        if constexpr (owns_references<V>()) {
            set_traverse(to, &visit_whole<V>, &clear_whole<V>);
        }
        if constexpr (is_exportable<V>) {
            add_slots(to, buffer_exporter<V, exporter>::slots, 2);
        }
    }

    // The vector's memory, for Python.
    struct exporter {
        using state = void;
        using item =
            std::conditional_t<Frozen, const typename V::value_type, typename V::value_type>;
        static exported<item> call(void*, V& v) { return {v.data(), {v.size()}}; }
    };
};

template <class V, class Config, class Access>
void define_vector(class_building& to) {
    using init = container_init<V, Config, Access>;
    Access::define(to);
    define_container_init(to, "iterable", Access::iterable, Access::init_signature,
                          "The elements of an iterable, each converted.", init::flags,
                          init::function(), init::site);
    set_vectorcall(to, &call_class<V, init>);
    define_remaking<V, Config, set_state_callable<Config, &init::from_state, 1>>(to,
                                                                                 "__setstate__");
}

}  // namespace detail

// Binds V (std::vector, std::deque, or what has their members) as a class that behaves as list does, and returns the class_ so
// that more can be defined in it. Extra and Options: as of il::class_, but for bases; with il::frozen the class has nothing that
// changes it, and exports its memory to be read. il::enable_class<V> has to be true.
//
// Needs an attached thread. Throws what il::class_ throws.
template <class V, class... Extra, class Scope, class... Options>
class_<V, Extra...> bind_vector(Scope&& scope, const char* name, Options&&... options) {
    constexpr bool is_frozen = (detail::says_frozen<Options> || ... || false);
    using made_class = class_<V, Extra...>;
    static_assert(
        requires(V& v, std::size_t n) {
            v[n];
            v.size();
            v.begin() + std::ptrdiff_t();
            v.insert(v.begin(), v.begin(), v.end());
            v.erase(v.begin(), v.end());
        },
        "interlock: il::bind_vector binds what std::vector and std::deque are: with [], size(), "
        "insert() and erase(). A mapping is bound with il::bind_map, another class with "
        "il::class_");
    made_class made(scope, name, std::forward<Options>(options)...);
    detail::define_vector<V, typename made_class::config, detail::vector_access<V, is_frozen>>(
        made.building());
    return made;
}

INTERLOCK_END
