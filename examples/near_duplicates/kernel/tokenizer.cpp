#include "tokenizer.hpp"

#include "string_scanner.hpp"

#include <algorithm>

namespace near_duplicates {

namespace {

// Soft keywords (match, case, type, _) are names: only the parser can tell.
constexpr std::array<std::string_view, 35> keywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

// Longest first, so that the first one that fits is the right one.
constexpr std::array<std::string_view, 24> long_operators = {
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==",
    "!=",  "->",  "+=",  "-=",  "*=",  "/=", "%=", "&=", "|=", "^=", "@=", ":="};

enum class byte_class : std::uint8_t { other, space, word, digit, quote, op, line_end };

constexpr std::array<byte_class, 256> classes = [] {
    std::array<byte_class, 256> table{};
    for (std::size_t c = 0; c < 256; ++c) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        table[c] = letter                   ? byte_class::word
                   : (c >= '0' && c <= '9') ? byte_class::digit
                                            : byte_class::other;
    }
    for (const char c : std::string_view("+-*/%@&|^~<>()[]{},:.;=")) {
        table[static_cast<unsigned char>(c)] = byte_class::op;
    }
    for (const char c : std::string_view(" \t\f")) {
        table[static_cast<unsigned char>(c)] = byte_class::space;
    }
    table['"'] = table['\''] = byte_class::quote;
    table['\n'] = table['\r'] = byte_class::line_end;
    return table;
}();

byte_class class_of(char c) noexcept { return classes[static_cast<unsigned char>(c)]; }

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_word(char c) noexcept { return class_of(c) == byte_class::word || is_digit(c); }

// Keywords by a hash of length, first and last letter: one probe rejects nearly every other name.
constexpr std::size_t keyword_slots = 256;
constexpr std::size_t keyword_hash(std::string_view w) noexcept {
    return (static_cast<unsigned char>(w.front()) * 31U +
            static_cast<unsigned char>(w.back()) * 7U + w.size() * 57U) %
           keyword_slots;
}
constexpr std::array<std::uint8_t, keyword_slots> keyword_table = [] {
    std::array<std::uint8_t, keyword_slots>
        table{};  // 0: empty, else the place in the list plus one
    for (std::size_t i = 0; i < keywords.size(); ++i) {
        std::size_t slot = keyword_hash(keywords[i]);
        while (table[slot] != 0) {
            slot = (slot + 1) % keyword_slots;
        }
        table[slot] = static_cast<std::uint8_t>(i + 1);
    }
    return table;
}();

symbol symbol_of_word(std::string_view word) noexcept {
    for (std::size_t slot = keyword_hash(word); keyword_table[slot] != 0;
         slot = (slot + 1) % keyword_slots) {
        const std::size_t i = keyword_table[slot] - std::size_t{1};
        if (keywords[i] == word) {
            return static_cast<symbol>(first_keyword + i);
        }
    }
    return name_symbol;
}

class tokenizer {
public:
    tokenizer(std::string_view text, token_stream& out) noexcept : text_(text), out_(out) {}

    void run() {
        while (i_ < text_.size()) {
            if (at_line_start_ && !begin_line()) {
                continue;
            }
            step();
        }
        finish();
    }

private:
    char at(std::size_t i) const noexcept { return i < text_.size() ? text_[i] : '\0'; }

    void emit(token_kind kind, symbol s) {
        ++out_.counts[kind];
        out_.symbols.push_back(s);
        out_.lines.push_back(line_);
    }

    // Measures the indentation of a logical line; false when the line holds no code and has been
    // passed.
    bool begin_line() {
        std::size_t column = 0;
        for (; i_ < text_.size(); ++i_) {
            const char c = text_[i_];
            if (c == ' ') {
                ++column;
            } else if (c == '\t') {
                column = (column / 8 + 1) * 8;
            } else if (c == '\f') {
                column = 0;
            } else {
                break;
            }
        }
        if (i_ == text_.size()) {
            return false;
        }
        if (text_[i_] == '#') {
            comment();
            return false;
        }
        if (class_of(text_[i_]) == byte_class::line_end) {
            pass_line_end();
            return false;
        }
        at_line_start_ = false;
        if (column > indents_.back()) {
            indents_.push_back(column);
            emit(token_kind::indent, indent_symbol);
        }
        while (column < indents_.back()) {
            if (column > indents_[indents_.size() - 2]) {  // a dedent to nowhere: Python stops here
                out_.well_formed = false;
                indents_.back() = column;
                break;
            }
            indents_.pop_back();
            emit(token_kind::dedent, dedent_symbol);
        }
        return true;
    }

    void step() {
        const char c = text_[i_];
        switch (class_of(c)) {
            case byte_class::space:
                ++i_;
                break;
            case byte_class::word:
                word();
                break;
            case byte_class::digit:
                number();
                break;
            case byte_class::quote:
                string(i_, {});
                break;
            case byte_class::op:
                op(c);
                break;
            case byte_class::line_end:
                if (brackets_ == 0) {
                    emit(token_kind::newline, newline_symbol);
                    at_line_start_ = true;
                }
                pass_line_end();
                break;
            case byte_class::other:
                other(c);
                break;
        }
    }

    void pass_line_end() noexcept {
        i_ += text_[i_] == '\r' && at(i_ + 1) == '\n' ? std::size_t{2} : std::size_t{1};
        ++line_;
    }

