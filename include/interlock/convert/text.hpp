// Text: str to and from strings, views and characters of every width.
//
// A str parameter takes str alone, never bytes. ASCII is read in place; other text goes through the UTF-8 that CPython caches
// in the str, so a view lives as long as the str does. What is no valid UTF-8 on the way out raises UnicodeDecodeError; a
// str with lone surrogates raises UnicodeEncodeError on the way in.
#pragma once

#include <interlock/convert/scalars.hpp>

#include <string>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

struct utf8_view {
    const char* data;
    std::size_t size;
};

bool load_utf8(PyObject* from, utf8_view& to, loading& l) noexcept;
bool load_c_text(PyObject* from, const char*& to, loading& l) noexcept;
bool load_character(PyObject* from, char32_t& to, char32_t last, loading& l) noexcept;
PyObject* make_utf8(const char* text, std::size_t size) noexcept;
PyObject* make_wide(const void* text, std::size_t size, std::size_t width) noexcept;

// char16_t, char32_t and wchar_t units that a str takes, and the units themselves.
std::size_t wide_size(PyObject* text, std::size_t width) noexcept;
void copy_wide(PyObject* text, void* to, std::size_t width) noexcept;

// A new str. Throws python_error.
PyObject* text_to_python(std::string_view utf8);

inline constexpr hint hint_str{"str", nullptr, 'u'};

inline bool fast_utf8(PyObject* from, utf8_view& to) noexcept {
    Py_ssize_t size = 0;
    const char* data = ascii_text(from, size);
    if (data == nullptr) {
        return false;
    }
    to = {data, static_cast<std::size_t>(size)};
    return true;
}

// std::string_view and the like.
template <class T>
struct conversion<T, category::text_view> : loaded_value<T> {
    static constexpr bool views = true;
    static constexpr loader loads = by_text;
    static constexpr bool nothrow = true;
    static_assert(
        sizeof(typename T::value_type) == 1,
        "interlock: a view of wide characters has nothing to point to: take a string by value");
    static constexpr const hint& in = hint_str;
    static constexpr const hint& out = hint_str;
    using character = typename T::value_type;

    INTERLOCK_INLINE static bool fast(PyObject* from, T& to) noexcept {
        Py_ssize_t size = 0;
        const char* data = ascii_text(from, size);
        if (data == nullptr) {
            return false;
        }
        to = T(reinterpret_cast<const character*>(data), static_cast<std::size_t>(size));
        return true;
    }
    static bool load(PyObject* from, T& to, loading& l) {
        utf8_view view;
        if (!load_utf8(from, view, l)) {
            return false;
        }
        to = T(reinterpret_cast<const character*>(view.data), view.size);
        return true;
    }
    static PyObject* make(const T& value) noexcept {
        return make_utf8(reinterpret_cast<const char*>(value.data()), value.size());
    }
};

// std::string and the like: a copy, made when the value is passed on.
template <class T>
struct conversion<T, category::text> {
    static constexpr const hint& in = hint_str;
    static constexpr const hint& out = hint_str;
    using character = typename T::value_type;
    static constexpr bool is_utf8 = sizeof(character) == 1;
    static constexpr loader loads = is_utf8 ? by_utf8 : by_anything;
    static constexpr bool nothrow = true;  // of make()
    using storage = std::conditional_t<is_utf8, utf8_view, T>;

    INTERLOCK_INLINE static bool fast(PyObject* from, utf8_view& to) noexcept {
        return fast_utf8(from, to);
    }
    static bool load(PyObject* from, utf8_view& to, loading& l) noexcept {
        return load_utf8(from, to, l);
    }
    static bool load(PyObject* from, T& to, loading& l) {
        if (!PyUnicode_Check(from)) {
            return l.refuse(in, from);
        }
        to.resize(wide_size(from, sizeof(character)));
        copy_wide(from, to.data(), sizeof(character));
        return true;
    }
    // A text by default: of the record, which outlives the call.
    static void set_default(utf8_view& to, const T& value) noexcept {
        to = {reinterpret_cast<const char*>(value.data()), value.size()};
    }
    template <class A>
    static T pass(utf8_view& value) {
        return T(reinterpret_cast<const character*>(value.data), value.size);
    }
    template <class A>
    static T&& pass(T& value) noexcept {
        return static_cast<T&&>(value);
    }
    static PyObject* make(const T& value) noexcept {
        if constexpr (is_utf8) {
            return make_utf8(reinterpret_cast<const char*>(value.data()), value.size());
        } else {
            return make_wide(value.data(), value.size(), sizeof(character));
        }
    }
};

// const char*: a text without a NUL inside, which would cut it short; None is a null pointer both ways.
template <class T>
struct conversion<T, category::c_text> : loaded_value<T> {
    static constexpr bool views = true;
    static constexpr bool accepts_none = true;
    static constexpr loader loads = by_load;
    static constexpr bool nothrow = true;
    static_assert(
        sizeof(*T()) == 1,
        "interlock: a pointer to wide characters has nothing to point to: take a string by value");
    static constexpr const hint& in = hint_str;
    static constexpr const hint& out = hint_str;

    static bool load(PyObject* from, T& to, loading& l) {
        const char* text = nullptr;
        const bool fits = load_c_text(from, text, l);
        to = reinterpret_cast<T>(text);
        return fits;
    }
    static PyObject* make(T value) noexcept {
        if (value == nullptr) {
            return Py_NewRef(Py_None);
        }
        return make_utf8(reinterpret_cast<const char*>(value),
                         std::char_traits<char>::length(reinterpret_cast<const char*>(value)));
    }
};

// One character: a str of length 1. A char holds ASCII, since one byte of UTF-8 is no more.
template <class T>
struct conversion<T, category::character> : loaded_value<T> {
    static constexpr const hint& in = hint_str;
    static constexpr const hint& out = hint_str;

    static bool load(PyObject* from, T& to, loading& l) {
        char32_t code = 0;
        constexpr char32_t last = sizeof(T) == 1 ? 0x7F : sizeof(T) == 2 ? 0xFFFF : 0x10FFFF;
        const bool fits = load_character(from, code, last, l);
        to = static_cast<T>(code);
        return fits;
    }
    static PyObject* make(T value) noexcept {
        if constexpr (sizeof(T) == 1) {
            const char text = static_cast<char>(value);
            return make_utf8(&text, 1);
        } else {
            return make_wide(&value, 1, sizeof(T));
        }
    }
};

}  // namespace detail
INTERLOCK_END
