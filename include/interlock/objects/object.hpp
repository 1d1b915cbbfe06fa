// object: a reference to any Python object, bound to the interpreter. Base of all kinds.
//
// A bound object owns a reference and may be used only while attached; it is made from a token (or from another bound
// object) and cannot enter allow_threads or leave with_gil. Its destructor is safe anywhere: found detached, it queues the
// release. Attribute, call, item and conversion are one out-of-line call each, which asks CPython whether the thread is
// attached; copying reads one thread-local. Every operation throws not_attached where it is refused, and python_error with
// what Python raised.
#pragma once

#include <interlock/attach/doors.hpp>
#include <interlock/objects/name.hpp>
#include <interlock/objects/release.hpp>

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN

template <class T>
class owned;
template <class T>
class borrowed;
class attribute;
class item;
class item_iterator;

namespace detail {

// Marks the constructors that take over a reference; T's kind has been checked.
struct adopt_t {
    explicit adopt_t() = default;
};

// The base of attribute and item, which stand for an object.
struct proxy_tag {};

// What the operators take for one of their own: an object of any kind, or what stands for one.
template <class T>
concept operand = std::is_base_of_v<object, std::remove_cvref_t<T>> ||
                  std::is_base_of_v<proxy_tag, std::remove_cvref_t<T>>;

// Throws the Python error that is set, or SystemError's text where none is. Needs an attached thread.
[[noreturn]] void throw_python_error();

// Takes a new reference that an API function returned; null becomes the Python error.
inline PyObject* check_new(PyObject* result) {
    if (result == nullptr) [[unlikely]] {
        throw_python_error();
    }
    return result;
}

// Out-of-line operations; each checks attachment, and that `self` is not an object that was moved from.
PyObject* get_attribute(PyObject* self, const name& key);
PyObject* get_attribute_or_null(PyObject* self, const name& key);  // null: there is none
void set_attribute(PyObject* self, const name& key, PyObject* value);
void delete_attribute(PyObject* self, const name& key);
PyObject* get_item(PyObject* self, PyObject* key);
void set_item(PyObject* self, PyObject* key, PyObject* value);
void delete_item(PyObject* self, PyObject* key);
bool contains(PyObject* self, PyObject* key);
std::size_t length(PyObject* self);
PyObject* iterate(PyObject* self);
PyObject* next_or_null(PyObject* iterator);
PyObject* repr_of(PyObject* self);
PyObject* str_of(PyObject* self);
std::ptrdiff_t hash_of(PyObject* self);
bool is_true(PyObject* self);
bool compare(PyObject* left, PyObject* right, int operation);
PyObject* compare_object(PyObject* left, PyObject* right, int operation);
bool is_instance(PyObject* self, PyObject* classes);
bool is_subclass(PyObject* self, PyObject* classes);
// A new reference to a function or class of the module builtins.
PyObject* builtin(const name& key, const char* operation);

// Throws cast_error: "expected list, got str".
[[noreturn]] void throw_wrong_kind(const char* operation, const char* expected, PyObject* got);

}  // namespace detail

