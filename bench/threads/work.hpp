// What several threads do at once in the theme "threads", the same for every library.
#pragma once

#include <vector>

namespace work {

inline void noop() {}
inline int one_int(int a) { return a + 1; }
inline int sum(const std::vector<int>& values) {
    int all = 0;
    for (const int value : values) {
        all += value;
    }
    return all;
}

// Changed by calls, which exclude one another therefore.
struct counter {
    explicit counter(int start) noexcept : value(start) {}
    int get() const noexcept { return value; }
    void add(int more) noexcept { value += more; }

    int value;
};

// Never changed, and shared without a lock.
struct constant {
    explicit constant(int start) noexcept : value(start) {}
    int get() const noexcept { return value; }

    int value;
};

}  // namespace work
