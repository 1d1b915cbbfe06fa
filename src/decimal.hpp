// Numbers as text. Internal.
#pragma once

#include <interlock/attach/config.hpp>

#include <concepts>
#include <limits>
#include <string>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

// What std::to_string gives, which has a table that every module exports and looks up when it is imported.
template <std::integral N>
std::string decimal(N number) {
    char text[std::numeric_limits<N>::digits10 + 3];
    char* const end = text + sizeof text;
    char* begin = end;
    const bool negative = std::cmp_less(number, 0);
    do {
        const auto digit = static_cast<int>(number % 10);
        *--begin = static_cast<char>('0' + (digit < 0 ? -digit : digit));
        number = static_cast<N>(number / 10);
    } while (number != 0);
    if (negative) {
        *--begin = '-';
    }
    return {begin, end};
}

}  // namespace detail
INTERLOCK_END
