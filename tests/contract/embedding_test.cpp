// Section 8 of the contract, embedding: each snippet and each sentence, spelled as a user would.
#include "../support/embedding.hpp"

#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <latch>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace il = interlock;

int f() { return 42; }

INTERLOCK_EMBEDDED_MODULE(app, m) { m.def<&f>("f"); }

namespace inside {
INTERLOCK_EMBEDDED_MODULE(contract_second, m) {
    m.doc("Another one.");
    m.def("g", [](int x) { return x + 1; }, il::arg("x"));
    m.submodule("sub").add("X", 3);
}
}  // namespace inside

namespace {

TEST(ContractEmbedding, StartsAndFinalizes) {
    for (int i = 0; i < 2; ++i) {
        il::interpreter python;
        // The thread is left detached-ready: others are not locked out.
        EXPECT_EQ(std::async(std::launch::async,
                             [] {
                                 return il::with_gil(
                                     [](il::python py) { return py.eval("1 + 1").as<int>(); });
                             })
                      .get(),
                  2);
        EXPECT_THROW(il::assume_attached([](il::python) {}), il::not_attached);
        EXPECT_EQ(
            il::with_gil([](il::python py) { return py.import("app").attr("f")().as<int>(); }), 42);
        il::with_gil([](il::python py) {
            py.run(
                "import contract_second, contract_second.sub\nassert contract_second.g(x=1) == 2 "
                "and contract_second.sub.X == 3");
            py.run("from app import f\nassert f() == 42");
        });
    }
}

TEST(ContractEmbedding, Options) {
    il::interpreter python{{.argv = {"app", "-v"}, .isolated = true, .home = embedding::home()}};
    il::with_gil([](il::python py) {
        EXPECT_EQ(py.import("sys").attr("argv").as<std::vector<std::string>>(),
                  (std::vector<std::string>{"app", "-v"}));
        EXPECT_EQ(py.eval("__import__('sys').flags.isolated").as<int>(), 1);
        EXPECT_EQ(py.eval("__import__('sys').flags.verbose").as<int>(), 0);
    });
}

TEST(ContractEmbedding, AVirtualEnvironment) {
    const auto folder = std::filesystem::temp_directory_path() /
                        ("contract_env_" + std::to_string(std::random_device()()));
    struct removed {
        std::filesystem::path path;
        ~removed() { std::filesystem::remove_all(path); }
    } at_end{folder};
    std::string packages;
    {
        il::interpreter python;
        packages = il::with_gil([&](il::python py) {
            py.import("venv").attr("create")(folder.string(), il::kw("with_pip") = false);
            il::object paths = py.import("sysconfig").attr("get_paths");
            return paths(
                       il::kw("scheme") = "venv",
                       il::kw("vars") =
                           std::map<std::string, std::string>{
                               {"base", folder.string()}, {"platbase", folder.string()}})["purelib"]
                .as<std::string>();
        });
        il::with_gil([&](il::python py) {
            py.import("pathlib")
                .attr("Path")(packages + "/only_in_env.py")
                .call_method("write_text", "X = 5");
        });
    }
    il::interpreter python{{.argv = {"app", "-v"}, .isolated = true, .venv = folder.string()}};
    il::with_gil([&](il::python py) {
        EXPECT_EQ(py.import("only_in_env").attr("X").as<int>(), 5);
        EXPECT_EQ(
            std::filesystem::weakly_canonical(py.import("sys").attr("prefix").as<std::string>()),
            std::filesystem::weakly_canonical(folder));
    });
}

TEST(ContractEmbedding, ABadConfigurationIsAnException) {
    try {
        il::interpreter python{{.venv = "/there/is/no/such/folder"}};
        ADD_FAILURE();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("/there/is/no/such/folder"), std::string::npos)
            << error.what();
    }
    EXPECT_THROW(
        il::interpreter({.argv = {"app"}, .isolated = true, .home = "/there/is/no/such/folder"}),
        std::exception);
    // And afterwards it can be started.
    il::interpreter python;
    EXPECT_EQ(il::with_gil([](il::python py) { return py.eval("3").as<int>(); }), 3);
}

