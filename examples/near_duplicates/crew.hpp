// Threads that work while the thread that started them watches.
#pragma once

#include <atomic>
#include <functional>

namespace near_duplicates {

// Looked at by those who work, set by those who watch.
using stop_flag = std::atomic<bool>;

// Runs `work(0)` to `work(threads - 1)`, each on a thread of its own, all let go at the same
// moment.
//
// Meanwhile the calling thread calls `watch` about ten times a second; when that returns false,
// `stop` is set and the work is expected to end soon. Returns when all threads are joined; an
// exception out of any of them, or out of `watch`, sets `stop` too and is thrown again here. The
// calling thread must not be attached to Python: the workers may want to be.
void run_crew(unsigned threads, const std::function<void(unsigned)>& work,
              const std::function<bool()>& watch, stop_flag& stop);

}  // namespace near_duplicates