    void comment() noexcept {
        ++out_.counts[token_kind::comment];
        const std::size_t end = text_.find_first_of("\r\n", i_);
        i_ = end == text_.npos ? text_.size() : end;
    }

    void word() {
        std::size_t end = i_ + 1;
        while (end < text_.size() && is_word(text_[end])) {
            ++end;
        }
        const std::string_view w = text_.substr(i_, end - i_);
        if (const char next = at(end); next == '"' || next == '\'') {
            if (const auto prefix = parse_string_prefix(w)) {
                string(end, *prefix);
                return;
            }
        }
        i_ = end;
        emit(token_kind::name, symbol_of_word(w));
    }

    void string(std::size_t quote, string_prefix prefix) {
        emit(token_kind::string, string_symbol);
        const string_end end = scan_string(text_, quote, prefix);
        out_.well_formed = out_.well_formed && end.closed;
        for (std::size_t j = quote; j < end.position; ++j) {
            if (text_[j] == '\n' || (text_[j] == '\r' && at(j + 1) != '\n')) {
                ++line_;
            }
        }
        i_ = end.position;
    }

    // Digits with single underscores between them.
    std::size_t digits(std::size_t i, bool (*accepts)(char)) const noexcept {
        while (accepts(at(i)) || (at(i) == '_' && accepts(at(i + 1)))) {
            ++i;
        }
        return i;
    }

    void number() {
        std::size_t end;  // just behind it
        const char base = static_cast<char>(at(i_ + 1) | 0x20);
        const std::size_t first = at(i_ + 2) == '_' ? i_ + 3 : i_ + 2;
        const auto hex = [](char c) {
            return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        };
        const auto oct = [](char c) { return c >= '0' && c <= '7'; };
        const auto bin = [](char c) { return c == '0' || c == '1'; };
        if (text_[i_] == '0' && base == 'x' && hex(at(first))) {
            end = digits(first, hex);
        } else if (text_[i_] == '0' && base == 'o' && oct(at(first))) {
            end = digits(first, oct);
        } else if (text_[i_] == '0' && base == 'b' && bin(at(first))) {
            end = digits(first, bin);
        } else {
            end = digits(i_, is_digit);
            if (at(end) == '.') {
                ++end;
                end = is_digit(at(end)) ? digits(end, is_digit) : end;
            }
            if ((at(end) | 0x20) == 'e') {
                const std::size_t sign = at(end + 1) == '+' || at(end + 1) == '-' ? 1 : 0;
                if (is_digit(at(end + 1 + sign))) {  // else: `1else`, a number and a name
                    end = digits(end + 1 + sign, is_digit);
                }
            }
            if ((at(end) | 0x20) == 'j') {
                ++end;
            }
        }
        i_ = end;
        emit(token_kind::number, number_symbol);
    }

    void op(char c) {
        if (c == '.' && is_digit(at(i_ + 1))) {
            number();
            return;
        }
        switch (c) {
            case '(':
            case '[':
            case '{':
                ++brackets_;
                break;
            case ')':
            case ']':
            case '}':
                out_.well_formed = out_.well_formed && brackets_ > 0;
                brackets_ -= brackets_ > 0 ? 1 : 0;
                break;
            default:
                // A second character that can continue an operator is needed before the list is
                // searched.
                switch (at(i_ + 1)) {
                    case '=':
                    case '*':
                    case '/':
                    case '<':
                    case '>':
                    case '.':
                        if (long_op()) {
                            return;
                        }
                        break;
                    default:
                        break;
                }
        }
        ++i_;
        emit(token_kind::op, static_cast<symbol>(c));
    }

    bool long_op() {
        const std::string_view rest = text_.substr(i_);
        const auto* found = std::find_if(long_operators.begin(), long_operators.end(),
                                         [&](std::string_view o) { return rest.starts_with(o); });
        if (found == long_operators.end()) {
            return false;
        }
        i_ += found->size();
        emit(token_kind::op,
             static_cast<symbol>(first_long_operator + (found - long_operators.begin())));
        return true;
    }

    void other(char c) {
        if (c == '#') {
            comment();
        } else if (c == '\\' && class_of(at(i_ + 1)) == byte_class::line_end) {
            ++i_;
            pass_line_end();
        } else if (c == '!' && long_op()) {
            return;
        } else {  // a character that no Python token begins with
            out_.well_formed = false;
            ++i_;
        }
    }

    void finish() {
        out_.line_count =
            text_.empty() ? 0 : line_ - (text_.ends_with('\n') || text_.ends_with('\r') ? 1 : 0);
        out_.well_formed = out_.well_formed && brackets_ == 0;
        if (!at_line_start_) {
            emit(token_kind::newline, newline_symbol);
        }
        for (std::size_t open = indents_.size() - 1; open > 0; --open) {
            emit(token_kind::dedent, dedent_symbol);
        }
    }

    std::string_view text_;
    token_stream& out_;
    std::size_t i_ = 0;
    std::uint32_t line_ = 1;
    std::size_t brackets_ = 0;
    bool at_line_start_ = true;
    std::vector<std::size_t> indents_{0};
};

}  // namespace

void tokenize(std::string_view text, token_stream& out) {
    out.clear();
    tokenizer(text, out).run();
}

}  // namespace near_duplicates
