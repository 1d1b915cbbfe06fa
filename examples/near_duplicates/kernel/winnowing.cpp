#include "winnowing.hpp"

#include <algorithm>
#include <array>

namespace near_duplicates {

namespace {

// The finalizer of splitmix64 (Steele, Lea, Flood, OOPSLA 2014): a bijection in which each bit of
// the input changes half of the output, so that the smallest of w hashes is an even choice.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

// A random number for each symbol: with the symbols themselves, small and alike, sums would
// collide.
constexpr std::array<std::uint64_t, 256> codes = [] {
    std::array<std::uint64_t, 256> table{};
    for (std::size_t s = 0; s < table.size(); ++s) {
        table[s] = mix((s + 1) * 0x9E3779B97F4A7C15U);
    }
    return table;
}();

// Karp and Rabin's rolling hash: a polynomial over the codes, modulo 2^64.
class rolling_hash {
public:
    static constexpr std::uint64_t base = 0xD6E8FEB86659FD93U;

    explicit rolling_hash(std::uint32_t gram) noexcept {
        for (std::uint32_t i = 0; i < gram; ++i) {
            leaving_ *= base;
        }
    }
    void push(symbol in) noexcept { value_ = value_ * base + codes[in]; }
    void roll(symbol out, symbol in) noexcept {
        value_ = value_ * base + codes[in] - codes[out] * leaving_;
    }
    std::uint64_t value() const noexcept { return mix(value_); }

private:
    std::uint64_t value_ = 0;
    std::uint64_t leaving_ = 1;  // base to the power of k
};

}  // namespace

void winnow(std::span<const symbol> symbols, winnowing_options options,
            std::vector<fingerprint>& out) {
    out.clear();
    const std::size_t k = std::max(options.gram, 1U);
    const std::size_t w = std::max(options.window, 1U);
    if (symbols.size() < k) {
        return;
    }
    const std::size_t grams = symbols.size() - k + 1;

    rolling_hash hash(static_cast<std::uint32_t>(k));
    std::for_each_n(symbols.begin(), k, [&](symbol s) { hash.push(s); });

    std::vector<std::uint64_t> ring(
        w);                    // the hashes of the current window, at their position modulo w
    std::size_t smallest = 0;  // position of the window's choice
    const auto keep = [&] {
        out.push_back({ring[smallest % w], static_cast<std::uint32_t>(smallest)});
    };

    std::size_t slot = 0;
    for (std::size_t i = 0; i < grams; ++i) {
        if (i > 0) {
            hash.roll(symbols[i - 1], symbols[i + k - 1]);
            slot = slot + 1 == w ? 0 : slot + 1;
        }
        ring[slot] = hash.value();
        if (i < w) {  // the first window fills: nothing is chosen before it is complete
            if (ring[slot] <= ring[smallest]) {
                smallest = i;
            }
            if (i + 1 == std::min(w, grams)) {
                keep();
            }
        } else if (smallest + w ==
                   i) {  // the choice has left the window: the rightmost smallest hash follows
            smallest = i;
            for (std::size_t j = i - 1; j + w > i; --j) {
                if (ring[j % w] < ring[smallest % w]) {
                    smallest = j;
                }
            }
            keep();
        } else if (ring[slot] <
                   ring[smallest % w]) {  // robust: an equal one does not replace the choice
            smallest = i;
            keep();
        }
    }
}

}  // namespace near_duplicates
