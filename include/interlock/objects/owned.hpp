// owned<T>: a reference that may live, move and die anywhere. borrowed<T>: one that somebody else keeps alive.
//
// owned<T> is two words, the reference and its interpreter's record (invariant 11). It is detachable: store it, capture it,
// send it to another thread. Its destructor releases where the thread is attached to that interpreter, defers to that
// interpreter's queue where it is not, and lets go after the interpreter has finished; it never throws, attaches or waits
// (invariant 4).
#pragma once

#include <interlock/objects/leaks.hpp>
#include <interlock/objects/object.hpp>

INTERLOCK_BEGIN

template <class T>
class owned {
    static_assert(std::is_base_of_v<object, T>,
                  "interlock: il::owned<T> holds a kind of Python object: il::object, il::list, "
                  "il::dict, ...");

public:
    // Empty: bind throws std::logic_error.
    owned() noexcept = default;
    owned(owned&& other) noexcept
        : pointer_(std::exchange(other.pointer_, nullptr)), interpreter_(other.interpreter_) {}
    // From a handle of a more special kind.
    template <class U>
        requires(std::is_base_of_v<T, U> && !std::is_same_v<T, U>)
    owned(owned<U>&& other) noexcept
        : pointer_(std::exchange(other.pointer_, nullptr)), interpreter_(other.interpreter_) {}
    owned& operator=(owned&& other) noexcept {
        if (this != &other) {
            owned taken(std::move(other));
            std::swap(pointer_, taken.pointer_);
            std::swap(interpreter_, taken.interpreter_);
        }
        return *this;
    }
    // A copy takes a reference, which needs the interpreter: keep.clone(py).
    owned(const owned&) = delete;
    owned& operator=(const owned&) = delete;
    ~owned() {
        if (pointer_ != nullptr) {
            detail::release_reference(pointer_, interpreter_);
        }
    }

    // A bound object for the same reference. Throws not_attached, wrong_interpreter under another interpreter than the
    // handle's, std::logic_error where the handle is empty. Cost: two queries of CPython's thread state, an increment.
    T bind(python) const& {
        require("il::owned::bind");
        return T(detail::adopt_t{}, Py_NewRef(pointer_));
    }
    T bind(python) && {
        require("il::owned::bind");
        uncount();
        return T(detail::adopt_t{}, std::exchange(pointer_, nullptr));
    }

    // A second handle. Throws as bind.
    owned clone(python) const {
        require("il::owned::clone");
        return owned(Py_NewRef(pointer_), interpreter_);
    }

    // Releases now; the handle is then empty. Optional: the destructor does the same. Throws not_attached, and
    // wrong_interpreter under another interpreter; the handle then keeps its reference.
    void drop(python) {
        if (pointer_ != nullptr) {
            detail::require_same_interpreter(interpreter_, "il::owned::drop");
            uncount();
            detail::decref(std::exchange(pointer_, nullptr));
        }
    }

    // Whether there is a reference; needs no interpreter.
    explicit operator bool() const noexcept { return pointer_ != nullptr; }

    // Takes over a reference of the interpreter; for the library's own use.
    owned(PyObject* pointer, detail::interpreter_record* interpreter) noexcept
        : pointer_(pointer), interpreter_(interpreter) {
        if (detail::counts_handles && pointer != nullptr) [[unlikely]] {
            detail::count_handle(pointer, interpreter);
        }
    }

    // The reference, borrowed, without asking anything: for cycle collection, which must not.
    friend PyObject* peek_reference(const owned& handle) noexcept { return handle.pointer_; }
    friend detail::interpreter_record* peek_interpreter(const owned& handle) noexcept {
        return handle.interpreter_;
    }

private:
    template <class U>
    friend class owned;

    void uncount() const noexcept {
        if (detail::counts_handles) [[unlikely]] {
            detail::uncount_handle(pointer_);
        }
    }

    void require(const char* operation) const {
        if (pointer_ == nullptr) [[unlikely]] {
            detail::throw_empty_handle(operation);
        }
        detail::require_same_interpreter(interpreter_, operation);
    }

    PyObject* pointer_ = nullptr;
    detail::interpreter_record* interpreter_ = nullptr;
};

template <class T>
inline constexpr bool enable_detachable<owned<T>> = true;

namespace detail {

template <class T>
inline constexpr bool is_owned_handle = false;
template <class T>
inline constexpr bool is_owned_handle<owned<T>> = true;

}  // namespace detail

// A reference that somebody else keeps alive, as in a callback's arguments: bound, cheap to copy, never released.
template <class T>
class borrowed : private detail::bound_tag {
public:
    borrowed(const T& value) noexcept : pointer_(value.ptr()) {}
    borrowed(python, PyObject* pointer) noexcept : pointer_(pointer) {}

    PyObject* ptr() const noexcept { return pointer_; }
    // A bound object with a reference of its own.
    T to_owned(python py) const { return borrow<T>(py, pointer_); }
    owned<T> unbind(python py) const { return to_owned(py).unbind(); }

private:
    PyObject* pointer_;
};

inline owned<object> object::unbind() const& {
    detail::require_attached("il::object::unbind");
    detail::interpreter_record* interpreter = detail::interpreter_of_this_thread();
    return owned<object>(Py_XNewRef(pointer_), interpreter);
}
inline owned<object> object::unbind() && {
    detail::require_attached("il::object::unbind");
    detail::interpreter_record* interpreter = detail::interpreter_of_this_thread();
    return owned<object>(release(), interpreter);
}

// The definitions that INTERLOCK_KIND declares.
#define INTERLOCK_KIND_UNBIND(KIND)                                                     \
    inline owned<KIND> KIND::unbind() const& {                                          \
        detail::require_attached("il::" #KIND "::unbind");                              \
        detail::interpreter_record* interpreter = detail::interpreter_of_this_thread(); \
        return owned<KIND>(Py_XNewRef(pointer_), interpreter);                          \
    }                                                                                   \
    inline owned<KIND> KIND::unbind()&& {                                               \
        detail::require_attached("il::" #KIND "::unbind");                              \
        detail::interpreter_record* interpreter = detail::interpreter_of_this_thread(); \
        return owned<KIND>(release(), interpreter);                                     \
    }

INTERLOCK_END
