#include "concurrent_index.hpp"

#include <algorithm>
#include <array>

namespace near_duplicates {

namespace {

constexpr std::uint32_t none = 0xFFFFFFFFU;

// The upper bits choose the shard, the lower ones the place in it.
std::size_t shard_of(std::uint64_t hash) noexcept {
    static_assert(concurrent_index::shard_count == 256);
    return static_cast<std::size_t>(hash >> 56);
}

}  // namespace

// An open-addressing table of places in `entries`; the postings of an entry are a chain in
// `postings`. Aligned so that two shards never share a cache line, nor the pair of lines that a
// prefetcher fetches.
struct alignas(128) concurrent_index::shard {
    struct entry {
        std::uint64_t hash;
        std::uint32_t newest;  // the head of the chain
        std::uint32_t count;
    };
    struct link {
        posting place;
        std::uint32_t older;
    };

    mutable std::mutex lock;
    std::vector<std::uint32_t> table = std::vector<std::uint32_t>(64, none);
    std::vector<entry> entries;
    std::vector<link> postings;

    void add(std::uint64_t hash, posting place) {
        if ((entries.size() + 1) * 4 > table.size() * 3) {
            grow();
        }
        std::uint32_t& slot = table[find(hash)];
        if (slot == none) {
            slot = static_cast<std::uint32_t>(entries.size());
            entries.push_back({hash, none, 0});
        }
        entry& e = entries[slot];
        postings.push_back({place, e.newest});
        e.newest = static_cast<std::uint32_t>(postings.size() - 1);
        ++e.count;
    }

    std::size_t find(std::uint64_t hash) const noexcept {
        std::size_t slot = static_cast<std::size_t>(hash) & (table.size() - 1);
        while (table[slot] != none && entries[table[slot]].hash != hash) {
            slot = (slot + 1) & (table.size() - 1);
        }
        return slot;
    }

    void grow() {
        table.assign(table.size() * 2, none);
        for (std::size_t e = 0; e < entries.size(); ++e) {
            table[find(entries[e].hash)] = static_cast<std::uint32_t>(e);
        }
    }
};

concurrent_index::concurrent_index() : shards_(std::make_unique<shard[]>(shard_count)) {}
concurrent_index::~concurrent_index() = default;

void concurrent_index::insert(std::uint32_t file, std::span<const fingerprint> prints,
                              scratch& space) {
    // Counting sort by shard.
    std::array<std::uint32_t, shard_count + 1> begin{};
    for (const fingerprint& p : prints) {
        ++begin[shard_of(p.hash) + 1];
    }
    for (std::size_t s = 0; s < shard_count; ++s) {
        begin[s + 1] += begin[s];
    }
    space.by_shard.resize(prints.size());
    auto next = begin;
    for (const fingerprint& p : prints) {
        space.by_shard[next[shard_of(p.hash)]++] = p;
    }

    const std::size_t first =
        file * std::size_t{37} % shard_count;  // odd, so that neighbours start far apart
    for (std::size_t n = 0; n < shard_count; ++n) {
        const std::size_t s = (first + n) % shard_count;
        if (begin[s] == begin[s + 1]) {
            continue;
        }
        const std::lock_guard held(shards_[s].lock);
        for (std::uint32_t i = begin[s]; i < begin[s + 1]; ++i) {
            shards_[s].add(space.by_shard[i].hash, {file, space.by_shard[i].position});
        }
    }
}

std::size_t concurrent_index::postings() const {
    std::size_t sum = 0;
    for (std::size_t s = 0; s < shard_count; ++s) {
        const std::lock_guard held(shards_[s].lock);
        sum += shards_[s].postings.size();
    }
    return sum;
}

std::size_t concurrent_index::fingerprints() const {
    std::size_t sum = 0;
    for (std::size_t s = 0; s < shard_count; ++s) {
        const std::lock_guard held(shards_[s].lock);
        sum += shards_[s].entries.size();
    }
    return sum;
}

std::size_t concurrent_index::entries(std::size_t s) const noexcept {
    return shards_[s].entries.size();
}

std::uint64_t concurrent_index::collect(std::size_t s, std::size_t entry, std::size_t least,
                                        std::size_t most, std::vector<posting>& places) const {
    const shard& from = shards_[s];
    const shard::entry& e = from.entries[entry];
    places.clear();
    if (e.count >= least && e.count <= most) {
        for (std::uint32_t at = e.newest; at != none; at = from.postings[at].older) {
            places.push_back(from.postings[at].place);
        }
        std::sort(places.begin(), places.end());  // the order of insertion is that of the threads
    }
    return e.hash;
}

}  // namespace near_duplicates
