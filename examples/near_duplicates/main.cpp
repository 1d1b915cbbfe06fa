// near_duplicates: finds near-duplicate Python code, with C++ threads that call Python.
//
// A pool of C++ threads tokenizes and fingerprints the files of a folder and enters the
// fingerprints into a concurrent index; for each file, one of them enters Python for a moment to
// merge the result into a report object. The same work is then timed with the interpreter held and
// released, in this direction and in the other one (Python's ThreadPoolExecutor calls C++), and
// without Python.
//
// Exit status: 0; 1 where our token counts differ from Python's, the ways do not agree, or nothing
// could be scanned; 2 for a wrong command line or an error; 130 after Ctrl-C, with what was found so far.

#include "findings.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace near_duplicates {

namespace {

namespace fs = std::filesystem;

enum exit_status : int {
    all_well = 0,
    tokens_differ = 1,
    passes_differ = 1,
    nothing_found = 1,
    failed = 2,
    stopped = 130
};

constexpr std::size_t sample_size = 50;
constexpr std::size_t quick_sample_size = 10;
constexpr std::uintmax_t largest_in_sample = 200'000;  // Python takes a second for a megabyte

class program {
public:
    explicit program(options asked) : show_(asked.terminal) { found_.asked = std::move(asked); }

    int run() {
        find_files();
        if (found_.files.empty()) {
            std::fprintf(stderr, "There is no Python source in %s.\n",
                         found_.asked.folder.string().c_str());
            return nothing_found;
        }
        scan();
        find_largest_duplicates();
        check_tokens();
        measure_modes();
        found_.interrupted = stop_ || interrupted();
        show_.clear();
        write_reports();
        print_findings(found_);
        return found_.interrupted              ? stopped
               : !found_.tokens_differ.empty() ? tokens_differ
               : found_.passes_differ          ? passes_differ
                                               : all_well;
    }

private:
    void find_files() {
        fs::create_directories(found_.asked.output);  // now, so that an error comes before the work
        show_.begin("looking for files in " + found_.asked.folder.string());
        file_list list = find_sources(found_.asked.folder);
        found_.files = std::move(list.files);
        found_.skipped = std::move(list.skipped);
    }

    // The search itself, on all threads; it also brings the files into the system's cache before
    // anything is timed.
    void scan() {
        show_.begin("scanning");
        const auto report = finish_anyway(stop_, [] { return il::with_gil(&make_report); });
        run_pass(mode::released, found_.asked.threads, make_job(), index_, report);
        const auto skipped = finish_anyway(stop_, [&] {
            return il::with_gil([&](il::python py) {
                found_.sums = totals_of(py, report);
                return skipped_in(py, report);
            });
        });
        found_.skipped.insert(found_.skipped.end(), skipped.begin(), skipped.end());
        const auto by_name = [](const skipped_file& a, const skipped_file& b) {
            return a.name < b.name;
        };
        std::sort(found_.skipped.begin(), found_.skipped.end(), by_name);
    }

    // After Ctrl-C too: what was scanned until then is searched, unless Ctrl-C comes again.
    void find_largest_duplicates() {
        show_.begin("comparing");
        stop_flag give_up = false;
        const auto read = [&](std::uint32_t file, token_stream& out) {
            std::string text;
            if (!load_source(found_.files[file].path, text)) {
                return false;
            }
            tokenize(text, out);
            return true;
        };
        const auto work = [&](unsigned) {
            found_.duplicates = find_duplicates(index_, {}, read, give_up);
        };
        run_crew(1, work, [] { return !interrupted(); }, give_up);
        stop_ = stop_ || give_up;
    }

    // Outside of all timing: a sample of the files, evenly spread, against Python's own tokenizer.
    void check_tokens() {
        show_.begin("checking token counts");
        const auto check = finish_anyway(
            stop_, [] { return il::with_gil([](il::python py) { return token_check(py); }); });
        std::vector<const source_file*> sample;
        for (const source_file& f : found_.files) {
            if (f.size <= largest_in_sample) {
                sample.push_back(&f);
            }
        }
        const std::size_t wanted = found_.asked.quick ? quick_sample_size : sample_size;
        const std::size_t step = std::max<std::size_t>(sample.size() / wanted, 1);
        for (std::size_t i = 0; i < std::min(sample.size(), wanted * step) && !stop_; i += step) {
            finish_anyway(stop_, [&] { check_tokens_of(*sample[i], check); });
            show_.update(std::to_string(i / step + 1) + " files");
        }
    }

    void check_tokens_of(const source_file& file, const token_check& check) {
        std::string text;
        if (!load_source(file.path, text)) {
            return;
        }
        token_stream ours;
        tokenize(text, ours);
        const token_check::result result =
            il::with_gil([&](il::python py) { return check.compare(py, file, ours.counts); });
        switch (result.says) {
            case token_check::verdict::differs:
                found_.tokens_differ.push_back({file.name, result.detail});
                [[fallthrough]];
            case token_check::verdict::agrees:
                ++found_.tokens_compared;
                break;
            case token_check::verdict::not_comparable:
                found_.tokens_not_comparable.push_back({file.name, result.detail});
        }
    }

    void measure_modes() {
        if (stop_) {
            return;
        }
        show_.begin("measuring");
        found_.main_thread = finish_anyway(stop_, [] { return trace_number_of_this_thread(); });
        const measure_options how{.threads = found_.asked.threads,
                                  .repeat = found_.asked.repeat > 0 ? found_.asked.repeat
                                            : found_.asked.quick    ? 1
                                                                    : 0};
        found_.measurements = measure(how, make_job(), show_);
        for (const measurement& m : found_.measurements) {
            const pass& first = found_.measurements.front().best;
            found_.passes_differ = found_.passes_differ || m.best.files != first.files ||
                                   m.best.bytes != first.bytes || m.best.distinct != first.distinct;
        }
    }

    void write_reports() {
        write("report.json", finish_anyway(stop_, [&] { return json_of(found_); }));
        write("timeline.svg", timeline_svg(found_));
    }

    void write(const char* name, const std::string& text) const {
        const fs::path path = found_.asked.output / name;
        std::ofstream out(path, std::ios::binary);
        out << text;
        out.close();
        if (!out) {
            throw std::runtime_error(path.string() + " cannot be written");
        }
        std::fprintf(stderr, "wrote %s\n", path.string().c_str());
    }

    job make_job() {
        const auto watch = [this](const live_counts& live) {
            show_.update("", live.files, found_.files.size(), live.bytes);
            return !interrupted();
        };
        return {found_.files, {}, stop_, watch};
    }

    findings found_;
    progress show_;
    concurrent_index index_;
    stop_flag stop_ = false;
};

int run_program(int argc, char** argv) {
    const il::interpreter python{{.argv = {argv, argv + argc}}};
    try {
        const unsigned processors = std::max(2U, std::thread::hardware_concurrency());
        const auto asked =
            il::with_gil([&](il::python py) { return parse_arguments(py, processors); });
        if (const int* status = std::get_if<int>(&asked)) {
            return *status;
        }
        return program(std::get<options>(asked)).run();
    } catch (const il::python_error& error) {  // here, since its text is made by the interpreter
        if (is_interrupt(error)) {
            return stopped;
        }
        std::fprintf(stderr, "near_duplicates: %s\n", error.what());
        return failed;
    }
}

}  // namespace

}  // namespace near_duplicates

int main(int argc, char** argv) {
    try {
        return near_duplicates::run_program(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "near_duplicates: %s\n", error.what());
        return near_duplicates::failed;
    }
}
