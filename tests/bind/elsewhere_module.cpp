// What went wrong in other libraries, as far as no other test asks for it: docs/elsewhere.md.
#include <interlock/interlock.hpp>

#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

enum class Bits : unsigned { one = 1, two = 2 };

struct Box {
    explicit Box(int v) : value(v) { ++alive; }
    Box(const Box& other) : value(other.value) { ++alive; }
    Box(Box&& other) noexcept : value(std::exchange(other.value, -1)) { ++alive; }
    ~Box() {
        value = -2;
        --alive;
    }
    Box& operator=(const Box&) = default;
    int plus(int n) const { return value + n; }
    int plus_all(const std::vector<int>& all) const {
        int sum = value;
        for (const int one : all) {
            sum += one;
        }
        return sum;
    }
    // Not atomic: threads that run it at once would lose some.
    void bump(int times) {
        for (int i = 0; i < times; ++i) {
            const int before = value;
            value = before + 1;
        }
    }
    int value;
    static inline std::atomic<int> alive = 0;
};

// Braces would take the list.
struct Row {
    Row(std::size_t n, int v) : items(n, v) {}
    Row(std::initializer_list<int> list) : items(list) {}
    std::vector<int> items;
};

int shared_count = 0;

std::shared_ptr<Box>& kept() {
    static std::shared_ptr<Box> one;
    return one;
}

std::string what_of(const il::object& function) {
    try {
        function();
    } catch (const il::python_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

INTERLOCK_MODULE(bind_elsewhere, m) {
    il::class_<Box>(m, "Box", il::dynamic_attr, il::weak_referenceable)
        .def(il::init<int>(), il::arg("value"))
        .def<&Box::plus>("plus")
        .def<&Box::plus>("plus_named", il::arg("n"))
        .def<&Box::plus_all>("plus_all")
        .def<&Box::bump>("bump")
        .def(
            "self_named", [](const Box& b, int self) { return b.value + self; }, il::arg("self"))
        .def_readwrite<&Box::value>("value");
    il::implicitly_convertible<int, Box>(m);
    m.def("alive", [] { return Box::alive.load(); });
    m.def("eat", [](std::unique_ptr<Box> box) { return box->value; });
    m.def("eat_both",
          [](std::unique_ptr<Box> a, std::unique_ptr<Box> b) { return a->value + b->value; });
    m.def("keep", [](std::shared_ptr<Box> box) { kept() = std::move(box); });
    m.def("kept", [] { return kept()->value; });
    m.def("forget", [] { kept() = nullptr; });
    m.def("value_detached", [](const Box& box) { return box.value; }, il::allow_threads);
    m.def("twice_detached", [](int x) { return std::vector<int>(2, x); }, il::allow_threads);

    struct Counted {};
    il::class_<Counted>(m, "Counted").def_static_readwrite<&shared_count>("count");
    m.def("count", [] { return shared_count; });

    il::class_<Row>(m, "Row").def(il::init<std::size_t, int>()).def_readonly<&Row::items>("items");

    il::enum_<Bits>(m, "Bits", il::flag).value("one", Bits::one).value("two", Bits::two);
    m.def("bits", [](Bits b) { return static_cast<unsigned>(b); });
    m.def("bits_of", [](unsigned value) { return static_cast<Bits>(value); });

    m.def("what_of", &what_of);
    m.def("over", [](int a) { return a; }, il::arg("a"));
    m.def("over", [](const std::string& b) { return b; }, il::arg("b"));
    m.def("cast_inside", [](const il::object& value) { return value.as<int>(); });
    m.def("cast_inside", [](const il::object&, int) { return -1; });
    // The key dies before the proxy is asked.
    m.def("by_temporary_key", [](const il::object& from) {
        const auto by_item = from[from.py().make(std::string("a key that is made here"))];
        return by_item.get();
    });
    m.def("by_temporary_name", [](const il::object& from) {
        const auto by_name = from.attr(std::string("a_name_that_is_made_here"));
        return by_name.get();
    });
    m.def("char_as_int", [](il::python py) { return il::int_::of(py, 'a'); });
}
