// Spans, bytes and pinned views as parameters, results and inside of containers.
#include <interlock/interlock.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace il = interlock;

static_assert(il::detachable<il::pinned_str> && il::detachable<il::pinned_bytes>);
static_assert(il::detachable<il::buffer<const double>>);

namespace {

template <class T>
double sum(std::span<const T> items) {
    return std::accumulate(items.begin(), items.end(), 0.0);
}

template <class T>
void add_one(std::span<T> items) {
    for (T& item : items) {
        item = static_cast<T>(item + T{1});
    }
}

std::size_t address(std::span<const double> items) {
    return reinterpret_cast<std::size_t>(items.data());
}

double sum_of_all(const std::vector<std::span<const double>>& rows) {
    double total = 0;
    for (const auto& row : rows) {
        total += sum<double>(row);
    }
    return total;
}

// While this runs, Python code tries to resize what the rows view.
std::string resize_meanwhile(const std::vector<std::span<const double>>& rows,
                             const il::object& resize) {
    try {
        static_cast<void>(resize());
    } catch (const il::python_error& error) {
        return error.what();
    }
    return std::to_string(rows.size());
}

std::string resize_argument(std::span<const double> items, const il::object& resize) {
    try {
        static_cast<void>(resize());
    } catch (const il::python_error& error) {
        return error.what();
    }
    return std::to_string(items.size());
}

// Optional, and held all the same while the interpreter is released. `resize` enters it by itself.
std::string resize_optional(std::optional<std::span<const double>> items,
                            const std::function<void()>& resize) {
    try {
        resize();
    } catch (const il::python_error& error) {
        return error.what();
    }
    return items ? std::to_string(items->size()) : "none";
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string all;
    for (const std::string_view word : words) {
        all += word;
        all += ' ';
    }
    return all;
}

std::string joined_pairs(const std::map<std::string_view, std::string_view>& words) {
    std::string all;
    for (const auto& [key, value] : words) {
        all += std::string(key) + "=" + std::string(value) + " ";
    }
    return all;
}

std::string joined_span(std::span<const std::string> words) {
    std::string all;
    for (const std::string& word : words) {
        all += word + " ";
    }
    return all;
}

int bytes_total(std::span<const std::byte> data) {
    int total = 0;
    for (const std::byte b : data) {
        total += std::to_integer<int>(b);
    }
    return total;
}

void invert(std::span<std::byte> data) {
    for (std::byte& b : data) {
        b = ~b;
    }
}

std::vector<std::byte> reversed(std::vector<std::byte> data) {
    return {data.rbegin(), data.rend()};
}

std::deque<std::byte> rotated(std::deque<std::byte> data) {
    if (!data.empty()) {
        data.push_back(data.front());
        data.pop_front();
    }
    return data;
}

std::array<std::byte, 3> doubled(const std::array<std::byte, 3>& data) {
    std::array<std::byte, 3> result{};
    for (std::size_t i = 0; i < data.size(); ++i) {
        result[i] = data[i] << 1;
    }
    return result;
}

std::span<const double> middle(std::span<const double> items) {
    return items.subspan(1, items.size() - 2);
}

std::complex<double> sum_complex(std::span<const std::complex<double>> items) {
    return std::accumulate(items.begin(), items.end(), std::complex<double>());
}

std::size_t characters(il::pinned_str text) { return text.size(); }
std::string first_bytes(const il::pinned_bytes& data) {
    return std::string(data.view().substr(0, 2));
}
double strided_sum(il::buffer<const double> items) {
    double total = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        total += items(i);
    }
    return total;
}
void fill(il::buffer<double>& items, double value) {
    for (double& item : items) {
        item = value;
    }
}

// A view may be kept beyond the call, and read without the interpreter.
il::mutex<std::vector<il::buffer<const double>>> kept;
void keep(il::python py, il::buffer<const double> items) {
    kept.with(py, [&](auto& all) { all.push_back(std::move(items)); });
}
double sum_of_kept(il::python py) {
    return kept.with(py, [&](auto& all) {
        double total = 0;
        for (const auto& items : all) {
            total += sum<double>(items.span());
        }
        all.clear();
        return total;
    });
}

