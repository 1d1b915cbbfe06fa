// The parts of the program that are written in Python, as C++ functions.
//
// Their sources lie in python/ and are compiled into the program. Functions that take the token are
// called attached; the others enter by themselves.
#pragma once

#include <interlock/interlock.hpp>

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "crew.hpp"
#include "kernel/tokenizer.hpp"
#include "scan.hpp"

namespace near_duplicates {

namespace il = interlock;

struct options {
    std::filesystem::path folder;
    std::filesystem::path output;
    unsigned threads = 1;
    unsigned repeat = 0;  // 0: as often as fits
    bool quick = false;
    bool terminal = false;       // whether progress may be drawn over itself
    bool free_threaded = false;  // whether several threads can hold the interpreter at once
    std::string python;          // "cpython 3.13.0"
};

// What sys.argv asks for, or the exit status when the command line was wrong or asked for help.
std::variant<options, int> parse_arguments(il::python py, unsigned default_threads);

// A new object of the class Report.
il::owned<il::object> make_report(il::python py);

// Calls `scan`, which returns what Report.add or Report.skip takes, or None when there is no more, on a ThreadPoolExecutor
// of so many threads; `watch` is called on this one meanwhile, and `stop` where an exception ends it.
void scan_on_a_pool(il::python py, const il::object& scan, const il::object& watch,
                    const il::object& stop, const il::object& report, unsigned threads);

struct totals {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
    std::uint64_t tokens = 0;
    std::uint64_t fingerprints = 0;
};

// What a report holds by now.
totals totals_of(il::python py, const il::owned<il::object>& report);
std::vector<skipped_file> skipped_in(il::python py, const il::owned<il::object>& report);

// Compares our token counts of a file with those of Python's own tokenizer.
class token_check {
public:
    enum class verdict : std::uint8_t { agrees, differs, not_comparable };
    struct result {
        verdict says = verdict::agrees;
        std::string detail;
    };

    explicit token_check(il::python py);
    result compare(il::python py, const source_file& file, const token_counts& ours) const;

private:
    il::owned<il::object> check_;
};

// Whether the user has pressed Ctrl-C since the last call. Only the thread that made the
// interpreter is told.
bool interrupted();

// Whether an error that came out of Python is Ctrl-C. Any thread, attached or not.
bool is_interrupt(const il::python_error& error);

// Calls `f`, which runs Python, on the thread that Ctrl-C is reported to. It may be reported at
// any line of Python: `stop` is then set, and `f` is called again, so that what it was to do is
// done.
template <class F>
auto finish_anyway(stop_flag& stop, F f) {
    for (;;) {
        try {
            return f();
        } catch (const il::python_error& error) {
            if (!is_interrupt(error)) {
                throw;
            }
            stop = true;
        }
    }
}

}  // namespace near_duplicates
