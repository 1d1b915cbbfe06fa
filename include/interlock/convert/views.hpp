// Spans and bytes: memory of Python objects without a copy, and bytes with one.
//
// A span of an arithmetic type, of a complex number or of std::byte takes any C-contiguous buffer of exactly that type (numpy,
// array, memoryview; for std::byte of any type) and points into it; the export is held until the call is over. Memory of several
// dimensions is one row, in C's order. A span of anything else is of const items, which are converted and live for the call. On
// the way out a span is copied, into a list or into bytes: what it points to is not Python's to keep.
#pragma once

#include <interlock/convert/containers.hpp>
#include <interlock/convert/exports.hpp>

#include <cstring>
#include <new>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

// A new bytes object, or null with the error set.
PyObject* make_bytes(const void* data, std::size_t size) noexcept;

// Items that were converted for a span, one after the other.
template <class E>
class gathered {
public:
    gathered() noexcept = default;
    ~gathered() { clear(); }
    gathered(const gathered&) = delete;
    gathered& operator=(const gathered&) = delete;

    void add(E&& item) {
        if (size_ == room_) {
            grow();
        }
        ::new (static_cast<void*>(items_ + size_)) E(static_cast<E&&>(item));
        ++size_;
    }
    const E* data() const noexcept { return items_; }
    std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::align_val_t alignment{alignof(E)};

    void grow() {
        const std::size_t room = room_ == 0 ? 16 : room_ * 2;
        auto* moved = static_cast<E*>(::operator new(room * sizeof(E), alignment));
        std::size_t done = 0;
        for (; done < size_; ++done) {
            ::new (static_cast<void*>(moved + done)) E(static_cast<E&&>(items_[done]));
        }
        clear();
        items_ = moved;
        size_ = done;
        room_ = room;
    }
    void clear() noexcept {
        while (size_ > 0) {
            items_[--size_].~E();
        }
        if (items_ != nullptr) {
            ::operator delete(static_cast<void*>(items_), alignment);
        }
    }

    E* items_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

template <class T>
inline constexpr bool is_byte_span =
    std::is_same_v<std::remove_const_t<typename T::element_type>, std::byte>;

template <class T>
consteval std::size_t extent_of() {
    if constexpr (requires { T::extent; }) {
        return T::extent;
    } else {
        return buffer_request::any_extent;
    }
}

template <class T>
struct span_out {
    using element = std::remove_const_t<typename T::element_type>;
    using inner = conversion<element>;
    static constexpr const hint* out_parts[] = {&inner::out};
    static constexpr hint out = is_byte_span<T> ? hint_bytes : hint{"list[%]", out_parts};

    static PyObject* make(const T& value) {
        if constexpr (is_byte_span<T>) {
            return make_bytes(value.data(), value.size());
        } else {
            reference list(PyList_New(static_cast<Py_ssize_t>(value.size())));
            for (std::size_t i = 0; list.pointer != nullptr && i < value.size(); ++i) {
                PyObject* made = inner::make(static_cast<const element&>(value.data()[i]));
                if (made == nullptr) [[unlikely]] {
                    return nullptr;
                }
                PyList_SET_ITEM(list.pointer, static_cast<Py_ssize_t>(i), made);
            }
            return list.release();
        }
    }
};

// Of memory that is there.
template <class T, bool IsMemory = has_item_class<std::remove_const_t<typename T::element_type>>>
struct span_conversion : span_out<T> {
    static constexpr bool views = true;
    static constexpr loader loads = by_load;
    static constexpr const hint& in = hint_buffer;
    using storage = exported_memory;
    static constexpr buffer_request request =
        request_of<typename T::element_type>(true, extent_of<T>());

