// Types of the standard library that are recognized by their members: complex, path, chrono, expected, error_code.
#include <interlock/interlock.hpp>

#include <chrono>
#include <complex>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <ratio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>
#if __has_include(<expected>)
#include <expected>
#endif

namespace il = interlock;

namespace {

template <class T>
T same(T value) {
    return value;
}

// What std::expected has, for compilers that have none.
template <class T, class E>
class outcome {
public:
    using value_type = T;
    using error_type = E;
    outcome() = default;
    outcome(T value) : value_(std::move(value)) {}  // NOLINT: as std::expected
    static outcome failed(E error) {
        outcome made;
        made.error_ = std::move(error);
        return made;
    }
    bool has_value() const { return !error_.has_value(); }
    const E& error() const { return *error_; }
    const T& operator*() const { return value_; }

private:
    T value_{};
    std::optional<E> error_;
};

struct own_error : std::out_of_range {
    using std::out_of_range::out_of_range;
};

template <class E>
outcome<int, E> half(int n, E error) {
    return n % 2 == 0 ? outcome<int, E>(n / 2) : outcome<int, E>::failed(std::move(error));
}

std::size_t kind_of(std::variant<std::string, std::filesystem::path> value) {
    return value.index();
}
std::size_t number_kind(std::variant<double, std::complex<double>> value) { return value.index(); }
std::size_t time_kind(std::variant<double, std::chrono::milliseconds> value) {
    return value.index();
}

#if defined(__cpp_lib_expected)
std::expected<int, std::string> checked_half(int n) {
    if (n % 2 != 0) {
        return std::unexpected("odd");
    }
    return n / 2;
}
std::expected<void, std::error_code> checked(bool good) {
    if (!good) {
        return std::unexpected(std::make_error_code(std::errc::permission_denied));
    }
    return {};
}
#endif

using seconds_as_float = std::chrono::duration<double>;
using hundredths = std::chrono::duration<std::int64_t, std::centi>;
using short_minutes = std::chrono::duration<std::int16_t, std::ratio<60>>;
using wall_clock = std::chrono::system_clock;

}  // namespace

INTERLOCK_MODULE(convert_library_types, m) {
    m.def<&same<std::complex<double>>>("complex_");
    m.def<&same<std::complex<float>>>("complex_single");
    m.def<&number_kind>("number_kind");

    m.def<&same<std::filesystem::path>>("path");
    m.def<&same<std::vector<std::filesystem::path>>>("paths");
    m.def<&kind_of>("kind_of");

    m.def<&same<std::chrono::nanoseconds>>("nanoseconds");
    m.def<&same<std::chrono::microseconds>>("microseconds");
    m.def<&same<std::chrono::milliseconds>>("milliseconds");
    m.def<&same<std::chrono::seconds>>("seconds");
    m.def<&same<std::chrono::hours>>("hours");
    m.def<&same<seconds_as_float>>("float_seconds");
    m.def<&same<hundredths>>("hundredths");
    m.def<&same<short_minutes>>("short_minutes");
    m.def("ticks", [](std::chrono::nanoseconds n) { return n.count(); });
    m.def("centi_ticks", [](hundredths n) { return n.count(); });
    m.def("from_ticks", [](std::int64_t n) { return std::chrono::nanoseconds(n); });
    m.def("from_hours", [](std::int64_t n) { return std::chrono::hours(n); });
    m.def<&time_kind>("time_kind");

    m.def<&same<std::chrono::time_point<wall_clock, std::chrono::microseconds>>>("instant");
    m.def<&same<std::chrono::time_point<wall_clock, std::chrono::seconds>>>("instant_seconds");
    m.def<&same<std::chrono::sys_days>>("day");
    m.def<&same<std::chrono::steady_clock::time_point>>("steady");
    m.def("micros_since_1970",
          [](std::chrono::time_point<wall_clock, std::chrono::microseconds> t) {
              return t.time_since_epoch().count();
          });
    m.def("now", [] { return wall_clock::now(); });

    m.def("half_or_text", [](int n) { return half<std::string>(n, "odd: é"); });
    m.def("half_or_error", [](int n) { return half(n, std::runtime_error("odd")); });
    m.def("half_or_own_error", [](int n) { return half(n, own_error("odd")); });
    m.def("half_or_system_error", [](int n) {
        return half(n,
                    std::system_error(std::make_error_code(std::errc::no_such_file_or_directory)));
    });
    m.def("half_or_code", [](int n) {
        return half(n, std::make_error_code(std::errc::no_such_file_or_directory));
    });
    m.def("half_or_errc", [](int n) { return half(n, std::errc::file_exists); });
    m.def("half_or_pointer",
          [](int n) { return half(n, std::make_exception_ptr(std::invalid_argument("odd"))); });
    m.def("half_or_object",
          [](il::python py, int n) { return half(n, py.eval("KeyError('odd')").unbind()); });
    m.def("half_or_number", [](int n) { return half(n, 7); });

    m.def<&same<std::error_code>>("error_code");
    m.def<&same<std::vector<std::error_code>>>("error_codes");
    m.def("errno_of", [](std::error_code code) { return code.value(); });
    m.def("future_error", [] { return std::make_error_code(std::io_errc::stream); });
#if defined(__cpp_lib_expected)
    m.def<&checked_half>("checked_half");
    m.def<&checked>("checked");
#endif
}