il::pinned_str same_text(il::pinned_str text) { return text; }
il::buffer<const double> same_buffer(il::buffer<const double> items) { return items; }

// as<T>() of objects that are kept, and of temporaries where the view holds what it views.
std::string as_views(il::python py, const il::object& items) {
    const auto span = items.as<std::span<const double>>();
    const auto maybe = items.try_as<std::span<const float>>();
    const auto pinned = py.eval("'a' + 'b'").as<il::pinned_str>();
    const auto bytes = py.eval("bytes([120, 121])").as<il::pinned_bytes>();
    const auto buffer = py.eval("__import__('array').array('d', [0.5])").as<il::buffer<double>>();
    return std::to_string(span.size()) + (maybe ? "f" : "-") + std::string(pinned.view()) +
           std::string(bytes.view()) + std::to_string(buffer[0]);
}

std::string overloaded_doubles(std::span<const double>) { return "doubles"; }
std::string overloaded_floats(std::span<const float>) { return "floats"; }
std::string overloaded_list(const std::vector<double>&) { return "list"; }

}  // namespace

INTERLOCK_MODULE(convert_views, m) {
    m.def<&sum<bool>>("sum_bool");
    m.def<&sum<std::int8_t>>("sum_i8");
    m.def<&sum<std::uint8_t>>("sum_u8");
    m.def<&sum<std::int16_t>>("sum_i16");
    m.def<&sum<std::uint16_t>>("sum_u16");
    m.def<&sum<std::int32_t>>("sum_i32");
    m.def<&sum<std::uint32_t>>("sum_u32");
    m.def<&sum<std::int64_t>>("sum_i64");
    m.def<&sum<std::uint64_t>>("sum_u64");
    m.def<&sum<float>>("sum_f32");
    m.def<&sum<double>>("sum_f64", "Adds up.", il::arg("items"), il::allow_threads);
    m.def("sum_default", &sum<double>, il::arg("items") = std::vector<double>{1, 2});
    m.def<&add_one<double>>("add_one", il::arg("items"), il::allow_threads);
    m.def("first_of_three", [](std::span<const int, 3> items) { return items[0]; });
    m.def<&address>("address");
    m.def<&sum_of_all>("sum_of_all");
    m.def<&sum_of_all>("sum_of_all_detached", il::arg("rows"), il::allow_threads);
    m.def<&resize_meanwhile>("resize_meanwhile");
    m.def<&resize_argument>("resize_argument");
    m.def<&resize_optional>("resize_optional", il::arg("items"), il::arg("resize"),
                            il::allow_threads);
    m.def<&joined>("joined");
    m.def<&joined>("joined_detached", il::arg("words"), il::allow_threads);
    m.def<&joined_pairs>("joined_pairs");
    m.def<&joined_span>("joined_span");
    m.def<&bytes_total>("bytes_total");
    m.def<&invert>("invert");
    m.def<&reversed>("reversed");
    m.def<&rotated>("rotated");
    m.def<&doubled>("doubled");
    m.def("next_byte", [](std::byte b) { return std::byte(std::to_integer<int>(b) + 1); });
    m.def<&middle>("middle");
    m.def<&middle>("middle_detached", il::arg("items"), il::allow_threads);
    m.def("head", [](std::span<const std::byte> data) { return data.first(1); });
    m.def("sum_complex",
          [](std::span<const std::complex<double>> items) { return sum_complex(items).imag(); });
    m.def<&characters>("characters", il::arg("text"), il::allow_threads);
    m.def<&first_bytes>("first_bytes", il::arg("data"), il::allow_threads);
    m.def<&strided_sum>("strided_sum", il::arg("items"), il::allow_threads);
    m.def<&fill>("fill", il::arg("items"), il::arg("value"), il::allow_threads);
    m.def<&keep>("keep");
    m.def<&sum_of_kept>("sum_of_kept");
    m.def<&same_text>("same_text");
    m.def<&same_buffer>("same_buffer");
    m.def<&as_views>("as_views");
    m.def<&overloaded_doubles>("kind");
    m.def<&overloaded_floats>("kind");
    m.def<&overloaded_list>("kind");
}
