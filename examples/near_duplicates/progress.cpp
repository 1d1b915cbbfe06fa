#include "progress.hpp"

#include <cstdio>

namespace near_duplicates {

namespace {

using namespace std::chrono_literals;

constexpr auto interval_on_terminal = 80ms;
constexpr auto interval_elsewhere = 2s;

}  // namespace

void progress::begin(std::string_view phase) {
    phase_ = phase;
    begun_ = clock::now();
    show(phase_);
}

void progress::update(std::string_view how_far) {
    if (clock::now() - shown_ < (terminal_ ? interval_on_terminal : interval_elsewhere)) {
        return;
    }
    const double seconds = std::chrono::duration<double>(clock::now() - begun_).count();
    char time[32];
    std::snprintf(time, sizeof time, "%.1f s", seconds);
    show(phase_ + ": " + std::string(how_far) + ", " + time);
}

void progress::update(std::string_view what, std::uint64_t files, std::uint64_t all,
                      std::uint64_t bytes) {
    char text[160];
    std::snprintf(text, sizeof text, "%.*s%llu of %llu files, %.1f MB",
                  static_cast<int>(what.size()), what.data(),
                  static_cast<unsigned long long>(files), static_cast<unsigned long long>(all),
                  static_cast<double>(bytes) * 1e-6);
    update(text);
}

void progress::show(std::string_view line) {
    shown_ = clock::now();
    if (terminal_) {
        std::fprintf(stderr, "\r\x1b[K%.*s", static_cast<int>(line.size()), line.data());
        drawn_ = true;
    } else {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    }
    std::fflush(stderr);
}

void progress::clear() {
    if (drawn_) {
        std::fputs("\r\x1b[K", stderr);
        std::fflush(stderr);
        drawn_ = false;
    }
}

}  // namespace near_duplicates
