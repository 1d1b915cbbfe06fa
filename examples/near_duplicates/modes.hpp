// The same work in five ways: C++ threads that call Python, with the interpreter held and released; Python's threads that
// call C++, likewise; and without Python.
#pragma once

#include "crew.hpp"
#include "scan.hpp"

#include <interlock/interlock.hpp>
#include <interlock/trace.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace near_duplicates {

namespace il = interlock;

enum class mode : std::uint8_t {
    held,             // a C++ thread has the interpreter for all of its work on a file
    released,         // and lets go of it for the part that is C++
    called_held,      // a thread of Python calls C++, which keeps the interpreter
    called_released,  // and lets go of it
    native,           // Python has no part in it
};
inline constexpr std::array all_modes = {mode::held, mode::released, mode::called_held,
                                         mode::called_released, mode::native};

std::string_view key_of(mode m) noexcept;    // for the JSON report
std::string_view title_of(mode m) noexcept;  // for people

// How far the threads of a pass are; read while they run.
struct live_counts {
    std::atomic<std::uint64_t> files = 0;
    std::atomic<std::uint64_t> bytes = 0;
};

// One pass over all files.
struct pass {
    mode how = mode::native;
    unsigned threads = 1;
    std::uint64_t files = 0;  // scanned; those that were skipped are not counted
    std::uint64_t bytes = 0;
    std::size_t distinct = 0;   // fingerprints in the index
    std::int64_t begin_ns = 0;  // on the steady clock, from the moment when all threads were let go
    std::int64_t end_ns = 0;    // to the moment when the last one had no more to do
    std::vector<il::trace::event> events;
    bool complete = true;  // false when it was stopped on the way

    double seconds() const noexcept { return static_cast<double>(end_ns - begin_ns) * 1e-9; }
    double files_per_second() const noexcept { return static_cast<double>(files) / seconds(); }
    double megabytes_per_second() const noexcept {
        return static_cast<double>(bytes) * 1e-6 / seconds();
    }
};

// On the steady clock, as the trace points.
std::int64_t now_ns();

// What every pass over the files needs.
struct job {
    const std::vector<source_file>& files;
    winnowing_options winnowing;
    stop_flag& stop;
    std::function<bool(const live_counts&)> watch;  // called now and then; false stops the pass
};

// Scans all files of the job on `threads` threads into `index`. Unless the mode is native,
// `report` is an object of Python's class Report, whose method `add` or `skip` is called once for
// each file. The calling thread must not be attached.
pass run_pass(mode how, unsigned threads, const job& work, concurrent_index& index,
              const il::owned<il::object>& report);

}  // namespace near_duplicates
