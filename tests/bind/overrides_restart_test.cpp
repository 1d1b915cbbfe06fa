// Overrides in programs: through restarts of the interpreter, and after its end.
#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace il = interlock;

namespace {

struct Shape {
    virtual ~Shape() = default;
    virtual std::string name() const { return "C++"; }
    virtual int sides() const { return 0; }
};

struct PyShape : Shape {
    std::string name() const override {
        return il::override_or(this, "name", [&] { return Shape::name(); });
    }
    int sides() const override {
        return il::override_or(this, "sides", [&] { return Shape::sides(); });
    }
};

std::unique_ptr<Shape> kept_shape;

}  // namespace

INTERLOCK_EMBEDDED_MODULE(shapes, m) {
    il::class_<Shape, il::trampoline<PyShape>>(m, "Shape").def(il::init<>());
    m.def("name", [](const Shape& shape) { return shape.name(); });
    m.def("keep", [](std::unique_ptr<Shape> shape) { kept_shape = std::move(shape); });
}

// The next interpreter gives its classes the numbers that the last one gave its own.
TEST(Overrides, OfTheInterpreterAtHandAreCalled) {
    for (int round = 0; round < 4; ++round) {
        const il::interpreter python;
        il::with_gil([round](il::python py) {
            il::dict scope = il::dict::make(py);
            scope["function"] = round % 2 == 0 ? "other" : "name";
            scope["expected"] = round % 2 == 0 ? "C++" : "Python";
            py.run(
                R"(
import shapes
classes = [type(f"C{i}", (shapes.Shape,), {function: lambda self: "Python"}) for i in range(50)]
for c in classes:
    for _ in range(3):
        assert shapes.name(c()) == expected, (c, shapes.name(c()))
)",
                scope);
        });
    }
}

TEST(Overrides, AfterTheEndWhatPythonDoesNotOverrideIsStillThere) {
    for (int round = 0; round < 2; ++round) {
        {
            const il::interpreter python;
            il::with_gil([](il::python py) {
                py.run(R"(
import shapes
class Named(shapes.Shape):
    def name(self):
        return "Python"
shapes.keep(Named())
)");
            });
            EXPECT_EQ(kept_shape->name(), "Python");
            EXPECT_EQ(kept_shape->sides(), 0);
        }
        EXPECT_EQ(kept_shape->sides(), 0);
        EXPECT_THROW(static_cast<void>(kept_shape->name()), il::no_interpreter);
        {
            const il::interpreter next;
            EXPECT_THROW(static_cast<void>(kept_shape->name()), il::no_interpreter);
        }
        kept_shape.reset();
    }
}

// An override that one object was found to have, and that its class has lost since.
TEST(Overrides, AfterTheEndTheClassCountsAsItWasLast) {
    {
        const il::interpreter python;
        il::with_gil([](il::python py) {
            py.run(R"(
import shapes
class Named(shapes.Shape):
    def name(self):
        return "Python"
shapes.keep(Named())
shapes.Named = Named
)");
        });
        EXPECT_EQ(kept_shape->name(), "Python");
        il::with_gil([](il::python py) {
            py.run(R"(
import shapes
del shapes.Named.name
assert shapes.name(shapes.Named()) == "C++"
)");
        });
        EXPECT_EQ(kept_shape->sides(), 0);
    }
    EXPECT_EQ(kept_shape->sides(), 0);
    EXPECT_EQ(kept_shape->name(), "C++");
    kept_shape.reset();
}

// And one that it got after it was known to have none.
TEST(Overrides, AfterTheEndAnOverrideThatCameLateIsOne) {
    {
        const il::interpreter python;
        il::with_gil([](il::python py) {
            py.run(R"(
import shapes
class Late(shapes.Shape):
    pass
shapes.keep(Late())
shapes.Late = Late
)");
        });
        EXPECT_EQ(kept_shape->name(), "C++");
        il::with_gil([](il::python py) {
            py.run("import shapes; shapes.Late.name = lambda self: 'Python'");
        });
        EXPECT_EQ(kept_shape->name(), "Python");
    }
    EXPECT_THROW(static_cast<void>(kept_shape->name()), il::no_interpreter);
    kept_shape.reset();
}
