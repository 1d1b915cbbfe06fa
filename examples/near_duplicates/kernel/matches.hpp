// Runs of equal tokens in two files, and chains of such runs with small differences between them.
//
// A fingerprint that stands at two places is a hit. Hits of the same two files at the same distance
// that follow each other without a gap are one run: a stretch that is equal token by token. Runs
// that follow each other in both files within a few tokens are one chain: a stretch that was copied
// and then edited.
#pragma once

#include "concurrent_index.hpp"

#include <atomic>
#include <cstdint>
#include <vector>

namespace near_duplicates {

// `length` tokens from `left` in one file are equal to those from `right` in the other.
struct run {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::uint32_t length = 0;

    std::uint32_t left_end() const noexcept { return left + length; }
    std::uint32_t right_end() const noexcept { return right + length; }
};

// Runs in ascending order on both sides, not overlapping. Within one file the two sides do not
// overlap either.
struct chain {
    std::uint32_t left_file = 0;
    std::uint32_t right_file = 0;
    std::uint32_t equal_tokens = 0;  // the sum of the runs
    std::vector<run> runs;
};

struct chain_options {
    winnowing_options winnowing;
    // A fingerprint at more places than this is ignored, as in MOSS (section 5.2 of the winnowing
    // paper, option -m of the service): it is a table of data or boilerplate, and pairs would grow
    // with its square.
    std::size_t most_places = 16;
    std::uint32_t largest_gap = 32;  // tokens that may differ between two runs of one chain
};

// All chains in `index`, in no particular order; those found so far when `stop` becomes true.
// Not while others insert.
std::vector<chain> find_chains(const concurrent_index& index, const chain_options& options,
                               const std::atomic<bool>& stop);

}  // namespace near_duplicates
