// What the functions of the theme "calls" do, the same for every library; how they are called is what is measured.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace work {

inline void noop() {}
inline int one_int(int a) { return a + 1; }
inline int two_ints(int a, int b) { return a + b; }
inline double one_float(double a) { return 2 * a; }
inline double six(int a, int b, int c, int d, int e, double f) { return a + b + c + d + e + f; }
inline std::size_t length_view(std::string_view text) { return text.size(); }
inline std::size_t length_string(std::string text) { return text.size(); }
inline int first(int) { return 1; }
inline int second(std::string_view) { return 2; }
inline int sum(const std::vector<int>& values) {
    int all = 0;
    for (const int value : values) {
        all += value;
    }
    return all;
}
inline std::vector<int> make_list() {
    std::vector<int> values(1000);
    int next = 0;
    for (int& value : values) {
        value = next++;
    }
    return values;
}
using counts = std::unordered_map<std::string, int>;
inline std::size_t dict_size(const counts& values) { return values.size(); }
inline const counts& hundred() {
    static const counts made = [] {
        counts all;
        for (int i = 0; i < 100; ++i) {
            all.emplace("key" + std::to_string(i), i);
        }
        return all;
    }();
    return made;
}
[[noreturn]] inline void fail() { throw std::runtime_error("boom"); }

}  // namespace work
