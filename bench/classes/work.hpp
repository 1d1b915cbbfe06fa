// What the classes of the theme "classes" are, the same for every library; how Python uses them is what is measured.
#pragma once

#include <array>
#include <cstddef>

namespace work {

struct counter {
    explicit counter(int start) noexcept : value(start) {}
    int get() const noexcept { return value; }
    void add(int more) noexcept { value += more; }
    bool operator==(const counter&) const = default;

    int value;
};
inline counter make() { return counter(7); }
inline int read(const counter& from) { return from.value; }

// 1,000 ints, every one of which is made into a Python int while it is iterated.
struct series {
    series() noexcept {
        int next = 0;
        for (int& value : values) {
            value = next++;
        }
    }
    const int* begin() const noexcept { return values.data(); }
    const int* end() const noexcept { return values.data() + values.size(); }

    std::array<int, 1000> values;
};

}  // namespace work
