// il::interpreter: its options, and its errors, which are exceptions and never an exit of the process.
#include <interlock/interlock.hpp>

#include "../support/embedding.hpp"
#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace il = interlock;
namespace fs = std::filesystem;

namespace {

std::string eval(const char* expression) {
    return il::with_gil([expression](il::python py) { return py.eval(expression).str(); });
}

std::string sys(const std::string& expression) {
    return eval(("__import__('sys')." + expression).c_str());
}

template <class Error, class F>
std::string message_of(F f) {
    try {
        f();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

std::string start_error(const il::interpreter_options& options) {
    return message_of<std::runtime_error>([&] { const il::interpreter python{options}; });
}

}  // namespace

TEST(Interpreter, StartsAndLeavesItsMakerDetached) {
    const il::interpreter python;
    EXPECT_FALSE(attached_by_fact());
    EXPECT_EQ(eval("1 + 1"), "2");
    std::thread([] { EXPECT_EQ(eval("1 + 1"), "2"); }).join();
}

TEST(Interpreter, TakesArgv) {
    const il::interpreter python{{.argv = {"app", "-v", "--flag=\xc3\xa4"}}};
    EXPECT_EQ(sys("argv"), "['app', '-v', '--flag=\xc3\xa4']")
        << "and Python does not read them as its own";
    EXPECT_EQ(sys("flags.verbose"), "0");
}

TEST(Interpreter, IsolatedReadsNoEnvironment) {
    setenv("PYTHONPATH", "/from/the/environment", 1);
    {
        const il::interpreter python;
        EXPECT_NE(sys("path").find("/from/the/environment"), std::string::npos);
        EXPECT_EQ(sys("flags.isolated"), "0");
    }
    {
        const il::interpreter python{{.isolated = true}};
        EXPECT_EQ(sys("path").find("/from/the/environment"), std::string::npos);
        EXPECT_EQ(sys("flags.isolated"), "1");
        EXPECT_EQ(sys("flags.no_user_site"), "1");
    }
    unsetenv("PYTHONPATH");
}

TEST(Interpreter, PutsFoldersInFrontOfThePath) {
    const il::interpreter python{{.path = {"/first", "/second"}}};
    EXPECT_EQ(sys("path[:2]"), "['/first', '/second']");
}

TEST(Interpreter, UsesAVirtualEnvironment) {
    const fs::path folder =
        fs::path(testing::TempDir()) / ("interlock_venv_" + std::to_string(::getpid()));
    {
        const il::interpreter python{{.isolated = true, .home = embedding::home()}};
        il::with_gil([&](il::python py) {
            py.import("venv").call_method("create", folder.string(), il::kw("with_pip") = false,
                                          il::kw("symlinks") = true);
        });
    }
    fs::path packages;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().filename() == "site-packages") {
            packages = entry.path();
        }
    }
    ASSERT_FALSE(packages.empty());
    std::ofstream(packages / "only_in_the_venv.py") << "answer = 42\n";
    {
        const il::interpreter python{{.isolated = true, .venv = folder.string()}};
        EXPECT_EQ(eval("__import__('only_in_the_venv').answer"), "42");
        EXPECT_EQ(fs::canonical(sys("prefix")), fs::canonical(folder));
        EXPECT_NE(sys("base_prefix"), sys("prefix"));
        EXPECT_EQ(fs::path(sys("executable")).parent_path().parent_path(), folder);
    }
    {
        const il::interpreter python{{.isolated = true, .home = embedding::home()}};
        EXPECT_EQ(sys("prefix"), sys("base_prefix"));
        EXPECT_EQ(eval("__import__('importlib.util').util.find_spec('only_in_the_venv')"), "None");
    }
    fs::remove_all(folder);
}

TEST(Interpreter, SysExecutableRunsPython) {
    const il::interpreter python;
    const std::string got = eval(
        "__import__('subprocess').run([__import__('sys').executable, '-c', 'print(6 * 7)'],"
        " capture_output=True, text=True).stdout.strip()");
    EXPECT_EQ(got, "42") << "sys.executable is " << sys("executable");
    EXPECT_EQ(sys("executable"), sys("_base_executable"));
}

