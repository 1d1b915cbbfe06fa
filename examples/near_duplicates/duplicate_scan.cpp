// duplicate_scan: the work for one file as an extension module, called by Python's own threads.
//
// The other direction of the demo: there C++ threads call Python, here Python's ThreadPoolExecutor calls C++. `scan` lets go of
// the interpreter while it works, `scan_held` is the same function without il::allow_threads.

#include "kernel/concurrent_index.hpp"
#include "scan.hpp"

#include <interlock/interlock.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace il = interlock;

namespace near_duplicates {

namespace {

// The index that all threads fill. A scan that is under way keeps the one that it began with.
std::shared_ptr<concurrent_index> current_index(std::shared_ptr<concurrent_index> replacement) {
    static il::mutex<std::shared_ptr<concurrent_index>> index;
    return index.with([&](std::shared_ptr<concurrent_index>& there) {
        if (replacement != nullptr) {
            there = std::move(replacement);
        }
        return there;
    });
}

void start() { current_index(std::make_shared<concurrent_index>()); }

// What is found in the file, in this order: bytes, lines, tokens, fingerprints.
std::vector<std::uint64_t> scan(std::string path, std::uint32_t id) {
    const std::shared_ptr<concurrent_index> index = current_index(nullptr);
    if (index == nullptr) {
        throw std::logic_error("start() has to be called first");
    }
    scanner scan(*index, {});
    const scan_result result = scan.scan({.path = path, .name = path}, id);
    if (!result.problem.empty()) {
        throw std::invalid_argument(result.problem);
    }
    return {result.bytes, result.lines, result.tokens, result.fingerprints};
}

// The scripts below a folder as the program finds them, the largest first.
std::vector<std::string> sources(std::string folder) {
    std::vector<std::string> paths;
    for (const source_file& file : find_sources(folder).files) {
        paths.push_back(file.path.string());
    }
    return paths;
}

std::size_t distinct_fingerprints() {
    const std::shared_ptr<concurrent_index> index = current_index(nullptr);
    return index == nullptr ? 0 : index->fingerprints();
}

}  // namespace

}  // namespace near_duplicates

INTERLOCK_MODULE(duplicate_scan, m) {
    using namespace near_duplicates;
    m.doc("Tokens and fingerprints of Python source files.");
    m.def<&start>("start", "Begins with an empty index.", il::allow_threads);
    m.def<&sources>("sources", il::arg("folder"), il::allow_threads);
    m.def<&scan>("scan", "Bytes, lines, tokens and fingerprints of a file.", il::arg("path"),
                 il::arg("id"), il::allow_threads);
    m.def<&scan>("scan_held", "The same with the interpreter held.", il::arg("path"),
                 il::arg("id"));
    m.def<&distinct_fingerprints>("distinct_fingerprints", il::allow_threads);
}
