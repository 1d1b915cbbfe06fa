// Objects that are given away to C++: several in one call, and those of which Python has a part.
#include <interlock/interlock.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

// In its instance.
struct part {
    explicit part(int n) : value(n) { ++alive; }
    part(part&& other) noexcept : value(other.value) { ++alive; }
    part(const part&) = delete;
    part& operator=(const part&) = delete;
    part& operator=(part&&) = delete;
    ~part() { --alive; }
    int value;
    static inline int alive = 0;
};
using given = std::unique_ptr<part>;

// Beside its instance, and another kind of it.
struct wheel : part {
    using part::part;
    int eat(given a, given b) const { return value + (a ? a->value : 0) + (b ? b->value : 0); }
};
std::shared_ptr<wheel> shared;

int sum(const given& a, const given& b) { return (a ? a->value : 0) + (b ? b->value : 0); }

struct couple {
    couple(given a, given b) : total(sum(a, b)) {}
    int total;
};

constexpr int ended = -1000;

// In its instance, with parts that lie elsewhere.
struct leaf {
    explicit leaf(int n) : size(n) {}
    leaf(const leaf&) = default;
    leaf& operator=(const leaf&) = default;
    ~leaf() { size = ended; }
    int size;
};
struct branch {
    long first = 2;  // looks like what an instance has elsewhere
    std::unique_ptr<leaf> own = std::make_unique<leaf>(7);
    leaf inner{4};
    leaf& outer() { return *own; }
};
struct row {
    std::vector<leaf> all{leaf(1), leaf(2)};
    leaf& front() { return all.front(); }
};

}  // namespace

INTERLOCK_MODULE(bind_given_away, m) {
    il::class_<part>(m, "Part").def(il::init<int>()).def_readwrite<&part::value>("value");
    il::class_<wheel, std::unique_ptr<wheel>, part>(m, "Wheel")
        .def(il::init<int>())
        .def<&wheel::eat>("eat");
    m.def("alive", [] { return part::alive; });
    m.def("share", [](std::shared_ptr<wheel> one) { shared = std::move(one); });

    m.def("take_both", [](given a, given b) { return sum(a, b); });
    m.def(
        "take_both_named", [](given a, int more, given b) { return sum(a, b) + more; },
        il::arg("a"), il::arg("more"), il::arg("b") = nullptr);
    m.def("take_both_released", [](given a, given b) { return sum(a, b); }, il::allow_threads);
    m.def(
        "view_both",
        [](given a, given b) -> std::string_view { return sum(a, b) > 3 ? "large" : "small"; },
        il::arg("a"), il::arg("b"));
    m.def("both_taker", [] {
        return std::function<int(given, given)>([](given a, given b) { return sum(a, b); });
    });
    il::class_<couple>(m, "Couple")
        .def(il::init<given, given>())
        .def_readonly<&couple::total>("total");

    il::class_<leaf>(m, "Leaf").def_readonly<&leaf::size>("size");
    il::class_<branch>(m, "Branch")
        .def(il::init<>())
        .def_property<&branch::outer>("outer")
        .def_readwrite<&branch::inner>("inner");
    il::class_<row>(m, "Row").def(il::init<>()).def<&row::front>("front", il::reference_internal);
    m.def("cut", [](std::unique_ptr<branch> b) { return b->own->size + b->inner.size; });
    m.def("drop", [](std::unique_ptr<row> r) { return r->all.size(); });
}