TEST(Interpreter, TurnsDevModeOnAndOff) {
    {
        const il::interpreter python{{.dev_mode = true}};
        EXPECT_EQ(sys("flags.dev_mode"), "True");
    }
    setenv("PYTHONDEVMODE", "1", 1);
    {
        const il::interpreter python;
        EXPECT_EQ(sys("flags.dev_mode"), "True");
    }
    const il::interpreter python{{.dev_mode = false}};
    EXPECT_EQ(sys("flags.dev_mode"), "False");
}

TEST(Interpreter, ASecondOneIsAnError) {
    const il::interpreter python;
    const std::string text = message_of<std::logic_error>([] { const il::interpreter second; });
    EXPECT_NE(text.find("already"), std::string::npos) << text;
    EXPECT_NE(text.find("il::with_gil"), std::string::npos) << text;
    EXPECT_EQ(eval("1 + 1"), "2") << "the first is as before";
}

TEST(Interpreter, OneThatTheHostStartedIsAnError) {
    Py_InitializeEx(0);
    PyThreadState* state = PyEval_SaveThread();
    EXPECT_THROW(const il::interpreter second, std::logic_error);
    EXPECT_EQ(eval("1 + 1"), "2") << "but it can be entered";
    PyEval_RestoreThread(state);
    EXPECT_EQ(Py_FinalizeEx(), 0);
    EXPECT_FALSE(il::try_with_gil([](il::python) {}));
}

TEST(Interpreter, AWrongVenvIsAnExceptionAndAnotherCanBeStarted) {
    const std::string text = start_error({.venv = "/no/such/venv"});
    EXPECT_NE(text.find("/no/such/venv"), std::string::npos) << text;
    EXPECT_NE(text.find("not a virtual environment"), std::string::npos) << text;
    const il::interpreter python;
    EXPECT_EQ(eval("1 + 1"), "2");
}

TEST(Interpreter, AWrongHomeIsAnExceptionAndAnotherCanBeStarted) {
    const std::string text = start_error({.home = "/no/such/home"});
    EXPECT_NE(text.find("/no/such/home"), std::string::npos) << text;
    EXPECT_FALSE(il::try_with_gil([](il::python) {}));
    const il::interpreter python;
    EXPECT_EQ(eval("1 + 1"), "2");
}

TEST(Interpreter, TheRightHomeIsTaken) {
    std::string home;
    {
        const il::interpreter python;
        home = sys("base_prefix");
    }
    const il::interpreter python{{.home = home}};
    EXPECT_EQ(eval("__import__('json').dumps([1])"), "[1]");
}

TEST(Interpreter, APathThatIsNotTextIsAnExceptionAndAnotherCanBeStarted) {
    EXPECT_THROW((il::interpreter{{.path = {"\xff\xfe"}}}), std::exception);
    EXPECT_FALSE(il::try_with_gil([](il::python) {}));
    const il::interpreter python;
    EXPECT_EQ(eval("1 + 1"), "2");
}

TEST(Interpreter, DestroyedAttachedSaysWhatIsWrongAndLeavesPythonRunning) {
    EXPECT_EXIT(
        {
            auto* python = new il::interpreter;
            il::with_gil([&](il::python py) {
                delete python;
                if (py.eval("1 + 1").as<int>() != 2) {
                    std::_Exit(1);
                }
            });
            std::_Exit(7);
        },
        testing::ExitedWithCode(7),
        "~interpreter: must run on the thread that made it, outside of with_gil");
}

TEST(Interpreter, DestroyedOnAnotherThreadSaysWhatIsWrongAndLeavesPythonRunning) {
    EXPECT_EXIT(
        {
            auto* python = new il::interpreter;
            std::thread([python] { delete python; }).join();
            std::_Exit(eval("1 + 1") == "2" ? 7 : 1);
        },
        testing::ExitedWithCode(7),
        "~interpreter: must run on the thread that made it, outside of with_gil");
}

TEST(Interpreter, AtexitAndModulesRunAtItsEnd) {
    const fs::path file =
        fs::path(testing::TempDir()) / ("interlock_atexit_" + std::to_string(::getpid()));
    {
        const il::interpreter python;
        il::with_gil([&](il::python py) {
            il::dict scope = il::dict::make(py);
            scope["path"] = file.string();
            py.run(
                "import atexit, pathlib\natexit.register(lambda: "
                "pathlib.Path(path).write_text('ran'))",
                scope);
        });
    }
    std::string text;
    std::ifstream(file) >> text;
    EXPECT_EQ(text, "ran");
    fs::remove(file);
}
