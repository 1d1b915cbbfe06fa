#include "findings.hpp"

#include <cstdio>
#include <string>
#include <thread>

namespace near_duplicates {

namespace {

// 1234567 -> "1,234,567"
std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

void print_list(const char* title, const std::vector<skipped_file>& files) {
    constexpr std::size_t most = 20;
    if (files.empty()) {
        return;
    }
    std::printf("\n%s:\n", title);
    for (std::size_t i = 0; i < files.size() && i < most; ++i) {
        std::printf("  %s: %s\n", files[i].name.c_str(), files[i].reason.c_str());
    }
    if (files.size() > most) {
        std::printf("  and %zu more, which are in report.json\n", files.size() - most);
    }
}

void print_rates(const findings& found) {
    const measurement* base = find(found.measurements, mode::native, 1);
    std::printf("\n%-31s %7s %10s %8s %9s\n", "mode", "threads", "files/s", "MB/s", "speed-up");
    for (const unsigned threads : thread_counts(found.asked.threads)) {
        for (const mode how : all_modes) {
            const measurement* m = find(found.measurements, how, threads);
            if (m == nullptr) {
                continue;
            }
            const std::string title(title_of(how));
            const std::string rate =
                grouped(static_cast<std::uint64_t>(m->best.files_per_second()));
            std::printf("%-31s %7u %10s %8.1f", title.c_str(), threads, rate.c_str(),
                        m->best.megabytes_per_second());
            if (base != nullptr) {
                std::printf(" %8.2fx", base->best.seconds() / m->best.seconds());
            }
            std::printf("\n");
        }
    }
    std::printf("The best pass counts; speed-up is against one thread without Python.\n");
    if (found.passes_differ) {
        std::printf("The ways do not agree: their files, bytes or fingerprints differ.\n");
    }
    if (const double ratio = released_against_native(found.measurements, 2); ratio > 0) {
        std::printf("On 2 threads, allow_threads reaches %.2f of the rate without Python.\n",
                    ratio);
    }
    // Two threads that share nothing but an index with 256 locks: less than this is not their doing.
    constexpr double expected = 1.5;
    const measurement* pair = find(found.measurements, mode::native, 2);
    if (base != nullptr && pair != nullptr && std::thread::hardware_concurrency() > 1 &&
        base->best.seconds() < expected * pair->best.seconds()) {
        std::printf(
            "This machine was busy: a second thread without Python brought little, so the rates "
            "on several threads say little too.\n");
    }
}

void print_threads(const findings& found) {
    constexpr std::size_t most = 8;
    std::printf("\n%-31s %7s %10s %12s %12s %12s\n", "mode", "threads", "thread", "waited", "held",
                "outside");
    for (const measurement& m : found.measurements) {
        if (m.best.threads != found.asked.threads) {
            continue;
        }
        const std::string title(title_of(m.best.how));
        const auto timelines = timelines_of(m.best, found.main_thread, !found.asked.free_threaded);
        for (std::size_t i = 0; i < timelines.size() && i < most; ++i) {
            const thread_timeline& t = timelines[i];
            std::printf("%-31s %7u %10s %9.2f ms %9.2f ms %9.2f ms\n", title.c_str(),
                        m.best.threads, t.name.c_str(), t.seconds(activity::waiting) * 1e3,
                        t.seconds(activity::holding) * 1e3, t.seconds(activity::outside) * 1e3);
        }
        if (timelines.size() > most) {
            std::printf("%-31s %7u %10s\n", title.c_str(), m.best.threads, "...");
        }
    }
    std::printf(
        "Waited for the interpreter, held it, and worked outside of it, in the best pass.\n");
}

void print_duplicates(const findings& found) {
    if (found.duplicates.empty()) {
        std::printf("\nNo duplicates were found.\n");
        return;
    }
    std::printf("\nThe largest near duplicates:\n%8s %7s\n", "tokens", "equal");
    for (const duplicate& d : found.duplicates) {
        std::printf("%8u %6.1f%%  %s:%u-%u\n", d.equal_tokens, d.similarity() * 100,
                    found.files[d.left.file].name.c_str(), d.left.first_line, d.left.last_line);
        std::printf("%18s%s:%u-%u\n", "", found.files[d.right.file].name.c_str(),
                    d.right.first_line, d.right.last_line);
    }
}

}  // namespace

void print_findings(const findings& found) {
    std::printf("%s files, %.1f MB, %s lines, %s tokens, %s fingerprints; %s\n",
                grouped(found.sums.files).c_str(), static_cast<double>(found.sums.bytes) * 1e-6,
                grouped(found.sums.lines).c_str(), grouped(found.sums.tokens).c_str(),
                grouped(found.sums.fingerprints).c_str(), found.asked.python.c_str());
    if (found.sums.files < 1000) {
        std::printf("Rates that are measured on so few files say little.\n");
    }
    if (found.interrupted) {
        std::printf("Interrupted: this is what was found so far.\n");
    }
    print_list("Skipped", found.skipped);
    print_duplicates(found);
    if (found.tokens_compared > 0) {
        std::printf("\nToken counts of %zu files compared with Python's tokenize: %zu differ.\n",
                    found.tokens_compared, found.tokens_differ.size());
    }
    print_list("Token counts that differ", found.tokens_differ);
    print_list("Files that Python cannot tokenize itself", found.tokens_not_comparable);
    if (!found.measurements.empty()) {
        print_rates(found);
        print_threads(found);
    }
}

}  // namespace near_duplicates
