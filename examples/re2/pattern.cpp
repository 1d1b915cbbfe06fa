#include "pattern.hpp"

#include <algorithm>
#include <new>

namespace regex {
namespace {

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

}  // namespace

RE2::Options options::to_re2(bool is_bytes) const {
    RE2::Options made;
    made.set_encoding(is_bytes ? RE2::Options::EncodingLatin1 : RE2::Options::EncodingUTF8);
    made.set_log_errors(false);
    made.set_case_sensitive(case_sensitive);
    made.set_dot_nl(dot_nl);
    made.set_literal(literal);
    made.set_longest_match(longest_match);
    made.set_never_capture(never_capture);
    made.set_never_nl(never_nl);
    made.set_posix_syntax(posix_syntax);
    made.set_perl_classes(perl_classes);
    made.set_word_boundary(word_boundary);
    made.set_one_line(one_line);
    made.set_max_mem(max_mem);
    return made;
}

pattern::pattern(source text, const options& chosen)
    : source_(std::move(text)),
      options_(chosen),
      re_(source_.data, chosen.to_re2(source_.is_bytes)) {
    if (!re_.ok()) {
        throw pattern_error(re_.error(), re_.error_code(), source_, re_.error_arg());
    }
}

bool pattern::find(std::string_view text, std::size_t from, RE2::Anchor anchor,
                   std::vector<span>& found) const {
    const std::size_t count = groups() + 1;
    found.assign(count, {});
    if (from > text.size()) {
        return false;
    }
    // A few groups are the rule: no allocation for these.
    constexpr std::size_t usual = 8;
    re2::StringPiece few[usual];
    std::vector<re2::StringPiece> many(count > usual ? count : 0);
    re2::StringPiece* parts = count > usual ? many.data() : few;
    const auto match = [&] {
        return re_.Match({text.data(), text.size()}, from, text.size(), anchor, parts,
                         static_cast<int>(count));
    };
    if (!match()) {
        return false;
    }
    // RE2 takes \B for true between the bytes of a character, where Python has no place.
    while (!source_.is_bytes && parts[0].data() != text.data() + text.size() &&
           continues(*parts[0].data())) {
        from = after(text, {static_cast<std::size_t>(parts[0].data() - text.data()),
                            static_cast<std::size_t>(parts[0].data() - text.data())});
        if (!match()) {
            return false;
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (parts[i].data() != nullptr) {
            found[i].from = static_cast<std::size_t>(parts[i].data() - text.data());
            found[i].to = found[i].from + parts[i].size();
        }
    }
    return true;
}

std::size_t pattern::after(std::string_view text, const span& found) const noexcept {
    if (found.to > found.from) {
        return found.to;
    }
    std::size_t next = found.to + 1;
    while (!source_.is_bytes && next < text.size() && continues(text[next])) {
        ++next;
    }
    return next;
}

std::vector<span> pattern::find_all(std::string_view text, std::size_t from,
                                    std::size_t at_most) const {
    std::vector<span> all;
    std::vector<span> one;
    for (std::size_t n = 0; n < at_most && find(text, from, RE2::UNANCHORED, one); ++n) {
        all.insert(all.end(), one.begin(), one.end());
        from = after(text, one.front());
    }
    return all;
}

pattern_set::pattern_set(std::vector<source> patterns, RE2::Anchor anchor, const options& chosen)
    : patterns_(std::move(patterns)),
      anchor_(anchor),
      options_(chosen),
      set_(chosen.to_re2(is_bytes()), anchor) {
    for (const source& one : patterns_) {
        if (one.is_bytes != is_bytes()) {
            throw std::invalid_argument("the patterns of a set are all str or all bytes");
        }
        std::string message;
        if (set_.Add(one.data, &message) < 0) {
            // A set tells the message alone; the pattern by itself knows the rest.
            const RE2 alone(one.data, chosen.to_re2(one.is_bytes));
            throw pattern_error(message, alone.error_code(), one, alone.error_arg());
        }
    }
    if (!set_.Compile()) {
        throw pattern_error("the patterns together need more than max_mem",
                            RE2::ErrorPatternTooLarge, {}, {});
    }
}

std::vector<int> pattern_set::match(std::string_view text) const {
    std::vector<int> found;
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    // RE2 logs where it is asked to match without any pattern.
    if (!patterns_.empty() && !set_.Match({text.data(), text.size()}, &found, &error) &&
        error.kind == RE2::Set::kOutOfMemory) {
        throw std::bad_alloc();
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace regex
