// import, eval, run, print; code, modules, classes, functions, exceptions and tracebacks.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

namespace il = interlock;

TEST(Token, ImportsEvaluatesAndRuns) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_EQ(py.import("os.path").attr("basename")("a/b").as<std::string>(), "b");
        EXPECT_TRUE(raises::python("ModuleNotFoundError", [&] { return py.import("no_such"); }));
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
        py.run("x = 41");
        EXPECT_EQ(py.eval("x + 1").as<int>(), 42);
        const il::dict scope = il::dict::of(py, il::kw("a") = 5);
        py.run("b = a * 2", scope);
        EXPECT_EQ(scope["b"].as<int>(), 10);
        EXPECT_EQ(py.eval("len([a, b])", scope).as<int>(), 2);
        const il::dict locals = il::dict::make(py);
        py.run("c = a", scope, locals);
        EXPECT_TRUE(locals.contains("c") && !scope.contains("c"));
        EXPECT_EQ(py.eval("c + a", scope, locals).as<int>(), 10);
        EXPECT_TRUE(raises::python("SyntaxError", [&] { return py.eval("1 +"); }));
        EXPECT_TRUE(
            raises::python("ValueError", [&] { return py.eval(std::string_view("1\0", 2)); }));
        EXPECT_TRUE(raises::python("NameError", [&] { return py.eval("nowhere"); }));
    });
}

TEST(Token, Prints) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object out = py.import("io").attr("StringIO")();
        py.print("a", 1, py.none(), il::kw("sep") = "-", il::kw("end") = "!", il::kw("file") = out);
        EXPECT_EQ(out.call_method("getvalue").as<std::string>(), "a-1-None!");
        EXPECT_TRUE(raises::python("TypeError", [&] {
            py.print(il::kw("nonsense") = 1);
            return 0;
        }));
    });
}

TEST(Code, IsCompiledOnceAndRunOften) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::code code = il::code::compile(py, "n = n + 1", "counting.py");
        const il::dict scope = il::dict::of(py, il::kw("n") = 0);
        EXPECT_TRUE(code.run(scope).is_none());
        code.run(scope);
        EXPECT_EQ(scope["n"].as<int>(), 2);
        EXPECT_EQ(code.filename(), "counting.py");
        EXPECT_EQ(code.name(), "<module>");
        EXPECT_EQ(il::code::compile_expression(py, "n * 2").run(scope).as<int>(), 4);
        EXPECT_TRUE(raises::python("SyntaxError", [&] { return il::code::compile(py, "def"); }));
    });
}

TEST(Module, HasANameAndANamespace) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::module made = il::module::make(py, "made");
        made.attr("x") = 1;
        EXPECT_EQ(made.name(), "made");
        EXPECT_TRUE(made.dict().contains("x"));
        EXPECT_TRUE(raises::python("SystemError", [&] { return made.filename(); }));
        const il::module json = py.import("json");
        EXPECT_NE(json.filename().find("json"), std::string::npos);
        json.attr("mine") = 1;
        json.reload();
        EXPECT_TRUE(il::hasattr(json, "dumps"));
    });
}

TEST(Type, IsMadeAndAsked) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::type t = il::type::of(py.make(true));
        EXPECT_EQ(t.name(), "bool");
        EXPECT_EQ(t.module_name(), "builtins");
        const il::type integer = py.eval("int").as<il::type>();
        EXPECT_TRUE(t.is_subtype_of(integer) && !integer.is_subtype_of(t));
        EXPECT_TRUE(t.bases().get(0).is(integer));
        EXPECT_EQ(t.mro().size(), 3U);
        EXPECT_TRUE(il::isinstance(py.make(true), integer));
        EXPECT_TRUE(il::isinstance(py.make("x"), il::tuple::of(py, integer, py.eval("str"))));
        EXPECT_TRUE(il::issubclass(t, integer));
        EXPECT_TRUE(
            raises::python("TypeError", [&] { return il::isinstance(py.make(1), py.make(2)); }));
        EXPECT_TRUE(
            raises::python("TypeError", [&] { return il::issubclass(py.make(1), integer); }));
        const il::type made = il::type::make(py, "Made", il::tuple::of(py, integer),
                                             il::dict::of(py, il::kw("x") = 5));
        EXPECT_EQ(made(3).attr("x").as<int>(), 5);
        EXPECT_EQ(made.qualified_name(), "Made");
    });
}

