// What is left of a token when names and values are taken away: one byte.
//
// Two pieces of code that differ only in names, numbers, strings, comments and layout give the same
// bytes, which is what makes them near duplicates here. An operator of one character is its own
// ASCII code, so that a dump of symbols can almost be read.
#pragma once

#include <cstdint>

namespace near_duplicates {

using symbol = std::uint8_t;

inline constexpr symbol name_symbol = 1;
inline constexpr symbol number_symbol = 2;
inline constexpr symbol string_symbol = 3;
inline constexpr symbol newline_symbol = 4;
inline constexpr symbol indent_symbol = 5;
inline constexpr symbol dedent_symbol = 6;
inline constexpr symbol first_long_operator =
    128;  // `**`, `:=`, ...: 128 and its place in the tokenizer's list
inline constexpr symbol first_keyword =
    160;  // `if`, `for`, ...: 160 and its place in the tokenizer's list

// Tokens that only carry layout: a region neither begins nor ends with one.
constexpr bool is_layout(symbol s) noexcept {
    return s == newline_symbol || s == indent_symbol || s == dedent_symbol;
}

}  // namespace near_duplicates