TEST(ContractEmbedding, OneThatTheHostStartedIsAnError) {
    il::interpreter python;
    try {
        il::interpreter second;
        ADD_FAILURE();
    } catch (const std::logic_error& error) {
        EXPECT_STRNE(error.what(), "");
    }
    EXPECT_EQ(il::with_gil([](il::python py) { return py.eval("3").as<int>(); }), 3);
}

TEST(ContractEmbedding, OneThatTheHostStartedByItself) {
    Py_InitializeEx(0);
    EXPECT_THROW(il::interpreter(), std::logic_error);
    // It is used all the same.
    EXPECT_EQ(il::with_gil([](il::python py) { return py.eval("3").as<int>(); }), 3);
    EXPECT_EQ(il::assume_attached([](il::python py) { return py.eval("4").as<int>(); }), 4);
    EXPECT_EQ(Py_FinalizeEx(), 0);
    EXPECT_FALSE(il::try_with_gil([](il::python) {}));
}

TEST(ContractEmbedding, WaitsForAttachedThreads) {
    std::latch inside(1);
    bool finished = false;
    std::jthread thread;
    {
        il::interpreter python;
        thread = std::jthread([&] {
            il::with_gil([&](il::python py) {
                inside.count_down();
                py.import("time").attr("sleep")(0.05);  // detached in between, in Python's own code
                finished = true;
            });
        });
        inside.wait();
    }
    EXPECT_TRUE(finished);
}

TEST(ContractEmbedding, ExitWaitBoundsTheWaitForDetachedThreads) {
    std::latch outside(1);
    std::latch may_return(1);
    std::string refused;
    std::jthread thread;
    {
        il::interpreter python;
        il::exit_wait(std::chrono::milliseconds(50));
        EXPECT_DOUBLE_EQ(il::exit_wait_seconds(), 0.05);
        thread = std::jthread([&] {
            try {
                il::with_gil([&](il::python py) {
                    py.allow_threads(il::unchecked, [&] {
                        outside.count_down();
                        may_return.wait();
                    });
                });
            } catch (const il::no_interpreter& error) {
                refused = error.what();
            }
        });
        outside.wait();
    }
    may_return.count_down();
    thread.join();
    EXPECT_NE(refused, "");
}

#if PY_VERSION_HEX >= 0x030C0000
TEST(ContractEmbedding, SubInterpreters) {
    il::interpreter python;
    il::with_gil([](il::python py) {
        il::subinterpreter worker{py};
        worker.with_gil([](il::python inner) { inner.run("import sys"); });
        py.run("x = 1");
        worker.with_gil([](il::python inner) {
            EXPECT_THROW(inner.eval("x"), il::python_error);
            inner.run("x = 2");
            EXPECT_EQ(inner.import("app").attr("f")().as<int>(), 42);
        });
        EXPECT_EQ(py.eval("x").as<int>(), 1);
        EXPECT_EQ(worker.with_gil(
                      [](auto& inner, int y) { return inner.eval("x").template as<int>() + y; }, 3),
                  5);
        EXPECT_EQ(worker.try_with_gil([](il::python inner) { return inner.eval("x").as<int>(); }),
                  std::optional(2));
        // Its own GIL: code runs in it while this thread keeps the main one's.
        int from_thread = 0;
        std::thread([&] {
            from_thread =
                worker.with_gil([](il::python inner) { return inner.eval("x").as<int>(); });
        }).join();
        EXPECT_EQ(from_thread, 2);
        EXPECT_THROW(
            worker.with_gil([](il::python inner) { inner.run("raise KeyError('inside')"); }),
            il::python_error);
    });
    // From a detached thread, and at the end of the scope.
    il::subinterpreter other = il::with_gil([](il::python py) { return il::subinterpreter(py); });
    EXPECT_EQ(other.with_gil([](il::python py) { return py.eval("7").as<int>(); }), 7);
}
#endif

}  // namespace
