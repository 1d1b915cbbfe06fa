// Texts: several pieces as one, and a list of words. Internal.
#pragma once

#include <interlock/attach/config.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

// By one call: as a chain of operators each piece is a call of its own, and a string to destroy. Throws std::bad_alloc.
std::string concatenated(std::initializer_list<std::string_view> pieces);
// A std::logic_error of "interlock: " and the pieces.
[[noreturn]] void throw_logic_error(std::initializer_list<std::string_view> pieces);

// Whether the word is one of those, each of which has a space before and after it. An array of texts would have a pointer to each,
// which the dynamic linker fills in every module that is imported.
bool is_word_of(std::string_view words, std::string_view word) noexcept;

}  // namespace detail
INTERLOCK_END
