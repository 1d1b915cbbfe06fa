// Pointers to bound classes: T*, std::shared_ptr<T>, std::unique_ptr<T>, and holders of a user's own.
//
//     T*               None is null. Returned, it needs a policy that says whose the object is.
//     shared_ptr       shares: what Python made is kept alive by the pointer, what C++ made by the instance. An object that
//                      has an instance already is that instance again.
//     unique_ptr       gives away: an instance that is passed as one is empty afterwards, and says so when it is used.
#pragma once

#include <interlock/convert/instances.hpp>

#include <memory>

INTERLOCK_BEGIN
namespace detail {

template <class P>
concept shared_pointer_like = requires(const P& p) { p.use_count(); };
template <class P>
concept unique_pointer_like = requires(P& p) {
    p.release();
    p.get_deleter();
};

// A parameter that refers to a pointer which is made for the call.
template <class A>
consteval void check_pointer_parameter() {
    static_assert(
        !std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>,
        "interlock: a parameter is a non-const reference to a smart pointer, which is made "
        "for the call: what is assigned to it would be lost. Take it by value or by "
        "const reference");
}

template <class T>
PyObject* wrap(const T* p, outside_value* outside) noexcept {
    const dynamic_view<T> view(p);
    return wrap_outside(site_of<std::remove_cv_t<T>>, const_cast<std::remove_cv_t<T>*>(p),
                        view.info, view.whole, outside);
}

// Somebody else's; of a part, that of the whole, which the part keeps alive and from being given away.
struct borrowed_outside final : outside_value {
    borrowed_outside() noexcept : outside_value(kind::borrowed) {}
    borrowed_outside(PyObject* whole, const void* part) noexcept
        : outside_value(kind::borrowed), held_(hold_whole(whole, part)) {
        parent = Py_NewRef(whole);
    }
    // Before the core lets the whole go.
    void end() noexcept override {
        let_whole_go(held_);
        delete this;
    }

private:
    held_whole held_;
};

struct shared_outside : outside_value {
    shared_outside() noexcept : outside_value(kind::shared) {}
    // A pointer that shares with the one that holds the object.
    virtual std::shared_ptr<void> share() const noexcept = 0;

protected:
    ~shared_outside() = default;
};
// The pointer as it came, so that a parameter may refer to it.
template <class T>
struct shared_outside_of final : shared_outside {
    explicit shared_outside_of(std::shared_ptr<T> p) noexcept : pointer(std::move(p)) {}
    void end() noexcept override { delete this; }
    std::shared_ptr<void> share() const noexcept override { return pointer; }
    std::shared_ptr<T> pointer;
};
// For an instance of T's class, which a pointer of the user's holds.
template <class T, class P>
outside_value* hold_shared(P pointer) {
    if constexpr (std::is_same_v<P, std::shared_ptr<T>>) {
        auto* made = new shared_outside_of<T>(std::move(pointer));
        made->is_of_class = true;
        return made;
    } else {
        return new shared_outside_of<void>(std::move(pointer));
    }
}

template <class P>
struct held_outside final : outside_value {
    explicit held_outside(P&& p) noexcept
        : outside_value(unique_pointer_like<P> ? kind::owned : kind::held), pointer(std::move(p)) {}
    void end() noexcept override { delete this; }
    bool can_let_go() const noexcept override { return unique_pointer_like<P>; }
    void let_go() noexcept override {
        if constexpr (unique_pointer_like<P>) {
            static_cast<void>(pointer.release());
        }
    }
    const void* pointer_as(const std::type_info& type) const noexcept override {
        return is_same_type(type, typeid(P)) ? &pointer : nullptr;
    }
    P pointer;
};

// What a shared_ptr to an object of a Python instance keeps. One that lies elsewhere is not given away meanwhile.
struct instance_keeper {
    owned<object> instance;
    outside_value* used;  // null where nothing has to be counted
    const void* value;    // the object, as the class that was asked for
    void operator()(const volatile void*) noexcept {
        if (used != nullptr) {
            end_use(std::exchange(used, nullptr));
        }
        instance = owned<object>();
    }
};

// The instance, which another extension's pointer may keep: a new reference. Throws wrong_interpreter.
PyObject* instance_of_keeper(const instance_keeper& keeper);

// How the C++ object of an instance is held where it is not in it; null otherwise.
const outside_value* outside_of_instance(PyObject* object) noexcept;
// The error of a pointer that an instance cannot give, as the reason of a refusal.
bool refuse_holder(PyObject* object, const std::type_info& pointer, loading& l) noexcept;
// A pointer that shares with the instance's holder, or null.
std::shared_ptr<void> shared_of_instance(PyObject* object) noexcept;
#if !defined(Py_GIL_DISABLED)
// The pointer that holds the object of an instance of exactly this class; null where it is held otherwise, or cannot be used at once.
// It stays as it is for as long as somebody has the instance: an object that is shared is not given away, and the instance is not
// initialized anew.
template <class T>
INTERLOCK_INLINE const std::shared_ptr<T>* pointer_in_instance(PyObject* object) noexcept {
    if (Py_TYPE(object) != site_of<T>.type.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    const void* value = as_instance(object)->value.load(std::memory_order_relaxed);
    if (value == nullptr || value == place_in<T>(object)) {
        return nullptr;
    }
    const outside_value* outside = reinterpret_cast<instance_with_outside*>(object)->outside;
    return outside != nullptr && outside->is_of_class
               ? &static_cast<const shared_outside_of<T>*>(outside)->pointer
               : nullptr;
}
#endif
// Takes the C++ object out of an instance, which is empty afterwards: its address as one of the site's class. Throws cast_error
// where it cannot be taken.
void* take_from_instance(PyObject* object, const class_site& site);
// Whether the objects of several instances can be taken, none of them twice: throws cast_error where not. Null: none is. Of an instance
// of another extension's it is known only when it is taken.
void look_before_taking(PyObject* const* instances, std::size_t count);

template <class T>
inline constexpr bool points_to_class = may_be_bound<std::remove_cv_t<T>>;

template <class T>
struct conversion<T*, category::pointer> {
    using target = std::remove_cv_t<T>;
    static_assert(points_to_class<T>,
                  "interlock: a pointer to something that is no bound class: take or return a "
                  "value, a std::optional, a std::span or a smart pointer");
    using inner = instance_conversion<target>;
    using storage = loaded_instance<target>;
    static constexpr const class_site* site_behind = &site_of<target>;
    static PyObject* instance_behind(const storage& loaded) noexcept {
        return inner::instance_behind(loaded);
    }
    static constexpr loader loads = by_load;
    static constexpr bool views = true;
    static constexpr const hint& in = hint_of_class_or_none<target>;
    static constexpr const hint& out = hint_of_class_or_none<target>;
    static constexpr bool accepts_none = true;

    INTERLOCK_INLINE static bool fast(PyObject* from, storage& to) noexcept {
        return inner::fast(from, to);
    }
    static bool load(PyObject* from, storage& to, loading& l) noexcept {
        to.source = from;
        return from == Py_None || inner::load(from, to, l);
    }
    // Of an item inside of a container: the call works on the instance, or keeps what an implicit conversion made.
    static bool load_kept(PyObject* from, storage& to, loading& l) {
        if (!fast(from, to) && !load(from, to, l)) {
            return false;
        }
        if (to.value == nullptr) {
            return true;
        }
        if (l.keep == nullptr) {
            return l.refuse_text(loading::mismatch,
                                 "a pointer into a temporary object would dangle here");
        }
        return l.keep->keep_instance(to.temporary != nullptr ? to.temporary : from, to.value,
                                     site_of<target>, !std::is_const_v<T>, l);
    }
    template <class A>
    static T* pass(storage& value) noexcept {
        return static_cast<target*>(value.value);
    }
    static void set_default(storage& to, std::nullptr_t) noexcept { to.value = nullptr; }
    template <class V>
    static PyObject* make(V&&) {
        static_assert(!std::is_pointer_v<std::remove_reference_t<V>>,
                      "interlock: a raw pointer is returned, and nothing says whose the object is: "
                      "add a policy (il::take: Python's from now on; il::reference: somebody "
                      "else's, who keeps it alive; il::reference_internal: a part of self; "
                      "il::copy), or return a smart pointer");
        return nullptr;
    }
};

// A pointer that was loaded, and the instance that the caller passed for it: null for None, a default, and what was made for the
// call.
template <class P>
struct loaded_pointer {
    P pointer{};
    PyObject* source = nullptr;  // borrowed
    bool was_asked = false;      // the core was; elsewhere nobody works on the instance
};

// What conversions to pointers that are held beyond a call share.
template <class P>
struct held_pointer_conversion {
    using target = std::remove_cv_t<typename P::element_type>;
    using inner = instance_conversion<target>;
    using storage = loaded_pointer<P>;
    static constexpr loader loads = by_anything;
    static constexpr const hint& in = hint_of_class_or_none<target>;
    static constexpr const hint& out = hint_of_class_or_none<target>;
    static constexpr bool accepts_none = true;
    static constexpr const class_site* site_behind = &site_of<target>;
    static PyObject* instance_behind(const storage& loaded) noexcept { return loaded.source; }

    template <class A>
    static A&& pass(storage& value) noexcept {
        check_pointer_parameter<A>();
        return static_cast<A&&>(value.pointer);
    }
    static void set_default(storage& to, const P& value) { to.pointer = value; }
};

template <class P>
    requires shared_pointer_like<P>
struct conversion<P, category::smart_pointer> : held_pointer_conversion<P> {
    using element = typename P::element_type;
    using typename held_pointer_conversion<P>::target;
    using typename held_pointer_conversion<P>::inner;
    using typename held_pointer_conversion<P>::storage;
    static_assert(points_to_class<element>,
                  "interlock: a std::shared_ptr to something that is no bound class");

#if !defined(Py_GIL_DISABLED)
    // An instance of exactly this class that a shared pointer holds already. Nobody takes it away meanwhile.
    INTERLOCK_INLINE static bool fast(PyObject* from, storage& to) noexcept {
        // First, or GCC takes a default of None for an instance and warns of what would lie behind it.
        if (from == Py_None) {
            to.pointer = nullptr;
            to.source = nullptr;
            return true;
        }
        if constexpr (std::is_same_v<P, std::shared_ptr<element>>) {
            if (const std::shared_ptr<target>* own = pointer_in_instance<target>(from)) [[likely]] {
                to.pointer = *own;
                to.source = from;
                return true;
            }
        }
        if (Py_TYPE(from) != site_of<target>.type.load(std::memory_order_relaxed)) {
            return false;
        }
        void* value = as_instance(from)->value.load(std::memory_order_relaxed);
        if (value == nullptr || value == place_in<target>(from)) {
            return false;
        }
        const outside_value* outside = reinterpret_cast<instance_with_outside*>(from)->outside;
        if (outside == nullptr || outside->what != outside_value::kind::shared) {
            return false;
        }
        to.pointer =
            P(static_cast<const shared_outside*>(outside)->share(), static_cast<target*>(value));
        to.source = from;
        return true;
    }
#endif
    static bool load(PyObject* from, storage& to, loading& l) {
        to.source = nullptr;
        if (from == Py_None) {
            to.pointer = nullptr;
            return true;
        }
        loaded_instance<target> found;
        if (!inner::fast(from, found) && !inner::load(from, found, l)) {
            return false;
        }
        PyObject* source = found.temporary != nullptr ? found.temporary : from;
        to.source = found.temporary != nullptr ? nullptr : from;
        to.was_asked = true;
        auto* pointer = static_cast<target*>(found.value);
        if (std::shared_ptr<void> shared = shared_of_instance(source)) {
            to.pointer = P(std::move(shared), pointer);
            return true;
        }
        instance_keeper keeper{object(adopt_t{}, Py_NewRef(source)).unbind(), nullptr, pointer};
        if (!begin_keeping(source, pointer, keeper.used)) [[unlikely]] {
            return l.refuse_text(loading::mismatch,
                                 "the %s object was given away to C++, which owns it: it cannot be "
                                 "shared",
                                 type_name(Py_TYPE(source)).c_str());
        }
        // Only now: what is kept is not taken away.
        if constexpr (requires { pointer->weak_from_this(); }) {
            if (auto known = pointer->weak_from_this().lock()) {
                keeper(nullptr);
                to.pointer = P(std::move(known), pointer);
                return true;
            }
        }
        to.pointer = P(pointer, std::move(keeper));
        return true;
    }
    template <class V>
    static PyObject* make(V&& value) {
        if (value == nullptr) {
            return Py_NewRef(Py_None);
        }
        const std::shared_ptr<element> pointer(std::forward<V>(value));
        element* plain = pointer.get();
        if (const auto* keeper = std::get_deleter<instance_keeper>(pointer)) {
            object instance(adopt_t{}, instance_of_keeper(*keeper));
            if (refers_to_instance(instance.ptr(), *keeper, plain)) {
                return instance.release();
            }
        }
        return wrap(plain, hold_shared<target>(std::const_pointer_cast<target>(pointer)));
    }

private:
    // A pointer that shares with it may refer to a part of the object instead.
    static bool refers_to_instance(PyObject* instance, const instance_keeper& keeper,
                                   const element* plain) {
        if (!is_instance_of(instance, site_of<target>)) {
            return false;
        }
        if (keeper.value == plain) {
            return true;
        }
        // A base of it lies elsewhere. Where another thread works on the object, its class has to do.
        typename inner::storage found;
        loading l = loading::plain();
        l.exact = true;
        if (inner::fast(instance, found) || inner::load(instance, found, l)) {
            return found.value == plain;
        }
        PyErr_Clear();
        return true;
    }
};

// A parameter that may refer to the pointer in an instance.
template <class A>
inline constexpr bool is_reference_to_shared = false;
template <class T>
inline constexpr bool is_reference_to_shared<const std::shared_ptr<T>&> =
    !std::is_const_v<T> &&
    std::is_base_of_v<held_pointer_conversion<std::shared_ptr<T>>, conversion<std::shared_ptr<T>>>;

template <class P>
    requires unique_pointer_like<P>
struct conversion<P, category::smart_pointer> {
    using element = typename P::element_type;
    using target = std::remove_cv_t<element>;
    using inner = instance_conversion<target>;
    static_assert(points_to_class<element>,
                  "interlock: a std::unique_ptr to something that is no bound class");
    static constexpr loader loads = by_anything;
    static constexpr const hint& in = hint_of_class_or_none<target>;
    static constexpr const hint& out = hint_of_class_or_none<target>;
    static constexpr bool accepts_none = true;

    // The object is taken when all arguments have been loaded.
    struct storage {
        PyObject* source = nullptr;
        P taken;
    };

    static bool load(PyObject* from, storage& to, loading& l) {
        if (from == Py_None) {
            to.source = nullptr;
            return true;
        }
        loaded_instance<target> found;
        // No implicit conversion: what is given away is what came.
        const bool exact = std::exchange(l.exact, true);
        const bool fits = inner::fast(from, found) || inner::load(from, found, l);
        l.exact = exact;
        to.source = from;
        return fits;
    }
    // Before a function runs that does so with the interpreter released; of others, when it is passed.
    static void take(storage& value) {
        if (value.source != nullptr) {
            value.taken.reset(static_cast<element*>(
                take_from_instance(std::exchange(value.source, nullptr), site_of<target>)));
        }
    }
    template <class A>
    static A&& pass(storage& value) {
        check_pointer_parameter<A>();
        take(value);
        return static_cast<A&&>(value.taken);
    }
    template <class V>
    static PyObject* make(V&& value) {
        static_assert(!std::is_lvalue_reference_v<V>,
                      "interlock: a std::unique_ptr is returned by reference, which cannot be "
                      "taken from: return it by value, or what it points to by reference");
        if (value == nullptr) {
            return Py_NewRef(Py_None);
        }
        element* plain = value.get();
        return wrap(plain, new held_outside<P>(std::forward<V>(value)));
    }
};

// Parameters that objects are taken for. Where a call has several, all of them are looked at before the first one is taken: a later one
// that could not be given away would end those before it.
template <class A>
inline constexpr bool is_taken = unique_pointer_like<std::remove_cvref_t<A>> &&
                                 requires { &conversion<std::remove_cvref_t<A>>::take; };
// Whether a call locks an instance for that parameter: one that it works on, or takes. To wait for a lock later would let go of those
// that are held.
template <class A>
inline constexpr bool locks_instance = has_instance<A> || is_taken<A>;
template <class A, class Locks, class S>
INTERLOCK_INLINE void lock_loaded([[maybe_unused]] Locks& locks,
                                  [[maybe_unused]] const S& loaded) noexcept {
    if constexpr (has_instance<A>) {
        using how = conversion<converted_type<A>>;
        locks.add(how::instance_behind(loaded), *how::site_behind);
    } else if constexpr (is_taken<A>) {
        using how = conversion<std::remove_cvref_t<A>>;
        locks.add(loaded.source, site_of<typename how::target>);
    }
}
template <class A, class S>
PyObject* source_to_take([[maybe_unused]] const S& loaded) noexcept {
    if constexpr (is_taken<A>) {
        return loaded.source;
    } else {
        return nullptr;
    }
}
// For calls with more than one of them.
template <class... A, class... S>
void look_before_taking_all(const S&... loaded) {
    PyObject* const instances[] = {source_to_take<A>(loaded)...};
    look_before_taking(instances, sizeof...(A));
}

// A pointer of the user's, by which instances of the class are held (il::holder<P>): a copy of the one that the instance has, or,
// where a plain pointer converts to it by itself because the object has its own count, a new one.
template <class P>
    requires(!shared_pointer_like<P> && !unique_pointer_like<P>)
struct conversion<P, category::smart_pointer> : held_pointer_conversion<P> {
    using element = typename P::element_type;
    using typename held_pointer_conversion<P>::target;
    using typename held_pointer_conversion<P>::inner;
    using typename held_pointer_conversion<P>::storage;
    static_assert(points_to_class<element>,
                  "interlock: a smart pointer to something that is no bound class");

    static bool load(PyObject* from, storage& to, loading& l) {
        to.source = nullptr;
        if (from == Py_None) {
            to.pointer = P();
            return true;
        }
        loaded_instance<target> found;
        // What an implicit conversion makes is held by nobody.
        const bool exact = std::exchange(l.exact, true);
        const bool fits = inner::fast(from, found) || inner::load(from, found, l);
        l.exact = exact;
        if (!fits) {
            return false;
        }
        to.source = from;
        to.was_asked = true;
        const outside_value* outside = outside_of_instance(from);
        if (outside != nullptr && outside->what == outside_value::kind::held) {
            if (const void* held = outside->pointer_as(typeid(P))) {
                to.pointer = *static_cast<const P*>(held);
                return true;
            }
            if constexpr (std::is_convertible_v<element*, P>) {
                to.pointer = static_cast<element*>(found.value);
                return true;
            }
        }
        return refuse_holder(from, typeid(P), l);
    }
    template <class V>
    static PyObject* make(V&& value) {
        if (!value) {
            return Py_NewRef(Py_None);
        }
        P pointer(std::forward<V>(value));
        element* plain = pointer.get();
        return wrap(plain, new held_outside<P>(std::move(pointer)));
    }
};

}  // namespace detail
INTERLOCK_END
