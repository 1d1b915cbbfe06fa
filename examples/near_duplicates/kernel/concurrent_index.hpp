// Which files hold which fingerprint, filled by many threads at once.
//
// The map is cut into shards by the hash, each with its own lock. A thread sorts the fingerprints
// of a file by shard first, so that it takes each lock once per file and holds it for a few
// insertions only; files begin at different shards, so that threads do not follow each other
// through the same locks. No lock is ever held together with another one, and none while anything
// is called back except in `for_each_shared`, which is for one thread after the others are done.
#pragma once

#include "winnowing.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace near_duplicates {

struct posting {
    std::uint32_t file = 0;
    std::uint32_t position = 0;

    friend auto operator<=>(const posting&, const posting&) = default;
};

class concurrent_index {
public:
    static constexpr std::size_t shard_count = 256;

    // What `insert` sorts in: one per thread, reused.
    struct scratch {
        std::vector<fingerprint> by_shard;
    };

    concurrent_index();
    ~concurrent_index();
    concurrent_index(const concurrent_index&) = delete;
    concurrent_index& operator=(const concurrent_index&) = delete;

    // Enters the fingerprints of one file. Any number of threads at a time.
    void insert(std::uint32_t file, std::span<const fingerprint> prints, scratch& space);

    // How many postings, and how many different fingerprints, there are. Any thread at any time.
    std::size_t postings() const;
    std::size_t fingerprints() const;

    // Calls `f(hash, postings)` for each fingerprint that stands at `least` to `most` places, the
    // places in order. The order of the calls is not defined. Not while others insert.
    template <class F>
    void for_each_shared(std::size_t least, std::size_t most, F f) const {
        std::vector<posting> places;
        for (std::size_t s = 0; s < shard_count; ++s) {
            for (std::size_t e = 0; e < entries(s); ++e) {
                if (const std::uint64_t hash = collect(s, e, least, most, places);
                    !places.empty()) {
                    f(hash, std::span<const posting>(places));
                }
            }
        }
    }

private:
    struct shard;

    std::size_t entries(std::size_t shard) const noexcept;
    std::uint64_t collect(std::size_t shard, std::size_t entry, std::size_t least, std::size_t most,
                          std::vector<posting>& places) const;

    std::unique_ptr<shard[]> shards_;
};

}  // namespace near_duplicates
