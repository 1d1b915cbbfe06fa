#include "modes.hpp"

#include "called.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>

namespace near_duplicates {

namespace {

// One thread of a pass, with what it works on.
struct worker {
    scanner scan;
    const il::owned<il::object>& report;
};

void merge(il::python py, const worker& w, const source_file& file, const scan_result& result) {
    const il::object report = w.report.bind(py);
    if (result.problem.empty()) {
        report.call_method("add", file.name, result.bytes, result.lines, result.tokens,
                           result.fingerprints);
    } else {
        report.call_method("skip", file.name, result.problem);
    }
}

scan_result scan_held(worker& w, const source_file& file, std::uint32_t id) {
    return il::with_gil([&](il::python py) {
        scan_result result = w.scan.scan(file, id);
        merge(py, w, file, result);
        return result;
    });
}

scan_result scan_released(worker& w, const source_file& file, std::uint32_t id) {
    return il::with_gil([&](il::python py) {
        scan_result result = py.allow_threads(&scanner::scan, w.scan, file, id);
        merge(py, w, file, result);
        return result;
    });
}

// What Report is to the other modes.
class native_report {
public:
    scan_result scan(worker& w, const source_file& file, std::uint32_t id) {
        scan_result result = w.scan.scan(file, id);
        const std::lock_guard held(lock_);
        if (result.problem.empty()) {
            files_.push_back({&file, result});
        } else {
            skipped_.push_back({file.name, result.problem});
        }
        return result;
    }

private:
    struct entry {
        const source_file* file;
        scan_result result;
    };
    std::mutex lock_;
    std::vector<entry> files_;
    std::vector<skipped_file> skipped_;
};

}  // namespace

std::int64_t now_ns() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::string_view key_of(mode m) noexcept {
    switch (m) {
        case mode::held:
            return "held";
        case mode::released:
            return "released";
        case mode::called_held:
            return "called_held";
        case mode::called_released:
            return "called_released";
        case mode::native:
            return "native";
    }
    return {};
}

std::string_view title_of(mode m) noexcept {
    switch (m) {
        case mode::held:
            return "C++ calls Python, held";
        case mode::released:
            return "C++ calls Python, allow_threads";
        case mode::called_held:
            return "Python calls C++, held";
        case mode::called_released:
            return "Python calls C++, allow_threads";
        case mode::native:
            return "without Python";
    }
    return {};
}

pass run_pass(mode how, unsigned threads, const job& work, concurrent_index& index,
              const il::owned<il::object>& report) {
    if (how == mode::called_held || how == mode::called_released) {
        pass called = run_called_pass(how, threads, work, index, report);
        called.distinct = index.fingerprints();
        return called;
    }
    pass result;
    result.how = how;
    result.threads = threads;
    live_counts live;
    native_report native;
    std::atomic<std::uint32_t> next = 0;
    std::vector<std::int64_t> begins(threads);
    std::vector<std::int64_t> ends(threads);

    const auto scan = [&](worker& w, const source_file& file, std::uint32_t id) {
        switch (how) {
            case mode::held:
                return scan_held(w, file, id);
            case mode::released:
                return scan_released(w, file, id);
            default:
                return native.scan(w, file, id);
        }
    };
    const auto run = [&](unsigned thread) {
        begins[thread] = ends[thread] = now_ns();
        worker w{scanner(index, work.winnowing), report};
        for (std::uint32_t id = next++; id < work.files.size(); id = next++) {
            if (work.stop.load(std::memory_order_relaxed)) {
                break;
            }
            const scan_result scanned = scan(w, work.files[id], id);
            live.files.fetch_add(scanned.problem.empty() ? 1 : 0, std::memory_order_relaxed);
            live.bytes.fetch_add(scanned.bytes, std::memory_order_relaxed);
        }
        ends[thread] = now_ns();
    };

    il::trace::recorder recorder;
    run_crew(threads, run, [&] { return work.watch(live); }, work.stop);
    result.events = recorder.take();
    result.files = live.files;
    result.bytes = live.bytes;
    result.distinct = index.fingerprints();
    result.begin_ns = *std::min_element(begins.begin(), begins.end());
    result.end_ns = *std::max_element(ends.begin(), ends.end());
    result.complete = !work.stop;
    return result;
}

}  // namespace near_duplicates
