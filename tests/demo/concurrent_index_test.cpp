#include "kernel/concurrent_index.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace {

using near_duplicates::concurrent_index;
using near_duplicates::fingerprint;
using near_duplicates::posting;

using contents = std::map<std::uint64_t, std::vector<posting>>;

std::vector<std::vector<fingerprint>> made_up_files(std::uint32_t count) {
    std::mt19937_64 random(1);
    std::vector<std::uint64_t> pool(500);
    for (std::uint64_t& hash : pool) {
        hash = random();
    }
    std::vector<std::vector<fingerprint>> files(count);
    for (auto& file : files) {
        for (std::uint32_t i = 0; i < 200; ++i) {
            file.push_back({i % 4 == 0 ? pool[random() % pool.size()] : random(), i});
        }
    }
    return files;
}

contents contents_of(const concurrent_index& index, std::size_t least = 1,
                     std::size_t most = SIZE_MAX) {
    contents all;
    index.for_each_shared(least, most, [&](std::uint64_t hash, std::span<const posting> places) {
        EXPECT_TRUE(all.emplace(hash, std::vector<posting>(places.begin(), places.end())).second);
    });
    return all;
}

TEST(concurrent_index, holds_what_many_threads_entered_at_once) {
    const auto files = made_up_files(400);
    contents expected;
    for (std::uint32_t f = 0; f < files.size(); ++f) {
        for (const fingerprint& p : files[f]) {
            expected[p.hash].push_back({f, p.position});
        }
    }
    for (const unsigned threads : {1U, 2U, 8U, 64U}) {
        concurrent_index index;
        std::atomic<std::uint32_t> next = 0;
        std::vector<std::thread> workers;
        workers.reserve(threads);
        for (unsigned t = 0; t < threads; ++t) {
            workers.emplace_back([&] {
                concurrent_index::scratch space;
                for (std::uint32_t f = next++; f < files.size(); f = next++) {
                    index.insert(f, files[f], space);
                }
            });
        }
        for (std::thread& worker : workers) {
            worker.join();
        }
        EXPECT_EQ(contents_of(index), expected) << threads << " threads";
        EXPECT_EQ(index.fingerprints(), expected.size());
        EXPECT_EQ(index.postings(), files.size() * 200);
    }
}

TEST(concurrent_index, can_be_asked_for_its_size_while_it_is_filled) {
    const auto files = made_up_files(300);
    concurrent_index index;
    std::atomic<bool> done = false;
    std::thread reader([&] {
        std::size_t last = 0;
        while (!done) {
            const std::size_t now = index.postings();
            EXPECT_GE(now, last);
            last = now;
        }
    });
    concurrent_index::scratch space;
    for (std::uint32_t f = 0; f < files.size(); ++f) {
        index.insert(f, files[f], space);
    }
    done = true;
    reader.join();
    EXPECT_EQ(index.postings(), files.size() * 200);
}

TEST(concurrent_index, gives_only_what_stands_at_the_asked_number_of_places) {
    concurrent_index index;
    concurrent_index::scratch space;
    for (std::uint32_t f = 0; f < 4; ++f) {
        std::vector<fingerprint> prints;
        for (std::uint64_t hash = f; hash < 4; ++hash) {  // hash n stands in n + 1 files
            prints.push_back({hash, f});
        }
        index.insert(f, prints, space);
    }
    const contents some = contents_of(index, 2, 3);
    ASSERT_EQ(some.size(), 2U);
    EXPECT_EQ(some.at(1).size(), 2U);
    EXPECT_EQ(some.at(2).size(), 3U);
}

TEST(concurrent_index, of_nothing_is_empty) {
    concurrent_index index;
    concurrent_index::scratch space;
    index.insert(0, {}, space);
    EXPECT_TRUE(contents_of(index).empty());
    EXPECT_EQ(index.postings(), 0U);
}

}  // namespace
