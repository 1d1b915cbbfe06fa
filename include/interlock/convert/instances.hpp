// Instances of bound classes, to and from Python: T, const T&, T& and T*; std::shared_ptr<T> and std::unique_ptr<T> are in
// smart_pointers.hpp.
//
// A parameter that refers to T views the C++ object inside of the Python one, without a copy; the caller holds that object for
// the length of the call. A value is copied or moved into a new instance. A raw pointer that is returned has to say whose the
// object is, by a return policy.
#pragma once

#include <interlock/attach/members.hpp>
#include <interlock/convert/handles.hpp>
#include <interlock/convert/instance_use.hpp>

#include <memory>
#include <typeinfo>
#include <utility>

INTERLOCK_BEGIN

template <class T>
class instance;

namespace detail {

template <class T>
inline constexpr hint hint_of_class{nullptr, nullptr, '?', &site_of<T>};
template <class T>
inline constexpr const hint* class_or_none_parts[] = {&hint_of_class<T>};
template <class T>
inline constexpr hint hint_of_class_or_none{"% | None", class_or_none_parts<T>, '?'};

// Whether a copy compiles: a container says so of itself, also where its elements cannot be copied, and so does an aggregate that
// has such a container. Other classes are believed.
template <class T, class... Seen>
consteval bool can_copy();
template <class... Seen>
struct copies_judge {
    template <class M>
    static consteval bool accepts() {
        using U = std::remove_cvref_t<M>;
        if constexpr (std::is_class_v<U> && requires { sizeof(U); }) {
            return !std::is_copy_constructible_v<U> || can_copy<U, Seen...>();
        } else {
            return true;
        }
    }
};
template <class T, class... Seen>
consteval bool can_copy() {
    if constexpr (!std::is_copy_constructible_v<T>) {
        return false;
    } else if constexpr ((std::is_same_v<T, Seen> || ...)) {
        return true;
    } else if constexpr (requires { typename T::mapped_type; }) {
        return can_copy<typename T::mapped_type, T, Seen...>();
    } else if constexpr (requires { typename T::value_type; }) {
        return can_copy<typename T::value_type, T, Seen...>();
    } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
        return every_member<T, copies_judge<T, Seen...>>();
    } else {
        return true;
    }
}
template <class T>
inline constexpr bool copyable = can_copy<T>();

// Tells sys.unraisablehook of the exception that is being handled, which a destructor threw. On any thread, in any state.
void report_destructor() noexcept;

// What new made. The memory is given back also where the destructor throws.
template <class T>
void delete_value(T* value) noexcept {
    if constexpr (std::is_nothrow_destructible_v<T>) {
        delete value;
    } else {
        try {
            delete value;
        } catch (...) {
            report_destructor();
        }
    }
}

// Objects that are copied as bytes, end without a trace, and lie in memory of the usual operator new: the core treats them all
// alike, so that nothing is compiled for each of their classes.
template <class T>
inline constexpr bool has_plain_memory =
    alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__ &&
    !(
        requires { T::operator new(std::size_t()); } ||
        requires(void* p) { T::operator delete(p); } ||
        requires(void* p) { T::operator delete(p, std::size_t()); });
template <class T>
inline constexpr bool is_bytes =
    std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T> &&
    std::is_copy_constructible_v<T> && std::is_move_constructible_v<T> && has_plain_memory<T>;

using disposer = void (*)(void* value) noexcept;
template <class T>
void dispose_value(void* value) noexcept {
    delete_value(static_cast<T*>(value));
}
void dispose_bytes(void* value) noexcept;
// What deletes a T that new made.
template <class T>
constexpr disposer disposer_of() noexcept {
    if constexpr (is_bytes<T>) {
        return &dispose_bytes;
    } else {
        return &dispose_value<T>;
    }
}
// An object that new made, as owned; deleted where there is no memory for that. Throws std::bad_alloc.
outside_value* own_outside(void* value, disposer dispose);

// A new instance until it is complete.
struct new_instance {
    explicit new_instance(PyObject* made) noexcept : self(made) {}
    ~new_instance() { Py_XDECREF(self); }
    new_instance(const new_instance&) = delete;
    new_instance& operator=(const new_instance&) = delete;
    PyObject* release() noexcept { return std::exchange(self, nullptr); }
    PyObject* self;
};

// Where a loaded instance is, with the object that an implicit conversion made for it.
template <class T>
class loaded_instance {
public:
    loaded_instance() noexcept = default;
    ~loaded_instance() {
        Py_XDECREF(temporary);
        if (used != nullptr) [[unlikely]] {
            end_use(used);
        }
    }
    loaded_instance(const loaded_instance&) = delete;
    loaded_instance& operator=(const loaded_instance&) = delete;

    T& get() const noexcept { return *static_cast<T*>(value); }

