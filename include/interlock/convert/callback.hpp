// callback<R(A...)>: a Python callable as a C++ function object that may be called, copied and destroyed on any thread.
//
// A call enters the interpreter that the callable came from, where the thread is not attached to it already, and leaves the
// thread as it was. What Python raises is thrown as python_error; where the interpreter is finalizing or gone, no_interpreter.
// Copies share one reference; the last one releases it as il::owned does: on any thread, attached or not, also at exit
// (invariant 4).
#pragma once

#include <interlock/attach/interpreter_scope.hpp>
#include <interlock/objects/call.hpp>

#include <atomic>
#include <functional>

INTERLOCK_BEGIN

template <class Signature>
class callback;

namespace detail {

// A reference to a callable that copies share, on any thread, so that none of them counts by Python's count. Most are never copied:
// the count of those that share it is made by the first copy.
class shared_callable {
public:
    shared_callable() noexcept = default;
    // Takes a reference of its own. Needs an attached thread; the callable has been asked whether it is one.
    explicit shared_callable(PyObject* callable);
    // Throws std::bad_alloc.
    shared_callable(const shared_callable& other)
        : pointer_(other.pointer_), interpreter_(other.interpreter_) {
        if (pointer_ != nullptr) {
            copies_.store(other.count_one_more(), std::memory_order_relaxed);
        }
    }
    shared_callable(shared_callable&& other) noexcept
        : pointer_(std::exchange(other.pointer_, nullptr)),
          interpreter_(other.interpreter_),
          copies_(other.copies_.load(std::memory_order_relaxed)) {}
    shared_callable& operator=(shared_callable other) noexcept {
        std::swap(pointer_, other.pointer_);
        std::swap(interpreter_, other.interpreter_);
        std::atomic<std::size_t>* mine = copies_.load(std::memory_order_relaxed);
        copies_.store(other.copies_.load(std::memory_order_relaxed), std::memory_order_relaxed);
        other.copies_.store(mine, std::memory_order_relaxed);
        return *this;
    }
    ~shared_callable() {
        if (pointer_ == nullptr) {
            return;
        }
        if (copies_.load(std::memory_order_acquire) == nullptr) [[likely]] {
            release_reference(pointer_, interpreter_);
        } else {
            let_go_of_copy();
        }
    }

    PyObject* get() const noexcept { return pointer_; }
    interpreter_record* interpreter() const noexcept { return interpreter_; }

private:
    shared_callable(PyObject* callable, interpreter_record& interpreter) noexcept;
    std::atomic<std::size_t>* count_one_more() const;
    void let_go_of_copy() noexcept;

    PyObject* pointer_ = nullptr;  // null: empty
    interpreter_record* interpreter_ = nullptr;
    // Null while there is no copy. Several threads may make the first one at once.
    mutable std::atomic<std::atomic<std::size_t>*> copies_{nullptr};
};

// Whether this thread is attached to its interpreter. Throws std::bad_function_call for an empty one.
bool can_call_here(const shared_callable& target);
// The callable as a new reference where it is this interpreter's, else null.
PyObject* callable_of_target(const shared_callable& target) noexcept;
[[noreturn]] void throw_unfit_result(const loading& l);
[[noreturn]] void throw_not_callable(const object& value);

template <class A>
inline constexpr bool is_token = std::is_same_v<std::remove_cvref_t<A>, attachment>;

template <class R, bool HasToken>
consteval bool check_callback_result() {
    using U = std::remove_cvref_t<R>;
    if constexpr (!std::is_void_v<R>) {
        static_assert(!std::is_reference_v<R> && !is_view<U> && !holds_views<U>,
                      "interlock: a callback into Python cannot return a reference or a view: "
                      "what it would refer to is gone when the call ends; return a value "
                      "(std::string for std::string_view)");
        static_assert(HasToken || detachable<U>,
                      "interlock: a callback may be called by a thread without the interpreter, "
                      "and cannot return a Python object: return il::owned<T> or a C++ value, or "
                      "let its first parameter be il::python");
    }
    return true;
}

// A result of Python code as a C++ value. What is read inline has no finalizer: it is let go at once, and empty then. `refuse` throws.
template <class R, class Refuse>
INTERLOCK_INLINE R result_from_python(object& result, Refuse refuse) {
    using U = std::remove_cv_t<R>;
    typename conversion<U>::storage value{};
    if constexpr (is_read_at_once<U>) {
        if (conversion<U>::fast(result.ptr(), value)) [[likely]] {
            R read = conversion<U>::template pass<U>(value);
            PyObject* const used = result.release();
            Py_DECREF(used);
            return read;
        }
    }
    loading l = loading::plain();
    if (!load_value<U>(result.ptr(), value, l)) [[unlikely]] {
        refuse(l);
    }
    return conversion<U>::template pass<U>(value);
}

// Where the arguments of such a call go: the token is not passed on.
template <class... A>
struct callback_layout {
    static constexpr std::size_t count = (std::size_t{0} + ... + (is_token<A> ? 0 : 1));
    std::size_t slots[sizeof...(A) + 1] = {};
    std::uint64_t plain = 0;

