#include "kernel/winnowing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>
#include <vector>

namespace {

using near_duplicates::fingerprint;
using near_duplicates::symbol;
using near_duplicates::winnow;
using near_duplicates::winnowing_options;

std::vector<fingerprint> prints_of(const std::vector<symbol>& symbols,
                                   winnowing_options options = {}) {
    std::vector<fingerprint> prints;
    winnow(symbols, options, prints);
    return prints;
}

std::vector<symbol> random_symbols(std::mt19937& random, std::size_t count, int kinds = 60) {
    std::uniform_int_distribution<int> any(1, kinds);
    std::vector<symbol> symbols(count);
    std::generate(symbols.begin(), symbols.end(), [&] { return static_cast<symbol>(any(random)); });
    return symbols;
}

std::set<std::uint64_t> hashes_within(const std::vector<fingerprint>& prints, std::size_t begin,
                                      std::size_t end, std::uint32_t gram) {
    std::set<std::uint64_t> hashes;
    for (const fingerprint& p : prints) {
        if (p.position >= begin && p.position + gram <= end) {
            hashes.insert(p.hash);
        }
    }
    return hashes;
}

// The guarantee of the paper, for texts that share a run and nothing else, at every length around
// the bound.
TEST(winnowing, finds_every_match_of_the_guaranteed_length) {
    std::mt19937 random(20030609);
    for (const winnowing_options options :
         {winnowing_options{}, {5, 4}, {1, 7}, {8, 1}, {50, 100}}) {
        for (int round = 0; round < 200; ++round) {
            const std::size_t length = options.guaranteed() + random() % 3;
            const std::vector<symbol> shared = random_symbols(random, length);
            std::vector<symbol> texts[2];
            std::size_t begins[2];
            for (int side = 0; side < 2; ++side) {
                texts[side] = random_symbols(random, random() % 300);
                begins[side] = texts[side].size();
                texts[side].insert(texts[side].end(), shared.begin(), shared.end());
                const auto after = random_symbols(random, random() % 300);
                texts[side].insert(texts[side].end(), after.begin(), after.end());
            }
            const auto left = hashes_within(prints_of(texts[0], options), begins[0],
                                            begins[0] + length, options.gram);
            const auto right = hashes_within(prints_of(texts[1], options), begins[1],
                                             begins[1] + length, options.gram);
            std::vector<std::uint64_t> common;
            std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                                  std::back_inserter(common));
            ASSERT_FALSE(common.empty()) << "k = " << options.gram << ", w = " << options.window;
        }
    }
}

// The same from the definition: each window of w k-grams holds a fingerprint with its smallest
// hash.
TEST(winnowing, keeps_the_smallest_hash_of_every_window) {
    std::mt19937 random(7);
    for (const int kinds : {1, 2, 3, 60}) {  // few kinds: many equal hashes
        const winnowing_options options{4, 6};
        const std::vector<symbol> symbols = random_symbols(random, 500, kinds);
        std::vector<fingerprint> grams = prints_of(symbols, {options.gram, 1});
        ASSERT_EQ(grams.size(), symbols.size() - options.gram + 1);
        const std::vector<fingerprint> kept = prints_of(symbols, options);
        for (std::size_t begin = 0; begin + options.window <= grams.size(); ++begin) {
            std::uint64_t smallest = ~std::uint64_t{0};
            for (std::size_t i = begin; i < begin + options.window; ++i) {
                smallest = std::min(smallest, grams[i].hash);
            }
            ASSERT_TRUE(std::any_of(kept.begin(), kept.end(),
                                    [&](const fingerprint& f) {
                                        return f.hash == smallest && f.position >= begin &&
                                               f.position < begin + options.window;
                                    }))
                << "window at " << begin;
        }
        for (const fingerprint& f : kept) {
            ASSERT_EQ(f, grams[f.position]);
        }
    }
}

TEST(winnowing, gives_equal_hashes_exactly_for_equal_grams) {
    std::mt19937 random(11);
    const std::vector<symbol> symbols = random_symbols(random, 4000, 2);
    const auto grams =
        prints_of(symbols, {8, 1});  // 256 different ones at most: all occur again and again
    std::set<std::uint64_t> hashes;
    std::set<std::vector<symbol>> texts;
    for (const fingerprint& f : grams) {
        hashes.insert(f.hash);
        texts.emplace(symbols.begin() + f.position, symbols.begin() + f.position + 8);
    }
    EXPECT_EQ(hashes.size(), texts.size());
}

TEST(winnowing, keeps_about_two_of_w_plus_one) {
    std::mt19937 random(3);
    const auto prints = prints_of(random_symbols(random, 100'000));
    EXPECT_NEAR(static_cast<double>(prints.size()) / 100'000,
                2.0 / (winnowing_options{}.window + 1), 0.005);
}

TEST(winnowing, keeps_few_of_a_long_run_of_one_symbol) {
    const auto prints = prints_of(std::vector<symbol>(10'000, 1));
    EXPECT_LE(prints.size(), 10'000 / winnowing_options{}.window + 1);
}

TEST(winnowing, has_one_fingerprint_for_less_than_a_window_and_none_for_less_than_a_gram) {
    std::mt19937 random(5);
    const winnowing_options options;
    EXPECT_TRUE(prints_of({}).empty());
    EXPECT_TRUE(prints_of(random_symbols(random, options.gram - 1)).empty());
    EXPECT_EQ(prints_of(random_symbols(random, options.gram)).size(), 1U);
    EXPECT_EQ(prints_of(random_symbols(random, options.guaranteed())).size(), 1U);
}

}  // namespace