    // Whether it is in an instance that the caller passed; not None, no default, nothing that was made for the call.
    bool is_argument() const noexcept {
        return value != nullptr && source != nullptr && temporary == nullptr;
    }
    // Until the call is over; see instance_use.hpp.
    void use() noexcept {
        if (is_argument() && value != static_cast<const void*>(place_in<T>(source))) [[unlikely]] {
            used = begin_use(source, value);
        }
    }

    void* value = nullptr;
    PyObject* temporary = nullptr;
    PyObject* source = nullptr;  // borrowed: the argument
    outside_value* used = nullptr;
};

template <class S>
inline constexpr bool is_instance_storage = false;
template <class T>
inline constexpr bool is_instance_storage<loaded_instance<T>> = true;
template <class S>
struct instance_storage_site;
template <class T>
struct instance_storage_site<loaded_instance<T>> {
    static constexpr const class_site& site = site_of<T>;
};

// Where there is none, a site that nothing is done with.
inline constinit class_site no_class_site{nullptr};
template <class S>
consteval const class_site& site_of_storage() {
    if constexpr (is_instance_storage<S>) {
        return instance_storage_site<S>::site;
    } else {
        return no_class_site;
    }
}

// How many views Python has of instances' memory, in any interpreter; one more where an instance of another extension's class was
// met, whose core is asked each time. Setters of parts of objects read it.
inline constinit std::atomic<unsigned> views_of_instances{0};
// Whether a part of an object is to be left as it is, since Python views memory of an instance that lies in it: BufferError.
bool refuse_viewed_part(const class_site& site, void* part, std::size_t size) noexcept;

// Whether it is of exactly that class, and nobody works on it released: what short cuts ask.
INTERLOCK_INLINE bool has_value_at_once(PyObject* object, const class_site& site) noexcept {
    return Py_TYPE(object) == site.type.load(std::memory_order_relaxed) &&
           as_instance(object)->value.load(std::memory_order_relaxed) != nullptr;
}

template <class H>
inline constexpr bool is_instance_handle = false;
template <class T>
inline constexpr bool is_instance_handle<interlock::instance<T>> = true;

// Whether a parameter of that type may change the object that it refers to. Of smart pointers, whether what they point to may be
// changed; by a handle it may.
template <class P>
consteval bool may_change_object() {
    using U = std::remove_cvref_t<P>;
    if constexpr (smart_pointer_like<U>) {
        return !std::is_const_v<typename U::element_type>;
    } else if constexpr (is_instance_handle<U>) {
        return true;
    } else if constexpr (std::is_lvalue_reference_v<P> || std::is_pointer_v<P>) {
        return !std::is_const_v<std::remove_pointer_t<std::remove_reference_t<P>>>;
    } else {
        return false;
    }
}
template <class P>
inline constexpr bool changes_object = may_change_object<P>();

// A C++ object as the type that it is made as, and where that one begins.
template <class T>
struct dynamic_view {
    explicit dynamic_view(const T* p) noexcept
        : info(&typeid(T)), whole(const_cast<std::remove_cv_t<T>*>(p)) {
        if constexpr (std::is_polymorphic_v<T>) {
            info = &typeid(*p);
            whole = const_cast<void*>(dynamic_cast<const void*>(p));
        }
    }
    const std::type_info* info;
    void* whole;
};

// Objects of a class that some call of Python is given by reference are found again by their address, from the start: this is set
// before a module's body runs.
template <class T>
struct passed_by_reference {
    static const bool noted;
};
template <class T>
const bool passed_by_reference<T>::noted = note_passed(site_of<T>);

template <class T>
struct instance_conversion {
    using storage = loaded_instance<T>;
    static constexpr const class_site* site_behind = &site_of<T>;
    static PyObject* instance_behind(const storage& loaded) noexcept {
        return loaded.is_argument() ? loaded.source : nullptr;
    }
    static constexpr loader loads = by_load;
    static constexpr const hint& in = hint_of_class<T>;
    static constexpr const hint& out = hint_of_class<T>;
    static constexpr bool is_instance = true;

