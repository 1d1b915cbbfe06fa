// Where a Python string literal ends: quotes, triple quotes, escapes, and the nested fields of
// f-strings.
//
// Kept apart from the tokenizer because an f-string is a small language of its own (PEP 701): a
// field may hold any expression, with strings, comments and f-strings inside that use the same
// quotes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace near_duplicates {

struct string_prefix {
    bool raw = false;
    bool formatted = false;  // f or t
};

// What the letters before a quote mean, or nothing when they are not a string prefix.
std::optional<string_prefix> parse_string_prefix(std::string_view letters) noexcept;

struct string_end {
    std::size_t position = 0;  // just behind the closing quote, or where the scan gave up
    bool closed = false;
};

// `quote` is the offset of the opening quote in `text`.
string_end scan_string(std::string_view text, std::size_t quote, string_prefix prefix) noexcept;

}  // namespace near_duplicates