class object : private detail::bound_tag {
public:
    // Copies own a reference of their own. Cost: one thread-local and the increment.
    object(const object& other) : pointer_(other.pointer_) {
        detail::require_attached_inline("copying il::object");
        Py_XINCREF(pointer_);
    }
    // Moving touches nothing of Python. What was moved from can be assigned to and destroyed, nothing else.
    object(object&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
    object& operator=(const object& other) {
        if (this != &other) {
            object copy(other);
            std::swap(pointer_, copy.pointer_);
        }
        return *this;
    }
    object& operator=(object&& other) noexcept {
        if (this != &other) {
            object taken(std::move(other));
            std::swap(pointer_, taken.pointer_);
        }
        return *this;
    }
    ~object() {
        if (pointer_ != nullptr) {
            if (detail::may_touch_python()) [[likely]] {
                detail::decref(pointer_);
            } else {
                detail::release_bound(pointer_);
            }
        }
    }

    // Takes over a reference whose kind is known; use il::steal.
    object(detail::adopt_t, PyObject* pointer) noexcept : pointer_(pointer) {}

    // The pointer, borrowed, for CPython's own API; null after a move.
    PyObject* ptr() const noexcept { return pointer_; }

    // The pointer with its reference, which the caller then owns. The object is as after a move.
    [[nodiscard]] PyObject* release() noexcept { return std::exchange(pointer_, nullptr); }

    // The token. Checked like an inline operation.
    python py() const {
        detail::require_attached_inline("il::object::py");
        return detail::token_inside;
    }

    // Attributes, by name: read when converted or called, written when assigned.
    attribute attr(detail::name name) const;
    // A temporary text is kept by what this gives.
    template <detail::dying_text T>
    attribute attr(T&& name) const;

    // self[key]; the key is converted to Python.
    template <class Key>
    item operator[](Key&& key) const;

    // self(args...): values are converted; il::kw("name") = value, il::unpack(sequence), il::unpack_kw(mapping).
    template <class... Args>
    object operator()(Args&&... args) const;

    // self.name(args...) without making a bound method.
    template <class... Args>
    object call_method(detail::name name, Args&&... args) const;

    // Converts to a C++ type, or to a kind of object. Throws cast_error. Views of a temporary's memory do not compile. An object that is
    // moved from by it, std::move(o).as<int>(), may be empty afterwards, as after any move; it is not where this throws.
    template <class T>
    decltype(auto) as() const&;
    template <class T>
    decltype(auto) as() &&;
    // The same, empty where it does not fit.
    template <class T>
    auto try_as() const&;
    template <class T>
    auto try_as() &&;

    bool is_none() const {
        detail::require_attached_inline("il::object::is_none");
        return pointer_ == Py_None;
    }
    bool is(const object& other) const {
        detail::require_attached_inline("il::object::is");
        return pointer_ == other.pointer_;
    }

    std::string repr() const;
    std::string str() const;
    std::ptrdiff_t hash() const { return detail::hash_of(pointer_); }
    explicit operator bool() const { return detail::is_true(pointer_); }

    template <class Key>
    bool contains(Key&& key) const;

    // for (il::object item : o): any iterable. Throw python_error (TypeError) for what is none.
    item_iterator begin() const;
    std::default_sentinel_t end() const noexcept { return std::default_sentinel; }

    // A handle that may be stored, sent to another thread and dropped anywhere.
    owned<object> unbind() const&;
    owned<object> unbind() &&;

    static constexpr const char* kind_name = "object";
    static bool is_kind(PyObject*) noexcept { return true; }

protected:
    PyObject* pointer_;
};

// Takes over a new reference that an API function returned. Throws python_error with the error that is set where it is
// null, cast_error where the object is of another kind (its reference is then released). Needs an attached thread.
template <class T = object>
T steal(python, PyObject* pointer) {
    detail::require_attached("il::steal");
    detail::check_new(pointer);
    if (!T::is_kind(pointer)) [[unlikely]] {
        const object released(detail::adopt_t{}, pointer);
        detail::throw_wrong_kind("il::steal", T::kind_name, pointer);
    }
    return T(detail::adopt_t{}, pointer);
}

// Takes a reference of its own to an object that somebody else holds. Throws as il::steal.
template <class T = object>
T borrow(python, PyObject* pointer) {
    detail::require_attached("il::borrow");
    detail::check_new(pointer);
    if (!T::is_kind(pointer)) [[unlikely]] {
        detail::throw_wrong_kind("il::borrow", T::kind_name, pointer);
    }
    return T(detail::adopt_t{}, Py_NewRef(pointer));
}

// Whether an object is of a kind: il::isinstance<il::list>(o). Subclasses count. Throws not_attached.
template <class T>
    requires std::is_base_of_v<object, T>
bool isinstance(const object& value) {
    detail::require_attached("il::isinstance");
    return value.ptr() != nullptr && T::is_kind(value.ptr());
}

// isinstance(o, classes) and issubclass(c, classes) as Python has them: a class, a union of classes or a tuple of these.
// Throw python_error.
inline bool isinstance(const object& value, const object& classes) {
    return detail::is_instance(value.ptr(), classes.ptr());
}
inline bool issubclass(const object& value, const object& classes) {
    return detail::is_subclass(value.ptr(), classes.ptr());
}

// len(o). Throws python_error where it has none.
inline std::size_t len(const object& value) { return detail::length(value.ptr()); }

// hasattr(o, "name"): false for AttributeError; other errors are thrown.
inline bool hasattr(const object& value, detail::name name) {
    detail::require_attached("il::hasattr");
    PyObject* found = detail::get_attribute_or_null(value.ptr(), name);
    if (found != nullptr) {
        detail::decref(found);
    }
    return found != nullptr;
}

inline object getattr(const object& value, detail::name name) {
    detail::require_attached("il::getattr");
    return object(detail::adopt_t{}, detail::get_attribute(value.ptr(), name));
}

// The attribute, or `otherwise` where there is none; other errors are thrown.
inline object getattr(const object& value, detail::name name, object otherwise) {
    PyObject* found = detail::get_attribute_or_null(value.ptr(), name);
    return found != nullptr ? object(detail::adopt_t{}, found) : std::move(otherwise);
}

inline void delattr(const object& value, detail::name name) {
    detail::delete_attribute(value.ptr(), name);
}

// What every kind repeats: the constructors, and unbind() with its own type.
#define INTERLOCK_KIND(KIND)                        \
    using object::object;                           \
    static constexpr const char* kind_name = #KIND; \
    owned<KIND> unbind() const&;                    \
    owned<KIND> unbind()&&;

INTERLOCK_END
