// What a pattern does with a text of Python's: the interpreter is left while a long text is searched.
#pragma once

#include "match.hpp"

namespace regex {

// Shorter texts are searched before another thread could begin.
inline constexpr std::size_t long_text = 4096;

// f(pattern, text, ...), detached where the text is long.
template <class F, class... A>
auto detached_if_long(il::python py, F f, const pattern& p, std::string_view text,
                      const A&... more) {
    return text.size() < long_text ? f(p, text, more...) : py.allow_threads(f, p, text, more...);
}

inline void require_same_kind(const char* function, const pattern& p, bool is_bytes) {
    if (p.text().is_bytes != is_bytes) {
        throw il::type_error(
            std::string("Pattern.") + function + "(): a pattern of " +
            (is_bytes ? "str cannot be used on bytes" : "bytes cannot be used on str"));
    }
}

// A search from one match to the next.
class scanner {
public:
    scanner(std::shared_ptr<pattern> of, subject text, const char* function, std::ptrdiff_t from,
            std::ptrdiff_t to)
        : pattern_(std::move(of)), text_(std::make_shared<subject>(std::move(text))) {
        require_same_kind(function, *pattern_, text_->is_bytes());
        next_ = text_->byte_of(from);
        const std::size_t end = text_->byte_of(to);
        shown_ = text_->view().substr(0, end);
        over_ = next_ > end;
        known_ = {next_, text_->index_of(next_)};
        searched_ = {known_.index, over_ ? text_->index_of(end) : text_->index_of(end, known_)};
    }

    const subject& text() const noexcept { return *text_; }
    // What may be seen of the text: what lies beyond endpos is not there.
    std::string_view shown() const noexcept { return shown_; }

    // Moves on to the next match; false: there is none.
    bool next(il::python py, RE2::Anchor anchor) {
        constexpr auto find = [](const pattern& p, std::string_view text, std::size_t from,
                                 RE2::Anchor a,
                                 std::vector<span>& found) { return p.find(text, from, a, found); };
        if (over_) {
            return false;
        }
        over_ = !(shown_.size() - next_ < long_text
                      ? find(*pattern_, shown_, next_, anchor, found_)
                      : py.allow_threads(find, *pattern_, shown_, next_, anchor, found_));
        if (over_) {
            return false;
        }
        const span& all = found_.front();
        known_ = {all.from, text_->index_of(all.from, known_)};
        next_ = pattern_->after(shown_, all);
        over_ = next_ > shown_.size();
        return true;
    }
    // The match at which it stands.
    match current() const { return {pattern_, text_, found_, known_, searched_}; }
    const std::vector<span>& found() const noexcept { return found_; }

private:
    std::shared_ptr<pattern> pattern_;
    std::shared_ptr<const subject> text_;
    std::string_view shown_;
    std::vector<span> found_;
    std::size_t next_ = 0;
    place known_;
    match::limits searched_;
    bool over_ = false;
};

// What finditer() gives: the matches, each searched for when it is asked for.
class matches {
public:
    class iterator {
    public:
        using value_type = match;
        using difference_type = std::ptrdiff_t;
        explicit iterator(scanner& at) : at_(&at) { ++*this; }
        match operator*() const { return at_->current(); }
        iterator& operator++() {
            found_ = il::with_gil([this](il::python py) { return at_->next(py, RE2::UNANCHORED); });
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept {
            return !at.found_;
        }

    private:
        scanner* at_;
        bool found_ = false;
    };

    explicit matches(scanner at) : at_(std::move(at)) {}
    iterator begin() { return iterator(at_); }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    scanner at_;
};

}  // namespace regex
