// What the functions of the theme "calls" do, the same for every library; how they are called is what is measured.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

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
[[noreturn]] inline void fail() { throw std::runtime_error("boom"); }

// An error as a value: the members of std::expected, which C++20 does not have.
class outcome {
public:
    using value_type = int;
    using error_type = std::runtime_error;

    explicit outcome(std::runtime_error error) : error_(std::move(error)) {}
    bool has_value() const noexcept { return !error_.has_value(); }
    int operator*() const noexcept { return 0; }
    const std::runtime_error& error() const noexcept { return *error_; }

private:
    std::optional<std::runtime_error> error_;
};
inline outcome refuse() { return outcome(std::runtime_error("boom")); }

// Out of line, as a function of somebody's library is.
[[gnu::noinline]] inline int apply(const std::function<int(int)>& f, int x) { return f(x); }
inline std::function<int(int)> adder(int n) {
    return [n](int x) { return x + n; };
}

}  // namespace work
