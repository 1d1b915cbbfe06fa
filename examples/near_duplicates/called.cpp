// A module inside of the program, whose class Python's threads share: each call takes the next file.
#include "called.hpp"

#include "python_side.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>

namespace near_duplicates {

namespace {

// The arguments of Report.add and Report.skip.
using scanned = std::tuple<std::string, std::uint64_t, std::uint32_t, std::uint32_t, std::uint32_t>;
using skipped = std::tuple<std::string, std::string>;
using outcome = std::optional<std::variant<scanned, skipped>>;

// What a pass needs, for as long as it runs: Python may keep the object longer, which then finds it closed.
class file_queue {
public:
    file_queue(const job& work, concurrent_index& index) : work_(work), index_(index) {}

    // The next file's, with the interpreter released by the function's policy, or held.
    outcome scan() {
        const visit here(inside_);
        return scan_next();
    }
    outcome scan_held() {
        const visit here(inside_);
        const std::int64_t begin = now_ns();
        outcome found = scan_next();
        if (found) {
            const stretch_held held{std::this_thread::get_id(), begin, now_ns()};
            held_.with([&](std::vector<stretch_held>& all) { all.push_back(held); });
        }
        return found;
    }
    // What the calling thread of the program does meanwhile.
    void watch() {
        if (!closed_ && !work_.watch(live_)) {
            work_.stop = true;
        }
    }
    void stop() noexcept { closed_ = true; }

    // Turns newcomers away and waits for who is inside, which must not be prevented from finishing: to be called detached.
    void close() {
        closed_ = true;
        for (unsigned inside = inside_; inside != 0; inside = inside_) {
            inside_.wait(inside);
        }
    }

    // After close().
    void tell(pass& result) {
        result.files = live_.files;
        result.bytes = live_.bytes;
        result.begin_ns = begin_ns_;
        result.end_ns = end_ns_;
        // No door stands where the interpreter is held throughout, so nothing was recorded; between two files a thread waits
        // for the interpreter, but for a line of Python.
        std::map<std::thread::id, std::uint32_t> numbers;
        for (const stretch_held& s : held_.with([](auto& all) { return std::move(all); })) {
            const auto number = static_cast<std::uint32_t>(numbers.size());
            const std::uint32_t thread = numbers.try_emplace(s.thread, number).first->second;
            const auto where = std::source_location::current();
            result.events.push_back(
                {il::trace::kind::attached, first_number + thread, s.begin_ns, where});
            result.events.push_back(
                {il::trace::kind::waiting, first_number + thread, s.end_ns, where});
        }
        // At the same moment, what ends one file comes before what begins the next.
        std::sort(result.events.begin(), result.events.end(),
                  [](const il::trace::event& a, const il::trace::event& b) {
                      return std::tie(a.time_ns, a.kind) < std::tie(b.time_ns, b.kind);
                  });
    }

private:
    using scanners = std::vector<std::unique_ptr<scanner>>;
    struct stretch_held {
        std::thread::id thread;
        std::int64_t begin_ns;
        std::int64_t end_ns;
    };
    static constexpr std::uint32_t first_number = 1U << 30;  // above those of the trace points

    class visit {
    public:
        explicit visit(std::atomic<unsigned>& inside) : inside_(inside) { ++inside_; }
        ~visit() {
            --inside_;
            inside_.notify_all();
        }
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;

    private:
        std::atomic<unsigned>& inside_;
    };

    outcome scan_next() {
        if (closed_ || work_.stop) {
            return std::nullopt;
        }
        std::int64_t none = 0;
        begin_ns_.compare_exchange_strong(none, now_ns());
        const std::uint32_t id = next_++;
        if (id >= work_.files.size()) {
            return std::nullopt;
        }
        const source_file& file = work_.files[id];
        std::unique_ptr<scanner> scan = take();
        const scan_result result = scan->scan(file, id);
        give_back(std::move(scan));
        live_.files.fetch_add(result.problem.empty() ? 1 : 0, std::memory_order_relaxed);
        live_.bytes.fetch_add(result.bytes, std::memory_order_relaxed);
        end_ns_ = now_ns();
        if (!result.problem.empty()) {
            return skipped(file.name, result.problem);
        }
        return scanned(file.name, result.bytes, result.lines, result.tokens, result.fingerprints);
    }

    // Scanners keep their storage from file to file.
    std::unique_ptr<scanner> take() {
        return idle_.with([&](scanners& idle) {
            if (idle.empty()) {
                return std::make_unique<scanner>(index_, work_.winnowing);
            }
            std::unique_ptr<scanner> taken = std::move(idle.back());
            idle.pop_back();
            return taken;
        });
    }
    void give_back(std::unique_ptr<scanner> scan) {
        idle_.with([&](scanners& idle) { idle.push_back(std::move(scan)); });
    }

    const job& work_;
    concurrent_index& index_;
    live_counts live_;
    std::atomic<std::uint32_t> next_ = 0;
    std::atomic<std::int64_t> begin_ns_ = 0;
    std::atomic<std::int64_t> end_ns_ = 0;
    std::atomic<unsigned> inside_ = 0;
    std::atomic<bool> closed_ = false;
    // A thread that is attached never waits for these attached.
    il::mutex<scanners> idle_;
    il::mutex<std::vector<stretch_held>> held_;
};

}  // namespace

pass run_called_pass(mode how, unsigned threads, const job& work, concurrent_index& index,
                     const il::owned<il::object>& report) {
    const auto queue = std::make_shared<file_queue>(work, index);
    pass result;
    result.how = how;
    result.threads = threads;
    il::trace::recorder recorder;
    try {
        il::with_gil([&](il::python py) {
            const char* scan = how == mode::called_held ? "scan_held" : "scan";
            py.import("near_duplicates_queue");  // so that the class is known
            const il::object files = py.make(queue);
            scan_on_a_pool(py, files.attr(scan), files.attr("watch"), files.attr("stop"),
                           report.bind(py), threads);
        });
    } catch (const il::python_error& error) {
        queue->close();
        if (!is_interrupt(error)) {
            throw;
        }
        work.stop = true;
    }
    queue->close();
    result.events = recorder.take();
    queue->tell(result);
    result.complete = !work.stop;
    return result;
}

}  // namespace near_duplicates

INTERLOCK_EMBEDDED_MODULE(near_duplicates_queue, m) {
    using namespace near_duplicates;
    // Its calls are meant to come from several threads at once: it guards what they share.
    il::class_<file_queue, std::shared_ptr<file_queue>>(m, "FileQueue", il::thread_safe)
        .def<&file_queue::scan>("scan", il::allow_threads)
        .def<&file_queue::scan_held>("scan_held")
        .def<&file_queue::watch>("watch")
        .def<&file_queue::stop>("stop");
}
