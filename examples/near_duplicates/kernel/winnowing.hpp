// Fingerprints of a token sequence by winnowing.
//
// S. Schleimer, D. S. Wilkerson, A. Aiken: "Winnowing: Local Algorithms for Document
// Fingerprinting", SIGMOD 2003, section 3 and the robust form of section 5.1. Of the hashes of all
// k-grams, each window of w neighbours gives its smallest one. What that guarantees: two sequences
// that share a run of w + k - 1 tokens or more share a fingerprint from within that run, and
// nothing shorter than k tokens matches. On average 2 / (w + 1) of all k-grams are kept.
#pragma once

#include "symbol.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace near_duplicates {

struct winnowing_options {
    std::uint32_t gram = 32;    // k: tokens that are hashed together
    std::uint32_t window = 16;  // w: neighbouring k-grams of which one is kept

    // The shortest run of equal tokens that cannot be missed.
    constexpr std::uint32_t guaranteed() const noexcept { return window + gram - 1; }
};

struct fingerprint {
    std::uint64_t hash = 0;
    std::uint32_t position = 0;  // of the k-gram's first token

    friend bool operator==(const fingerprint&, const fingerprint&) = default;
};

// Finds the fingerprints of `symbols` and puts them into `out`, whose storage is reused, by
// position. A sequence with fewer than w k-grams has one fingerprint, one that is shorter than k
// has none.
void winnow(std::span<const symbol> symbols, winnowing_options options,
            std::vector<fingerprint>& out);

}  // namespace near_duplicates
