// Arithmetic by the slots of bound types.
#include <interlock/interlock.hpp>

#include <stdexcept>
#include <string>

namespace il = interlock;

namespace {

struct Number {
    explicit Number(int v) : value(v) {}
    int value;
};

int checked(int value) {
    if (value == 13) {
        throw std::domain_error("thirteen");
    }
    return value;
}

#define NUMBER_OPERATOR(OP)                                                              \
    Number operator OP(const Number& a, const Number& b) {                               \
        return Number(checked(a.value OP b.value));                                      \
    }                                                                                    \
    Number operator OP(const Number& a, int b) { return Number(checked(a.value OP b)); } \
    Number operator OP(int a, const Number& b) { return Number(checked(a OP b.value)); } \
    Number& operator OP##=(Number & a, const Number & b) {                               \
        a.value = checked(a.value OP b.value);                                           \
        return a;                                                                        \
    }                                                                                    \
    Number& operator OP##=(Number & a, int b) {                                          \
        a.value = checked(a.value OP b);                                                 \
        return a;                                                                        \
    }
NUMBER_OPERATOR(+)
NUMBER_OPERATOR(-)
NUMBER_OPERATOR(*)
NUMBER_OPERATOR(/)
NUMBER_OPERATOR(%)
NUMBER_OPERATOR(<<)
NUMBER_OPERATOR(>>)
NUMBER_OPERATOR(&)
NUMBER_OPERATOR(|)
NUMBER_OPERATOR(^)

// Takes over Number's operators; and has one of its own.
struct Whole : Number {
    using Number::Number;
    friend Whole operator-(const Whole& a, const Whole& b) { return Whole(a.value - b.value); }
};

// Changed in place by what is no object of its class.
struct Tally {
    Tally& operator+=(int more) {
        count = checked(count + more);
        return *this;
    }
    Tally& operator-=(const Number& less) {
        count -= less.value;
        return *this;
    }
    int count = 0;
};

// Held by a pointer.
struct Held {
    int value = 1;
    friend int operator+(const Held& a, const Held& b) { return a.value + b.value; }
};

// What an operator gives may be an operand; and what it takes may have to be converted by Python code.
struct Chain {
    double sum = 0;
    friend Chain& operator<<(Chain& chain, double more) {
        chain.sum += more;
        return chain;
    }
    friend double operator*(const Chain& chain, double by) { return chain.sum * by; }
};

// Bound the wrong way round first.
struct Level {
    int value = 5;
    friend bool operator<(const Level& a, const Level& b) { return a.value < b.value; }
    friend bool operator<(int a, const Level& b) { return a < b.value; }
};

}  // namespace

INTERLOCK_MODULE(bind_arithmetic, m) {
    using il::self;
    il::class_<Number> number(m, "Number");
    number.def(il::init<int>()).def_readwrite<&Number::value>("value");
#define BIND(OP, IN_PLACE)       \
    number.def(self OP self)     \
        .def(self OP int())      \
        .def(int() OP self)      \
        .def(self IN_PLACE self) \
        .def(self IN_PLACE int());
    BIND(+, +=)
    BIND(-, -=)
    BIND(*, *=)
    BIND(/, /=)
    BIND(%, %=)
    BIND(<<, <<=)
    BIND(>>, >>=)
    BIND(&, &=)
    BIND(|, |=)
    BIND(^, ^=)
#undef BIND
    il::class_<Whole, Number>(m, "Whole").def(il::init<int>()).def(self - self);
    il::class_<Tally>(m, "Tally")
        .def(il::init<>())
        .def(self += int())
        .def(self -= Number(0))
        .def_readonly<&Tally::count>("count");
    m.def("take_tally", [](std::unique_ptr<Tally> t) { return t->count; });
    il::class_<Held, std::shared_ptr<Held>>(m, "Held")
        .def(il::init<>())
        .def(self + self)
        .def_readwrite<&Held::value>("value");
    il::class_<Chain>(m, "Chain")
        .def(il::init<>())
        .def("__lshift__", [](Chain& chain, double more) -> Chain& { return chain << more; })
        .def(self * double())
        .def_readonly<&Chain::sum>("sum");
    il::class_<Level>(m, "Level").def(il::init<>()).def(self < self).def(int() < self);
    struct Shown {
        const std::string& operator+(int) const { return text; }
        const Shown& operator-(int) const { return *this; }
        const int& operator~() const { return number; }
        std::string text = "shown";
        int number = 3;
    };
    il::class_<Shown>(m, "Shown").def(il::init<>()).def(self + int()).def(self - int()).def(~self);
    m.def("take_away", [](std::unique_ptr<Number> n) { return n->value; });
}
