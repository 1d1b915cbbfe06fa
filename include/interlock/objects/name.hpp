// name: how attributes and keywords are named in calls of this library: by a literal, or by any other text.
//
// A name written as a literal becomes a Python string once in each interpreter, not in each call (invariant 8: the strings
// hang on the interpreter's record, and go with it). It is found by the address of its characters; what stands there is
// compared each time, so that an array of constants on the stack, whose address another one gets later, is no mistake. Any
// other text (std::string, std::string_view, a pointer, an array that is not constant) is made into a string in each call.
#pragma once

#include <interlock/attach/compat.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

// Refers to the text: it does not outlive the full expression that it was written in.
class name {
public:
    // As far as the first NUL, like every string of C.
    template <std::size_t N>
    constexpr name(const char (&text)[N]) noexcept
        : text_(static_cast<const char*>(text)), constant_(true) {}
    template <std::size_t N>
    constexpr name(char (&text)[N]) noexcept : text_(static_cast<const char*>(text)) {}
    template <class T>
        requires(std::is_convertible_v<const T&, std::string_view> && !std::is_array_v<T> &&
                 !std::is_same_v<T, std::nullptr_t>)
    constexpr name(const T& text) noexcept(
        std::is_nothrow_convertible_v<const T&, std::string_view>)
        : text_(text) {}

    // Of the characters of a literal.
    static constexpr name of_literal(std::string_view text) noexcept {
        name made(text);
        made.constant_ = true;
        return made;
    }

    constexpr std::string_view text() const noexcept { return text_; }
    constexpr bool is_constant() const noexcept { return constant_; }

private:
    std::string_view text_;
    bool constant_ = false;
};

// The Python string of a name: a new reference, interned where the name is a literal. Needs an attached thread. Throws
// python_error for what is not UTF-8. Cost: a literal, one look into a table; another text, a new string.
PyObject* string_of(const name& text);
// A new string as string_of makes it, in text; and a name that refers to it.
name kept_name(const name& text, PyObject*& string);

// A temporary that owns its characters: what keeps the name must keep them too.
template <class T>
concept dying_text = !std::is_lvalue_reference_v<T> && std::is_convertible_v<T, std::string_view> &&
                     std::is_class_v<T> && !std::is_trivially_copyable_v<T>;

}  // namespace detail
INTERLOCK_END
