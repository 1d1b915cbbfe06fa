// How fast the modes are, on one thread and on more.
#pragma once

#include "modes.hpp"
#include "progress.hpp"

#include <vector>

namespace near_duplicates {

// The passes of one mode on one number of threads.
struct measurement {
    pass best;                    // the fastest
    std::vector<double> seconds;  // of all passes, in their order
};

struct measure_options {
    unsigned threads = 1;        // the most
    unsigned repeat = 0;         // how often; 0: until the time is up
    double time_limit = 20;      // seconds, looked at between repetitions
    unsigned most_repeats = 30;  // when the time decides
};

// 1 to `most`, all of them when they are few, else powers of two and `most` itself.
std::vector<unsigned> thread_counts(unsigned most);

// Runs each mode on each number of threads, again and again in turn, so that whatever else the
// machine does meets all of them alike; the best pass of each counts. Each pass fills an index of
// its own. When the job's stop flag becomes true, returns what has been measured completely.
std::vector<measurement> measure(const measure_options& options, const job& work, progress& show);

// The best pass of a mode on a number of threads, or null.
const measurement* find(const std::vector<measurement>& all, mode how, unsigned threads);

// How close `released` comes to `native` on this number of threads: the ratio of their rates, 0
// when unknown.
double released_against_native(const std::vector<measurement>& all, unsigned threads);

}  // namespace near_duplicates
