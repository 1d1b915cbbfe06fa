// The values of the theme "conversions", the same for every library. Each function of the first kind takes one and says by a
// number what it has got; each of the second kind gives one that has been there all along.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace work {

using ints = std::vector<int>;
using counts = std::unordered_map<std::string, int>;
using numbers = std::unordered_set<int>;
using table = std::unordered_map<std::string, std::vector<double>>;
using record = std::tuple<int, double, std::string>;
using maybe = std::optional<double>;
using choice = std::variant<int, double, std::string>;

inline int list_in(const ints& values) {
    int all = 0;
    for (const int value : values) {
        all += value;
    }
    return all;
}
inline int dict_in(const counts& values) {
    int all = 0;
    for (const auto& [key, value] : values) {
        all += value;
    }
    return all;
}
inline int set_in(const numbers& values) {
    int all = 0;
    for (const int value : values) {
        all += value;
    }
    return all;
}
inline double nested_in(const table& values) {
    double all = 0;
    for (const auto& [key, row] : values) {
        for (const double value : row) {
            all += value;
        }
    }
    return all;
}
inline std::size_t text_in(const std::string& text) { return text.size(); }
inline double tuple_in(const record& values) {
    const auto& [number, factor, name] = values;
    return number * factor + static_cast<double>(name.size());
}
inline double optional_in(const maybe& value) { return value.value_or(-1); }
inline std::size_t variant_in(const choice& value) {
    return value.index() + (value.index() == 2 ? std::get<2>(value).size() : 0);
}

inline const ints& list_out() {
    static const ints made = [] {
        ints all(1000);
        int next = 0;
        for (int& value : all) {
            value = next++;
        }
        return all;
    }();
    return made;
}
inline const counts& dict_out() {
    static const counts made = [] {
        counts all;
        for (int i = 0; i < 100; ++i) {
            all.emplace("key" + std::to_string(i), i);
        }
        return all;
    }();
    return made;
}
inline const numbers& set_out() {
    static const numbers made(list_out().begin(), list_out().end());
    return made;
}
inline const table& nested_out() {
    static const table made = [] {
        table all;
        for (int i = 0; i < 10; ++i) {
            all.emplace("key" + std::to_string(i), std::vector<double>(100, i + 0.5));
        }
        return all;
    }();
    return made;
}
inline const std::string& short_out() {
    static const std::string made(10, 'x');
    return made;
}
inline const std::string& long_out() {
    static const std::string made(10'000, 'x');
    return made;
}
inline const record& tuple_out() {
    static const record made(2, 1.5, "abc");
    return made;
}
inline const maybe& optional_out() {
    static const maybe made = 1.5;
    return made;
}
inline const choice& variant_out() {
    static const choice made = "abc";
    return made;
}

}  // namespace work
