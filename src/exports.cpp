// What is asked of the memory of Python objects, and what is said where it is not so. See convert/exports.hpp.
#include "python_call.hpp"

#include <interlock/convert/convert.hpp>
#include <interlock/objects/error.hpp>

#include <cstdio>
#include <cstring>
#include <string>

INTERLOCK_BEGIN
namespace detail {

namespace {

// What the characters of the module struct stand for; sizes come from the buffer itself. Numpy writes complex numbers as Zd, the
// module struct as D.
item_class class_of_format(const char* format) noexcept {
    const bool is_complex = format[0] == 'Z';
    if (format[0] == '\0' ||
        (is_complex ? format[1] == '\0' || format[2] != '\0' : format[1] != '\0')) {
        return item_class::any_byte;
    }
    if (is_complex) {
        return std::strchr("fdg", format[1]) != nullptr ? item_class::complex
                                                        : item_class::any_byte;
    }
    switch (*format) {
        case '?':
            return item_class::boolean;
        case 'c':
            return item_class::character;
        case 'b':
        case 'h':
        case 'i':
        case 'l':
        case 'q':
        case 'n':
            return item_class::is_signed;
        case 'B':
        case 'H':
        case 'I':
        case 'L':
        case 'Q':
        case 'N':
            return item_class::is_unsigned;
        case 'e':
        case 'f':
        case 'd':
        case 'g':
            return item_class::floating;
        case 'F':
        case 'D':
        case 'G':
            return item_class::complex;
        default:
            return item_class::any_byte;  // none that C++ has a type for
    }
}

const char* format_of(const Py_buffer& view) noexcept {
    return view.format == nullptr ? "B" : view.format;
}

// Behind the mark of this machine's byte order, if there is one; the other order's mark stays.
const char* native_format(const Py_buffer& view) noexcept {
    const char* format = format_of(view);
    const bool is_native = *format == '@' || *format == '=' ||
                           *format == (PY_LITTLE_ENDIAN != 0 ? '<' : '>') ||
                           (PY_LITTLE_ENDIAN == 0 && *format == '!');
    return is_native ? format + 1 : format;
}

bool has_items(const Py_buffer& view, const buffer_request& request) noexcept {
    if (request.items == item_class::any_byte) {
        return true;
    }
    const char* format = native_format(view);
    if (static_cast<std::size_t>(view.itemsize) != request.item_size) {
        return false;
    }
    const item_class there = class_of_format(format);
    if (request.items == item_class::character) {  // char is one byte of any sign
        return there == item_class::character || *format == 'b' || *format == 'B';
    }
    return there == request.items;
}

// "64-bit floats"; of what has no name in C++, the number of bytes.
void describe_items(item_class items, std::size_t size, char* to, std::size_t room) noexcept {
    const std::size_t bits = size * 8;
    switch (items) {
        case item_class::any_byte:
            std::snprintf(to, room, "%zu bytes each", size);
            break;
        case item_class::boolean:
            std::snprintf(to, room, "bool");
            break;
        case item_class::character:
            std::snprintf(to, room, "char");
            break;
        case item_class::is_signed:
            std::snprintf(to, room, "%zu-bit signed integers", bits);
            break;
        case item_class::is_unsigned:
            std::snprintf(to, room, "%zu-bit unsigned integers", bits);
            break;
        case item_class::floating:
            std::snprintf(to, room, "%zu-bit floats", bits);
            break;
        case item_class::complex:
            std::snprintf(to, room, "complex numbers of %zu-bit floats", bits / 2);
            break;
    }
}

void describe_request(const buffer_request& request, char* to, std::size_t room) noexcept {
    if (request.items == item_class::any_byte) {
        std::snprintf(to, room, "bytes");
    } else {
        describe_items(request.items, request.item_size, to, room);
    }
}

// "(3, 2)".
void describe_numbers(const Py_ssize_t* numbers, int count, char* to, std::size_t room) noexcept {
    auto at = static_cast<std::size_t>(std::snprintf(to, room, "("));
    for (int i = 0; i < count && at < room; ++i) {
        at += static_cast<std::size_t>(
            std::snprintf(to + at, room - at, i == 0 ? "%zd" : ", %zd", numbers[i]));
    }
    if (at < room) {
        std::snprintf(to + at, room - at, count == 1 ? ",)" : ")");
    }
}

bool refuse_items(const Py_buffer& view, PyObject* from, const buffer_request& request,
                  loading& l) noexcept {
    char expected[64];
    char there[64];
    describe_request(request, expected, sizeof expected);
    const char* format = native_format(view);
    const char* behind_order =
        std::strchr("<>!=@", *format) != nullptr && *format != '\0' ? format + 1 : format;
    describe_items(class_of_format(behind_order), static_cast<std::size_t>(view.itemsize), there,
                   sizeof there);
    return l.refuse_text(loading::mismatch,
                         "expected %s, the items of %s have format '%.40s' (%s%s)", expected,
                         type_name(Py_TYPE(from)).c_str(), format_of(view), there,
                         behind_order != format ? ", in another byte order" : "");
}

bool refuse_layout(const Py_buffer& view, PyObject* from, loading& l) noexcept {
    char shape[80];
    char strides[80];
    describe_numbers(view.shape, view.ndim, shape, sizeof shape);
    describe_numbers(view.strides, view.ndim, strides, sizeof strides);
    return l.refuse_text(
        loading::mismatch,
        "expected C-contiguous memory, that of %s has shape %s and strides of %s bytes",
        type_name(Py_TYPE(from)).c_str(), shape, strides);
}

bool refuse_extent(const Py_buffer& view, PyObject* from, const buffer_request& request,
                   std::size_t size, loading& l) noexcept {
    if (view.ndim <= 1 || view.shape == nullptr) {
        return l.refuse_text(loading::invalid, "expected %zu items, %s has %zu", request.extent,
                             type_name(Py_TYPE(from)).c_str(), size);
    }
    char shape[80];
    describe_numbers(view.shape, view.ndim, shape, sizeof shape);
    return l.refuse_text(loading::invalid, "expected %zu items, %s has %zu in shape %s",
                         request.extent, type_name(Py_TYPE(from)).c_str(), size, shape);
}

bool is_aligned(const Py_buffer& view, std::size_t alignment) noexcept {
    if (view.len == 0) {
        return true;
    }
    if (reinterpret_cast<std::uintptr_t>(view.buf) % alignment != 0) {
        return false;
    }
    for (int i = 0; view.strides != nullptr && i < view.ndim; ++i) {
        if (view.shape[i] > 1 && view.strides[i] % static_cast<Py_ssize_t>(alignment) != 0) {
            return false;
        }
    }
    return true;
}

bool refuse_no_buffer(PyObject* from, const buffer_request& request, loading& l) noexcept {
    char expected[64];
    describe_request(request, expected, sizeof expected);
    return l.refuse_text(loading::mismatch, "expected a buffer of %s, got %s", expected,
                         from == Py_None ? "None" : type_name(Py_TYPE(from)).c_str());
}

// The object has a buffer and did not give it: it says why.
bool refuse_export(PyObject* from, const buffer_request& request, loading& l) noexcept {
    if (PyErr_ExceptionMatches(PyExc_BufferError) == 0 &&
        PyErr_ExceptionMatches(PyExc_ValueError) == 0 &&
        PyErr_ExceptionMatches(PyExc_TypeError) == 0) {
        return l.raise();
    }
    PyObject* error = take_error();
    PyObject* text = run_python([error] { return PyObject_Str(error); });
    const char* words = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
    char expected[64];
    describe_request(request, expected, sizeof expected);
    l.refuse_text(loading::mismatch, "expected a buffer of %s, %s gives none: %.200s", expected,
                  type_name(Py_TYPE(from)).c_str(),
                  words == nullptr ? type_name(Py_TYPE(error)).c_str() : words);
    PyErr_Clear();
    Py_XDECREF(text);
    Py_DECREF(error);
    return false;
}

}  // namespace

bool check_memory(const Py_buffer& view, PyObject* from, const buffer_request& request,
                  loading& l) noexcept {
    const type_name name(Py_TYPE(from));
    const char* of = name.c_str();
    if (view.suboffsets != nullptr) {
        return l.refuse_text(loading::mismatch,
                             "the memory of %s is reached through pointers, which is not supported",
                             of);
    }
    if (!has_items(view, request)) {
        return refuse_items(view, from, request, l);
    }
    if (request.writable && view.readonly != 0) {
        return l.refuse_text(
            loading::mismatch,
            "expected memory to write to, that of %s is read-only (const items in C++ take it)",
            of);
    }
    if (request.contiguous && PyBuffer_IsContiguous(&view, 'C') == 0) {
        return refuse_layout(view, from, l);
    }
    if (!is_aligned(view, request.alignment)) {
        return l.refuse_text(loading::mismatch,
                             "the items of %s are not aligned: expected addresses in steps of %d",
                             of, int{request.alignment});
    }
    if (request.extent != buffer_request::any_extent) {
        const std::size_t size = static_cast<std::size_t>(view.len) / request.item_size;
        if (size != request.extent) {
            return refuse_extent(view, from, request, size, l);
        }
    }
    return true;
}

// Asked for with all that an exporter may have, so that the checks here say what does not fit.
bool export_memory(PyObject* from, Py_buffer& view, const buffer_request& request,
                   loading& l) noexcept {
    view.obj = nullptr;
    if (PyObject_CheckBuffer(from) == 0) {
        return refuse_no_buffer(from, request, l);
    }
    if (run_python([&] { return PyObject_GetBuffer(from, &view, PyBUF_FULL_RO); }) != 0) {
        view.obj = nullptr;
        return refuse_export(from, request, l);
    }
    if (!check_memory(view, from, request, l)) {
        release_memory(view);
        return false;
    }
    return true;
}

void release_memory(Py_buffer& view) noexcept {
    run_python([&view] { PyBuffer_Release(&view); });
}

PyObject* export_as_object(PyObject* from, const buffer_request& request, loading& l) noexcept {
    if (PyObject_CheckBuffer(from) == 0) {
        refuse_no_buffer(from, request, l);
        return nullptr;
    }
    reference view(run_python([from] { return PyMemoryView_FromObject(from); }));
    if (view.pointer == nullptr) {
        refuse_export(from, request, l);
    } else if (check_memory(memory_of_view(view.pointer), from, request, l)) {
        return view.release();
    }
    return nullptr;
}

bool export_and_keep(PyObject* from, void*& data, std::size_t& size, const buffer_request& request,
                     loading& l) {
    if (l.keep == nullptr) {
        return l.refuse_text(loading::mismatch,
                             "a view of the memory of a temporary object would dangle here");
    }
    const reference view(export_as_object(from, request, l));
    if (view.pointer == nullptr) {
        return false;
    }
    const Py_buffer& found = memory_of_view(view.pointer);
    l.keep->keep(view.pointer);
    data = found.buf;
    size = static_cast<std::size_t>(found.len) / request.item_size;
    return true;
}

void throw_fleeting_memory(const char* operation, PyObject* object) {
    throw cast_error(std::string("interlock: ") + operation + ": " +
                     type_name(Py_TYPE(object)).c_str() +
                     " makes memory for each view of it, which a span would outlive: take "
                     "il::buffer<T>, which holds it");
}

PyObject* make_bytes(const void* data, std::size_t size) noexcept {
    return PyBytes_FromStringAndSize(static_cast<const char*>(data), static_cast<Py_ssize_t>(size));
}

}  // namespace detail
INTERLOCK_END
