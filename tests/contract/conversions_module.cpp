// Section 4 of the contract, conversions both ways; what is asserted is in test_conversions.py.
#include <interlock/interlock.hpp>

#include <array>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <functional>
#include <future>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>
#include <version>
#if defined(__cpp_lib_expected)
#include <expected>
#endif

namespace il = interlock;

struct point {
    int x = 0;
    int y = 0;
};
enum class color { red, green = 5 };
enum plain_color : unsigned char { plain_red = 1, plain_blue = 200 };

// A user's own type, and one that is registered for a conversion to a tuple.
struct celsius {
    double degrees;
};
template <class T>
struct boxed {
    T value;
};
template <>
struct il::converter<celsius> {
    static constexpr const char* python_type = "float";
    static std::optional<celsius> from_python(const il::object& value) {
        const auto degrees = value.try_as<double>();
        return degrees ? std::optional(celsius{*degrees}) : std::nullopt;
    }
    static il::object to_python(il::python py, const celsius& value) {
        return py.make(value.degrees);
    }
};
template <class T>
struct il::converter<boxed<T>> {
    static constexpr const char* python_type = "object";
    static std::optional<boxed<T>> from_python(const il::object& value) {
        return boxed<T>{value.as<T>()};
    }
    static il::object to_python(il::python py, const boxed<T>& value) {
        return py.make(value.value);
    }
};

// Containers of somebody else, known by what they can do.
template <class T>
class small_vector {
public:
    using value_type = T;
    void push_back(T value) { items_.push_back(std::move(value)); }
    std::size_t size() const { return items_.size(); }
    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }

private:
    std::vector<T> items_;
};
template <class K, class V>
class flat_map {
public:
    using key_type = K;
    using mapped_type = V;
    using value_type = std::pair<K, V>;
    void insert(value_type value) { items_.push_back(std::move(value)); }
    std::size_t size() const { return items_.size(); }
    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }

private:
    std::vector<value_type> items_;
};
// One that has operator[] alone.
template <class V>
class table {
public:
    using key_type = std::string;
    using mapped_type = V;
    V& operator[](const std::string& key) { return items_[key]; }
    std::size_t size() const { return items_.size(); }
    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }

private:
    std::map<std::string, V> items_;
};

namespace {

template <class T>
T echo(T x) {
    return x;
}
template <class T>
const T& echo_reference(const T& x) {
    return x;
}
template <class T>
void both(il::module& m, const std::string& name) {
    m.def<&echo<T>>(name.c_str(), il::arg("x"));
    m.def<&echo_reference<T>>((name + "_reference").c_str(), il::arg("x"));
}
template <class T>
void only_moved(il::module& m, const char* name) {
    m.def<&echo<T>>(name, il::arg("x"));
}

using seconds = std::chrono::seconds;
using hours_as_double = std::chrono::duration<double, std::ratio<3600>>;

std::initializer_list<int> squares() {
    static constexpr std::initializer_list<int> made = {1, 4, 9};
    return made;
}

auto odd(std::vector<int> xs) {
    return std::move(xs) | std::views::filter([](int x) { return x % 2 != 0; });
}
auto counted(int n) {
    return std::views::iota(0, n) | std::views::transform([](int x) { return std::to_string(x); });
}

double total(std::span<const double> xs) {
    double sum = 0;
    for (double x : xs) {
        sum += x;
    }
    return sum;
}
void increment(std::span<std::int32_t> xs) {
    for (auto& x : xs) {
        ++x;
    }
}
std::size_t byte_count(std::span<const std::byte> xs) { return xs.size(); }
void clear_bytes(std::span<std::byte> xs) { std::fill(xs.begin(), xs.end(), std::byte{0}); }
std::vector<std::byte> reversed(const std::vector<std::byte>& xs) {
    return {xs.rbegin(), xs.rend()};
}
std::size_t lengths(const std::vector<std::string_view>& names,
                    const std::map<std::string_view, const char*>& more) {
    std::size_t n = 0;
    for (auto name : names) {
        n += name.size();
    }
    for (const auto& [k, v] : more) {
        n += k.size() + std::string_view(v).size();
    }
    return n;
}
int on_other_thread(il::callback<int(int)> f, int x) {
    return std::async(std::launch::async, [&] { return f(x); }).get();
}
std::string raised_on_other_thread(const il::callback<void()>& f) {
    std::string text;
    std::thread([&] {
        try {
            f();
        } catch (const il::python_error& error) {
            text = error.what();
        }
    }).join();
    return text;
}
std::function<int(int)> adder(int n) {
    return [n](int x) { return x + n; };
}
std::unique_ptr<point> unique_point(std::unique_ptr<point> p) {
    ++p->x;
    return p;
}
std::shared_ptr<point> shared_point(const std::shared_ptr<point>& p) {
    ++p->y;
    return p;
}
std::shared_ptr<const point> constant_point() { return std::make_shared<const point>(point{3, 4}); }
std::string described(std::variant<std::monostate, bool, int, double, std::string, point> v) {
    static constexpr const char* names[] = {"monostate", "bool",   "int",
                                            "double",    "string", "point"};
    return names[v.index()];
}
std::string bad_text() { return "\xff\xfe"; }

}  // namespace

