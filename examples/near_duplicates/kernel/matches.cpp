#include "matches.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

namespace near_duplicates {

namespace {

// One fingerprint at two places; `left` is the lesser (file, position).
struct hit {
    posting left;
    posting right;

    auto files() const noexcept { return std::pair(left.file, right.file); }
    std::int64_t distance() const noexcept {
        return static_cast<std::int64_t>(right.position) - static_cast<std::int64_t>(left.position);
    }
};

std::vector<hit> find_hits(const concurrent_index& index, std::size_t most_places,
                           const std::atomic<bool>& stop) {
    std::vector<hit> hits;
    index.for_each_shared(2, most_places, [&](std::uint64_t, std::span<const posting> places) {
        if (stop.load(std::memory_order_relaxed)) {
            return;
        }
        for (std::size_t i = 0; i < places.size(); ++i) {
            for (std::size_t j = i + 1; j < places.size(); ++j) {
                hits.push_back({places[i], places[j]});
            }
        }
    });
    return hits;
}

// Hits of one pair of files -> runs, by position on the left.
std::vector<run> join_hits(std::span<const hit> hits, std::uint32_t gram) {
    std::vector<run> runs;
    std::int64_t distance = 0;
    for (const hit& h : hits) {  // by distance, then by position
        run* last = runs.empty() || distance != h.distance() ? nullptr : &runs.back();
        if (last != nullptr && h.left.position <= last->left_end()) {
            last->length = h.left.position + gram - last->left;
        } else {
            runs.push_back({h.left.position, h.right.position, gram});
            distance = h.distance();
        }
    }
    if (!hits.empty() && hits.front().left.file == hits.front().right.file) {
        for (run& r : runs) {  // code that repeats itself at once, as `a, a, a`, matches itself at
                               // any distance
            r.length = std::min(r.length, r.right - r.left);
        }
    }
    std::sort(runs.begin(), runs.end(), [](const run& a, const run& b) {
        return std::tie(a.left, a.right) < std::tie(b.left, b.right);
    });
    return runs;
}

class chain_builder {
public:
    chain_builder(std::uint32_t left_file, std::uint32_t right_file, const chain_options& options,
                  std::vector<chain>& done)
        : left_file_(left_file), right_file_(right_file), options_(options), done_(done) {}

    void add(const run& r) {
        retire(r.left);
        chain* best = nullptr;
        std::int64_t best_gap = 0;
        for (chain& c : open_) {
            if (const std::int64_t gap = fit(c, r);
                gap >= 0 && (best == nullptr || gap < best_gap)) {
                best = &c;
                best_gap = gap;
            }
        }
        if (best == nullptr) {
            open_.push_back({left_file_, right_file_, r.length, {r}});
            return;
        }
        const run& last = best->runs.back();
        const std::uint32_t behind_left = last.left_end() > r.left ? last.left_end() - r.left : 0;
        const std::uint32_t behind_right =
            last.right_end() > r.right ? last.right_end() - r.right : 0;
        const std::uint32_t cut = std::max(behind_left, behind_right);
        best->runs.push_back({r.left + cut, r.right + cut, r.length - cut});
        best->equal_tokens += r.length - cut;
    }

    void finish() {
        std::move(open_.begin(), open_.end(), std::back_inserter(done_));
        open_.clear();
    }

private:
    // How far the run is from the end of the chain, or -1 when it does not continue it.
    std::int64_t fit(const chain& c, const run& r) const noexcept {
        const run& last = c.runs.back();
        const std::int64_t left = std::int64_t{r.left} - last.left_end();
        const std::int64_t right = std::int64_t{r.right} - last.right_end();
        const std::int64_t overlap = std::max({std::int64_t{0}, -left, -right});
        const std::int64_t gap = std::max({std::int64_t{0}, left, right});
        if (gap > options_.largest_gap || overlap >= r.length ||
            overlap >= options_.winnowing.gram) {
            return -1;
        }
        if (left_file_ == right_file_ && r.left_end() > c.runs.front().right) {
            return -1;
        }
        return gap + overlap;
    }

    // Chains that no later run can continue leave, so that the list of open ones stays short.
    void retire(std::uint32_t left) {
        const auto gone = std::partition(open_.begin(), open_.end(), [&](const chain& c) {
            return std::uint64_t{c.runs.back().left_end()} + options_.largest_gap >= left;
        });
        std::move(gone, open_.end(), std::back_inserter(done_));
        open_.erase(gone, open_.end());
    }

    std::uint32_t left_file_;
    std::uint32_t right_file_;
    const chain_options& options_;
    std::vector<chain>& done_;
    std::vector<chain> open_;
};

}  // namespace

std::vector<chain> find_chains(const concurrent_index& index, const chain_options& options,
                               const std::atomic<bool>& stop) {
    std::vector<hit> hits = find_hits(index, options.most_places, stop);
    std::sort(hits.begin(), hits.end(), [](const hit& a, const hit& b) {
        return std::tuple(a.files(), a.distance(), a.left.position) <
               std::tuple(b.files(), b.distance(), b.left.position);
    });
    std::vector<chain> chains;
    for (auto begin = hits.begin(); begin != hits.end() && !stop.load(std::memory_order_relaxed);) {
        const auto end = std::find_if(begin, hits.end(),
                                      [&](const hit& h) { return h.files() != begin->files(); });
        chain_builder builder(begin->left.file, begin->right.file, options, chains);
        for (const run& r : join_hits({begin, end}, options.winnowing.gram)) {
            builder.add(r);
        }
        builder.finish();
        begin = end;
    }
    return chains;
}

}  // namespace near_duplicates