    INTERLOCK_INLINE static bool fast(PyObject* from, storage& to) noexcept {
        const class_site& site = site_of<T>;
        if (Py_TYPE(from) != site.type.load(std::memory_order_relaxed)) {
            return false;
        }
        void* value = as_instance(from)->value.load(std::memory_order_relaxed);
        if (value == nullptr) {
            return false;
        }
        to.value = value;
        to.source = from;
        return true;
    }
    static bool load(PyObject* from, storage& to, loading& l) noexcept {
        to.source = from;
        return load_instance(from, site_of<T>, to.value, &to.temporary, l);
    }
    template <class A>
    static decltype(auto) pass(storage& value) {
        if constexpr (std::is_lvalue_reference_v<A>) {
            return static_cast<A>(value.get());
        } else if constexpr (std::is_rvalue_reference_v<A>) {
            static_assert(
                !std::is_rvalue_reference_v<A>,
                "interlock: a parameter is an rvalue reference to a bound class: the "
                "object belongs to Python and cannot be moved from unseen. Take it by "
                "value (a copy), by reference, or as std::unique_ptr, which takes it away");
        } else {
            static_assert(
                copyable<T>,
                "interlock: a parameter is a bound class by value, which cannot be "
                "copied: take it by reference, or as std::unique_ptr, which takes it away");
#if defined(Py_GIL_DISABLED)
            return copy<T>(value);
#else
            return T(std::as_const(value.get()));
#endif
        }
    }

#if defined(Py_GIL_DISABLED)
    // Under the object's own lock, which a call has where the object is an argument; of an item inside of one it is got here, and the
    // object looked for again: it may have been given away, or be at work. Throws cast_error then.
    template <class U>  // T, which this is looked at as for types that are no class either
    static U copy(storage& value) {
        if (!value.is_argument() || !site_of<T>.has(class_site::locked) ||
            attached_state() == nullptr || has_lock_of(value.source)) {
            return U(std::as_const(value.get()));
        }
        const object_lock lock(value.source);
        storage found;
        if (!fast(value.source, found)) [[unlikely]] {
            loading l = loading::plain();
            l.exact = true;
            if (!load(value.source, found, l)) {
                l.raise_cast_error("interlock: a copy");
            }
        }
        found.use();
        return U(std::as_const(found.get()));
    }
#endif

    // A default argument, which lives in the function's record.
    static void set_default(storage& to, const T& value) noexcept {
        to.value = const_cast<T*>(&value);
    }

    // By value: copied or moved into a new instance.
    template <class V>
    static PyObject* make(V&& value) {
        static_assert(std::is_same_v<std::remove_cvref_t<V>, T>);
        static_assert((!std::is_lvalue_reference_v<V> && !std::is_const_v<V>) || copyable<T>,
                      "interlock: a reference to an object that cannot be copied is returned: say "
                      "how by a policy (il::reference_internal, il::reference), or return a smart "
                      "pointer");
        return emplace(std::forward<V>(value));
    }
    // Passed to a call of Python by reference: the instance that the object has, where it has one, else a copy.
    static PyObject* make_passed(const T& value) {
        static_cast<void>(&passed_by_reference<T>::noted);
        const dynamic_view<T> view(std::addressof(value));
        if (PyObject* known =
                find_instance(site_of<T>, std::addressof(value), *view.info, view.whole)) {
            return known;
        }
        if constexpr (copyable<T>) {
            return emplace(value);
        } else {
            return refuse_passing(site_of<T>);
        }
    }
    // A new instance whose value is made of the arguments; null with the error set where there is no memory or no such class.
    template <class... V>
    static PyObject* emplace(V&&... value) {
        if constexpr (sizeof...(V) == 1 && (std::is_same_v<std::remove_cvref_t<V>, T> && ...) &&
                      is_bytes<T> && fits_in_place<T> && sizeof(T) <= 2 * sizeof(void*)) {
            return emplace_few_bytes(value...);
        } else {
            return emplace_into(allocate(site_of<T>), std::forward<V>(value)...);
        }
    }

private:
    // What fits into registers, without the others that the rest needs.
    INTERLOCK_INLINE static PyObject* emplace_few_bytes(T value) {
        const class_site& site = site_of<T>;
        PyObject* self = allocate(site);
        if (self == nullptr || site.has(class_site::special | class_site::mapped)) [[unlikely]] {
            return emplace_elsewhere(self, value);
        }
        T* place = ::new (static_cast<void*>(place_in<T>(self))) T(value);
        as_instance(self)->value.store(place, std::memory_order_relaxed);
        return self;
    }
    INTERLOCK_NOINLINE static PyObject* emplace_elsewhere(PyObject* self, T value) {
        return emplace_into(self, std::move(value));
    }
    template <class... V>
    INTERLOCK_INLINE static PyObject* emplace_into(PyObject* self, V&&... value) {
        const class_site& site = site_of<T>;
        new_instance made(self);
        if (made.self == nullptr) [[unlikely]] {
            return nullptr;
        }
        if constexpr (fits_in_place<T>) {
            if (!site.has(class_site::special) || is_in_place(made.self, site)) [[likely]] {
                T* place = place_in<T>(made.self);
                ::new (static_cast<void*>(place)) T(std::forward<V>(value)...);
                as_instance(made.self)->value.store(place, std::memory_order_relaxed);
                if (site.has(class_site::mapped)) [[unlikely]] {
                    enter_instance(made.self, site);
                }
                return made.release();
            }
        }
        T* outside = new T(std::forward<V>(value)...);
        fill_outside(made.self, outside, own_outside(outside, disposer_of<T>()), site);
        return made.release();
    }
};

