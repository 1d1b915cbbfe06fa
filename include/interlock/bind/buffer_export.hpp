// The memory of C++ objects as Python sees it, without a copy: memoryview, numpy and everything that takes a buffer.
//
//     il::class_<Matrix>(m, "Matrix")
//         .def_buffer([](Matrix& x) { return il::exported(x.data(), {x.rows(), x.columns()}); });
//
// An export keeps the object alive and says where its memory is for as long as it lasts. What would move that memory has to be
// refused meanwhile: bound vectors do so by themselves, functions of users by il::require_not_exported. An object that is
// exported cannot be given away as a std::unique_ptr.
#pragma once

#include <interlock/bind/class.hpp>
#include <interlock/convert/exports.hpp>
#include <interlock/convert/instance_use.hpp>

#include <initializer_list>

INTERLOCK_BEGIN
namespace detail {

// A number of any integer type, in a list in braces.
struct count_of_items {
    template <std::integral I>
    constexpr count_of_items(I n) noexcept  // NOLINT(google-explicit-constructor): it is one
        : value(static_cast<std::ptrdiff_t>(n)) {}
    std::ptrdiff_t value;
};

}  // namespace detail

// What def_buffer's function returns: where the memory is, how many items there are in each dimension, and how many items lie
// between one and the next in each (none given: in C's order, without gaps). E is arithmetic, std::byte or std::complex;
// exported<const E> cannot be written to. At most 8 dimensions: std::invalid_argument.
template <class E>
struct exported {
    static constexpr std::size_t most_dimensions = 8;

    exported(E* memory, std::initializer_list<detail::count_of_items> sizes,
             std::initializer_list<detail::count_of_items> steps = {})
        : data(memory) {
        if (sizes.size() > most_dimensions || (steps.size() != 0 && steps.size() != sizes.size())) {
            throw std::invalid_argument(
                "interlock: il::exported: at most 8 dimensions, and a stride for each or none");
        }
        for (const detail::count_of_items& size : sizes) {
            shape[dimensions++] = size.value;
        }
        if (steps.size() != 0) {
            std::size_t at = 0;
            for (const detail::count_of_items& step : steps) {
                strides[at++] = step.value;
            }
        } else {
            std::ptrdiff_t step = 1;
            for (std::size_t i = dimensions; i-- > 0;) {
                strides[i] = step;
                step *= shape[i];
            }
        }
    }

    E* data;
    std::size_t dimensions = 0;
    std::ptrdiff_t shape[most_dimensions] = {};
    std::ptrdiff_t strides[most_dimensions] = {};
};

// Throws buffer_error where Python views the object's memory: call it before what would move that memory. Costs one relaxed load
// where no object of the class is exported. Needs an attached thread.
void require_not_exported(const object& instance);

namespace detail {

struct export_facts {
    void* data;
    std::size_t dimensions;
    const std::ptrdiff_t* shape;
    const std::ptrdiff_t* strides;  // in items
    std::size_t item_size;
    char format[4];
    bool read_only;
};

// The format of the module struct that stands for E.
template <class E>
consteval const char* format_of_item() {
    if constexpr (item_class_of<E>() == item_class::any_byte) {
        return "B";
    } else if constexpr (item_class_of<E>() == item_class::boolean) {
        return "?";
    } else if constexpr (item_class_of<E>() == item_class::character) {
        return "c";
    } else if constexpr (complex_like<E>) {
        return sizeof(typename E::value_type) == sizeof(float)    ? "Zf"
               : sizeof(typename E::value_type) == sizeof(double) ? "Zd"
                                                                  : "Zg";
    } else if constexpr (std::is_floating_point_v<E>) {
        return sizeof(E) == 2                ? "e"
               : sizeof(E) == sizeof(float)  ? "f"
               : sizeof(E) == sizeof(double) ? "d"
                                             : "g";
    } else if constexpr (std::is_signed_v<E>) {
        return sizeof(E) == 1 ? "b" : sizeof(E) == 2 ? "h" : sizeof(E) == 4 ? "i" : "q";
    } else {
        return sizeof(E) == 1 ? "B" : sizeof(E) == 2 ? "H" : sizeof(E) == 4 ? "I" : "Q";
    }
}

// Fills the view, or sets BufferError. Counts the export. The object is locked.
int fill_export(PyObject* self, Py_buffer* view, int flags, const export_facts& facts) noexcept;
void release_export(PyObject* self, Py_buffer* view);
// Whether the object's memory is exported; asked where class_site::exports says that some object's is.
bool find_export(PyObject* self) noexcept;
inline bool is_exported(PyObject* self, const class_site& site) noexcept {
    return site.exports.load(std::memory_order_relaxed) != 0 && find_export(self);
}
// BufferError: it cannot be resized.
void refuse_resize(PyObject* self) noexcept;

template <class E>
int fill_export_of(PyObject* self, Py_buffer* view, int flags, const exported<E>& memory) noexcept {
    using item = std::remove_const_t<E>;
    static_assert(has_item_class<item>,
                  "interlock: il::exported<E>: E is an arithmetic type, std::byte or std::complex, "
                  "const where Python may not write");
    export_facts facts{const_cast<item*>(memory.data),
                       memory.dimensions,
                       memory.shape,
                       memory.strides,
                       sizeof(item),
                       {},
                       std::is_const_v<E>};
    const char* format = format_of_item<item>();
    for (std::size_t i = 0; i < 3 && format[i] != '\0'; ++i) {
        facts.format[i] = format[i];
    }
    return fill_export(self, view, flags, facts);
}

template <class T, class Callable>
struct buffer_exporter {
    static_assert(std::is_void_v<typename Callable::state>,
                  "interlock: def_buffer takes a function without captures");
    static int get(PyObject* self, Py_buffer* view, int flags) {
        view->obj = nullptr;
        try {
            const self_lock lock(self, site_of<T>);
            void* value = self_pointer(self, site_of<T>);
            if (value == nullptr) {
                // What a consumer expects of an object that cannot be exported.
                PyObject* error = take_error();
                PyErr_Format(PyExc_BufferError, "%S", error);
                Py_XDECREF(error);
                return -1;
            }
            return fill_export_of(self, view, flags,
                                  Callable::call(nullptr, *static_cast<T*>(value)));
        } catch (const std::exception& error) {
            translate(error);
        } catch (...) {
            translate_unknown();
        }
        return -1;
    }
    static inline const PyType_Slot slots[] = {
        {Py_bf_getbuffer, reinterpret_cast<void*>(&get)},
        {Py_bf_releasebuffer, reinterpret_cast<void*>(&release_export)},
        {0, nullptr}};
};

}  // namespace detail

template <class T, class... Extra>
template <auto F>
class_<T, Extra...>& class_<T, Extra...>::def_buffer() {
    detail::add_slots(*building_, detail::buffer_exporter<T, detail::constant_callable<F>>::slots,
                      2);
    return *this;
}

template <class T, class... Extra>
template <class F>
class_<T, Extra...>& class_<T, Extra...>::def_buffer(F&&) {
    detail::add_slots(*building_,
                      detail::buffer_exporter<T, detail::callable_for<std::decay_t<F>>>::slots, 2);
    return *this;
}

INTERLOCK_END
