// buffer<T>: an object's memory as items of a C++ type, to be used with or without the interpreter.
//
// Its length, shape and format are checked once, when it is made; what was exported stays where it is until the buffer lets
// go: a bytearray cannot be resized meanwhile. Other threads may write to the memory at any time, if they may write at all.
//
// The export is held by a memoryview that nobody else is given, and that one by an il::owned: so it is released once, when
// that reference is, on any thread, attached or not, and let go where the interpreter has ended (invariant 4).
#pragma once

#include <interlock/objects/memoryview.hpp>

#include <initializer_list>

INTERLOCK_BEGIN
namespace detail {

// What is read of a buffer while detached.
struct buffer_view {
    void* data = nullptr;
    std::size_t size = 0;  // items
    std::size_t dimensions = 0;
    const std::ptrdiff_t* shape = nullptr;
    const std::ptrdiff_t* strides = nullptr;  // in bytes
    bool contiguous = true;
    bool readonly = true;
};

// Makes the memoryview, a new reference, and checks it; null: it does not fit.
PyObject* open_buffer(PyObject* exporter, const buffer_request& request, buffer_view& view,
                      loading& l);
// The same. Throws cast_error, which says what does not fit, and python_error.
memoryview open_buffer(const object& exporter, const buffer_request& request, buffer_view& view);
void require_shape(const buffer_view& view, std::initializer_list<std::ptrdiff_t> shape);
[[noreturn]] void throw_not_contiguous();
[[noreturn]] void throw_out_of_range(std::size_t dimension, std::size_t index, std::size_t size);
[[noreturn]] void throw_wrong_dimensions(std::size_t given, std::size_t there);

}  // namespace detail

// T is arithmetic, or std::byte for contiguous memory of any format; const T takes memory that may not be written, too.
template <class T>
class buffer {
    using item = std::remove_const_t<T>;
    // Bytes have no strides: memory of any format is one row of them.
    static constexpr detail::buffer_request request =
        detail::request_of<T>(std::is_same_v<item, std::byte>);

public:
    using value_type = item;

    // Throws cast_error where the object has no memory to show, where its items are not exactly T in this machine's order,
    // or where T is not const and the memory is read-only; not_attached; std::logic_error after a move. Cost: a memoryview.
    explicit buffer(const object& exporter)
        : holder_(detail::open_buffer(exporter, request, view_).unbind()) {}
    // The same with a shape, in which -1 stands for any extent: il::buffer<double>(o, {-1, 3}).
    buffer(const object& exporter, std::initializer_list<std::ptrdiff_t> shape) : buffer(exporter) {
        detail::require_shape(view_, shape);
    }

    buffer(buffer&& other) noexcept
        : view_(std::exchange(other.view_, {})), holder_(std::move(other.holder_)) {}
    buffer& operator=(buffer&& other) noexcept {
        holder_ = std::move(other.holder_);
        view_ = this == &other ? view_ : std::exchange(other.view_, {});
        return *this;
    }
    // For the library's own use: null where it does not fit, and then `l` says why.
    static std::optional<buffer> from(PyObject* exporter, detail::loading& l) {
        detail::buffer_view view;
        PyObject* made = detail::open_buffer(exporter, request, view, l);
        if (made == nullptr) {
            return std::nullopt;
        }
        const memoryview held(detail::adopt_t{}, made);
        return buffer(view, held.unbind());
    }
    buffer(const buffer&) = delete;
    buffer& operator=(const buffer&) = delete;
    ~buffer() = default;

    // None of the following needs the interpreter. Empty after a move.
    std::size_t size() const noexcept { return view_.size; }
    std::size_t dimensions() const noexcept { return view_.dimensions; }
    std::span<const std::ptrdiff_t> shape() const noexcept {
        return {view_.shape, view_.dimensions};
    }
    std::span<const std::ptrdiff_t> strides() const noexcept {  // in bytes, of any sign
        return {view_.strides, view_.dimensions};
    }
    bool is_contiguous() const noexcept { return view_.contiguous; }  // in C's order
    bool readonly() const noexcept { return view_.readonly; }

    // The first item. The others follow it where is_contiguous().
    T* data() const noexcept { return static_cast<T*>(view_.data); }
    // All items. Throws std::logic_error where the memory is not contiguous.
    std::span<T> span() const {
        if (!view_.contiguous) [[unlikely]] {
            detail::throw_not_contiguous();
        }
        return {data(), size()};
    }
    T* begin() const { return span().data(); }
    T* end() const { return begin() + size(); }

    // One item, by as many indices as there are dimensions: unchecked, and checked (std::out_of_range).
    template <class... I>
    T& operator()(I... indices) const noexcept {
        std::size_t dimension = 0;
        auto* at = static_cast<char*>(view_.data);
        ((at += static_cast<std::ptrdiff_t>(indices) * view_.strides[dimension++]), ...);
        return *reinterpret_cast<T*>(at);
    }
    template <class... I>
    T& at(I... indices) const {
        if (sizeof...(I) != view_.dimensions) [[unlikely]] {
            detail::throw_wrong_dimensions(sizeof...(I), view_.dimensions);
        }
        std::size_t dimension = 0;
        (check(dimension++, static_cast<std::size_t>(indices)), ...);
        return (*this)(indices...);
    }
    T& operator[](std::size_t index) const noexcept { return (*this)(index); }

    // The object whose memory it is. Throws as il::owned::bind.
    object exporter(python py) const { return holder_.bind(py).attr("obj").get(); }
    // Releases now; the view is then empty. Throws as il::owned::drop.
    void drop(python py) {
        holder_.drop(py);
        view_ = {};
    }

private:
    buffer(const detail::buffer_view& view, owned<memoryview> holder) noexcept
        : view_(view), holder_(std::move(holder)) {}

    void check(std::size_t dimension, std::size_t index) const {
        const auto extent = static_cast<std::size_t>(view_.shape[dimension]);
        if (index >= extent) [[unlikely]] {
            detail::throw_out_of_range(dimension, index, extent);
        }
    }

    detail::buffer_view view_;
    owned<memoryview> holder_;
};

template <class T>
inline constexpr bool enable_detachable<buffer<T>> = true;

namespace detail {

// As a parameter it is made for the call, and moved from where it is taken by value. On the way out it is the object whose
// memory it is.
template <class T>
struct conversion<buffer<T>, category::pinned> {
    static constexpr loader loads = by_anything;
    static constexpr const hint& in = hint_buffer;
    static constexpr const hint& out = hint_buffer;
    using storage = std::optional<buffer<T>>;

    static bool load(PyObject* from, storage& to, loading& l) {
        std::optional<buffer<T>> made = buffer<T>::from(from, l);
        if (made.has_value()) {
            to.emplace(std::move(*made));
        }
        return made.has_value();
    }
    template <class A>
    static A&& pass(storage& value) noexcept {
        return static_cast<A&&>(*value);
    }
    static PyObject* make(const buffer<T>& value) { return value.exporter(token_inside).release(); }
};

}  // namespace detail

INTERLOCK_END
