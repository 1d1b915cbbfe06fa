// Classes whose code is mostly the core's: constructors of several numbers and texts, comparisons by the type's slot, steps of
// iterators over memory, objects that are copied as bytes.
#include <interlock/interlock.hpp>

#include <atomic>
#include <stdexcept>

namespace il = interlock;

namespace {

struct Every {
    Every(std::int8_t a_, std::uint16_t b_, std::int32_t c_, std::uint64_t d_, float e_, double f_,
          bool g_, std::string h_)
        : a(a_), b(b_), c(c_), d(d_), e(e_), f(f_), g(g_), h(std::move(h_)) {}
    std::int8_t a;
    std::uint16_t b;
    std::int32_t c;
    std::uint64_t d;
    float e;
    double f;
    bool g;
    std::string h;
};

struct Pair {
    Pair(int a_, int b_) : a(a_), b(b_) {}
    bool operator==(const Pair& other) const {
        if (a == 13) {
            throw std::domain_error("thirteen");
        }
        return a == other.a && b == other.b;
    }
    bool operator==(int both) const { return a == both && b == both; }
    bool operator<(const Pair& other) const { return a < other.a; }
    int a;
    int b;
};
struct Ordered : Pair {
    using Pair::Pair;
    bool operator<=(const Ordered& other) const { return a <= other.a; }
};

// Compares to what is no bool; is not equal to itself.
struct Odd {
    int operator==(const Odd&) const { return 7; }
};
struct Unequal {
    bool operator==(const Unequal&) const { return true; }
    bool operator!=(const Unequal&) const { return true; }
};

std::atomic<int> alive = 0;
struct Counted {
    Counted(int a_, int b_) : a(a_) {
        if (a_ > b_) {
            throw std::invalid_argument("a is above b");
        }
        if (a_ == b_) {
            throw a_;
        }
        ++alive;
    }
    Counted(const Counted& other) : a(other.a) { ++alive; }
    Counted& operator=(const Counted&) = default;
    ~Counted() { --alive; }
    int a;
};

// Its memory is its own matter.
std::atomic<int> allocated = 0;
struct OwnMemory {
    OwnMemory(int a_, int b_) : sum(a_ + b_) {}
    static void* operator new(std::size_t size) {
        ++allocated;
        return ::operator new(size);
    }
    static void* operator new(std::size_t, void* place) { return place; }
    static void operator delete(void* memory) {
        --allocated;
        ::operator delete(memory);
    }
    int sum;
};

// Two bases: the values lie outside of the Python objects.
struct Left {
    int left = 1;
};
struct Right {
    int right = 2;
};
struct Both : Left, Right {
    Both(int a_, int b_) {
        left = a_;
        right = b_;
    }
};

struct Numbers {
    const int* begin() const { return values; }
    const int* end() const { return values + 3; }
    int values[3] = {1, 2, 3};
};

template <std::size_t>
using an_int = int;
template <std::size_t... I>
struct Many {
    explicit Many(an_int<I>... all) : sum((all + ... + 0)) {}
    int sum;
};

template <std::size_t... I>
void bind_many(il::module& m, std::index_sequence<I...>) {
    using many = Many<I...>;
    il::class_<many>(m, "Many")
        .def(il::init<an_int<I>...>())
        .template def_readonly<&many::sum>("sum");
}

}  // namespace

INTERLOCK_MODULE(bind_shared_code, m) {
    il::class_<Every>(m, "Every")
        .def(il::init<std::int8_t, std::uint16_t, std::int32_t, std::uint64_t, float, double, bool,
                      std::string>(),
             "All kinds.")
        .def("all", [](const Every& e) {
            return std::make_tuple(static_cast<int>(e.a), e.b, e.c, e.d, e.e, e.f, e.g, e.h);
        });
    il::class_<Pair>(m, "Pair")
        .def(il::init<int, int>())
        .def(il::self == il::self)
        .def(il::self == int())
        .def(il::self < il::self)
        .def_readonly<&Pair::a>("a")
        .def_readwrite<&Pair::b>("b");
    il::class_<Ordered, Pair>(m, "Ordered").def(il::init<int, int>()).def(il::self <= il::self);
    il::class_<Odd>(m, "Odd").def(il::init<>()).def(il::self == il::self);
    il::class_<Unequal>(m, "Unequal")
        .def(il::init<>())
        .def(il::self == il::self)
        .def(il::self != il::self);
    il::class_<Counted>(m, "Counted").def(il::init<int, int>()).def_readonly<&Counted::a>("a");
    m.def("alive", [] { return alive.load(); });
    il::class_<OwnMemory>(m, "OwnMemory")
        .def(il::init<int, int>())
        .def_readonly<&OwnMemory::sum>("sum");
    m.def("allocated", [] { return allocated.load(); });
    m.def("take", [](std::unique_ptr<OwnMemory> taken) { return taken->sum; });
    m.def("take_pair", [](std::unique_ptr<Pair> taken) { return taken->a; });
    m.def("make_pair", [] { return std::make_unique<Pair>(5, 6); });
    il::class_<Left>(m, "Left").def(il::init<>()).def_readonly<&Left::left>("left");
    il::class_<Right>(m, "Right").def(il::init<>()).def_readonly<&Right::right>("right");
    il::class_<Both, Left, Right>(m, "Both").def(il::init<int, int>());
    m.def("right_of", [](const Right& r) { return r.right; });
    il::class_<Numbers>(m, "Numbers").def(il::init<>()).def_iter();
    m.def("take_numbers", [](std::unique_ptr<Numbers> taken) { return taken->values[0]; });
    bind_many(m, std::make_index_sequence<17>{});
}
