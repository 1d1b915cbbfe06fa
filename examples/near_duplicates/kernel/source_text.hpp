// The bytes of one Python source file, read and checked to be UTF-8.
//
// Everything after this file may take for granted that the text is valid UTF-8 without a byte order
// mark and without NUL bytes. A file that is not is an answer (`load_problem`), not an exception:
// one bad file in a tree of thousands is normal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace near_duplicates {

enum class load_problem : std::uint8_t {
    none,
    unreadable,      // could not be opened or read
    too_large,       // positions in a file are 32 bits wide
    nul_byte,        // Python refuses such a source too
    not_utf8,        // says that it is UTF-8 (or says nothing, which means the same) and is not
    other_encoding,  // declares another encoding and needs it: it is not plain ASCII
};

struct load_result {
    load_problem problem = load_problem::none;
    std::string detail;  // what to tell the user; empty when there is no problem

    explicit operator bool() const noexcept { return problem == load_problem::none; }
};

inline constexpr std::uintmax_t largest_source = std::uintmax_t{256} << 20;

// Reads `path` into `text`, whose storage is reused. Leaves `text` empty when there is a problem.
load_result load_source(const std::filesystem::path& path, std::string& text);

// The checks of `load_source` on text that is already in memory: removes a byte order mark.
load_result check_source(std::string& text);

// The encoding that a comment in the first two lines declares (PEP 263), in lower case, or empty.
std::string declared_encoding(std::string_view text);

// The offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7), or
// npos.
std::size_t first_invalid_utf8(std::string_view text) noexcept;

}  // namespace near_duplicates
