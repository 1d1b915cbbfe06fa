// C++ ranges that Python walks over, Python iterables that C++ walks over.
#include <interlock/interlock.hpp>

#include <algorithm>
#include <atomic>
#include <coroutine>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__cpp_lib_generator)
#include <generator>
#endif

namespace il = interlock;

namespace {

// A generator by coroutine, as users without std::generator write one: it can only be moved, and begin() is called once.
template <class T>
class generator {
public:
    struct promise_type {
        std::optional<T> value;
        std::exception_ptr error;
        generator get_return_object() {
            return generator(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(T item) {
            value = std::move(item);
            return {};
        }
        void return_void() noexcept {}
        void unhandled_exception() { error = std::current_exception(); }
    };
    class iterator {
    public:
        explicit iterator(std::coroutine_handle<promise_type> frame) : frame_(frame) { ++*this; }
        iterator(iterator&&) noexcept = default;
        iterator& operator=(iterator&&) noexcept = default;
        iterator(const iterator&) = delete;
        iterator& operator=(const iterator&) = delete;
        ~iterator() = default;
        const T& operator*() const { return *frame_.promise().value; }
        iterator& operator++() {
            frame_.resume();
            if (frame_.promise().error) {
                std::rethrow_exception(std::exchange(frame_.promise().error, nullptr));
            }
            return *this;
        }
        friend bool operator==(const iterator& at, std::default_sentinel_t) {
            return at.frame_.done();
        }

    private:
        std::coroutine_handle<promise_type> frame_;
    };

    explicit generator(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    generator(generator&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    generator& operator=(generator&&) = delete;
    generator(const generator&) = delete;
    generator& operator=(const generator&) = delete;
    ~generator() {
        if (frame_) {
            frame_.destroy();
        }
    }
    iterator begin() { return iterator(frame_); }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    std::coroutine_handle<promise_type> frame_;
};

std::atomic<int> frames = 0;  // NOLINT(*-avoid-non-const-global-variables)
struct in_frame {
    in_frame() { ++frames; }
    ~in_frame() { --frames; }
    in_frame(const in_frame&) = delete;
    in_frame& operator=(const in_frame&) = delete;
};

generator<int> count_to(int n) {
    const in_frame here;
    for (int i = 0; i < n; ++i) {
        co_yield i;
    }
}

generator<int> fails_at(int n) {
    const in_frame here;
    for (int i = 0;; ++i) {
        if (i == n) {
            throw std::out_of_range("the range is over");
        }
        co_yield i;
    }
}

// Calls Python between two items.
generator<int> calls_between(il::callback<void(int)> f, int n) {
    for (int i = 0; i < n; ++i) {
        f(i);
        co_yield i;
    }
}

generator<std::string> words(std::string text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        co_yield text.substr(at, end - at);
        at = end + 1;
    }
}

// A range of the user's own, without a size: the powers of two below a limit.
struct powers {
    int limit;
    struct iterator {
        int value;
        int limit;
        int operator*() const { return value; }
        iterator& operator++() {
            value *= 2;
            return *this;
        }
        bool operator==(std::default_sentinel_t) const { return value >= limit; }
    };
    iterator begin() const { return {1, limit}; }
    std::default_sentinel_t end() const { return {}; }
};

const std::vector<int> table = {1, 2, 3, 4, 5, 6};  // NOLINT(cert-err58-cpp)
std::vector<int> growing;                           // NOLINT(*-avoid-non-const-global-variables)
std::set<int> sorted = {3, 1, 2};                   // NOLINT(*)

long sum(il::iterable_of<long> items) {
    long total = 0;
    for (const long item : items) {
        total += item;
    }
    return total;
}

}  // namespace

INTERLOCK_MODULE(convert_ranges, m) {
    m.def<&count_to>("count_to");
    m.def<&fails_at>("fails_at");
    m.def<&calls_between>("calls_between");
    m.def<&words>("words");
    m.def("frames", [] { return frames.load(); });
    m.def("powers", [](int limit) { return powers{limit}; });
    m.def("evens_of_table",
          [] { return table | std::views::filter([](int x) { return x % 2 == 0; }); });
    m.def("evens", [](std::vector<int> xs) {
        return std::move(xs) | std::views::filter([](int x) { return x % 2 == 0; });
    });
    m.def("squares", [](int n) {
        return std::views::iota(0) | std::views::transform([](int x) { return x * x; }) |
               std::views::take_while([n](int x) { return x < n; });
    });
    m.def("numbers", [] { return std::initializer_list<int>{}; });
    m.def("iterate_table",
          [](il::python py) { return il::make_iterator(py, table.begin(), table.end()); });
    m.def("iterate_range",
          [](il::python py) { return il::make_iterator(py, std::vector<int>{7, 8}); });
    m.def("iterate_growing", [](il::python py, const il::object& owner) {
        return il::make_iterator(py, owner, growing);
    });
    m.def("iterate_sorted", [](il::python py, const il::object& owner) {
        return il::make_iterator(py, owner, sorted);
    });
    m.def("grow", [](int x) { growing.push_back(x); });
    m.def("clear", [] { growing.clear(); });
#if defined(__cpp_lib_generator)
    m.def("standard", [](int n) -> std::generator<int> {
        for (int i = 0; i < n; ++i) {
            co_yield i;
        }
    });
    m.add("has_standard", true);
#else
    m.add("has_standard", false);
#endif
    m.def<&sum>("sum");
    m.def("first_words", [](const il::object& items, std::size_t n) {
        std::vector<std::string> found;
        for (const std::string_view word : il::iterate<std::string_view>(items)) {
            if (found.size() == n) {
                break;
            }
            found.emplace_back(word);
        }
        return found;
    });
    m.def("lengths", [](il::iterable_of<std::vector<int>> rows) {
        std::vector<std::size_t> all;
        for (const std::vector<int>& row : rows) {
            all.push_back(row.size());
        }
        return all;
    });
    m.def("objects", [](il::iterable_of<il::str> items) {
        std::size_t all = 0;
        for (const il::str& item : items) {
            all += item.size();
        }
        return all;
    });
}