TEST(Function, HasANameAndADoc) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_EQ(py.eval("len").as<il::function>().name(), "len");
        EXPECT_EQ(py.eval("lambda: 1").as<il::function>().qualified_name(), "<lambda>");
        EXPECT_TRUE(il::isinstance<il::function>(py.eval("[].append")));
        EXPECT_TRUE(py.eval("lambda: 1").as<il::function>().doc().is_none());
        EXPECT_FALSE(il::isinstance<il::function>(py.eval("int")));
        EXPECT_TRUE(il::isinstance<il::callable>(py.eval("int")));
        EXPECT_FALSE(il::isinstance<il::callable>(py.make(1)));
    });
}

TEST(Exception, HasCauseContextNotesAndTraceback) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const auto error_of = [&](const char* code) {
            try {
                py.run(code);
            } catch (const il::python_error& error) {
                return error.value().as<il::exception>();
            }
            throw std::logic_error("nothing was thrown");
        };
        const il::exception e = error_of(
            "def f():\n  raise ValueError('inner', 2)\n"
            "try: f()\n"
            "except ValueError as v: raise KeyError('outer') from v\n");
        ASSERT_TRUE(e.cause());
        EXPECT_EQ(e.cause()->args().str(), "('inner', 2)");
        EXPECT_TRUE(e.context()->is(*e.cause()));
        EXPECT_EQ(e.traceback()->line(), 4);
        EXPECT_EQ(e.traceback()->function(), "<module>");
        EXPECT_EQ(e.traceback()->filename(), "<interlock>");
        EXPECT_FALSE(e.traceback()->next());
        EXPECT_EQ(e.cause()->traceback()->next()->function(), "f");
        EXPECT_NE(e.traceback()->format().find("line 4"), std::string::npos);
        e.add_note("a note");
        EXPECT_EQ(e.attr("__notes__").str(), "['a note']");
        EXPECT_EQ(raises::text_of([&] {
                      e.raise();
                      return 0;
                  }),
                  "KeyError: 'outer'");
        const il::exception fresh = py.eval("TypeError('fresh')").as<il::exception>();
        EXPECT_FALSE(fresh.cause() || fresh.context() || fresh.traceback());
        fresh.set_cause(e);
        try {
            fresh.raise();
        } catch (const il::python_error& error) {
            EXPECT_TRUE(error.value().is(fresh));
            EXPECT_TRUE(error.value().as<il::exception>().cause()->is(e));
        }
    });
}

TEST(Kinds, AreToldApartAndRefused) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_TRUE(il::isinstance<il::none>(il::none::make(py)));
        EXPECT_TRUE(il::isinstance<il::ellipsis>(py.eval("...")));
        EXPECT_TRUE(il::isinstance<il::not_implemented>(py.eval("NotImplemented")));
        EXPECT_TRUE(il::ellipsis::make(py).is(py.eval("...")));
        EXPECT_TRUE(il::not_implemented::make(py).is(py.eval("NotImplemented")));
        EXPECT_TRUE(il::isinstance<il::boolean>(py.make(true)) &&
                    il::isinstance<il::int_>(py.make(true)));
        EXPECT_TRUE(il::isinstance<il::float_>(py.make(1.0)) &&
                    !il::isinstance<il::float_>(py.make(1)));
        EXPECT_TRUE(il::isinstance<il::module>(py.import("sys")));
        EXPECT_TRUE(il::isinstance<il::code>(py.eval("(lambda: 1).__code__")));
        EXPECT_EQ(raises::text_of([&] { return il::borrow<il::dict>(py, py.make(1).ptr()); }),
                  "C++: interlock: il::borrow: expected dict, got int");
        EXPECT_EQ(raises::text_of([&] {
                      return py.make("s").as<il::frozenset>();
                  }).find("C++: interlock: il::object::as: expected frozenset, got str"),
                  0U);
        const il::owned<il::datetime> kept = il::datetime::of(py, 2024, 1, 1).unbind();
        EXPECT_EQ(kept.bind(py).year(), 2024);
    });
}