INTERLOCK_MODULE(contract_conversions, m) {
    il::class_<point>(m, "Point")
        .def(il::init<int, int>(), il::arg("x") = 0, il::arg("y") = 0)
        .def_readwrite<&point::x>("x")
        .def_readwrite<&point::y>("y");
    il::enum_<color>(m, "Color").value("red", color::red).value("green", color::green);
    il::enum_<plain_color>(m, "PlainColor").value("red", plain_red).value("blue", plain_blue);

    both<bool>(m, "bool_");
    both<signed char>(m, "int8");
    both<unsigned char>(m, "uint8");
    both<short>(m, "int16");
    both<unsigned short>(m, "uint16");
    both<int>(m, "int32");
    both<unsigned>(m, "uint32");
    both<long>(m, "long_");
    both<long long>(m, "int64");
    both<unsigned long long>(m, "uint64");
    both<std::size_t>(m, "size");
    both<std::ptrdiff_t>(m, "difference");
#if defined(__SIZEOF_INT128__)
    __extension__ using int128 = __int128;
    __extension__ using uint128 = unsigned __int128;
    both<int128>(m, "int128");
    both<uint128>(m, "uint128");
#endif
    both<float>(m, "float32");
    both<double>(m, "float64");
    both<long double>(m, "float_long");
    both<std::complex<double>>(m, "complex_");
    both<std::complex<float>>(m, "complex_float");
    both<char>(m, "char_");
    both<char32_t>(m, "char32");
    both<std::string>(m, "string");
    both<std::u8string>(m, "u8string");
    both<std::u16string>(m, "u16string");
    both<std::u32string>(m, "u32string");
    both<std::wstring>(m, "wstring");
    m.def<&echo<std::string_view>>("string_view", il::arg("x"));
    m.def("c_string", [](const char* x) { return x; }, il::arg("x"));
    m.def("c_string_none", [](const char* x) { return x == nullptr; }, il::arg("x"));
    both<std::byte>(m, "byte");
    both<std::vector<std::byte>>(m, "byte_vector");
    both<std::array<std::byte, 2>>(m, "byte_array");
    m.def<&reversed>("reversed", il::arg("data"));
    m.def<&byte_count>("byte_count", il::arg("data"));
    m.def<&clear_bytes>("clear_bytes", il::arg("data"));
    m.def<&total>("total", il::arg("xs"));
    m.def<&increment>("increment", il::arg("xs"));
    m.def("span_of_3", [](std::span<const float, 3> xs) { return xs[0] + xs[1] + xs[2]; });
    m.def("view_as_is",
          [](std::span<const long> xs) { return reinterpret_cast<std::uintptr_t>(xs.data()); });
    m.def("returns_span", [] {
        static const int values[] = {1, 2, 3};
        return std::span<const int>(values);
    });
    m.def<&lengths>("lengths", il::arg("names"), il::arg("more"));

    both<std::vector<int>>(m, "vector");
    both<std::vector<bool>>(m, "vector_bool");
    both<std::vector<std::vector<std::string>>>(m, "nested");
    both<std::array<double, 3>>(m, "array");
    both<std::deque<std::string>>(m, "deque");
    both<std::list<int>>(m, "list_");
    m.def<&squares>("squares");
    both<std::set<int>>(m, "set_");
    both<std::unordered_set<std::string>>(m, "unordered_set");
    both<std::map<std::string, int>>(m, "map");
    both<std::unordered_map<int, std::vector<int>>>(m, "unordered_map");
    both<std::multimap<int, int>>(m, "multimap");
    both<std::pair<int, std::string>>(m, "pair");
    both<std::tuple<int, double, std::string>>(m, "tuple3");
    both<std::tuple<>>(m, "tuple0");
    both<std::optional<int>>(m, "optional");
    both<std::optional<std::vector<std::optional<int>>>>(m, "optional_nested");
    both<std::variant<int, std::string>>(m, "variant");
    both<std::monostate>(m, "monostate");
    m.def<&described>("described", il::arg("v"));
    both<small_vector<int>>(m, "small_vector");
    both<flat_map<std::string, int>>(m, "flat_map");
    both<table<int>>(m, "table");
    both<std::map<std::pair<int, int>, std::optional<std::variant<int, std::vector<std::string>>>>>(
        m, "deep");

    both<seconds>(m, "seconds");
    both<std::chrono::milliseconds>(m, "milliseconds");
    both<hours_as_double>(m, "hours");
    both<std::chrono::system_clock::time_point>(m, "time_point");
    both<std::chrono::sys_days>(m, "days");
    both<std::chrono::steady_clock::time_point>(m, "steady");
    both<std::filesystem::path>(m, "path");

    m.def<&on_other_thread>("on_other_thread", il::arg("f"), il::arg("x"), il::allow_threads);
    m.def<&raised_on_other_thread>("raised_on_other_thread", il::arg("f"), il::allow_threads);
    m.def<&adder>("adder", il::arg("n"));
    both<std::function<int(int)>>(m, "function_");
    m.def("call_twice", [](const std::function<std::string(std::string, std::vector<int>)>& f) {
        return f("a", {1}) + f("b", {});
    });
    m.def("callback_optional",
          [](std::optional<il::callback<int()>> f) { return f.has_value() ? (*f)() : -1; });
    m.def("function_pointer", []() -> int (*)(int) { return [](int x) { return x + 1; }; });
    m.def("lambda_out", [] { return [n = 0](int x) mutable { return n += x; }; });

    m.def<&unique_point>("unique_point", il::arg("p"));
    m.def<&shared_point>("shared_point", il::arg("p"));
    m.def<&constant_point>("constant_point");
    only_moved<std::vector<std::shared_ptr<point>>>(m, "shared_points");
    m.def("null_pointer", [](std::shared_ptr<point> p) { return p == nullptr; }, il::arg("p"));
    both<color>(m, "color");
    both<plain_color>(m, "plain_color");
    both<celsius>(m, "celsius");
    both<std::vector<celsius>>(m, "celsiuses");
    both<boxed<int>>(m, "boxed");
    both<std::map<std::string, boxed<std::string>>>(m, "boxed_map");
    m.def<&odd>("odd", il::arg("xs"));
    m.def<&counted>("counted", il::arg("n"));
    m.def("error_code", [](int code) { return std::error_code(code, std::generic_category()); });
    m.def("error_code_in", [](std::error_code code) { return code.value(); });
#if defined(__cpp_lib_expected)
    m.def("checked_half", [](int x) -> std::expected<int, std::string> {
        if (x % 2 != 0) {
            return std::unexpected("odd");
        }
        return x / 2;
    });
    m.def("checked_nothing", [](bool fails) -> std::expected<void, std::error_code> {
        if (fails) {
            return std::unexpected(std::make_error_code(std::errc::no_such_file_or_directory));
        }
        return {};
    });
    m.add("HAS_EXPECTED", true);
#else
    m.add("HAS_EXPECTED", false);
#endif
    m.def<&bad_text>("bad_text");
    m.def("bad_text_inside",
          [] { return std::map<std::string, std::vector<std::string>>{{"k", {"\xff"}}}; });
    m.def("wide_width", [] { return sizeof(wchar_t); });
    m.def("all_kinds",
          [](il::none, il::boolean, il::int_, il::float_, il::complex, il::str, il::bytes,
             il::bytearray, il::list, il::tuple, il::dict, il::set, il::frozenset) { return 13; });
    m.def("more_kinds", [](il::slice, il::range_, il::iterator, il::module, il::type, il::function,
                           il::memoryview, il::exception, il::datetime, il::date, il::time,
                           il::timedelta, il::tzinfo) { return 13; });
    m.def("protocol_kinds", [](il::sequence, il::mapping, il::iterable, il::callable, il::ellipsis,
                               il::not_implemented) { return 6; });
    m.def("owned", [](il::owned<il::list> xs) { return xs; });
    m.def(
        "pinned",
        [](const il::pinned_str& s, const il::pinned_bytes& b, const il::buffer<const double>& d) {
            return s.size() + b.size() + d.size();
        },
        il::allow_threads);
}
