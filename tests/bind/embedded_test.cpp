// Modules inside of a program, through restarts.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

namespace il = interlock;

namespace {

int twice(int x) { return 2 * x; }

}  // namespace

INTERLOCK_EMBEDDED_MODULE(app, m) {
    m.def<&twice>("twice");
    m.def("plus", [k = 40](int x) { return x + k; });
    m.submodule("part").def<&twice>("twice");
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
