// From trace points to what each thread did when: it waited for the interpreter, held it, or was
// outside.
#pragma once

#include "modes.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace near_duplicates {

enum class activity : std::uint8_t { outside, waiting, holding };

// A stretch of time; in seconds since the pass began.
struct stretch {
    double begin = 0;
    double end = 0;
    activity what = activity::outside;

    double seconds() const noexcept { return end - begin; }
};

// One thread, from the begin of the pass to its end without gaps.
struct thread_timeline {
    std::string name;
    std::vector<stretch> stretches;

    double seconds(activity what) const noexcept;
};

// The number by which trace points know the calling thread. Enters the interpreter for a moment.
std::uint32_t trace_number_of_this_thread();

// One timeline for each working thread of the pass. The points of `watcher`, the thread that
// waited for them, are left out. A thread that never met the interpreter has no trace points and
// was outside.
//
// Trace points stand at the doors; Python may also hand the interpreter to another thread between
// two lines of a callback. Where it can be held by one thread only (`exclusive`: all builds but
// the free-threaded ones), that shows: a thread is counted as waiting while another one that came
// through a door holds it.
std::vector<thread_timeline> timelines_of(const pass& p, std::uint32_t watcher, bool exclusive);

}  // namespace near_duplicates
