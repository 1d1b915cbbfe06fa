// The text that is searched: a str or bytes of Python's, which is read where it lies, with the interpreter or without it.
//
// RE2 counts bytes, Python counts code points. Where the two differ they are counted from the nearest place that is known.
#pragma once

#include <interlock/interlock.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <variant>

namespace regex {

namespace il = interlock;

// A place in a text, of which Python's index is known.
struct place {
    std::size_t byte = 0;
    std::size_t index = 0;
};

class subject {
public:
    // Throw python_error (UnicodeEncodeError) for lone surrogates.
    explicit subject(const il::str& text)
        : held_(il::pinned_str(text)), is_bytes_(false), one_byte_each_(text.is_ascii()) {}
    explicit subject(const il::bytes& data)
        : held_(il::pinned_bytes(data)), is_bytes_(true), one_byte_each_(true) {}

    bool is_bytes() const noexcept { return is_bytes_; }
    std::string_view view() const noexcept {
        return std::visit(
            [](const auto& held) { return std::string_view(held.data(), held.size()); }, held_);
    }
    il::object bind(il::python py) const {
        return std::visit([&](const auto& held) { return il::object(held.bind(py)); }, held_);
    }

    // Python's index of a byte that begins a code point. `known`: a place before it.
    std::size_t index_of(std::size_t byte, place known = {}) const noexcept {
        if (one_byte_each_) {
            return byte;
        }
        const std::string_view between = view().substr(known.byte, byte - known.byte);
        const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
        return known.index + static_cast<std::size_t>(std::ranges::count_if(between, begins));
    }
    // The byte at which an index lies; beyond the end and before the beginning they stand for these.
    std::size_t byte_of(std::ptrdiff_t index) const noexcept {
        const std::string_view text = view();
        if (index <= 0) {
            return 0;
        }
        auto left = static_cast<std::size_t>(index);
        if (one_byte_each_ || left >= text.size()) {
            return std::min(left, text.size());
        }
        std::size_t byte = 0;
        for (; byte < text.size(); ++byte) {
            const bool begins = (static_cast<unsigned char>(text[byte]) & 0xC0U) != 0x80;
            if (begins && left-- == 0) {
                break;
            }
        }
        return byte;
    }

    // A part of it as Python has it.
    il::object part(il::python py, std::string_view text) const {
        return is_bytes_ ? il::object(il::bytes::of(py, text)) : il::object(il::str::of(py, text));
    }

private:
    std::variant<il::pinned_str, il::pinned_bytes> held_;
    bool is_bytes_;
    bool one_byte_each_;
};

}  // namespace regex