template <class T>
struct conversion<T, category::instance> : instance_conversion<T> {};

// ---- what a call works on ----------------------------------------------------------------------------------------------------

template <class P>
using storage_of_instance = typename conversion<converted_type<P>>::storage;

// Whether an argument for a parameter of that type is an instance of a bound class, which the function then works on: T, T&, T*, a
// pointer that shares it, il::instance<T>.
template <class P>
inline constexpr bool has_instance = false;
template <class P>
    requires requires { conversion<converted_type<P>>::site_behind; }
inline constexpr bool has_instance<P> = true;

// The instance behind what was loaded, for a function that works on it: null where there is none. A handle may be of one without a
// value, which nobody works on.
template <class P>
INTERLOCK_INLINE PyObject* instance_at_work(const storage_of_instance<P>& loaded) noexcept {
    using how = conversion<converted_type<P>>;
    PyObject* behind = how::instance_behind(loaded);
    if constexpr (is_instance_handle<converted_type<P>>) {
        if (!has_value_at_once(behind, *how::site_behind) && is_empty_instance(behind)) {
            return nullptr;
        }
    }
    return behind;
}

#if defined(Py_GIL_DISABLED)
template <bool Again>
inline constexpr bool may_have_changed = true;
#else
template <bool Again>
inline constexpr bool may_have_changed = Again;
#endif

// What was loaded for a parameter, once the locks are held: the instance is looked for again where others may have been converted since,
// or where it may be changed; and one that is referred to is used until the call is over. A handle looks for it at each use, and is asked
// here whether another thread works on it. `again(source, found)` looks for it in the usual way: false with the error set.
template <class P, bool Again, class F>
INTERLOCK_INLINE bool hold_loaded([[maybe_unused]] storage_of_instance<P>& loaded,
                                  [[maybe_unused]] const F& again) noexcept {
    using U = converted_type<P>;
    if constexpr (is_instance_storage<storage_of_instance<P>>) {
        if constexpr (may_have_changed<Again> || changes_object<P>) {
            if (loaded.is_argument() && !conversion<U>::fast(loaded.source, loaded)) [[unlikely]] {
                if (!again(loaded.source, loaded) ||
                    (changes_object<P> && !may_write(loaded.source))) {
                    return false;
                }
            }
        }
        loaded.use();
    } else if constexpr (smart_pointer_like<U>) {
        // The pointer keeps the object that it has; whether another thread works on that is asked, where others were converted since
        // or the core has said that this one may be read.
        if constexpr (may_have_changed<Again> || changes_object<P>) {
            if (loaded.source != nullptr && (may_have_changed<Again> || loaded.was_asked)) {
                using inner = typename conversion<U>::inner;
                typename inner::storage found;
                if (!inner::fast(loaded.source, found)) [[unlikely]] {
                    return again(loaded.source, found) &&
                           (!changes_object<P> || may_write(loaded.source));
                }
            }
        }
    } else if constexpr (is_instance_handle<U>) {
        return has_value_at_once(loaded.get(), *conversion<U>::site_behind) ||
               may_write(loaded.get());
    }
    return true;
}

template <class T>
struct instance_of_handle<interlock::instance<T>> {
    static constexpr const class_site* site_behind = &site_of<T>;
    template <class Storage>
    static PyObject* instance_behind(const Storage& loaded) noexcept {
        return loaded.get();
    }
};

}  // namespace detail

// An instance of a bound class, as a handle: i->member, *i. Bound, like every object. Throws TypeError (cast_error) on access
// to one that was not constructed or was given away. What it refers to is not to be kept across a call of Python code, which
// may replace or destroy it.
template <class T>
class instance : public object {
public:
    using object::object;
    static constexpr const detail::hint& kind_hint = detail::hint_of_class<T>;
    static bool is_kind(PyObject* object) noexcept {
        return detail::is_instance_of(object, detail::site_of<T>);
    }
    // A new instance: il::instance<Account>::make(py, "owner", 3.0). Throws what the constructor throws, python_error.
    template <class... A>
    static instance make(python, A&&... a) {
        detail::require_attached("il::instance::make");
        return instance(
            detail::adopt_t{},
            detail::check_new(detail::instance_conversion<T>::emplace(std::forward<A>(a)...)));
    }
    T& operator*() const { return *get(); }
    T* operator->() const { return get(); }
    T* get() const {
        detail::require_attached_inline("il::instance");
        return static_cast<T*>(detail::access_instance(this->pointer_, detail::site_of<T>));
    }
    owned<instance> unbind() const& {
        detail::require_attached("il::instance::unbind");
        return owned<instance>(Py_XNewRef(this->pointer_), detail::interpreter_of_this_thread());
    }
};

INTERLOCK_END
