// What sub() puts in the place of a match: text with references to groups, written as in Python's re: \1, \g<2>, \g<name>.
#pragma once

#include "pattern.hpp"

namespace regex {

class replacement {
public:
    // Throws pattern_error for a wrong escape or number, std::out_of_range for a name that the pattern does not have.
    replacement(const source& text, const pattern& of);

    // Appends what stands for one match, whose groups lie in `text`. A group that took no part is empty.
    void append_to(std::string& out, std::string_view text, const span* groups) const;

    // The text with at most so many matches replaced, and how many there were.
    std::pair<std::string, std::size_t> replace(const pattern& of, std::string_view text,
                                                std::size_t at_most) const;

private:
    struct part {
        std::string literal;
        std::size_t group;  // that follows the literal; none: no_group
    };
    static constexpr auto no_group = static_cast<std::size_t>(-1);
    std::vector<part> parts_;
};

}  // namespace regex
