// pinned_str and pinned_bytes: the memory of a Python string or of bytes, to be read with or without the interpreter.
//
// They hold the object, which does not change, so that its characters stay where they are: no copy, and detachable. Moving,
// storing and dropping are those of il::owned (invariant 4). The memory is there while the interpreter is: a view that is
// kept beyond its end must not be read.
#pragma once

#include <interlock/objects/str.hpp>

INTERLOCK_BEGIN

class pinned_str {
public:
    // Throws python_error (UnicodeEncodeError) for lone surrogates; not_attached; std::logic_error after a move.
    explicit pinned_str(const str& text) : view_(text.view()), holder_(text.unbind()) {}

    // The text in UTF-8; a NUL follows it. No interpreter is needed. Empty after a move.
    std::string_view view() const noexcept { return view_; }
    operator std::string_view() const noexcept { return view_; }
    const char* data() const noexcept { return view_.data(); }
    const char* c_str() const noexcept { return view_.data(); }
    std::size_t size() const noexcept { return view_.size(); }
    bool empty() const noexcept { return view_.empty(); }
    const char* begin() const noexcept { return view_.data(); }
    const char* end() const noexcept { return view_.data() + view_.size(); }

    pinned_str(pinned_str&& other) noexcept
        : view_(std::exchange(other.view_, {})), holder_(std::move(other.holder_)) {}
    pinned_str& operator=(pinned_str&& other) noexcept {
        holder_ = std::move(other.holder_);
        view_ = this == &other ? view_ : std::exchange(other.view_, {});
        return *this;
    }
    pinned_str(const pinned_str&) = delete;  // a second one needs the token: clone(py)
    pinned_str& operator=(const pinned_str&) = delete;
    ~pinned_str() = default;

    // The string itself, and a second view. Throw as il::owned::bind.
    str bind(python py) const { return holder_.bind(py); }
    pinned_str clone(python py) const { return pinned_str(bind(py)); }
    // Lets go now; the view is then empty. Throws as il::owned::drop.
    void drop(python py) {
        holder_.drop(py);
        view_ = {};
    }

private:
    std::string_view view_;
    owned<str> holder_;
};

class pinned_bytes {
public:
    // Throws not_attached; std::logic_error after a move.
    explicit pinned_bytes(const bytes& data) : view_(data.view()), holder_(data.unbind()) {}

    // The bytes; a NUL follows them. No interpreter is needed. Empty after a move.
    std::string_view view() const noexcept { return view_; }
    std::span<const std::byte> span() const noexcept {
        return {reinterpret_cast<const std::byte*>(view_.data()), view_.size()};
    }
    operator std::span<const std::byte>() const noexcept { return span(); }
    const char* data() const noexcept { return view_.data(); }
    std::size_t size() const noexcept { return view_.size(); }
    bool empty() const noexcept { return view_.empty(); }

    pinned_bytes(pinned_bytes&& other) noexcept
        : view_(std::exchange(other.view_, {})), holder_(std::move(other.holder_)) {}
    pinned_bytes& operator=(pinned_bytes&& other) noexcept {
        holder_ = std::move(other.holder_);
        view_ = this == &other ? view_ : std::exchange(other.view_, {});
        return *this;
    }
    pinned_bytes(const pinned_bytes&) = delete;  // a second one needs the token: clone(py)
    pinned_bytes& operator=(const pinned_bytes&) = delete;
    ~pinned_bytes() = default;

    // The bytes object itself, and a second view. Throw as il::owned::bind.
    bytes bind(python py) const { return holder_.bind(py); }
    pinned_bytes clone(python py) const { return pinned_bytes(bind(py)); }
    // Lets go now; the view is then empty. Throws as il::owned::drop.
    void drop(python py) {
        holder_.drop(py);
        view_ = {};
    }

private:
    std::string_view view_;
    owned<bytes> holder_;
};

template <>
inline constexpr bool enable_detachable<pinned_str> = true;
template <>
inline constexpr bool enable_detachable<pinned_bytes> = true;

namespace detail {

// As parameters they are made for the call, and moved from where they are taken by value. On the way out they are their objects.
template <class T, class Kind>
struct pinned_conversion {
    static constexpr loader loads = by_anything;
    static constexpr const hint& in = conversion<Kind>::in;
    static constexpr const hint& out = conversion<Kind>::out;
    using storage = std::optional<T>;

    static bool load(PyObject* from, storage& to, loading& l) {
        if (!Kind::is_kind(from)) {
            return l.refuse(in, from);
        }
        utf8_view utf8;
        if constexpr (std::is_same_v<Kind, str>) {
            // What has no UTF-8 is refused here, with the error that says why.
            if (!load_utf8(from, utf8, l)) {
                return false;
            }
        }
        to.emplace(Kind(adopt_t{}, Py_NewRef(from)));
        return true;
    }
    template <class A>
    static A&& pass(storage& value) noexcept {
        return static_cast<A&&>(*value);
    }
    static PyObject* make(const T& value) { return value.bind(token_inside).release(); }
};
template <>
struct conversion<pinned_str, category::pinned> : pinned_conversion<pinned_str, str> {};
template <>
struct conversion<pinned_bytes, category::pinned> : pinned_conversion<pinned_bytes, bytes> {};

}  // namespace detail

INTERLOCK_END