    static bool load(PyObject* from, storage& to, loading& l) noexcept {
        return to.load(from, request, l);
    }
    // Of an item inside of a container: held by the call.
    static bool load_kept(PyObject* from, storage& to, loading& l) {
        return export_and_keep(from, to.data, to.size, request, l);
    }
    // Whether the memory is there as long as the object is, and not made for this export.
    static bool outlives_export(const storage& value, PyObject* from) noexcept {
        return value.view.obj == from;
    }
    template <class D>
    static void set_default(storage& to, const D& value) {
        const T of_value(value);
        to.data = const_cast<void*>(static_cast<const void*>(of_value.data()));
        to.size = of_value.size();
    }
    template <class A>
    static T pass(storage& value) noexcept {
        return T(static_cast<typename T::element_type*>(value.data), value.size);
    }
};

// Of items that are made for the call.
template <class T>
struct span_conversion<T, false> : span_out<T> {
    using element = std::remove_const_t<typename T::element_type>;
    using inner = conversion<element>;
    static_assert(std::is_const_v<typename T::element_type>,
                  "interlock: a std::span of what has to be converted from Python is of const "
                  "items: std::span<const T>; changes of them would be lost");
    static constexpr bool copies_items = true;
    using items = item_list<element>;
    static constexpr loader loads = by_anything;
    static constexpr const hint* in_parts[] = {&inner::in};
    static constexpr hint in{"collections.abc.Iterable[%]", in_parts};
    using storage = gathered<element>;

    static bool load(PyObject* from, storage& to, loading& l) {
        if (!load_items<element>(from, in, false, l, [&to](typename inner::storage& value) {
                to.add(inner::template pass<element>(value));
                return true;
            })) {
            return false;
        }
        constexpr std::size_t extent = extent_of<T>();
        if (extent != buffer_request::any_extent && to.size() != extent) {
            return l.refuse_text(loading::invalid, "expected %zu items, got %zu", extent,
                                 to.size());
        }
        return true;
    }
    template <class A>
    static T pass(storage& value) noexcept {
        return T(value.data(), value.size());
    }
};

template <class T>
struct conversion<T, category::span> : span_conversion<T> {};

// Sequences of std::byte: a copy of what is bytes-like; bytes on the way out.
template <class T>
struct conversion<T, category::bytes> : loaded_value<T> {
    static constexpr const hint& in = hint_buffer;
    static constexpr const hint& out = hint_bytes;
    using byte = typename T::value_type;
    static constexpr bool is_fixed = array_like<T>;

    static consteval buffer_request request() {
        if constexpr (is_fixed) {
            return request_of<const std::byte>(true, fixed_size_of<T>());
        } else {
            return request_of<const std::byte>(true);
        }
    }

    static bool load(PyObject* from, T& to, loading& l) {
        exported_memory memory;
        if (!memory.load(from, request(), l)) {
            return false;
        }
        const auto* first = static_cast<const byte*>(memory.data);
        if constexpr (is_fixed) {
            copy(to, first, memory.size);
        } else if constexpr (requires {
                                 to.resize(memory.size);
                                 { to.data() } -> std::same_as<byte*>;
                             }) {
            to.resize(memory.size);
            copy(to, first, memory.size);
        } else {
            to.clear();
            for (std::size_t i = 0; i < memory.size; ++i) {
                to.push_back(first[i]);
            }
        }
        return true;
    }

    static PyObject* make(const T& value) {
        if constexpr (requires {
                          { value.data() } -> std::convertible_to<const byte*>;
                      }) {
            return make_bytes(value.data(), value.size());
        } else {
            PyObject* made = make_bytes(nullptr, value.size());
            char* at = made == nullptr ? nullptr : PyBytes_AS_STRING(made);
            for (auto item = value.begin(); made != nullptr && item != value.end(); ++item) {
                *at++ = static_cast<char>(*item);
            }
            return made;
        }
    }

private:
    static void copy(T& to, const byte* from, std::size_t size) noexcept {
        if (size != 0) {
            std::memcpy(to.data(), from, size);
        }
    }
};

// One byte: what indexing bytes gives.
template <class T>
struct conversion<T, category::byte> : loaded_value<T> {
    static constexpr const hint& in = hint_int;
    static constexpr const hint& out = hint_int;
    using number = conversion<unsigned char>;

    static bool load(PyObject* from, T& to, loading& l) {
        unsigned char value = 0;
        const bool fits = number::fast(from, value) || number::load(from, value, l);
        to = static_cast<T>(value);
        return fits;
    }
    static PyObject* make(T value) noexcept {
        return number::make(static_cast<unsigned char>(value));
    }
};

}  // namespace detail
INTERLOCK_END
