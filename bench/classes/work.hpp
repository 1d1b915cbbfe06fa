// What the classes of the theme "classes" are, the same for every library; how Python uses them is what is measured.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

namespace work {

struct counter {
    explicit counter(int start) noexcept : value(start) {}
    int get() const noexcept { return value; }
    void add(int more) noexcept { value += more; }
    bool operator==(const counter&) const = default;
    counter operator+(const counter& other) const noexcept { return counter(value + other.value); }

    int value;
};
inline counter make() { return counter(7); }
inline int read(const counter& from) { return from.value; }

// Owned by shared pointers; this one lives as long as the process, and has no Python object of its own.
struct item {
    explicit item(int of) noexcept : value(of) {}
    int value;
};
inline const std::shared_ptr<item>& shared_item() {
    static const auto made = std::make_shared<item>(7);
    return made;
}
inline int read_shared(const std::shared_ptr<item>& from) { return from->value; }

enum class color { red, green, blue };
inline int number_of(color which) { return static_cast<int>(which); }
inline color turned(int number) { return static_cast<color>(number % 3); }

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
