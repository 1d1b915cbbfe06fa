// str, bytes and bytearray.
#include "run.hpp"

#include <cstring>

INTERLOCK_BEGIN
namespace detail {

namespace {

Py_ssize_t signed_size(std::size_t size) noexcept { return static_cast<Py_ssize_t>(size); }

std::string_view as_view(std::span<const std::byte> data) noexcept {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

// This machine's order, without a mark in front: a string that begins with U+FEFF keeps it.
int native_order() noexcept { return PY_LITTLE_ENDIAN != 0 ? -1 : 1; }

// The text as units of 2 or 4 bytes.
template <class Text>
Text in_units(const object& self, const char* operation, const char* encoding) {
    const object encoded = make_from(self.ptr(), operation, [&] {
        return PyUnicode_AsEncodedString(self.ptr(), encoding, nullptr);
    });
    const auto bytes = static_cast<std::size_t>(PyBytes_GET_SIZE(encoded.ptr()));
    Text text(bytes / sizeof(typename Text::value_type), 0);
    std::memcpy(text.data(), PyBytes_AS_STRING(encoded.ptr()), bytes);
    return text;
}

constexpr const char* utf16 = PY_LITTLE_ENDIAN != 0 ? "utf-16-le" : "utf-16-be";
constexpr const char* utf32 = PY_LITTLE_ENDIAN != 0 ? "utf-32-le" : "utf-32-be";

}  // namespace

}  // namespace detail

// ---- str

str str::of(python, std::string_view utf8) {
    detail::require_attached("il::str::of");
    return str(detail::adopt_t{}, detail::text_to_python(utf8));
}

str str::of(python py, std::u8string_view utf8) {
    return of(py, std::string_view(reinterpret_cast<const char*>(utf8.data()), utf8.size()));
}

str str::of(python, std::u16string_view utf16) {
    detail::require_attached("il::str::of");
    int order = detail::native_order();
    return str(detail::adopt_t{}, detail::check_new(PyUnicode_DecodeUTF16(
                                      reinterpret_cast<const char*>(utf16.data()),
                                      detail::signed_size(utf16.size() * 2), nullptr, &order)));
}

str str::of(python, std::u32string_view utf32) {
    detail::require_attached("il::str::of");
    int order = detail::native_order();
    return str(detail::adopt_t{}, detail::check_new(PyUnicode_DecodeUTF32(
                                      reinterpret_cast<const char*>(utf32.data()),
                                      detail::signed_size(utf32.size() * 4), nullptr, &order)));
}

str str::of(python, std::wstring_view wide) {
    detail::require_attached("il::str::of");
    return str(detail::adopt_t{}, detail::check_new(PyUnicode_FromWideChar(
                                      wide.data(), static_cast<Py_ssize_t>(wide.size()))));
}

str str::from(python, const object& value) {
    return str(detail::adopt_t{}, detail::str_of(value.ptr()));
}

str str::interned(python py, std::string_view utf8) {
    PyObject* made = of(py, utf8).release();
    PyUnicode_InternInPlace(&made);
    return str(detail::adopt_t{}, made);
}

std::string_view str::view() const& {
    detail::check_operand(pointer_, "il::str::view");
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(pointer_, &size);
    if (text == nullptr) {
        detail::throw_python_error();  // lone surrogates: UnicodeEncodeError says where
    }
    return {text, static_cast<std::size_t>(size)};
}

std::u16string str::to_u16string() const {
    return detail::in_units<std::u16string>(*this, "il::str::to_u16string", detail::utf16);
}

std::u32string str::to_u32string() const {
    return detail::in_units<std::u32string>(*this, "il::str::to_u32string", detail::utf32);
}

std::wstring str::to_wstring() const {
    return detail::in_units<std::wstring>(*this, "il::str::to_wstring",
                                          sizeof(wchar_t) == 2 ? detail::utf16 : detail::utf32);
}

std::size_t str::size() const {
    return detail::size_from(pointer_, "il::str::size",
                             [this] { return PyUnicode_GetLength(pointer_); });
}

char32_t str::at(std::ptrdiff_t index) const {
    detail::check_operand(pointer_, "il::str::at");
    const Py_UCS4 found =
        PyUnicode_ReadChar(pointer_, index < 0 ? index + PyUnicode_GetLength(pointer_) : index);
    if (found == static_cast<Py_UCS4>(-1) && PyErr_Occurred() != nullptr) {
        detail::throw_python_error();
    }
    return static_cast<char32_t>(found);
}

bool str::is_ascii() const {
    detail::check_operand(pointer_, "il::str::is_ascii");
    return detail::is_ascii_text(pointer_);
}

bytes str::encode(const char* encoding, const char* errors) const {
    return detail::make_from<bytes>(pointer_, "il::str::encode", [&] {
        return PyUnicode_AsEncodedString(pointer_, encoding, errors);
    });
}

str str::join(const object& strings) const {
    detail::check_handle(strings.ptr(), "il::str::join");
    return detail::make_from<str>(pointer_, "il::str::join",
                                  [&] { return PyUnicode_Join(pointer_, strings.ptr()); });
}

list str::split() const {
    detail::require_attached("il::str::split");
    return call_method("split").as<list>();
}

list str::split(std::string_view separator, std::ptrdiff_t at_most) const {
    detail::require_attached("il::str::split");
    return call_method("split", separator, at_most).as<list>();
}

str str::replace(std::string_view what, std::string_view by, std::ptrdiff_t at_most) const {
    detail::require_attached("il::str::replace");
    return call_method("replace", what, by, at_most).as<str>();
}

str str::strip() const {
    detail::require_attached("il::str::strip");
    return call_method("strip").as<str>();
}
str str::lower() const {
    detail::require_attached("il::str::lower");
    return call_method("lower").as<str>();
}
str str::upper() const {
    detail::require_attached("il::str::upper");
    return call_method("upper").as<str>();
}
bool str::starts_with(std::string_view what) const {
    detail::require_attached("il::str::starts_with");
    return call_method("startswith", what).as<bool>();
}
bool str::ends_with(std::string_view what) const {
    detail::require_attached("il::str::ends_with");
    return call_method("endswith", what).as<bool>();
}
std::ptrdiff_t str::find(std::string_view what) const {
    detail::require_attached("il::str::find");
    return call_method("find", what).as<std::ptrdiff_t>();
}

// ---- bytes

bytes bytes::of(python, std::string_view data) {
    detail::require_attached("il::bytes::of");
    return bytes(detail::adopt_t{}, detail::check_new(PyBytes_FromStringAndSize(
                                        data.data(), static_cast<Py_ssize_t>(data.size()))));
}

bytes bytes::of(python py, std::span<const std::byte> data) {
    return of(py, detail::as_view(data));
}

bytes bytes::from(python, const object& value) {
    return detail::make_from<bytes>(value.ptr(), "il::bytes::from", [&] {
        return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyBytes_Type), value.ptr());
    });
}

