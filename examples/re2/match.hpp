// One match: where the groups of a pattern are in a text. It holds both, and is never changed.
#pragma once

#include "pattern.hpp"
#include "replacement.hpp"
#include "subject.hpp"

#include <memory>
#include <utility>

namespace regex {

// A group by its number or by its name.
using group_key = std::variant<std::ptrdiff_t, std::string>;

class match {
public:
    // Python's pos and endpos of the search.
    struct limits {
        std::size_t from = 0;
        std::size_t to = 0;
    };

    match(std::shared_ptr<pattern> of, std::shared_ptr<const subject> text,
          std::vector<span> groups, place begin, limits searched)
        : pattern_(std::move(of)),
          text_(std::move(text)),
          groups_(std::move(groups)),
          begin_(begin),
          searched_(searched) {}

    const std::shared_ptr<pattern>& of() const noexcept { return pattern_; }
    il::object text(il::python py) const { return text_->bind(py); }
    std::size_t from() const noexcept { return searched_.from; }
    std::size_t to() const noexcept { return searched_.to; }

    // One group, or the default where it took no part. Throws index_error for a group that the pattern does not have.
    il::object group(il::python py, const group_key& key, const il::object& otherwise) const {
        return part(py, find(key), otherwise);
    }
    // With one key, or none, that group; with several a tuple.
    il::object group(il::python py, il::args keys) const {
        const il::object none = py.none();
        if (il::len(keys) == 0) {
            return part(py, groups_.front(), none);
        }
        if (il::len(keys) == 1) {
            const il::object key = keys[0];
            return group(py, key.as<group_key>(), none);
        }
        il::list all = il::list::make(py);
        for (const il::object& key : keys) {
            all.append(group(py, key.as<group_key>(), none));
        }
        return all.to_tuple();
    }
    il::tuple groups(il::python py, const il::object& otherwise) const {
        il::list all = il::list::make(py);
        for (std::size_t i = 1; i < groups_.size(); ++i) {
            all.append(part(py, groups_[i], otherwise));
        }
        return all.to_tuple();
    }
    il::dict groupdict(il::python py, const il::object& otherwise) const {
        il::dict named = il::dict::make(py);
        for (const auto& [number, name] : pattern_->compiled().CapturingGroupNames()) {
            named[name] = part(py, groups_[static_cast<std::size_t>(number)], otherwise);
        }
        return named;
    }

    // In code points of a str, in bytes of bytes; -1 for a group that took no part.
    std::pair<std::ptrdiff_t, std::ptrdiff_t> span_of(const group_key& key) const {
        const span& found = find(key);
        if (!found.exists()) {
            return {-1, -1};
        }
        const place from{found.from, text_->index_of(found.from, begin_)};
        return {static_cast<std::ptrdiff_t>(from.index),
                static_cast<std::ptrdiff_t>(text_->index_of(found.to, from))};
    }
    std::ptrdiff_t start(const group_key& key) const { return span_of(key).first; }
    std::ptrdiff_t end(const group_key& key) const { return span_of(key).second; }

    il::object expand(il::python py, const source& replaced_by) const {
        if (replaced_by.is_bytes != text_->is_bytes()) {
            throw il::type_error("Match.expand(): the template is of another kind than the text");
        }
        std::string made;
        replacement(replaced_by, *pattern_).append_to(made, text_->view(), groups_.data());
        return text_->part(py, made);
    }
    std::string repr(il::python py) const {
        const auto [from, to] = span_of(std::ptrdiff_t(0));
        return "<re2.Match object; span=(" + std::to_string(from) + ", " + std::to_string(to) +
               "), match=" + part(py, groups_.front(), py.none()).repr() + ">";
    }

private:
    const span& find(const group_key& key) const {
        if (const auto* number = std::get_if<std::ptrdiff_t>(&key)) {
            if (*number < 0 || static_cast<std::size_t>(*number) >= groups_.size()) {
                throw il::index_error("the pattern has no group " + std::to_string(*number));
            }
            return groups_[static_cast<std::size_t>(*number)];
        }
        const auto& name = std::get<std::string>(key);
        const auto& names = pattern_->compiled().NamedCapturingGroups();
        const auto found = names.find(name);
        if (found == names.end()) {
            throw il::index_error("the pattern has no group named '" + name + "'");
        }
        return groups_[static_cast<std::size_t>(found->second)];
    }
    il::object part(il::python py, const span& group, const il::object& otherwise) const {
        return group.exists() ? text_->part(py, group.of(text_->view())) : otherwise;
    }

    std::shared_ptr<pattern> pattern_;
    std::shared_ptr<const subject> text_;
    std::vector<span> groups_;
    place begin_;
    limits searched_;
};

}  // namespace regex
