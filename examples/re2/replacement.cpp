#include "replacement.hpp"

#include <algorithm>
#include <charconv>

namespace regex {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void refuse(const char* why, const source& text, std::string_view part) {
    throw pattern_error(std::string(why) + ": " + std::string(part), RE2::ErrorBadEscape, text,
                        std::string(part));
}

std::size_t group_by_number(std::string_view digits, const source& text, const pattern& of) {
    std::size_t group = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), group);
    if (error != std::errc() || end != digits.data() + digits.size() || group > of.groups()) {
        refuse("the pattern has no such group", text, digits);
    }
    return group;
}

// What stands between the angle brackets of \g<...>.
std::size_t group_by_reference(std::string_view inside, const source& text, const pattern& of) {
    if (inside.empty()) {
        refuse("a group has no name", text, "\\g<>");
    }
    if (is_digit(inside.front())) {
        return group_by_number(inside, text, of);
    }
    const auto& names = of.compiled().NamedCapturingGroups();
    const auto found = names.find(std::string(inside));
    if (found == names.end()) {
        throw std::out_of_range("the pattern has no group named '" + std::string(inside) + "'");
    }
    return static_cast<std::size_t>(found->second);
}

}  // namespace

replacement::replacement(const source& text, const pattern& of) {
    const std::string_view all = text.data;
    std::string literal;
    for (std::size_t at = 0; at < all.size();) {
        if (all[at] != '\\') {
            literal += all[at++];
            continue;
        }
        if (at + 1 == all.size()) {
            refuse("a backslash stands at the end", text, "\\");
        }
        const char next = all[at + 1];
        std::size_t group = no_group;
        std::size_t size = 2;
        if (next == 'g') {
            const std::size_t close = all.find('>', at);
            if (close == std::string_view::npos || all[at + 2] != '<') {
                refuse("expected \\g<name>", text, all.substr(at));
            }
            group = group_by_reference(all.substr(at + 3, close - at - 3), text, of);
            size = close + 1 - at;
        } else if (is_digit(next) && next != '0') {
            size += at + 2 < all.size() && is_digit(all[at + 2]) ? 1 : 0;
            group = group_by_number(all.substr(at + 1, size - 1), text, of);
        } else if (const auto escape = std::string_view("\\abfnrtv").find(next);
                   escape != std::string_view::npos) {
            literal += "\\\a\b\f\n\r\t\v"[escape];
        } else if (is_letter(next) || is_digit(next)) {
            refuse("a bad escape", text, all.substr(at, 2));
        } else {
            literal += '\\';
            literal += next;
        }
        if (group != no_group) {
            parts_.push_back({std::move(literal), group});
            literal.clear();
        }
        at += size;
    }
    parts_.push_back({std::move(literal), no_group});
}

void replacement::append_to(std::string& out, std::string_view text, const span* groups) const {
    for (const part& one : parts_) {
        out += one.literal;
        if (one.group != no_group && groups[one.group].exists()) {
            out += groups[one.group].of(text);
        }
    }
}

std::pair<std::string, std::size_t> replacement::replace(const pattern& of, std::string_view text,
                                                         std::size_t at_most) const {
    std::string out;
    std::vector<span> found;
    std::size_t from = 0;
    std::size_t copied = 0;
    std::size_t count = 0;
    for (; count < at_most && of.find(text, from, RE2::UNANCHORED, found); ++count) {
        const span all = found.front();
        out += text.substr(copied, all.from - copied);
        append_to(out, text, found.data());
        copied = all.to;
        from = of.after(text, all);
    }
    out += text.substr(copied);
    return {std::move(out), count};
}

}  // namespace regex
