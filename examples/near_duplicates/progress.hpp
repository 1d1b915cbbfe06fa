// One line on stderr that says how far the program is.
//
// On a terminal the line is drawn over itself; elsewhere (a log file, a test) each phase gives a
// line when it begins, and another one now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace near_duplicates {

class progress {
public:
    explicit progress(bool terminal) : terminal_(terminal) {}
    ~progress() { clear(); }
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    // A new phase of the work has begun.
    void begin(std::string_view phase);

    // How far the phase is, in words.
    void update(std::string_view how_far);

    // The same for files that are being scanned.
    void update(std::string_view what, std::uint64_t files, std::uint64_t all, std::uint64_t bytes);

    // Removes the line, so that something else can be printed.
    void clear();

private:
    using clock = std::chrono::steady_clock;

    void show(std::string_view line);

    bool terminal_;
    bool drawn_ = false;
    std::string phase_;
    clock::time_point begun_ = clock::now();
    clock::time_point shown_{};
};

}  // namespace near_duplicates
