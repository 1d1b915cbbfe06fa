#include "timeline.hpp"

#include <algorithm>
#include <cmath>
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

// Plays the trace points of a pass, and notes for each thread what it did when.
class player {
public:
    player(const pass& p, bool exclusive) : pass_(p), exclusive_(exclusive) {
        for (const il::trace::event& e : p.events) {
            threads_[e.thread].times.push_back(seconds_of(e));
        }
    }

    void play() {
        for (const il::trace::event& e : pass_.events) {
            const double at = seconds_of(e);
            thread& t = threads_[e.thread];
            ++t.played;
            t.inside = e.kind == il::trace::kind::attached;
            if (exclusive_ && t.inside) {
                for (auto& [number, other] : threads_) {
                    if (other.inside && number != e.thread) {
                        note(other, at, activity::waiting);
                    }
                }
            }
            note(t, at, activity_behind(e.kind));
            if (exclusive_ && !t.inside) {
                hand_back(at);
            }
        }
    }

    std::vector<thread_timeline> finish(std::uint32_t watcher) {
        std::vector<thread_timeline> timelines;
        for (auto& [number, t] : threads_) {
            if (number != watcher) {
                t.stretches.back().end = pass_.seconds();
                timelines.push_back({{}, std::move(t.stretches)});
            }
        }
        return timelines;
    }

private:
    struct thread {
        std::vector<double> times;  // of all its points
        std::size_t played = 0;
        bool inside = false;  // by the doors
        std::vector<stretch> stretches{1};

        double next() const { return played < times.size() ? times[played] : HUGE_VAL; }
    };

    // Points before the pass begins or behind its end (a thread's state is given back) are moved to
    // its edges.
    double seconds_of(const il::trace::event& e) const {
        const std::int64_t at = std::clamp(e.time_ns, pass_.begin_ns, pass_.end_ns);
        return static_cast<double>(at - pass_.begin_ns) * 1e-9;
    }

    static void note(thread& t, double at, activity what) {
        if (t.stretches.back().what != what) {
            t.stretches.back().end = at;
            t.stretches.push_back({at, at, what});
        }
    }

    // Nobody came through a door: of the threads that are inside, the one that leaves first has the
    // interpreter.
    void hand_back(double at) {
        thread* first = nullptr;
        for (auto& [number, t] : threads_) {
            if (t.inside && t.stretches.back().what == activity::holding) {
                return;
            }
            if (t.inside && (first == nullptr || t.next() < first->next())) {
                first = &t;
            }
        }
        if (first != nullptr) {
            note(*first, at, activity::holding);
        }
    }

    const pass& pass_;
    bool exclusive_;
    std::map<std::uint32_t, thread> threads_;
};

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

std::vector<thread_timeline> timelines_of(const pass& p, std::uint32_t watcher, bool exclusive) {
    player points(p, exclusive);
    points.play();
    std::vector<thread_timeline> timelines = points.finish(watcher);
    while (timelines.size() < p.threads) {
        timelines.push_back({{}, {{0, p.seconds(), activity::outside}}});
    }
    for (std::size_t i = 0; i < timelines.size(); ++i) {
        timelines[i].name = "thread " + std::to_string(i + 1);
    }
    return timelines;
}

}  // namespace near_duplicates
