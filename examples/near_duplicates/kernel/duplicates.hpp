// The largest near duplicates of a set of files: what a person wants to read in the end.
//
// Chains of fingerprints say roughly where two files agree. Here the most promising ones are
// compared token by token, extended as far as they go, and the largest are chosen such that the
// list does not say the same thing twice: of three equal files, two pairs are listed and not three.
#pragma once

#include "matches.hpp"
#include "tokenizer.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace near_duplicates {

struct region {
    std::uint32_t file = 0;
    std::uint32_t first_line = 0;
    std::uint32_t last_line = 0;  // where the last token begins
    std::uint32_t tokens = 0;     // layout tokens at either end are not part of a region
};

struct duplicate {
    region left;
    region right;
    std::uint32_t equal_tokens = 0;

    // 1 where the two are equal token by token (names and values aside), less where one was
    // edited.
    double similarity() const noexcept {
        const std::uint32_t longer = left.tokens > right.tokens ? left.tokens : right.tokens;
        return longer == 0 ? 0.0 : static_cast<double>(equal_tokens) / static_cast<double>(longer);
    }
};

struct duplicate_options {
    chain_options chains;
    std::size_t count = 10;
};

// Gives the tokens of a file again; false when it can no longer be read.
using token_source = std::function<bool(std::uint32_t file, token_stream& out)>;

// The largest duplicates, the largest first; fewer, or none, when `stop` becomes true on the way.
std::vector<duplicate> find_duplicates(const concurrent_index& index,
                                       const duplicate_options& options, const token_source& tokens,
                                       const std::atomic<bool>& stop);

}  // namespace near_duplicates
