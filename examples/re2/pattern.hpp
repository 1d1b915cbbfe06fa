// RE2 without Python: patterns and sets of patterns that are made once and never change, so that any number of threads may use one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>
#include <re2/set.h>

namespace regex {

// What a pattern was written as: text in UTF-8, or bytes, of which each is a character (Latin-1).
struct source {
    std::string data;
    bool is_bytes = false;
    bool operator==(const source&) const = default;
};

// RE2's options that make a difference to a Python user. The encoding follows from the pattern, and errors are raised, not logged.
struct options {
    bool case_sensitive = true;
    bool dot_nl = false;         // a dot matches a newline too
    bool literal = false;        // the pattern is a text to be found as it is
    bool longest_match = false;  // the longest match instead of the first one
    bool never_capture = false;  // parentheses only group
    bool never_nl = false;       // a newline in the pattern matches nothing
    bool posix_syntax = false;   // egrep's syntax alone; the next three are for this one
    bool perl_classes = false;
    bool word_boundary = false;
    bool one_line = false;
    std::int64_t max_mem = RE2::Options::kDefaultMaxMem;
    bool operator==(const options&) const = default;

    RE2::Options to_re2(bool is_bytes) const;
};

// A pattern, or a replacement, that cannot be used.
class pattern_error : public std::runtime_error {
public:
    pattern_error(const std::string& message, RE2::ErrorCode which, source wrong, std::string part)
        : std::runtime_error(message),
          code(which),
          pattern(std::move(wrong)),
          argument{std::move(part), pattern.is_bytes} {}
    RE2::ErrorCode code;
    source pattern;
    source argument;  // the part of it that is wrong
};

// Part of a text, in bytes. A group that took no part in a match is nowhere.
struct span {
    static constexpr auto nowhere = static_cast<std::size_t>(-1);
    std::size_t from = nowhere;
    std::size_t to = nowhere;
    bool exists() const noexcept { return from != nowhere; }
    std::string_view of(std::string_view text) const { return text.substr(from, to - from); }
};

class pattern {
public:
    // Throws pattern_error.
    pattern(source text, const options& chosen);

    const source& text() const noexcept { return source_; }
    const options& chosen() const noexcept { return options_; }
    const RE2& compiled() const noexcept { return re_; }
    // Groups, without the match as a whole.
    std::size_t groups() const noexcept {
        return static_cast<std::size_t>(re_.NumberOfCapturingGroups());
    }

    // The first match at or behind `from`; found has groups() + 1 spans. What lies before `from` is seen by \b and the like.
    bool find(std::string_view text, std::size_t from, RE2::Anchor anchor,
              std::vector<span>& found) const;

    // The place where the search for the next match begins, when one was found. The next one may touch it, but an empty one is
    // not found twice.
    std::size_t after(std::string_view text, const span& found) const noexcept;

    // All of them, groups() + 1 spans for each.
    std::vector<span> find_all(std::string_view text, std::size_t from, std::size_t at_most) const;

private:
    source source_;
    options options_;
    RE2 re_;
};

class pattern_set {
public:
    // Throws pattern_error, for the first pattern that is wrong; std::invalid_argument where text and bytes are mixed.
    pattern_set(std::vector<source> patterns, RE2::Anchor anchor, const options& chosen);

    const std::vector<source>& patterns() const noexcept { return patterns_; }
    RE2::Anchor anchor() const noexcept { return anchor_; }
    const options& chosen() const noexcept { return options_; }
    bool is_bytes() const noexcept { return !patterns_.empty() && patterns_.front().is_bytes; }

    // The places of the patterns that match, in order. Throws std::bad_alloc where max_mem does not suffice.
    std::vector<int> match(std::string_view text) const;

private:
    std::vector<source> patterns_;
    RE2::Anchor anchor_;
    options options_;
    RE2::Set set_;
};

}  // namespace regex
