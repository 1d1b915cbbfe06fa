#include "duplicates.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace near_duplicates {

namespace {

// How many chains are looked at closely for each duplicate that is asked for.
constexpr std::size_t candidates_for_each = 20;

class token_cache {
public:
    explicit token_cache(const token_source& source) : source_(source) {}

    const token_stream* get(std::uint32_t file) {
        const auto [place, is_new] = streams_.try_emplace(file);
        if (is_new) {
            auto stream = std::make_unique<token_stream>();
            if (source_(file, *stream)) {
                place->second = std::move(stream);
            }
        }
        return place->second.get();  // null when it cannot be read
    }

private:
    const token_source& source_;
    std::unordered_map<std::uint32_t, std::unique_ptr<token_stream>> streams_;
};

// A file that has changed since it was scanned must not be read beyond its end.
bool fits(const chain& c, const token_stream& left, const token_stream& right) {
    return std::all_of(c.runs.begin(), c.runs.end(), [&](const run& r) {
        return r.left_end() <= left.symbols.size() && r.right_end() <= right.symbols.size();
    });
}

// Lets each run grow over the equal tokens on both of its sides, up to its neighbours.
void extend(chain& c, const token_stream& left, const token_stream& right) {
    const bool same_file = c.left_file == c.right_file;
    const auto& l = left.symbols;
    const auto& r = right.symbols;
    for (std::size_t i = 0; i < c.runs.size(); ++i) {
        run& now = c.runs[i];
        const std::uint32_t left_begin = i == 0 ? 0 : c.runs[i - 1].left_end();
        const std::uint32_t right_begin = i > 0       ? c.runs[i - 1].right_end()
                                          : same_file ? c.runs.back().left_end()
                                                      : 0;
        while (now.left > left_begin && now.right > right_begin &&
               l[now.left - 1] == r[now.right - 1]) {
            --now.left;
            --now.right;
            ++now.length;
        }
        const bool last = i + 1 == c.runs.size();
        const std::size_t left_end = !last       ? c.runs[i + 1].left
                                     : same_file ? c.runs.front().right
                                                 : l.size();
        const std::size_t right_end = last ? r.size() : c.runs[i + 1].right;
        while (now.left_end() < left_end && now.right_end() < right_end &&
               l[now.left_end()] == r[now.right_end()]) {
            ++now.length;
        }
    }
}

void trim_layout(chain& c, const token_stream& left) {
    run& first = c.runs.front();
    while (first.length > 0 && is_layout(left.symbols[first.left])) {
        ++first.left;
        ++first.right;
        --first.length;
    }
    run& last = c.runs.back();
    while (last.length > 0 && is_layout(left.symbols[last.left_end() - 1])) {
        --last.length;
    }
}

region region_of(std::uint32_t file, std::uint32_t begin, std::uint32_t end,
                 const token_stream& stream) {
    return {file, stream.lines[begin], stream.lines[end - 1], end - begin};
}

std::optional<duplicate> examine(chain c, token_cache& cache) {
    const token_stream* left = cache.get(c.left_file);
    const token_stream* right = cache.get(c.right_file);
    if (left == nullptr || right == nullptr || !fits(c, *left, *right)) {
        return std::nullopt;
    }
    extend(c, *left, *right);
    trim_layout(c, *left);
    if (c.runs.front().length == 0 || c.runs.back().length == 0) {
        return std::nullopt;
    }
    duplicate d;
    d.left = region_of(c.left_file, c.runs.front().left, c.runs.back().left_end(), *left);
    d.right = region_of(c.right_file, c.runs.front().right, c.runs.back().right_end(), *right);
    for (const run& r : c.runs) {
        d.equal_tokens += r.length;
    }
    return d;
}

// Whether half of the region's lines have been listed already.
bool is_covered(const region& r, const std::vector<duplicate>& chosen) {
    std::uint32_t covered = 0;
    for (const duplicate& d : chosen) {
        for (const region& other : {d.left, d.right}) {
            if (other.file == r.file && other.first_line <= r.last_line &&
                r.first_line <= other.last_line) {
                const std::uint32_t first = std::max(r.first_line, other.first_line);
                covered = std::max(covered, std::min(r.last_line, other.last_line) - first + 1);
            }
        }
    }
    return covered * std::uint64_t{2} >= std::uint64_t{r.last_line} - r.first_line + 1;
}

}  // namespace

std::vector<duplicate> find_duplicates(const concurrent_index& index,
                                       const duplicate_options& options, const token_source& tokens,
                                       const std::atomic<bool>& stop) {
    std::vector<chain> chains = find_chains(index, options.chains, stop);
    const std::size_t close_look = std::min(chains.size(), options.count * candidates_for_each);
    const auto order = [](const chain& c) {
        return std::tuple(-std::int64_t{c.equal_tokens}, c.left_file, c.right_file,
                          c.runs.front().left, c.runs.front().right);
    };
    std::partial_sort(chains.begin(), chains.begin() + static_cast<std::ptrdiff_t>(close_look),
                      chains.end(),
                      [&](const chain& a, const chain& b) { return order(a) < order(b); });
    chains.resize(close_look);

    token_cache cache(tokens);
    std::vector<duplicate> found;
    for (chain& c : chains) {
        if (stop.load(std::memory_order_relaxed)) {
            break;
        }
        if (const auto d = examine(std::move(c), cache)) {
            found.push_back(*d);
        }
    }
    std::sort(found.begin(), found.end(), [](const duplicate& a, const duplicate& b) {
        const auto order_of = [](const duplicate& d) {
            return std::tuple(d.left.file, d.right.file, d.left.first_line, d.right.first_line);
        };
        return a.equal_tokens != b.equal_tokens ? a.equal_tokens > b.equal_tokens
                                                : order_of(a) < order_of(b);
    });

    std::vector<duplicate> chosen;
    for (const duplicate& d : found) {
        if (chosen.size() == options.count) {
            break;
        }
        if (!is_covered(d.left, chosen) || !is_covered(d.right, chosen)) {
            chosen.push_back(d);
        }
    }
    return chosen;
}

}  // namespace near_duplicates
