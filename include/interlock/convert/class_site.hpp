// How an instance of a bound C++ class lies in memory, and what is known of a class when the code is compiled.
//
// An instance is the head of a Python object, a pointer to the C++ value, and as a rule the value itself right behind it:
//
//     | PyObject | value | the C++ value ...            | in place: what construction makes
//     | PyObject | value | outside |                      anywhere else: in a holder, in another instance, in C++
//
// `value` points to the C++ object of the instance's own class, and is null before __init__ has run, after the object was
// given away, and while a function works on it with the interpreter released (instance_use.hpp). Whoever holds it does so for no longer than until Python code may run (invariant 14).
//
// A class_site is a variable of the process, one for each C++ class in each extension, and holds no Python object. The type
// that stands in it is that of the interpreter which bound the class first: it is compared, and followed only where the core
// has met no other interpreter (invariant 8).
#pragma once

#include <interlock/attach/scopes.hpp>
#include <interlock/convert/loading.hpp>

#include <atomic>
#include <cstddef>
#include <new>
#include <string>
#include <type_traits>
#include <typeinfo>

INTERLOCK_BEGIN
namespace detail {

struct instance {
    PyObject head;
    std::atomic<void*> value;
};

// What an instance has in the place of the value when the value lies somewhere else. Ends what it owns, and itself.
struct outside_value {
    // owned: by this alone. held: by a pointer of the user's, which others may share.
    enum class kind : unsigned char { borrowed, shared, owned, held, given_away };
    kind what = kind::borrowed;
    // Of a shared one: it is held by a std::shared_ptr to the instance's own class; see shared_outside_of.
    bool is_of_class = false;
    std::atomic<unsigned> uses{0};  // bound functions that work on the object
    PyObject* parent = nullptr;     // kept alive; released by the core

    constexpr explicit outside_value(kind k) noexcept : what(k) {}
    outside_value(const outside_value&) = delete;
    outside_value& operator=(const outside_value&) = delete;
    virtual void
    end() noexcept = 0;  // destroys the C++ object where this owns it, and deletes this
    // Whether it can give up what it owns without destroying it, which the other one then does.
    virtual bool can_let_go() const noexcept { return false; }
    virtual void let_go() noexcept {}
    // The user's pointer that holds it, where it is of that type.
    virtual const void* pointer_as(const std::type_info&) const noexcept { return nullptr; }

protected:
    ~outside_value() = default;
};

struct instance_with_outside {
    PyObject head;
    std::atomic<void*> value;
    outside_value* outside;
};

template <class T>
inline constexpr bool fits_in_place = alignof(T) <= 16;

// Where a value of this alignment lies in its instance.
constexpr std::size_t value_offset_by(std::size_t alignment) noexcept {
    const std::size_t unit = alignment > 8 ? 16 : 8;
    return (sizeof(instance) + unit - 1) / unit * unit;
}
template <class T>
inline constexpr std::size_t value_offset = value_offset_by(alignof(T));

struct class_site;
// The name in Python of a class that another extension has bound; or empty.
std::string shown_elsewhere(const class_site& site);

struct class_site {
    // The exact type whose instances have `value` where struct instance has it; null where there is none.
    std::atomic<PyTypeObject*> type{nullptr};
    // The name that it was bound under, for signatures: the address of a text that lives as long as the process.
    std::atomic<const char*> shown{nullptr};
    const std::type_info* info;

    // `value` is not the address of this class's part: where classes derive from it that have other bases too, where the
    // instance has another head.
    static constexpr unsigned char adjusted = 1;
    // Instances are not made in the plain way: they have more than the value, or the value lies outside.
    static constexpr unsigned char special = 2;
    // Instances are in the interpreter's map of addresses.
    static constexpr unsigned char mapped = 4;
    // Calls exclude one another (where there is no GIL).
    static constexpr unsigned char locked = 8;
    // Something hangs on instances that the core has to see to when they die.
    static constexpr unsigned char cared_for = 32;
    // There is an instance with no value that is not a new one.
    static constexpr unsigned char emptied = 64;
    // It is used on the thread alone that made it.
    static constexpr unsigned char thread_bound = 16;
    // Bound by another extension.
    static constexpr unsigned char elsewhere = 128;
    std::atomic<unsigned char> flags{0};
    // Of the C++ type, as far as they go: told apart from those that another extension means by its name.
    unsigned char alignment;
    unsigned short size;
    // How many views Python has of instances' memory, in any interpreter; see bind/buffer_export.hpp.
    std::atomic<unsigned> exports{0};
    // The memory of instances of `type` that have ended, one behind the other by `value`, and for how many more there is room: see
    // src/instances.cpp.
    mutable std::atomic<instance*> kept{nullptr};
    mutable std::atomic<unsigned> room{0};
    // How far behind the object's beginning a value lies that is in its instance.
    unsigned char place;
    // By a pointer, so that a module which names no class does not have what looks among those of others.
    std::string (*elsewhere_name)(const class_site&) = &shown_elsewhere;

