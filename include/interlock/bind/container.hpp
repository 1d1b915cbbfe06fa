// What bind_vector and bind_map share: how the core is told of a container's methods, and which elements may be in one.
//
// The methods of a bound container are C functions of the core, which get at the container through a table of a few functions
// of its type. The C functions themselves are a thunk each, that adds the table; what is hot is a template.
#pragma once

#include <interlock/bind/pickle.hpp>
#include <interlock/convert/containers.hpp>
#include <interlock/convert/instance_use.hpp>
#include <interlock/convert/smart_pointers.hpp>

INTERLOCK_BEGIN
namespace detail {

// How a method of a container is described, in the core; $V in the signature is the container, $K and $L a key as it is
// taken and as it is given, $I and $O an element as it is taken and as it is given.
struct container_method {
    enum need : unsigned char { changes = 1, equality = 2, order = 4, copies = 8, backwards = 16 };
    const char* name;
    int flags;
    unsigned char needs;
    unsigned char positional;
    unsigned char parameters;
    bool takes_kwargs;
    const char* names[3];
    const char* defaults
        [3];  // "-1", "()", "None", "False", "...", "size" (the largest one); null: it has none
    const char* signature;
    const char* doc;
};

// What a container is, for its definition.
struct container_facts {
    const hint* key_in = nullptr;
    const hint* key_out = nullptr;
    const hint* in;
    const hint* out;
    unsigned char has;         // of container_method::need
    const char* abstract;      // the class of collections.abc that it is registered with
    const PyType_Slot* slots;  // filled when the type is made, see set_type_slots
};

// functions and sites stand in the order of the methods; a null function is left out.
void define_container(class_building& to, const container_facts& facts,
                      const container_method* methods, std::size_t count,
                      void (*const* functions)(), function_site* sites);

// Slots that are put into the type itself when it is made: CPython's own ones would look up the method of that name. They stand
// for methods that have exactly one definition, so that a user's overload is seen. Ends with a zero.
void set_type_slots(class_building& of, const PyType_Slot* slots);
// The type is registered with that class of collections.abc when it is made.
void set_abstract_class(class_building& of, const char* name);

// Whether two values can be compared: containers say so of themselves, also where their elements cannot be.
template <class T>
consteval bool can_compare() {
    if constexpr (!requires(const T& a, const T& b) { static_cast<bool>(a == b); }) {
        return false;
    } else if constexpr (requires { typename T::mapped_type; }) {
        return can_compare<typename T::key_type>() && can_compare<typename T::mapped_type>();
    } else if constexpr (requires { typename T::value_type; }) {
        if constexpr (std::is_same_v<typename T::value_type, T>) {
            return true;
        } else {
            return can_compare<typename T::value_type>();
        }
    } else if constexpr (requires(const T& t) {
                             t.first;
                             t.second;
                         }) {
        return can_compare<std::remove_cvref_t<decltype(std::declval<const T&>().first)>>() &&
               can_compare<std::remove_cvref_t<decltype(std::declval<const T&>().second)>>();
    } else {
        return true;
    }
}
template <class T>
consteval bool can_order() {
    if constexpr (!requires(const T& a, const T& b) { static_cast<bool>(a < b); }) {
        return false;
    } else if constexpr (requires { typename T::value_type; }) {
        if constexpr (std::is_same_v<typename T::value_type, T>) {
            return true;
        } else {
            return can_order<typename T::value_type>();
        }
    } else if constexpr (requires(const T& t) {
                             t.first;
                             t.second;
                         }) {
        return can_order<std::remove_cvref_t<decltype(std::declval<const T&>().first)>>() &&
               can_order<std::remove_cvref_t<decltype(std::declval<const T&>().second)>>();
    } else {
        return true;
    }
}
// Python objects are compared by Python, which may run code that changes the container meanwhile.
template <class T>
inline constexpr bool is_python_object = std::is_base_of_v<object, T> || is_owned_handle<T>;
template <class T>
inline constexpr bool comparable_element = !is_python_object<T> && can_compare<T>();
template <class T>
inline constexpr bool ordered_element = !is_python_object<T> && can_order<T>();

// Elements that become Python objects without running any code that could get at the container.
template <class T>
inline constexpr bool is_made_in_place =
    std::is_arithmetic_v<T> || std::is_enum_v<T> || categorize<T>() == category::text;

PyObject* refuse_copy_of_element(const class_site& of) noexcept;

// A new Python object of an element, which may go away as soon as Python code runs (invariant 14): it is copied first.
template <class T>
PyObject* make_element(const class_site& of, const T& element) {
    if constexpr (is_made_in_place<T> || is_python_object<T>) {
        return conversion<T>::make(element);
    } else if constexpr (copyable<T>) {
        T copied(element);
        return conversion<T>::make(std::move(copied));
    } else {
        return refuse_copy_of_element(of);
    }
}

template <class T>
consteval bool check_element() {
    static_assert(categorize<T>() != category::pointer,
                  "interlock: the elements of a bound container are raw pointers, and nothing says "
                  "whose the objects are: hold std::shared_ptr<T>");
    static_assert(!is_view<T> && categorize<T>() != category::span,
                  "interlock: the elements of a bound container are views, and nothing keeps what "
                  "they view: hold std::string, std::vector");
    return true;
}

template <class E>
inline constexpr bool says_frozen = std::is_same_v<std::remove_cvref_t<E>, frozen_t>;

// The core's C function F, with the table that it works with.
template <const auto& Table, auto F>
PyObject* with_table_none(PyObject* self, PyObject*) {
    return F(Table, real_self(self));
}
template <const auto& Table, auto F>
PyObject* with_table_one(PyObject* self, PyObject* argument) {
    return F(Table, real_self(self), argument);
}
template <const auto& Table, auto F>
PyObject* with_table_array(PyObject* self, PyObject* const* arguments, Py_ssize_t given) {
    return F(Table, real_self(self), arguments, given);
}
template <const auto& Table, auto F>
PyObject* with_table_names(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                           PyObject* names) {
    return F(Table, real_self(self), arguments, given, names);
}

// The whole value, for cycle collection.
template <class T>
int visit_whole(void* value, visitproc visit, void* arg) {
    return visit_member(*static_cast<T*>(value), visit, arg);
}
template <class T>
void clear_whole(void* value) {
    clear_member(*static_cast<T*>(value));
}

inline void (*any_function(PyCFunction f) noexcept)() { return reinterpret_cast<void (*)()>(f); }
template <class F>
void (*any_function(F* f) noexcept)() {
    return reinterpret_cast<void (*)()>(f);
}

// Runs what may throw; null with the error set where it does.
template <class F>
INTERLOCK_INLINE PyObject* guarded_object(F&& f) noexcept {
    try {
        return f();
    } catch (const std::exception& error) {
        return translate(error);
    } catch (...) {
        return translate_unknown();
    }
}
template <class F>
INTERLOCK_INLINE int guarded_status(F&& f) noexcept {
    try {
        return f();
    } catch (const std::exception& error) {
        translate(error);
    } catch (...) {
        translate_unknown();
    }
    return -1;
}

// What was loaded for a container to take. An object of a bound class is copied before the container is locked, under its own lock:
// another thread may be changing it, and to wait for it later would let the container's lock go. Everything else is passed when the
// container takes it, so that nothing is lost where it does not.
template <class T>
class element_to_take {
    using how = conversion<T>;
#if defined(Py_GIL_DISABLED)
    static constexpr bool is_copied = is_instance_storage<typename how::storage>;
#else
    static constexpr bool is_copied = false;
#endif
    struct nothing {
        explicit nothing(typename how::storage&) noexcept {}
    };
    struct copied {
        explicit copied(typename how::storage& loaded) : value(how::template pass<T>(loaded)) {}
        T value;
    };

public:
    explicit element_to_take(typename how::storage& loaded) : loaded_(loaded), own_(loaded) {}
    // Once.
    decltype(auto) pass() {
        if constexpr (is_copied) {
            return std::move(own_.value);
        } else {
            return how::template pass<T>(loaded_);
        }
    }
    // As a key is looked for.
    decltype(auto) look() {
        if constexpr (is_copied) {
            return static_cast<const T&>(own_.value);
        } else {
            return how::template pass<const T&>(loaded_);
        }
    }
    // The container's lock, and that of an object that is taken from its instance.
    template <class Locks>
    void lock(Locks& locks, PyObject* self, const class_site& site) const noexcept {
        locks.add(self, site);
        if constexpr (is_taken<T>) {
            lock_loaded<T>(locks, loaded_);
        }
        locks.begin();
    }

private:
    typename how::storage& loaded_;
    std::conditional_t<is_copied, copied, nothing> own_;
};
template <class T>
inline constexpr std::size_t locks_to_take = is_taken<T> ? 2 : 1;

// Constructs a container from a temporary that one call has filled: what Python calls the class with.
template <class V, class Config, class Access>
struct container_init {
    static inline constinit function_site site{};
    static constexpr int flags = METH_FASTCALL;
    static PyObject* init(PyObject* self, PyObject* const* arguments, Py_ssize_t given) {
        return guarded_object([&]() -> PyObject* {
            if (given > 1) {
                return refuse_count(self, site, given);
            }
            V made;
            if (given == 1) {
                loading l;
                start_loading(l, self);
                if (!Access::load(arguments[0], &made, l)) {
                    refuse_argument(self, site, 0, l);
                    return nullptr;
                }
            }
            const instance_place<Config> place{real_self(self)};
            const self_lock lock(place.self, site_of<V>);
            place.receive(std::move(made));
            return Py_NewRef(Py_None);
        });
    }
    static void (*function() noexcept)() { return any_function(&init); }

    // A pickled one.
    static V from_state(const list& items) {
        V made;
        loading l = loading::plain();
        if (!Access::load_state(items.ptr(), made, l)) {
            l.raise_cast_error("__setstate__()");
        }
        return made;
    }
};

// The constructor's own description; the types in its signature stand for %.
void define_container_init(class_building& to, const char* parameter, const hint& type,
                           const hint& signature, const char* doc, int flags, void (*function)(),
                           function_site& site);

}  // namespace detail
INTERLOCK_END
