// Recording of the doors' trace points; empty unless the core is built with INTERLOCK_TRACE=1.
//
// Each thread writes to a list of its own under a lock that only take() contends for, so that recording does not order the
// threads that it watches.
#include "records.hpp"

#include <interlock/trace.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

struct trace_event {
    trace::event event;
};

}  // namespace detail

#if defined(INTERLOCK_TRACE) && INTERLOCK_TRACE

namespace detail {
namespace {

std::atomic<bool> recording{false};

}  // namespace

void trace_point(int kind, const std::source_location& where) noexcept {
    if (!recording.load(std::memory_order_relaxed)) {
        return;
    }
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    try {
        thread_record& thread = this_thread();
        if (thread.trace == nullptr) {
            auto* made = new std::vector<trace_event>;
            thread.trace_lock.lock();
            thread.trace = made;
            thread.trace_lock.unlock();
        }
        append(thread.trace_lock, *thread.trace,
               {{static_cast<trace::kind>(kind), thread.number,
                 std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(), where}});
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // No memory: this point is missing from the record.
    }
}

}  // namespace detail

namespace trace {

bool available() noexcept { return true; }

recorder::recorder() {
    if (detail::recording.exchange(true)) {
        throw std::logic_error("interlock: trace::recorder: another recorder is running");
    }
}

recorder::~recorder() {
    detail::recording.store(false);
    try {
        static_cast<void>(take());
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // No memory to take what nobody wants: the next recorder takes it.
    }
}

std::vector<event> recorder::take() {
    std::vector<event> all;
    for (detail::thread_record* thread = detail::all_threads(); thread != nullptr;
         thread = thread->next) {
        std::vector<detail::trace_event> part;
        thread->trace_lock.lock();
        if (thread->trace != nullptr) {
            std::swap(part, *thread->trace);
        }
        thread->trace_lock.unlock();
        for (const detail::trace_event& one : part) {
            all.push_back(one.event);
        }
    }
    // Points of one moment keep the order in which their thread met them; std::stable_sort warns in libstdc++ under Clang.
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&all](std::size_t a, std::size_t b) {
        return std::pair(all[a].time_ns, a) < std::pair(all[b].time_ns, b);
    });
    std::vector<event> sorted;
    sorted.reserve(all.size());
    for (const std::size_t at : order) {
        sorted.push_back(all[at]);
    }
    return sorted;
}

}  // namespace trace

#else

namespace trace {

bool available() noexcept { return false; }

recorder::recorder() {
    throw std::logic_error(
        "interlock: trace::recorder: this build has no trace points; build the core with "
        "-DINTERLOCK_TRACE=ON");
}

recorder::~recorder() = default;

std::vector<event> recorder::take() { return {}; }

}  // namespace trace

#endif

INTERLOCK_END
