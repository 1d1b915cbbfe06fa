// Instances whose memory waits for others when they have ended, and pointers that a parameter refers to where they lie.
#include <interlock/interlock.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>

namespace il = interlock;

namespace {

struct Number {
    explicit Number(int v) noexcept : value(v) {}
    Number operator+(const Number& other) const noexcept { return Number(value + other.value); }
    bool operator==(const Number&) const = default;
    int value;
};

// With a destructor that is counted, and a constructor that may throw.
struct Counted {
    explicit Counted(int v) : value(v) {
        if (v < 0) {
            throw std::invalid_argument("negative");
        }
        ++alive;
    }
    Counted(const Counted& other) : value(other.value) { ++alive; }
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --alive; }
    void set(int v) {
        if (v < 0) {
            throw std::out_of_range("below");
        }
        value = v;
    }
    int value;
    static inline std::atomic<int> alive = 0;
};

struct Large {
    explicit Large(int v) noexcept { values[0] = v; }
    std::array<int, 1000> values{};
};

struct Weak {
    explicit Weak(int v) noexcept : value(v) {}
    int value;
};

// Its address as a Second is not its own.
struct First {
    virtual ~First() = default;
    int first = 1;
};
struct Second {
    virtual ~Second() = default;
    int second = 2;
};
struct Both : First, Second {
    explicit Both(int v) : value(v) {}
    int value;
};

const std::shared_ptr<Second>& one_second() {
    static const std::shared_ptr<Second> made = std::make_shared<Both>(5);
    return made;
}
long count_by_value(std::shared_ptr<Both> p) { return p.use_count(); }
long count_by_reference(const std::shared_ptr<Both>& p) { return p.use_count(); }
int value_of(const std::shared_ptr<Both>& p) { return p == nullptr ? -1 : p->value; }
int second_of(const std::shared_ptr<Second>& p) { return p->second; }
std::shared_ptr<Both> same(const std::shared_ptr<Both>& p) { return p; }
[[noreturn]] void refuse(const std::shared_ptr<Both>&) { throw std::invalid_argument("refused"); }

// While it runs, Python code does what it likes with the instance.
bool stays(const std::shared_ptr<Both>& p) {
    const Both* before = p.get();
    il::with_gil([](il::python py) { py.import("__main__").attr("meanwhile")(); });
    return p.get() == before && p->value == 3;
}

}  // namespace

INTERLOCK_MODULE(bind_kept, m) {
    // C++ functions, whose memory is kept as well; not that of one that holds more.
    m.def("adder", [](int n) -> std::function<int(int)> { return [n](int x) { return n + x; }; });
    m.def("wide_adder", [](int n) {
        return [n, rest = std::array<int, 20>{}](int x) { return n + x + rest[0]; };
    });
    il::class_<Number>(m, "Number")
        .def(il::init<int>(), il::arg("value"))
        .def_readwrite<&Number::value>("value")
        .def(il::self + il::self)
        .def(il::self == il::self);
    il::class_<Counted>(m, "Counted")
        .def(il::init<int>())
        .def_property<&Counted::value, &Counted::set>("value");
    il::class_<Large>(m, "Large").def(il::init<int>());
    il::class_<Weak>(m, "Weak", il::weak_referenceable).def(il::init<int>());
    m.def("alive", [] { return Counted::alive.load(); });

    il::class_<First, std::shared_ptr<First>>(m, "First");
    il::class_<Second, std::shared_ptr<Second>>(m, "Second");
    il::class_<Both, First, Second, std::shared_ptr<Both>>(m, "Both")
        .def(il::init<int>())
        .def_readonly<&Both::value>("value");
    m.def("second", [] { return one_second(); });
    m.def<&count_by_value>("count_by_value");
    m.def<&count_by_reference>("count_by_reference");
    m.def<&value_of>("value_of");
    m.def<&second_of>("second_of");
    m.def<&same>("same");
    m.def<&refuse>("refuse");
    m.def("take", [](std::unique_ptr<Both> p) { return p->value; });
    m.def<&stays>("stays");
}
