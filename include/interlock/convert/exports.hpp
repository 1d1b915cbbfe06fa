// The memory of Python objects, as C++ sees it: what is asked of a buffer, and how an export is taken and held.
//
// An export is held from when it is taken until it is released, so that the memory stays where it is: for as long as the
// argument is in use, also where the call detaches meanwhile. It is taken and released attached. Format, layout, alignment and
// whether it may be written are checked here, before any C++ code sees a pointer.
#pragma once

#include <interlock/convert/category.hpp>
#include <interlock/convert/loading.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

// What a format of the module struct stands for.
enum class item_class : unsigned char {
    any_byte,
    boolean,
    character,
    is_signed,
    is_unsigned,
    floating,
    complex,
};

template <class T>
inline constexpr bool has_item_class =
    std::is_arithmetic_v<T> || std::is_same_v<T, std::byte> || complex_like<T>;

template <class T>
consteval item_class item_class_of() {
    static_assert(has_item_class<T>,
                  "interlock: il::buffer<T> is of an arithmetic type, or of std::byte, which "
                  "takes memory of any format");
    if constexpr (std::is_same_v<T, std::byte>) {
        return item_class::any_byte;
    } else if constexpr (std::is_same_v<T, bool>) {
        return item_class::boolean;
    } else if constexpr (std::is_same_v<T, char>) {
        return item_class::character;
    } else if constexpr (std::is_floating_point_v<T>) {
        static_assert(sizeof(T) != 2 || std::numeric_limits<T>::digits == 11,
                      "interlock: no format stands for this type of floats");
        return item_class::floating;
    } else if constexpr (complex_like<T>) {
        return item_class::complex;
    } else if constexpr (std::is_signed_v<T>) {
        return item_class::is_signed;
    } else {
        return item_class::is_unsigned;
    }
}

struct buffer_request {
    item_class items;
    unsigned char alignment;
    std::size_t item_size;
    bool writable;
    bool contiguous;
    std::size_t extent = any_extent;

    static constexpr std::size_t any_extent = static_cast<std::size_t>(-1);
};

template <class T>
consteval buffer_request request_of(bool contiguous,
                                    std::size_t extent = buffer_request::any_extent) {
    return {item_class_of<std::remove_const_t<T>>(),
            alignof(T),
            sizeof(T),
            !std::is_const_v<T>,
            contiguous,
            extent};
}

// Whether the memory is what is asked for; otherwise the loading says what is not. `from` is what it is of.
bool check_memory(const Py_buffer& view, PyObject* from, const buffer_request& request,
                  loading& l) noexcept;

// Takes an export of the object's memory. False: it does not fit, and nothing is held.
bool export_memory(PyObject* from, Py_buffer& view, const buffer_request& request,
                   loading& l) noexcept;
void release_memory(Py_buffer& view) noexcept;

// A memoryview of its own that holds the export, a new reference; null: it does not fit.
PyObject* export_as_object(PyObject* from, const buffer_request& request, loading& l) noexcept;
// The same where the export is to live as long as the call: l.keep holds it. Throws std::bad_alloc.
bool export_and_keep(PyObject* from, void*& data, std::size_t& size, const buffer_request& request,
                     loading& l);

// An export for the length of a call.
struct exported_memory {
    exported_memory() noexcept { view.obj = nullptr; }
    ~exported_memory() {
        if (view.obj != nullptr) {
            release_memory(view);
        }
    }
    exported_memory(const exported_memory&) = delete;
    exported_memory& operator=(const exported_memory&) = delete;

    bool load(PyObject* from, const buffer_request& request, loading& l) noexcept {
        if (!export_memory(from, view, request, l)) {
            return false;
        }
        data = view.buf;
        size = request.item_size == 0 ? 0 : static_cast<std::size_t>(view.len) / request.item_size;
        return true;
    }

    Py_buffer view;
    void* data = nullptr;
    std::size_t size = 0;  // in items
};

inline constexpr hint hint_buffer{"collections.abc.Buffer"};
inline constexpr hint hint_bytes{"bytes"};

}  // namespace detail
INTERLOCK_END
