#include "timeline.hpp"

#include <algorithm>
#include <map>

namespace near_duplicates {

namespace {

activity activity_behind(il::trace::kind k) noexcept {
    switch (k) {
        case il::trace::kind::waiting:
            return activity::waiting;
        case il::trace::kind::attached:
            return activity::holding;
        default:
            return activity::outside;
    }
}

}  // namespace

double thread_timeline::seconds(activity what) const noexcept {
    double sum = 0;
    for (const stretch& s : stretches) {
        sum += s.what == what ? s.seconds() : 0;
    }
    return sum;
}

std::uint32_t trace_number_of_this_thread() {
    il::trace::recorder recorder;
    il::with_gil([](il::python) {});
    const std::vector<il::trace::event> events = recorder.take();
    const auto here = std::find_if(events.begin(), events.end(), [](const il::trace::event& e) {
        return std::string_view(e.where.file_name()) == __FILE__;
    });
    return here == events.end() ? UINT32_MAX : here->thread;
}

std::vector<thread_timeline> timelines_of(const pass& p, std::uint32_t watcher) {
    std::map<std::uint32_t, std::vector<stretch>> by_thread;
    for (const il::trace::event& e : p.events) {
        if (e.thread == watcher || e.time_ns > p.end_ns) {
            continue;  // behind the end: a thread's state being given back
        }
        std::vector<stretch>& all = by_thread[e.thread];
        const double at = static_cast<double>(std::max(e.time_ns, p.begin_ns) - p.begin_ns) * 1e-9;
        if (all.empty()) {
            all.push_back({0, 0, activity::outside});
        }
        all.back().end = at;
        all.push_back({at, at, activity_behind(e.kind)});
    }
    std::vector<thread_timeline> timelines;
    for (auto& [number, stretches] : by_thread) {
        stretches.back().end = p.seconds();
        timelines.push_back({{}, std::move(stretches)});
    }
    while (timelines.size() < p.threads) {
        timelines.push_back({{}, {{0, p.seconds(), activity::outside}}});
    }
    for (std::size_t i = 0; i < timelines.size(); ++i) {
        timelines[i].name = "thread " + std::to_string(i + 1);
    }
    return timelines;
}

}  // namespace near_duplicates
