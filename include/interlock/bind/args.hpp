// args, args_of<T> and kwargs: *args and **kwargs as parameters.
//
// args is a tuple, which cannot change: its items are read where they lie, by index and in a loop, and nothing of Python is
// called for them. A loop holds the tuple, and looks at each item without a reference of its own.
#pragma once

#include <interlock/objects/kinds.hpp>

#include <concepts>
#include <iterator>
#include <memory>
#include <span>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

// A handle around a reference that somebody else holds; may be null.
class unheld_object {
public:
    explicit unheld_object(PyObject* pointer) noexcept { begin(pointer); }
    unheld_object(const unheld_object& other) noexcept { begin(other.handle_.ptr()); }
    unheld_object& operator=(const unheld_object& other) noexcept {
        set(other.handle_.ptr());
        return *this;
    }
    ~unheld_object() {}  // not defaulted: the handle is not to be destroyed
    void set(PyObject* pointer) noexcept {
        static_cast<void>(handle_.release());
        begin(pointer);
    }
    const object& get() const noexcept { return handle_; }

private:
    void begin(PyObject* pointer) noexcept {
        std::construct_at(std::addressof(handle_), adopt_t{}, pointer);
    }

    union {
        object handle_;
    };
};

}  // namespace detail

// The place in a loop over args. What it gives stands until it moves on; a copy of that has a reference of its own. Moving on
// throws not_attached. Cost of a step: one thread-local and two loads.
class args_iterator : private detail::bound_tag {
public:
    using value_type = object;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    args_iterator() noexcept = default;
    explicit args_iterator(object tuple)
        : tuple_(std::move(tuple)), size_(PyTuple_GET_SIZE(tuple_.ptr())) {
        look();
    }

    const object& operator*() const noexcept { return current_.get(); }
    args_iterator& operator++() {
        detail::require_attached_inline("a loop over il::args");
        ++index_;
        look();
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const args_iterator& at, std::default_sentinel_t) noexcept {
        return at.index_ >= at.size_;
    }

private:
    void look() noexcept {
        current_.set(index_ < size_ ? PyTuple_GET_ITEM(tuple_.ptr(), index_) : nullptr);
    }

    object tuple_{detail::adopt_t{}, nullptr};
    detail::unheld_object current_{nullptr};
    Py_ssize_t index_ = 0;
    Py_ssize_t size_ = 0;
};

// All positional arguments that no other parameter takes.
class args : public tuple {
public:
    using tuple::tuple;
    static constexpr const char* kind_name = "tuple";

    // As those of il::tuple, without a call of CPython's. All throw not_attached, and std::logic_error after a move.
    std::size_t size() const { return static_cast<std::size_t>(checked_size("il::args::size")); }
    // A negative index counts from the end. Throws python_error (IndexError).
    object get(std::ptrdiff_t index) const {
        const Py_ssize_t size = checked_size("il::args::get");
        const Py_ssize_t at = index < 0 ? index + size : index;
        if (at < 0 || at >= size) [[unlikely]] {
            detail::throw_tuple_index();
        }
        return object(detail::adopt_t{}, Py_NewRef(PyTuple_GET_ITEM(pointer_, at)));
    }
    // By an integer the item itself, as get() gives it: there is nothing to assign to. By anything else as il::object has it.
    template <class Key>
    decltype(auto) operator[](Key&& key) const {
        if constexpr (std::integral<std::remove_cvref_t<Key>>) {
            using index_type = std::remove_cvref_t<Key>;
            if constexpr (sizeof(index_type) >= sizeof(Py_ssize_t) &&
                          std::unsigned_integral<index_type>) {
                if (key > static_cast<index_type>(PY_SSIZE_T_MAX)) [[unlikely]] {
                    detail::throw_tuple_index();
                }
            }
            return static_cast<const object>(get(static_cast<Py_ssize_t>(key)));
        } else {
            return tuple::operator[](std::forward<Key>(key));
        }
    }

    args_iterator begin() const {
        static_cast<void>(checked_size("a loop over il::args"));
        return args_iterator(*this);
    }

private:
    Py_ssize_t checked_size(const char* operation) const {
        detail::require_attached_inline(operation);
        if (pointer_ == nullptr) [[unlikely]] {
            detail::throw_empty_handle(operation);
        }
        return PyTuple_GET_SIZE(pointer_);
    }
};

// All positional arguments that no other parameter takes, each converted to T, which Python sees as `*args: int`: what
// std::span<const T> is, of values that stand until the function returns. One that does not fit is refused by its number, as any other
// argument. T: numbers, text, views of text and of memory, containers of them, kinds of objects; no object of a bound class and no
// pointer to one, which would have to be held, locked and marked one by one. May be read without the interpreter where T may be, also
// under il::allow_threads. Cost: that of converting each; more than eight of them, or more than 256 bytes of T, are one allocation.
// No tuple is made where all are given by position and the function has neither il::kwargs nor parameters behind this one.
template <class T>
class args_of {
public:
    using value_type = T;
    using const_iterator = const T*;
    using iterator = const_iterator;

    args_of() noexcept = default;
    // Of values that somebody else holds.
    args_of(std::span<const T> values) noexcept : values_(values) {}

    std::size_t size() const noexcept { return values_.size(); }
    bool empty() const noexcept { return values_.empty(); }
    const T* data() const noexcept { return values_.data(); }
    const T* begin() const noexcept { return values_.data(); }
    const T* end() const noexcept { return values_.data() + values_.size(); }
    // index: less than size(), which is not asked.
    const T& operator[](std::size_t index) const noexcept { return values_[index]; }

private:
    std::span<const T> values_;
};
template <class T>
inline constexpr bool enable_detachable<args_of<T>> = detachable<T>;
// So a std::span may be made of it.
INTERLOCK_END
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<interlock::args_of<T>> = true;
INTERLOCK_BEGIN

namespace detail {

template <class T>
struct rest_item {
    static constexpr bool is_rest = false;
};
template <class T>
struct rest_item<args_of<T>> {
    static constexpr bool is_rest = true;
    using type = std::remove_cv_t<T>;
};
// Whether a parameter takes all other positional arguments, converted.
template <class A>
inline constexpr bool is_typed_rest = rest_item<std::remove_cvref_t<A>>::is_rest;
template <class A>
inline constexpr bool is_const_rest = false;
template <class A>
    requires is_typed_rest<A>
inline constexpr bool is_const_rest<A> =
    std::is_const_v<typename std::remove_cvref_t<A>::value_type>;

}  // namespace detail

// All named arguments that no other parameter takes.
class kwargs : public dict {
public:
    using dict::dict;
    static constexpr const char* kind_name = "dict";
};

INTERLOCK_END
