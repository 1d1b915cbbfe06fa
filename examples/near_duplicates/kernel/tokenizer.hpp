// Python's tokens, found without Python.
//
// `tokenize` follows the lexical analysis of the Python language reference (chapter 2), as the
// modules `tokenize` of CPython 3.11 (written in Python) and 3.12 and later (the C tokenizer, PEP
// 701) do it. The two disagree on what a token is inside an f-string, so the counts are defined
// where they agree:
//
//   * a string of any prefix is one string; so is a whole f-string or t-string, with all that is
//     inside;
//   * name, number, op, comment: counted outside of f-strings only; keywords are names;
//   * newline ends a logical line (the one that is missing at the end of a file is counted, as
//     Python does), indent and dedent as usual; line ends that mean nothing (Python's NL) are not
//     counted.
//
// With that, the counts are equal to those of 3.11, 3.12 and 3.13 for every file of their standard
// libraries that they can tokenize themselves. Where those versions differ from one another (a line
// that holds nothing but a backslash), this is 3.11.
//
// Text that no Python can tokenize does not stop the scan: `well_formed` becomes false and it goes
// on.
#pragma once

#include "symbol.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace near_duplicates {

enum class token_kind : std::uint8_t { name, number, string, op, comment, newline, indent, dedent };

inline constexpr std::size_t token_kind_count = 8;
inline constexpr std::array<std::string_view, token_kind_count> token_kind_names = {
    "name", "number", "string", "op", "comment", "newline", "indent", "dedent"};

struct token_counts {
    std::array<std::uint32_t, token_kind_count> by_kind{};

    std::uint32_t& operator[](token_kind k) noexcept {
        return by_kind[static_cast<std::size_t>(k)];
    }
    std::uint32_t operator[](token_kind k) const noexcept {
        return by_kind[static_cast<std::size_t>(k)];
    }
    std::uint32_t total() const noexcept {
        std::uint32_t sum = 0;
        for (const std::uint32_t n : by_kind) {
            sum += n;
        }
        return sum;
    }
    friend bool operator==(const token_counts&, const token_counts&) = default;
};

// The tokens of one source. Comments are counted but are not in the stream.
struct token_stream {
    std::vector<symbol> symbols;
    std::vector<std::uint32_t> lines;  // where each token begins, from 1
    token_counts counts;
    std::uint32_t line_count = 0;
    bool well_formed = true;

    void clear() noexcept {
        symbols.clear();
        lines.clear();
        counts = {};
        line_count = 0;
        well_formed = true;
    }
};

// Tokenizes `text`, valid UTF-8 without a byte order mark, into `out`, whose storage is reused.
// Throws only `std::bad_alloc`.
void tokenize(std::string_view text, token_stream& out);

}  // namespace near_duplicates