    constexpr explicit class_site(const std::type_info* i, std::size_t s = 0,
                                  std::size_t a = 0) noexcept
        : info(i),
          alignment(static_cast<unsigned char>(a < 255 ? a : 255)),
          size(static_cast<unsigned short>(s < 65535 ? s : 65535)),
          place(static_cast<unsigned char>(value_offset_by(a))) {}
    bool has(unsigned char flag) const noexcept {
        return (flags.load(std::memory_order_relaxed) & flag) != 0;
    }
};

template <class T>
inline constinit class_site site_of{&typeid(T), sizeof(T), alignof(T)};

static_assert(sizeof(class_site) == 2 * sizeof(unsigned) + 6 * sizeof(void*));

inline instance* as_instance(PyObject* object) noexcept {
    return reinterpret_cast<instance*>(object);
}
template <class T>
T* place_in(PyObject* object) noexcept {
    return reinterpret_cast<T*>(reinterpret_cast<char*>(object) + value_offset<T>);
}

// Whether it is an instance of exactly this class, with its value in itself and free to be used.
template <class T>
INTERLOCK_INLINE bool lies_inside(PyObject* object) noexcept {
    return Py_TYPE(object) == site_of<T>.type.load(std::memory_order_relaxed) &&
           as_instance(object)->value.load(std::memory_order_relaxed) ==
               static_cast<void*>(place_in<T>(object));
}

// The same of two.
template <class T>
INTERLOCK_INLINE bool lie_inside(PyObject* one, PyObject* other) noexcept {
    const PyTypeObject* type = site_of<T>.type.load(std::memory_order_relaxed);
    return Py_TYPE(one) == type && Py_TYPE(other) == type &&
           as_instance(one)->value.load(std::memory_order_relaxed) ==
               static_cast<void*>(place_in<T>(one)) &&
           as_instance(other)->value.load(std::memory_order_relaxed) ==
               static_cast<void*>(place_in<T>(other));
}

// Only one interpreter was ever met: then the type in a site is this interpreter's own.
inline bool only_one_interpreter() noexcept {
    return only_interpreter.load(std::memory_order_relaxed) != nullptr;
}

// ---- the core's part ---------------------------------------------------------------------------------------------------------

// The address of the site's class in the instance that a method was called with, or null with the error set: it was not
// constructed, was given away, belongs to another thread, is at work on one. `self` may be an overload's attempt.
void* find_self(PyObject* self, const class_site& site, bool writes) noexcept;

INTERLOCK_INLINE void* self_pointer(PyObject* self, const class_site& site,
                                    bool writes = true) noexcept {
    void* value = as_instance(self)->value.load(std::memory_order_relaxed);
    if (value == nullptr || site.has(class_site::adjusted | class_site::thread_bound))
        [[unlikely]] {
        return find_self(self, site, writes);
    }
    return value;
}

// The value of an object as one of the site's class: also of a derived class, also by an implicit conversion, whose result is
// then a new reference in `temporary`.
bool load_instance(PyObject* from, const class_site& site, void*& to, PyObject** temporary,
                   loading& l) noexcept;

// A new instance of this interpreter's type with nothing in it, or null with the error set.
PyObject* allocate(const class_site& site) noexcept;
// Enters an instance, whose value is there, into the interpreter's map of addresses.
void enter_instance(PyObject* self, const class_site& site) noexcept;
// Gives a new instance a value that lies elsewhere; `outside` is taken over.
void fill_outside(PyObject* self, void* value, outside_value* outside,
                  const class_site& site) noexcept;
// Whether the class is bound in the interpreter that this thread is attached to.
bool is_bound(const class_site& site) noexcept;
bool is_instance_of(PyObject* object, const class_site& site) noexcept;
// The address of the site's class in an instance. Throws cast_error, thus TypeError, where there is none.
void* access_instance(PyObject* object, const class_site& site);

// Whether a value may be made in the instance's own memory.
bool is_in_place(PyObject* self, const class_site& site) noexcept;

// How a returned reference or pointer becomes an object.
enum class returned : unsigned char { copy, move, reference, reference_internal, take };

// An instance around a C++ object that lies elsewhere: the one that it has already, or a new one. `outside` is taken over, also
// when this fails. dynamic: its type as C++ sees it, and the address of the whole object.
PyObject* wrap_outside(const class_site& site, void* value, const std::type_info* dynamic,
                       void* whole, outside_value* outside) noexcept;
// The instance that a C++ object has, as a new reference; null where there is none. No error is set.
PyObject* find_instance(const class_site& site, const void* value, const std::type_info& dynamic,
                        const void* whole) noexcept;
// Sets TypeError: no instance has the object, and it cannot be copied into one.
PyObject* refuse_passing(const class_site& site) noexcept;
// Instances of the class are entered into the map of addresses; before the first of them is made.
inline bool note_passed(class_site& site) noexcept {
    site.flags.fetch_or(class_site::mapped, std::memory_order_relaxed);
    return true;
}
// From now on instances of the class, and of those derived from it, are entered into the map of addresses.
void note_returned_references(class_site& site) noexcept;
// By their names, as two extensions may each have a std::type_info of one type; types in anonymous namespaces by themselves.
bool is_same_type(const std::type_info& a, const std::type_info& b) noexcept;
// Sets TypeError: the class is not bound in this interpreter.
PyObject* refuse_unbound(const class_site& site) noexcept;

}  // namespace detail
INTERLOCK_END
