// Attributes and items: read, written, deleted; what is missing; what is thrown.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

namespace il = interlock;

namespace {

il::object make_namespace(il::python py) {
    return py.import("types").attr("SimpleNamespace")(il::kw("x") = 1);
}

}  // namespace

TEST(Attributes, AreReadWrittenAndDeleted) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object o = make_namespace(py);
        EXPECT_EQ(o.attr("x").as<int>(), 1);
        o.attr("tag") = "written";
        EXPECT_EQ(o.attr("tag").as<std::string>(), "written");
        const std::string name = "at run time";
        o.attr(name) = 2.5;
        EXPECT_EQ(o.attr(std::string_view(name)).as<double>(), 2.5);
        o.attr("copy") = o.attr("tag");
        EXPECT_TRUE(o.attr("copy").is(o.attr("tag")));
        il::del(o.attr("copy"));
        il::delattr(o, "tag");
        EXPECT_FALSE(il::hasattr(o, "copy") || il::hasattr(o, "tag"));
        il::setattr(o, "x", py.none());
        EXPECT_TRUE(o.attr("x").is_none());
    });
}

TEST(Attributes, MissingOnesRaiseOrHaveASubstitute) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object o = make_namespace(py);
        EXPECT_TRUE(raises::python("AttributeError", [&] { return o.attr("gone").get(); }));
        EXPECT_TRUE(raises::python("AttributeError", [&] {
            il::delattr(o, "gone");
            return 0;
        }));
        EXPECT_EQ(il::getattr(o, "gone", py.make(7)).as<int>(), 7);
        EXPECT_EQ(il::getattr(o, "x", py.make(7)).as<int>(), 1);
        il::dict scope = il::dict::make(py);
        py.run("class C:\n  @property\n  def bad(self): raise KeyError('k')\nc = C()", scope);
        EXPECT_TRUE(raises::python("KeyError", [&] { return il::hasattr(scope["c"], "bad"); }));
        EXPECT_TRUE(
            raises::python("KeyError", [&] { return il::getattr(scope["c"], "bad", py.none()); }));
    });
}

TEST(Attributes, ProxiesChainAndStandForTheirObject) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run("class N: pass\nn = N()\nn.inner = N()\nn.inner.rows = [[1, 2], [3, 4]]", scope);
        const il::object n = scope["n"];
        EXPECT_EQ(n.attr("inner").attr("rows")[1][0].as<int>(), 3);
        n.attr("inner").attr("rows")[0][1] = 9;
        EXPECT_EQ(n.attr("inner").attr("rows")[0].str(), "[1, 9]");
        EXPECT_EQ(n.attr("inner").attr("rows").attr("__len__")().as<int>(), 2);
        EXPECT_EQ(il::len(n.attr("inner").attr("rows")), 2U);
        EXPECT_TRUE(n.attr("inner").attr("rows").contains(il::list::of(py, 3, 4)));
        EXPECT_TRUE(static_cast<bool>(n.attr("inner").attr("rows")));
        EXPECT_EQ(n.attr("inner").attr("rows")[0].call_method("pop").as<int>(), 9);
        int sum = 0;
        for (const il::object& row : n.attr("inner").attr("rows")) {
            sum += static_cast<int>(il::len(row));
        }
        EXPECT_EQ(sum, 3);
    });
}

TEST(Items, AreReadWrittenAndDeleted) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object d = py.eval("{}");
        d["key"] = 3;
        d[2.5] = "half";
        EXPECT_EQ(d["key"].as<int>(), 3);
        EXPECT_EQ(d[2.5].as<std::string>(), "half");
        il::del(d["key"]);
        il::delitem(d, 2.5);
        EXPECT_EQ(il::len(d), 0U);
        EXPECT_TRUE(raises::python("KeyError", [&] { return d["key"].get(); }));
        EXPECT_TRUE(raises::python("KeyError", [&] {
            il::delitem(d, "key");
            return 0;
        }));
        EXPECT_TRUE(raises::python("TypeError", [&] { return py.make(1)[0].get(); }));
    });
}

TEST(Attributes, LeaveReferencesAsTheyWere) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object o = make_namespace(py);
        const il::object value = py.eval("object()");
        const long before = raises::references(value);
        const long before_o = raises::references(o);
        for (int i = 0; i < 10; ++i) {
            o.attr("v") = value;
            static_cast<void>(o.attr("v").get());
            static_cast<void>(il::hasattr(o, "v"));
            raises::text_of([&] { return o.attr("v")["not"].get(); });
            raises::text_of([&] { return o.attr("none").get(); });
            il::delattr(o, "v");
        }
        EXPECT_EQ(raises::references(value), before);
        EXPECT_EQ(raises::references(o), before_o);
    });
}

TEST(Attributes, AreRefusedWhileDetached) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object o = make_namespace(py);
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(static_cast<void>(o.attr("x")), il::not_attached);
            EXPECT_THROW(static_cast<void>(o["x"]), il::not_attached);
            EXPECT_THROW(static_cast<void>(il::hasattr(o, "x")), il::not_attached);
            EXPECT_THROW(il::setattr(o, "x", 1), il::not_attached);
            EXPECT_THROW(il::delattr(o, "x"), il::not_attached);
            EXPECT_THROW(il::delitem(o, "x"), il::not_attached);
        });
    });
}