std::string_view bytes::view() const& {
    detail::check_operand(pointer_, "il::bytes::view");
    return {PyBytes_AS_STRING(pointer_), static_cast<std::size_t>(PyBytes_GET_SIZE(pointer_))};
}

std::size_t bytes::size() const {
    return detail::size_from(pointer_, "il::bytes::size",
                             [this] { return PyBytes_Size(pointer_); });
}

str bytes::decode(const char* encoding, const char* errors) const {
    return detail::make_from<class str>(pointer_, "il::bytes::decode", [&] {
        return PyUnicode_FromEncodedObject(pointer_, encoding, errors);
    });
}

// ---- bytearray

bytearray bytearray::of(python, std::string_view data) {
    detail::require_attached("il::bytearray::of");
    return bytearray(detail::adopt_t{}, detail::check_new(PyByteArray_FromStringAndSize(
                                            data.data(), static_cast<Py_ssize_t>(data.size()))));
}

bytearray bytearray::of(python py, std::span<const std::byte> data) {
    return of(py, detail::as_view(data));
}

bytearray bytearray::from(python, const object& value) {
    return detail::make_from<bytearray>(value.ptr(), "il::bytearray::from", [&] {
        return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyByteArray_Type), value.ptr());
    });
}

std::string_view bytearray::view() const& {
    detail::check_operand(pointer_, "il::bytearray::view");
    return {PyByteArray_AsString(pointer_), static_cast<std::size_t>(PyByteArray_Size(pointer_))};
}

std::span<std::byte> bytearray::span() const& {
    detail::check_operand(pointer_, "il::bytearray::span");
    return {reinterpret_cast<std::byte*>(PyByteArray_AsString(pointer_)),
            static_cast<std::size_t>(PyByteArray_Size(pointer_))};
}

std::size_t bytearray::size() const {
    return detail::size_from(pointer_, "il::bytearray::size",
                             [this] { return PyByteArray_Size(pointer_); });
}

void bytearray::resize(std::size_t size) const {
    detail::status_from(pointer_, "il::bytearray::resize",
                        [&] { return PyByteArray_Resize(pointer_, detail::signed_size(size)); });
}

void bytearray::append(std::string_view data) const {
    detail::require_attached("il::bytearray::append");
    static_cast<void>(call_method("extend", bytes::of(py(), data)));
}

bytes bytearray::to_bytes() const { return bytes::from(py(), *this); }

INTERLOCK_END
