// Modules inside of a program, through restarts.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

namespace il = interlock;

namespace {

int twice(int x) { return 2 * x; }
std::string twice_text(std::string_view x) { return std::string(x) + std::string(x); }

struct Doubler {
    int number(int x) const { return 2 * x; }
    std::string text(std::string_view x) const { return twice_text(x); }
};

enum class Side : signed char { left = -1, right = 1 };
Side opposite(Side side) { return side == Side::left ? Side::right : Side::left; }

struct Meters {
    int value = 0;
    friend Meters operator+(Meters a, Meters b) { return {a.value + b.value}; }
};

// What a module binds is found in the interpreter at hand, of the same type in both directions.
void expect_own_types(il::python py) {
    py.run(R"(
import own
assert own.opposite(own.Side.left) is own.Side.right
assert own.opposite(own.opposite(own.Side.right)) is own.Side.right
try:
    own.opposite(1)
except TypeError:
    pass
else:
    raise AssertionError('an int is no Side')
total = own.meters(1) + own.meters(2)
assert type(total) is own.Meters
assert total.value == 3
)");
}

}  // namespace

INTERLOCK_EMBEDDED_MODULE(own, m) {
    il::enum_<Side>(m, "Side").value("left", Side::left).value("right", Side::right);
    m.def<&opposite>("opposite");
    il::class_<Meters>(m, "Meters").def(il::self + il::self).def_readonly<&Meters::value>("value");
    m.def("meters", [](int value) { return Meters{value}; });
}

INTERLOCK_EMBEDDED_MODULE(app, m) {
    m.def<&twice>("twice");
    m.def("plus", [k = 40](int x) { return x + k; });
    m.submodule("part").def<&twice>("twice");
    m.def("adder", [](int n) -> std::function<int(int)> { return [n](int x) { return n + x; }; });
    m.def<&twice, &twice_text>("doubled");
    il::class_<Doubler>(m, "Doubler").def(il::init<>()).def<&Doubler::number, &Doubler::text>("of");
}

// Some functions are still there when the interpreter ends.
constexpr const char* uses_functions = R"(
import app, sys
for _ in range(3):
    adders = [app.adder(i) for i in range(20)]
    assert [add(1) for add in adders] == list(range(1, 21))
sys.left_behind = adders
doubler = app.Doubler()
assert (app.doubled(2), app.doubled("a"), doubler.of(2), doubler.of("a")) == (4, "aa", 4, "aa")
for call in (app.doubled, doubler.of):
    try:
        call(None)
    except TypeError as error:
        assert "int" in str(error) and "str" in str(error), error
    else:
        raise AssertionError("None was taken")
)";

// Memory of functions is kept here: there is one interpreter at a time.
TEST(EmbeddedModule, HasFunctionsInInterpretersThatFollowEachOther) {
    for (int round = 0; round < 4; ++round) {
        const il::interpreter python;
        il::with_gil([](il::python py) { py.run(uses_functions); });
    }
}

TEST(EmbeddedModule, HasFunctionsAndOverloadsInEachInterpreter) {
    for (int round = 0; round < 3; ++round) {
        const il::interpreter python;
        il::with_gil([](il::python py) {
            py.run(uses_functions);
#if PY_VERSION_HEX >= 0x030C0000
            il::subinterpreter other(py, {.own_gil = true});
            other.with_gil([](il::python inner) { inner.run(uses_functions); });
            py.run(uses_functions);
#endif
        });
    }
}

TEST(EmbeddedModule, IsImportedInEveryInterpreterOfTheProcess) {
    for (int round = 0; round < 3; ++round) {
        const il::interpreter python;
        const int four =
            il::with_gil([](il::python py) { return py.import("app").attr("twice")(2).as<int>(); });
        EXPECT_EQ(four, 4);
        const int more =
            il::with_gil([](il::python py) { return py.import("app").attr("plus")(2).as<int>(); });
        EXPECT_EQ(more, 42);
        const int part = il::with_gil(
            [](il::python py) { return py.import("app.part").attr("twice")(5).as<int>(); });
        EXPECT_EQ(part, 10);
    }
}

TEST(EmbeddedModule, TakesAFunctionInAnyModule) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::module main = py.import("__main__");
        main.def<&twice>("double");
        main.def("shifted", [k = 1](int x) { return x + k; }, il::arg("x") = 6);
        EXPECT_EQ(main.attr("double")(4).as<int>(), 8);
        EXPECT_EQ(main.attr("shifted")().as<int>(), 7);
        EXPECT_EQ(main.attr("shifted")(il::kw("x") = 1).as<int>(), 2);
    });
}

TEST(EmbeddedModule, HasTypesOfItsOwnInEachInterpreter) {
    for (int round = 0; round < 2; ++round) {
        const il::interpreter python;
        il::with_gil([](il::python py) {
            expect_own_types(py);
#if PY_VERSION_HEX >= 0x030C0000
            {
                il::subinterpreter other(py, {.own_gil = false});
                other.with_gil([](il::python inner) { expect_own_types(inner); });
                expect_own_types(py);
                // The other's is another type, though its name is the same.
                other.with_gil([](il::python inner) {
                    inner.run("import own; own.Side.left.taken_from = 'other'");
                });
                EXPECT_FALSE(
                    il::hasattr(py.import("own").attr("Side").attr("left").get(), "taken_from"));
            }
            expect_own_types(py);
#endif
        });
    }
}
