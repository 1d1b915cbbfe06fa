#include "string_scanner.hpp"

namespace near_duplicates {

namespace {

// CPython allows 150 f-strings within each other; the limit here only bounds the recursion.
constexpr int deepest_nesting = 200;

bool is_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

class scanner {
public:
    explicit scanner(std::string_view text) noexcept : text_(text) {}

    string_end plain(std::size_t quote) const noexcept {
        const delimiter d = open(quote);
        std::size_t i = quote + d.length;
        while (i < text_.size()) {
            const char c = text_[i];
            if (c == '\\') {
                i = behind_escape(
                    i);  // in raw strings too: a backslash keeps the quote behind it from closing
            } else if (c == d.quote && closes(i, d)) {
                return {i + d.length, true};
            } else if (d.length == 1 && (c == '\n' || c == '\r')) {
                return {i, false};
            } else {
                ++i;
            }
        }
        return {text_.size(), false};
    }

    string_end formatted(std::size_t quote, bool raw, int depth) const noexcept {
        const delimiter d = open(quote);
        std::size_t i = quote + d.length;
        while (i < text_.size()) {
            const char c = text_[i];
            if (c == '\\') {
                i = behind_formatted_escape(i, raw);
            } else if (c == d.quote && closes(i, d)) {
                return {i + d.length, true};
            } else if (d.length == 1 && (c == '\n' || c == '\r')) {
                return {i, false};
            } else if (c == '{' && at(i + 1) != '{') {
                const string_end field = replacement_field(i + 1, d, raw, depth);
                if (!field.closed) {
                    return field;
                }
                i = field.position;
            } else {
                i += c == '{' ? 2 : 1;
            }
        }
        return {text_.size(), false};
    }

    // A string of any kind in a replacement field. A field that cannot be read makes the whole
    // f-string unreadable: trying again at each level would take time exponential in the depth.
    string_end nested(std::size_t quote, string_prefix prefix, int depth) const noexcept {
        if (depth >= deepest_nesting) {
            return {quote, false};
        }
        return prefix.formatted ? formatted(quote, prefix.raw, depth) : plain(quote);
    }

private:
    struct delimiter {
        char quote;
        std::size_t length;  // 1 or 3
    };

    char at(std::size_t i) const noexcept { return i < text_.size() ? text_[i] : '\0'; }

    delimiter open(std::size_t i) const noexcept {
        const char q = text_[i];
        return {q, at(i + 1) == q && at(i + 2) == q ? std::size_t{3} : std::size_t{1}};
    }

    bool closes(std::size_t i, delimiter d) const noexcept {
        return d.length == 1 || (at(i + 1) == d.quote && at(i + 2) == d.quote);
    }

    std::size_t behind_escape(std::size_t i) const noexcept {
        return i + (at(i + 1) == '\r' && at(i + 2) == '\n' ? 3 : 2);
    }

    std::size_t behind_formatted_escape(std::size_t i, bool raw) const noexcept {
        const char next = at(i + 1);
        if (next == '{' || next == '}') {
            return i + 1;  // the backslash stands for itself and the brace keeps its meaning
        }
        if (!raw && next == 'N' && at(i + 2) == '{') {  // \N{BULLET} is not a field
            const std::size_t close = text_.find('}', i);
            return close == text_.npos ? text_.size() : close + 1;
        }
        return behind_escape(i);
    }

    // The expression behind `{`, its conversion and its format specification, up to and with `}`.
    string_end replacement_field(std::size_t i, delimiter outer, bool raw,
                                 int depth) const noexcept {
        if (depth >= deepest_nesting) {
            return {i, false};
        }
        std::size_t brackets = 0;
        while (i < text_.size()) {
            const char c = text_[i];
            if (c == '"' || c == '\'') {
                const string_end inner = nested(i, {}, depth + 1);
                if (!inner.closed) {
                    return inner;
                }
                i = inner.position;
            } else if (is_word(c)) {
                std::size_t end = i + 1;
                while (is_word(at(end))) {
                    ++end;
                }
                const auto prefix = parse_string_prefix(text_.substr(i, end - i));
                i = end;
                if (prefix && (at(end) == '"' || at(end) == '\'')) {
                    const string_end inner = nested(end, *prefix, depth + 1);
                    if (!inner.closed) {
                        return inner;
                    }
                    i = inner.position;
                }
            } else if (c == '(' || c == '[' || c == '{') {
                ++brackets;
                ++i;
            } else if (brackets > 0 && (c == ')' || c == ']' || c == '}')) {
                --brackets;
                ++i;
            } else if (c == '}') {
                return {i + 1, true};
            } else if (c == ':' && brackets == 0) {
                return format_specification(i + 1, outer, raw, depth);
            } else if (c == '#') {
                while (i < text_.size() && text_[i] != '\n' && text_[i] != '\r') {
                    ++i;
                }
            } else {
                ++i;
            }
        }
        return {text_.size(), false};
    }

    string_end format_specification(std::size_t i, delimiter outer, bool raw,
                                    int depth) const noexcept {
        while (i < text_.size()) {
            const char c = text_[i];
            if (c == '}') {
                return {i + 1, true};
            }
            if (c == '{') {
                const string_end field = replacement_field(i + 1, outer, raw, depth + 1);
                if (!field.closed) {
                    return field;
                }
                i = field.position;
            } else if (c == '\\') {
                i = behind_formatted_escape(i, raw);
            } else if ((c == outer.quote && closes(i, outer)) ||
                       (outer.length == 1 && (c == '\n' || c == '\r'))) {
                return {i, false};
            } else {
                ++i;
            }
        }
        return {text_.size(), false};
    }

    std::string_view text_;
};

}  // namespace

std::optional<string_prefix> parse_string_prefix(std::string_view letters) noexcept {
    if (letters.size() > 2) {
        return std::nullopt;
    }
    string_prefix prefix;
    bool bytes = false;
    bool unicode = false;
    for (const char c : letters) {
        bool repeated = true;
        switch (c) {
            case 'r':
            case 'R':
                repeated = prefix.raw;
                prefix.raw = true;
                break;
            case 'f':
            case 'F':
            case 't':
            case 'T':
                repeated = prefix.formatted;
                prefix.formatted = true;
                break;
            case 'b':
            case 'B':
                repeated = bytes;
                bytes = true;
                break;
            case 'u':
            case 'U':
                repeated = unicode;
                unicode = true;
                break;
            default:
                return std::nullopt;
        }
        if (repeated) {
            return std::nullopt;
        }
    }
    const int exclusive = int{prefix.formatted} + int{bytes} + int{unicode};
    if (exclusive > 1 || (unicode && prefix.raw)) {
        return std::nullopt;
    }
    return prefix;
}

string_end scan_string(std::string_view text, std::size_t quote, string_prefix prefix) noexcept {
    const scanner scan(text);
    string_end end = prefix.formatted ? scan.formatted(quote, prefix.raw, 0) : scan.plain(quote);
    if (!end.closed && prefix.formatted) {
        end =
            scan.plain(quote);  // no f-string by PEP 701: up to 3.11 it was a string like any other
    }
    if (end.position > text.size()) {  // a backslash as the very last byte
        end.position = text.size();
    }
    return end;
}

}  // namespace near_duplicates
