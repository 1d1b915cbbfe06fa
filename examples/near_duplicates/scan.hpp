// The work for one file: read, tokenize, fingerprint, enter into the index. Nothing here knows
// Python.
#pragma once

#include "kernel/concurrent_index.hpp"
#include "kernel/source_text.hpp"
#include "kernel/tokenizer.hpp"
#include "kernel/winnowing.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace near_duplicates {

struct source_file {
    std::filesystem::path path;
    std::string name;  // relative to the folder, always UTF-8, for people
    std::uintmax_t size = 0;
};

// A file that could not be used, and why.
struct skipped_file {
    std::string name;
    std::string reason;
};

struct file_list {
    std::vector<source_file> files;
    std::vector<skipped_file> skipped;
};

// The `*.py` files below `folder`, the largest first, so that threads that share them finish
// together. Leaves out installed packages (site-packages, dist-packages), caches and hidden
// folders. Throws `std::runtime_error` when the folder itself cannot be read.
file_list find_sources(const std::filesystem::path& folder);

struct scan_result {
    std::string problem;  // why the file was skipped; empty when it was scanned
    std::uint64_t bytes = 0;
    std::uint32_t lines = 0;
    std::uint32_t tokens = 0;
    std::uint32_t fingerprints = 0;
};

// Scans one file after the other with storage that it keeps. One per thread.
class scanner {
public:
    scanner(concurrent_index& index, winnowing_options options) noexcept
        : index_(index), options_(options) {}

    scan_result scan(const source_file& file, std::uint32_t id);

private:
    concurrent_index& index_;
    winnowing_options options_;
    std::string text_;
    token_stream tokens_;
    std::vector<fingerprint> prints_;
    concurrent_index::scratch space_;
};

}  // namespace near_duplicates
