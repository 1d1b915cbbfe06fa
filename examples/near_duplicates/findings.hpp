// All that a run of the program has found out, and the ways to show it.
#pragma once

#include "kernel/duplicates.hpp"
#include "measurement.hpp"
#include "python_side.hpp"
#include "timeline.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace near_duplicates {

struct findings {
    options asked;
    std::vector<source_file> files;
    std::vector<skipped_file> skipped;
    totals sums;
    std::vector<duplicate> duplicates;

    std::size_t tokens_compared = 0;  // files whose counts Python could compare
    std::vector<skipped_file> tokens_differ;
    std::vector<skipped_file> tokens_not_comparable;

    std::vector<measurement> measurements;
    bool passes_differ = false;     // in what they found, which the ways must not
    std::uint32_t main_thread = 0;  // its number in trace points
    bool interrupted = false;
};

// The tables and lists that a person reads.
void print_findings(const findings& found);

// The same as JSON text. Enters the interpreter: Python's module json writes it.
std::string json_of(const findings& found);

// A picture, in SVG: for each mode on the most threads, what each thread did when.
std::string timeline_svg(const findings& found);

}  // namespace near_duplicates
