#include "source_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace near_duplicates {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\f'; }

std::string_view line_at(std::string_view text, std::size_t begin) {
    return text.substr(begin, std::min(text.find_first_of("\r\n", begin), text.size()) - begin);
}

// PEP 263: ^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)
std::string encoding_in(std::string_view line) {
    const auto hash = std::find_if_not(line.begin(), line.end(), is_blank);
    if (hash == line.end() || *hash != '#') {
        return {};
    }
    constexpr std::string_view word = "coding";
    for (std::size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
        std::size_t i = at + word.size();
        if (i >= line.size() || (line[i] != ':' && line[i] != '=')) {
            continue;
        }
        i = line.find_first_not_of(" \t", i + 1);
        if (i == line.npos) {
            continue;
        }
        std::string name;
        for (; i < line.size(); ++i) {
            const char c = line[i];
            const bool upper = c >= 'A' && c <= 'Z';
            if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                c == '_') {
                name += upper ? static_cast<char>(c - 'A' + 'a') : (c == '_' ? '-' : c);
            } else {
                break;
            }
        }
        if (!name.empty()) {
            return name;
        }
    }
    return {};
}

bool means_utf8(std::string_view encoding) {
    return encoding.empty() || encoding == "utf-8" || encoding == "utf8" || encoding == "u8" ||
           encoding == "utf" || encoding == "cp65001" || encoding == "utf-8-sig" ||
           encoding.starts_with("utf-8-");
}

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

load_result refuse(std::string& text, load_problem problem, std::string detail) {
    text.clear();
    return {problem, std::move(detail)};
}

std::string reason_of(int error) {
    return error == 0 ? std::string("cannot be read") : std::generic_category().message(error);
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) noexcept {
    const auto* s = reinterpret_cast<const unsigned char*>(text.data());
    const std::size_t n = text.size();
    std::size_t i = 0;
    while (i < n) {
        if (s[i] < 0x80) {
            // Source is nearly all ASCII: eight bytes at a time as long as no high bit is set.
            std::uint64_t word = 0;
            while (i + 8 <= n &&
                   (std::memcpy(&word, s + i, 8), (word & 0x8080808080808080U) == 0)) {
                i += 8;
            }
            while (i < n && s[i] < 0x80) {
                ++i;
            }
            continue;
        }
        std::size_t length = 0;
        unsigned char low = 0x80;
        unsigned char high = 0xBF;
        if (s[i] >= 0xC2 && s[i] <= 0xDF) {
            length = 2;
        } else if (s[i] >= 0xE0 && s[i] <= 0xEF) {
            length = 3;
            low = s[i] == 0xE0 ? 0xA0 : low;    // overlong forms
            high = s[i] == 0xED ? 0x9F : high;  // surrogates
        } else if (s[i] >= 0xF0 && s[i] <= 0xF4) {
            length = 4;
            low = s[i] == 0xF0 ? 0x90 : low;    // overlong forms
            high = s[i] == 0xF4 ? 0x8F : high;  // beyond U+10FFFF
        } else {
            return i;
        }
        if (n - i < length || s[i + 1] < low || s[i + 1] > high) {
            return i;
        }
        for (std::size_t j = 2; j < length; ++j) {
            if (s[i + j] < 0x80 || s[i + j] > 0xBF) {
                return i;
            }
        }
        i += length;
    }
    return std::string_view::npos;
}

std::string declared_encoding(std::string_view text) {
    const std::string_view first = line_at(text, 0);
    if (std::string name = encoding_in(first); !name.empty()) {
        return name;
    }
    // The second line counts only when the first one is blank or a comment.
    const auto begin = std::find_if_not(first.begin(), first.end(), is_blank);
    if (begin != first.end() && *begin != '#') {
        return {};
    }
    std::size_t next = first.size();
    next += text.substr(next).starts_with("\r\n") ? std::size_t{2} : std::size_t{1};
    return next < text.size() ? encoding_in(line_at(text, next)) : std::string{};
}

load_result check_source(std::string& text) {
    if (text.starts_with(byte_order_mark)) {
        text.erase(0, byte_order_mark.size());
    }
    if (text.find('\0') != text.npos) {
        return refuse(text, load_problem::nul_byte, "contains a NUL byte");
    }
    const std::string encoding = declared_encoding(text);
    if (!means_utf8(encoding)) {
        // Pure ASCII reads the same in every encoding that Python accepts for source, so it is
        // scanned.
        if (encoding.starts_with("utf-7") || encoding.starts_with("utf7") || !is_ascii(text)) {
            return refuse(text, load_problem::other_encoding,
                          "declares the encoding " + encoding + " (only UTF-8 is read)");
        }
        return {};
    }
    if (const std::size_t at = first_invalid_utf8(text); at != std::string_view::npos) {
        return refuse(text, load_problem::not_utf8,
                      "is not UTF-8 (byte " + std::to_string(at) + ")");
    }
    return {};
}

load_result load_source(const std::filesystem::path& path, std::string& text) {
    text.clear();
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error) {
        return refuse(text, load_problem::unreadable, error.message());
    }
    if (size > largest_source) {
        return refuse(text, load_problem::too_large, "is larger than 256 MiB");
    }
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return refuse(text, load_problem::unreadable, reason_of(errno));
    }
    // One byte more than the size, so that a file which has not grown ends in this one read.
    text.resize(static_cast<std::size_t>(size) + 1);
    std::size_t have = 0;
    while (in.read(text.data() + have, static_cast<std::streamsize>(text.size() - have)),
           in.gcount() > 0) {
        have += static_cast<std::size_t>(in.gcount());
        if (have < text.size()) {
            break;
        }
        if (have > largest_source) {
            return refuse(text, load_problem::too_large, "is larger than 256 MiB");
        }
        text.resize(text.size() * 2);
    }
    if (in.bad()) {
        return refuse(text, load_problem::unreadable, reason_of(errno));
    }
    text.resize(have);
    return check_source(text);
}

}  // namespace near_duplicates
