// See texts.hpp.
#include "texts.hpp"

#include <stdexcept>

INTERLOCK_BEGIN
namespace detail {

std::string concatenated(std::initializer_list<std::string_view> pieces) {
    std::size_t size = 0;
    for (const std::string_view piece : pieces) {
        size += piece.size();
    }
    std::string all;
    all.reserve(size);
    for (const std::string_view piece : pieces) {
        all.append(piece);
    }
    return all;
}

void throw_logic_error(std::initializer_list<std::string_view> pieces) {
    throw std::logic_error("interlock: " + concatenated(pieces));
}

bool is_word_of(std::string_view words, std::string_view word) noexcept {
    for (std::size_t begin = 1; begin < words.size();) {
        const std::size_t end = words.find(' ', begin);
        if (words.substr(begin, end - begin) == word) {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

}  // namespace detail
INTERLOCK_END
