#include "measurement.hpp"

#include "python_side.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace near_duplicates {

namespace {

void keep(std::vector<measurement>& all, pass p) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const measurement& m) {
        return m.best.how == p.how && m.best.threads == p.threads;
    });
    if (same == all.end()) {
        const double seconds = p.seconds();
        all.push_back({std::move(p), {seconds}});
        return;
    }
    same->seconds.push_back(p.seconds());
    if (p.seconds() < same->best.seconds()) {
        same->best = std::move(p);
    }
}

}  // namespace

std::vector<unsigned> thread_counts(unsigned most) {
    std::vector<unsigned> counts;
    for (unsigned n = 1; n <= most; n = most <= 4 ? n + 1 : n * 2) {
        counts.push_back(n);
    }
    if (counts.back() != most) {
        counts.push_back(most);
    }
    return counts;
}

std::vector<measurement> measure(const measure_options& options, const job& work, progress& show) {
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    const auto goes_on = [&](unsigned done) {
        if (options.repeat > 0 || done == 0) {
            return done < std::max(options.repeat, 1U);
        }
        const double seconds = std::chrono::duration<double>(clock::now() - begin).count();
        return done < options.most_repeats && seconds < options.time_limit;
    };
    std::vector<measurement> all;
    for (unsigned round = 0; goes_on(round); ++round) {
        for (const unsigned threads : thread_counts(options.threads)) {
            for (std::size_t i = 0; i < all_modes.size(); ++i) {
                const mode how = all_modes[(i + round) % all_modes.size()];
                const std::string what =
                    "round " + std::to_string(round + 1) + ", " + std::string(title_of(how)) +
                    ", " + std::to_string(threads) + (threads == 1 ? " thread: " : " threads: ");
                job named = work;
                named.watch = [&](const live_counts& live) {
                    show.update(what, live.files, work.files.size(), live.bytes);
                    return work.watch(live);
                };
                concurrent_index index;
                const auto report =
                    finish_anyway(work.stop, [] { return il::with_gil(&make_report); });
                pass p = run_pass(how, threads, named, index, report);
                work.stop = work.stop || interrupted();
                if (work.stop) {  // a short pass ends before it is watched
                    return all;
                }
                keep(all, std::move(p));
            }
        }
    }
    return all;
}

const measurement* find(const std::vector<measurement>& all, mode how, unsigned threads) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const measurement& m) {
        return m.best.how == how && m.best.threads == threads;
    });
    return found == all.end() ? nullptr : &*found;
}

double released_against_native(const std::vector<measurement>& all, unsigned threads) {
    const measurement* released = find(all, mode::released, threads);
    const measurement* native = find(all, mode::native, threads);
    return released == nullptr || native == nullptr
               ? 0
               : native->best.seconds() / released->best.seconds();
}

}  // namespace near_duplicates
