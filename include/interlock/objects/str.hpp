// str: a Python string.
//
// UTF-8 goes in by a copy and comes out without one: CPython keeps the UTF-8 of a string beside it, for ASCII it is the
// string itself. What other kinds have as str() is to_string() here, where str names the class.
#pragma once

#include <interlock/objects/bytes.hpp>

INTERLOCK_BEGIN

class list;

class str : public object {
public:
    INTERLOCK_KIND(str)
    static bool is_kind(PyObject* object) noexcept { return PyUnicode_Check(object) != 0; }

    // From UTF-8, UTF-16, UTF-32 and wide characters. Throw python_error (UnicodeDecodeError).
    static str of(python py, std::string_view utf8);
    static str of(python py, std::u8string_view utf8);
    static str of(python py, std::u16string_view utf16);
    static str of(python py, std::u32string_view utf32);
    static str of(python py, std::wstring_view wide);
    // Otherwise a literal would fit them all alike.
    static str of(python py, const char* utf8) { return of(py, std::string_view(utf8)); }
    // str(value). Throws python_error.
    static str from(python py, const object& value);
    // As names of attributes are: there is one string of each text in an interpreter.
    static str interned(python py, std::string_view utf8);

    // The text in UTF-8, not copied: valid while the object lives. A NUL follows it. Throws not_attached, std::logic_error
    // after a move, python_error (UnicodeEncodeError) for lone surrogates. Cost: the first one of a string that is not
    // ASCII makes the UTF-8. il::pinned_str is the view to take along.
    std::string_view view() const&;
    std::string_view view() && = delete;
    std::string to_string() const { return std::string(view()); }
    std::u16string to_u16string() const;
    std::u32string to_u32string() const;
    std::wstring to_wstring() const;

    // In code points.
    std::size_t size() const;
    char32_t at(
        std::ptrdiff_t index) const;  // negative: from the end. Throws python_error (IndexError)
    bool is_ascii() const;

    // As Python's methods. Throw python_error.
    bytes encode(const char* encoding = "utf-8", const char* errors = "strict") const;
    str join(const object& strings) const;
    list split() const;  // at runs of whitespace
    list split(std::string_view separator, std::ptrdiff_t at_most = -1) const;
    str replace(std::string_view what, std::string_view by, std::ptrdiff_t at_most = -1) const;
    str strip() const;
    str lower() const;
    str upper() const;
    bool starts_with(std::string_view what) const;
    bool ends_with(std::string_view what) const;
    std::ptrdiff_t find(std::string_view what) const;  // in code points; -1: not there
    template <class... Args>
    str format(Args&&... args) const {
        detail::require_attached("il::str::format");
        return str(detail::adopt_t{},
                   detail::call_method(pointer_, "format", std::forward<Args>(args)...));
    }
};
INTERLOCK_KIND_UNBIND(str)

INTERLOCK_END