    static consteval callback_layout make() {
        callback_layout made;
        constexpr bool tokens[] = {is_token<A>..., true};
        constexpr bool plain[] = {is_made_plain<A>..., false};
        std::size_t next = 0;
        for (std::size_t i = 0; i < sizeof...(A); ++i) {
            made.slots[i] = next;
            if (!tokens[i]) {
                if (plain[i] && next < 64) {
                    made.plain |= std::uint64_t{1} << next;
                }
                ++next;
            }
        }
        if constexpr (!((is_token<A> || is_made_plain<A>) && ...)) {
            made.plain = 0;  // as in call_layout
        }
        return made;
    }
};

template <class R, class... A, std::size_t... I>
INTERLOCK_INLINE R call_python_with(PyObject* target, std::index_sequence<I...>, A&&... a) {
    using arguments = callback_layout<A...>;
    static constexpr arguments layout = arguments::make();
    reference_array<arguments::count, 0, layout.plain> values;
    [[maybe_unused]] const auto add = [&]<std::size_t Slot, class T>(
                                          std::integral_constant<std::size_t, Slot>, T&& value) {
        if constexpr (!is_token<T>) {
            values.held[Slot] = to_argument(static_cast<T&&>(value));
        }
    };
    (add(std::integral_constant<std::size_t, layout.slots[I]>{}, static_cast<A&&>(a)), ...);
    argument_slots<arguments::count> slots(values);
    // Released as a handle is: a converter of the user's may leave the thread detached by an exception.
    object result(adopt_t{}, call_plain(target, slots.data(), flagged_count(arguments::count)));
    if constexpr (!std::is_void_v<R>) {
        return result_from_python<R>(result, throw_unfit_result);
    }
}
template <class R, class... A>
INTERLOCK_INLINE R call_python(PyObject* target, A&&... a) {
    return call_python_with<R, A...>(target, std::index_sequence_for<A...>(),
                                     static_cast<A&&>(a)...);
}

}  // namespace detail

template <class R, class... A>
class callback<R(A...)> {
    static constexpr bool has_token = (detail::is_token<A> || ...);

public:
    // Empty: a call throws std::bad_function_call.
    callback() noexcept = default;
    // Throws cast_error for what cannot be called; not_attached; std::logic_error after a move.
    explicit callback(const object& callable)
        : target_((detail::require_attached("il::callback"),
                   PyCallable_Check(detail::as_object(callable, "il::callback").ptr()) != 0
                       ? callable.ptr()
                       : (detail::throw_not_callable(callable), nullptr))) {}
    // For the library's own use.
    callback(detail::adopt_t, PyObject* callable) : target_(callable) {}

    // Calls the Python callable: on any thread, attached or not. A il::python among the parameters is not passed on. Throws
    // python_error with what Python raised, or with TypeError and the like where its result is no R; no_interpreter. Cost:
    // attached, a call of CPython's; else also what with_gil costs.
    R operator()(A... args) const {
        static_assert(detail::check_callback_result<R, has_token>());
        const bool is_here = detail::can_call_here(target_);
        PyObject* const target = target_.get();
        if (!is_here) [[unlikely]] {
            return enter_and_call(target, static_cast<A&&>(args)...);
        }
        return detail::call_python<R, A...>(target, static_cast<A&&>(args)...);
    }

    explicit operator bool() const noexcept { return target_.get() != nullptr; }

    // The Python callable. Throws as il::owned::bind.
    object bind(python py) const {
        if (target_.get() == nullptr) {
            detail::throw_empty_handle("il::callback::bind");
        }
        detail::require_same_interpreter(target_.interpreter(), "il::callback::bind");
        return borrow(py, target_.get());
    }

    // For the library's own use: the callable, a new reference, or null where it is another interpreter's.
    PyObject* callable_here() const noexcept { return detail::callable_of_target(target_); }

private:
    INTERLOCK_NOINLINE R enter_and_call(PyObject* target, A&&... args) const {
        detail::interpreter_scope scope(*target_.interpreter(), std::source_location::current());
        if constexpr (std::is_void_v<R>) {
            detail::call_python<R, A...>(target, static_cast<A&&>(args)...);
            scope.finish();
        } else {
            R result = detail::call_python<R, A...>(target, static_cast<A&&>(args)...);
            scope.finish();
            return result;
        }
    }

    detail::shared_callable target_;
};

template <class Signature>
inline constexpr bool enable_detachable<callback<Signature>> = true;

INTERLOCK_END
