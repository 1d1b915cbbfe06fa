// Section 6 of the contract, errors: each sentence, spelled as a user would.
#include "../support/raises.hpp"

#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <any>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <typeinfo>
#include <variant>
#include <vector>

namespace il = interlock;

struct AppError : std::runtime_error {
    explicit AppError(const std::string& text, int c = 3) : std::runtime_error(text), code(c) {}
    int code;
};
struct NarrowError : AppError {
    using AppError::AppError;
};
struct OwnValueError : il::value_error {
    using il::value_error::value_error;
};
struct NoStandardError {
    int code = 9;
};

namespace {

using thrower = std::function<void()>;

template <class E>
void throws(il::module& m, const char* name) {
    m.def(name, [](const std::string& text) { throw E(text); });
}

static constinit il::exception_class decode_error("json", "JSONDecodeError");

}  // namespace

INTERLOCK_EMBEDDED_MODULE(contract_errors, m) {
    il::exception_<AppError, il::runtime_error>(m, "AppError")
        .def_readonly<&AppError::code>("code");
    il::exception_<NarrowError, AppError>(m, "NarrowError", "A narrower one.");
    il::exception_<OwnValueError, il::value_error>(m, "OwnValueError");
    throws<AppError>(m, "app");
    throws<NarrowError>(m, "narrow");
    throws<OwnValueError>(m, "own");
    throws<il::value_error>(m, "value_error");
    throws<std::runtime_error>(m, "runtime_error");
    throws<std::logic_error>(m, "logic_error");
    throws<std::invalid_argument>(m, "invalid_argument");
    throws<std::domain_error>(m, "domain_error");
    throws<std::length_error>(m, "length_error");
    throws<std::out_of_range>(m, "out_of_range");
    throws<std::range_error>(m, "range_error");
    throws<std::overflow_error>(m, "overflow_error");
    throws<std::underflow_error>(m, "underflow_error");
    m.def("bad_alloc", [] { throw std::bad_alloc(); });
    m.def("bad_cast", [] { throw std::bad_cast(); });
    m.def("bad_optional", [] { return std::optional<int>().value(); });
    m.def("bad_variant", [] { return std::get<1>(std::variant<int, double>(1)); });
    m.def("bad_function", [] { return std::function<int()>()(); });
    m.def("bad_any", [] { return std::any_cast<int>(std::any(1.5)); });
    m.def("system", [](int code) {
        throw std::system_error(code, std::generic_category(), "while reading");
    });
    m.def("filesystem", [](int code, const std::string& a, const std::string& b) {
        throw std::filesystem::filesystem_error("no", a, b,
                                                std::error_code(code, std::generic_category()));
    });
    m.def("integer", [] { throw 42; });
    m.def("no_standard", [] { throw NoStandardError(); });
    m.def("plain", [] { throw std::exception(); });
    m.def("cast", [](const il::object& o) { return o.as<int>(); });
    m.def("nested", [] {
        try {
            throw il::key_error("inner");
        } catch (...) {
            std::throw_with_nested(il::value_error("outer"));
        }
    });
    m.def("nested_std", [] {
        try {
            try {
                throw std::out_of_range("first");
            } catch (...) {
                std::throw_with_nested(std::runtime_error("second"));
            }
        } catch (...) {
            std::throw_with_nested(AppError("third", 5));
        }
    });
    m.def("nested_python", [](il::python py) {
        try {
            py.eval("1 / 0");
        } catch (const il::python_error&) {
            std::throw_with_nested(std::invalid_argument("divided"));
        }
    });
    m.def("detached", []() -> int { throw il::file_not_found_error("gone"); }, il::allow_threads);
    m.def("imported", [] { throw decode_error("no value", "text", 0); });
    m.def("calls", [](const il::object& f) { return f(); });
    m.def("calls_detached", [](const std::function<int()>& f) { return f(); }, il::allow_threads);
    m.def(
        "writes",
        [] {
            std::cout << "out" << std::endl;
            std::cerr << "err";
        },
        il::call_guard<il::redirect_output>);
    m.def("warns", [](il::python py, const std::string& text) {
        il::warn<il::deprecation_warning>(py, text);
        return 1;
    });
}

namespace {

class contract_errors : public testing::Test {
    il::interpreter python;
};

// What the function raises, as Python shows it: "ValueError: text".
std::string raised(il::python py, const char* call) {
    il::dict scope = il::dict::of(py);
    scope["m"] = py.import("contract_errors");
    try {
        py.eval(call, scope);
    } catch (const il::python_error& error) {
        return error.what();
    }
    return "nothing";
}

TEST_F(contract_errors, OneClassPerBuiltinException) {
    il::with_gil([](il::python py) {
        const auto is = [&](auto&& error, const char* name) {
            using E = std::remove_cvref_t<decltype(error)>;
            il::object f = py.make([&] { throw E(error); });
            try {
                f();
                ADD_FAILURE() << name;
            } catch (const il::python_error& caught) {
                EXPECT_EQ(caught.type().name(), name);
                EXPECT_TRUE(caught.matches<E>()) << name;
                EXPECT_TRUE(caught.matches(py.eval(name))) << name;
                EXPECT_TRUE(caught.matches<il::base_exception>()) << name;
            }
        };
        is(il::value_error("v"), "ValueError");
        is(il::type_error("v"), "TypeError");
        is(il::key_error("v"), "KeyError");
        is(il::index_error("v"), "IndexError");
        is(il::attribute_error("v"), "AttributeError");
        is(il::runtime_error("v"), "RuntimeError");
        is(il::not_implemented_error("v"), "NotImplementedError");
        is(il::stop_iteration(), "StopIteration");
        is(il::overflow_error("v"), "OverflowError");
        is(il::zero_division_error("v"), "ZeroDivisionError");
        is(il::arithmetic_error("v"), "ArithmeticError");
        is(il::floating_point_error("v"), "FloatingPointError");
        is(il::assertion_error("v"), "AssertionError");
        is(il::buffer_error("v"), "BufferError");
        is(il::eof_error("v"), "EOFError");
        is(il::import_error("v"), "ImportError");
        is(il::module_not_found_error("v"), "ModuleNotFoundError");
        is(il::lookup_error("v"), "LookupError");
        is(il::memory_error("v"), "MemoryError");
        is(il::name_error("v"), "NameError");
        is(il::unbound_local_error("v"), "UnboundLocalError");
        is(il::os_error("v"), "OSError");
        is(il::file_not_found_error("v"), "FileNotFoundError");
        is(il::file_exists_error("v"), "FileExistsError");
        is(il::permission_error("v"), "PermissionError");
        is(il::timeout_error("v"), "TimeoutError");
        is(il::connection_error("v"), "ConnectionError");
        is(il::connection_reset_error("v"), "ConnectionResetError");
        is(il::broken_pipe_error("v"), "BrokenPipeError");
        is(il::interrupted_error("v"), "InterruptedError");
        is(il::is_a_directory_error("v"), "IsADirectoryError");
        is(il::not_a_directory_error("v"), "NotADirectoryError");
        is(il::process_lookup_error("v"), "ProcessLookupError");
        is(il::child_process_error("v"), "ChildProcessError");
        is(il::blocking_io_error("v"), "BlockingIOError");
        is(il::recursion_error("v"), "RecursionError");
        is(il::reference_error("v"), "ReferenceError");
        is(il::syntax_error("v"), "SyntaxError");
        is(il::system_error("v"), "SystemError");
        is(il::unicode_error("v"), "UnicodeError");
        is(il::keyboard_interrupt("v"), "KeyboardInterrupt");
        is(il::generator_exit("v"), "GeneratorExit");
        is(il::stop_async_iteration(), "StopAsyncIteration");
        is(il::user_warning("v"), "UserWarning");
        is(il::deprecation_warning("v"), "DeprecationWarning");
        is(il::runtime_warning("v"), "RuntimeWarning");
    });
}

TEST_F(contract_errors, StandardExceptionsMapToTheNearest) {
    il::with_gil([](il::python py) {
        EXPECT_EQ(raised(py, "m.value_error('x')"), "ValueError: x");
        EXPECT_EQ(raised(py, "m.runtime_error('x')"), "RuntimeError: x");
        EXPECT_EQ(raised(py, "m.invalid_argument('x')"), "ValueError: x");
        EXPECT_EQ(raised(py, "m.domain_error('x')"), "ValueError: x");
        EXPECT_EQ(raised(py, "m.length_error('x')"), "ValueError: x");
        EXPECT_EQ(raised(py, "m.out_of_range('x')"), "IndexError: x");
        EXPECT_EQ(raised(py, "m.range_error('x')"), "ValueError: x");
        EXPECT_EQ(raised(py, "m.overflow_error('x')"), "OverflowError: x");
        EXPECT_EQ(raised(py, "m.underflow_error('x')").substr(0, 15), "ArithmeticError");
        EXPECT_EQ(raised(py, "m.bad_alloc()").substr(0, 11), "MemoryError");
        EXPECT_EQ(raised(py, "m.bad_cast()").substr(0, 9), "TypeError");
        for (const char* call : {"m.logic_error('x')", "m.bad_optional()", "m.bad_variant()",
                                 "m.bad_function()", "m.bad_any()", "m.plain()"}) {
            const std::string text = raised(py, call);
            EXPECT_NE(text, "nothing") << call;
            EXPECT_NE(text.substr(0, 11), "SystemError") << call << ": " << text;
        }
        EXPECT_EQ(raised(py, "m.system(2)").substr(0, 17), "FileNotFoundError");
        EXPECT_EQ(raised(py, "m.system(13)").substr(0, 15), "PermissionError");
        EXPECT_EQ(raised(py, "m.detached()"), "FileNotFoundError: gone");
        EXPECT_EQ(raised(py, "m.cast('x')").substr(0, 9), "TypeError");
        py.run(R"py(
import contract_errors as m
try:
    m.system(17)
except FileExistsError as error:
    assert error.errno == 17, error
else:
    raise AssertionError
try:
    m.filesystem(2, "some/file", "")
except FileNotFoundError as error:
    assert error.errno == 2 and error.filename == "some/file", error.filename
else:
    raise AssertionError
try:
    m.filesystem(13, "a", "b")
except PermissionError as error:
    assert (error.filename, error.filename2) == ("a", "b")
else:
    raise AssertionError
)py");
    });
}

TEST_F(contract_errors, WhatNoOneExpectedIsSystemError) {
    il::with_gil([](il::python py) {
        EXPECT_EQ(raised(py, "m.integer()").substr(0, 11), "SystemError");
        EXPECT_EQ(raised(py, "m.no_standard()").substr(0, 11), "SystemError");
    });
}

TEST_F(contract_errors, ClassesOfUsers) {
    il::with_gil([](il::python py) {
        py.run(R"py(
import contract_errors as m
assert issubclass(m.AppError, RuntimeError) and issubclass(m.NarrowError, m.AppError)
assert m.AppError.__module__ == "contract_errors", m.AppError.__module__
assert m.NarrowError.__doc__ == "A narrower one."
try:
    m.app("text")
except m.AppError as error:
    assert type(error) is m.AppError and str(error) == "text", repr(error)
    assert error.code == 3, error.code
else:
    raise AssertionError
try:
    m.narrow("text")
except m.AppError as error:
    assert type(error) is m.NarrowError, repr(error)
    assert error.code == 3, error.code
else:
    raise AssertionError
try:
    m.own("text")
except ValueError as error:
    assert type(error) is m.OwnValueError, repr(error)
else:
    raise AssertionError
)py");
        // From Python to C++.
        try {
            py.run("import contract_errors as m\nraise m.NarrowError('from Python')");
            ADD_FAILURE();
        } catch (const il::python_error& error) {
            EXPECT_TRUE(error.matches<AppError>());
            EXPECT_TRUE(error.matches<NarrowError>());
            EXPECT_TRUE(error.matches<il::runtime_error>());
            EXPECT_FALSE(error.matches<il::value_error>());
        }
    });
}

TEST_F(contract_errors, PythonErrorsTravelThroughCpp) {
    std::optional<il::python_error> kept;
    il::with_gil([&](il::python py) {
        try {
            py.run("def f():\n  raise KeyError('k')\nf()");
            ADD_FAILURE();
        } catch (const il::python_error& error) {
            EXPECT_EQ(error.type().name(), "KeyError");
            EXPECT_TRUE(il::isinstance<il::exception>(error.value()));
            EXPECT_EQ(error.value().attr("args").repr(), "('k',)");
            EXPECT_FALSE(error.traceback().is_none());
            EXPECT_TRUE(error.matches<il::key_error>());
            EXPECT_TRUE(error.matches<il::lookup_error>());
            EXPECT_FALSE(error.matches<il::value_error>());
            kept = error;
        }
    });
    // what(), copies and destruction: detached, and on a thread that Python has never seen.
    std::thread([&] {
        const il::python_error copy = *kept;
        EXPECT_STREQ(copy.what(), "KeyError: 'k'");
        kept.reset();
    }).join();
    std::exception_ptr pointer;
    il::with_gil([&](il::python py) {
        try {
            py.eval("1 / 0");
        } catch (...) {
            pointer = std::current_exception();
        }
    });
    EXPECT_THROW(std::rethrow_exception(pointer), il::python_error);
    // It goes through a function and out again as what it is.
    il::with_gil([](il::python py) {
        py.run(R"py(
import contract_errors as m
class Own(Exception):
    pass
own = Own("same")
def f():
    raise own
for call in (m.calls, m.calls_detached):
    try:
        call(f)
    except Own as error:
        assert error is own
        names = []
        at = error.__traceback__
        while at:
            names.append(at.tb_frame.f_code.co_name)
            at = at.tb_next
        assert "f" in names
    else:
        raise AssertionError
for stop in (KeyboardInterrupt, SystemExit):
    def ends():
        raise stop
    try:
        m.calls(ends)
    except stop:
        pass
    else:
        raise AssertionError
)py");
    });
}

TEST(ContractErrorsOutside, AnErrorOutlivesItsInterpreter) {
    std::optional<il::python_error> kept;
    {
        il::interpreter python;
        il::with_gil([&](il::python py) {
            try {
                py.run("raise ValueError('long gone')");
            } catch (const il::python_error& error) {
                kept = error;
            }
        });
    }
    const il::python_error copy = *kept;
    EXPECT_STRNE(copy.what(), "");
}

TEST_F(contract_errors, RaiseFrom) {
    il::with_gil([](il::python py) {
        py.run(R"py(
import contract_errors as m
def caught(f):
    try:
        f()
    except Exception as error:
        return error
e = caught(m.nested)
assert type(e) is ValueError and str(e) == "outer", repr(e)
assert type(e.__cause__) is KeyError and e.__cause__.args == ("inner",)
e = caught(m.nested_std)
assert type(e) is m.AppError and e.code == 5 and str(e) == "third"
assert type(e.__cause__) is RuntimeError and str(e.__cause__) == "second"
assert type(e.__cause__.__cause__) is IndexError and str(e.__cause__.__cause__) == "first"
e = caught(m.nested_python)
assert type(e) is ValueError and type(e.__cause__) is ZeroDivisionError
)py");
    });
}

TEST_F(contract_errors, Warnings) {
    il::with_gil([](il::python py) {
        py.run(R"py(
import contract_errors as m, warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    assert m.warns("use g()") == 1
assert len(seen) == 1 and seen[0].category is DeprecationWarning and str(seen[0].message) == "use g()"
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        m.warns("x")
    except DeprecationWarning:
        pass
    else:
        raise AssertionError
)py");
        py.run("import warnings\nwarnings.simplefilter('error')");
        EXPECT_TRUE(raises::python("DeprecationWarning", [&] {
            il::warn<il::deprecation_warning>(py, "...");
            return 0;
        }));
        EXPECT_TRUE(raises::python("UserWarning", [&] {
            il::warn<il::user_warning>(py, std::string("text"));
            return 0;
        }));
    });
}

TEST_F(contract_errors, ClassesImportedFromPython) {
    il::with_gil([](il::python py) {
        EXPECT_EQ(raised(py, "m.imported()").substr(0, 28), "json.decoder.JSONDecodeError");
        try {
            py.import("json").attr("loads")("{");
            ADD_FAILURE();
        } catch (const il::python_error& error) {
            EXPECT_TRUE(error.matches(decode_error));
            EXPECT_TRUE(error.matches(py.import("json").attr("JSONDecodeError")));
            EXPECT_FALSE(error.matches(py.import("socket").attr("timeout")));
        }
    });
}

TEST_F(contract_errors, Output) {
    il::with_gil([](il::python py) {
        py.run(R"py(
import contract_errors as m, contextlib, io
out, err = io.StringIO(), io.StringIO()
with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
    m.writes()
assert out.getvalue() == "out\n" and err.getvalue() == "err", (out.getvalue(), err.getvalue())
)py");
        py.run("import sys, io\nold = sys.stdout\nsys.stdout = io.StringIO()");
        {
            il::redirect_output redirect;
            std::cout << "scope";
        }
        EXPECT_EQ(py.eval("sys.stdout.getvalue()").as<std::string>(), "scope");
        py.run("sys.stdout = old");
    });
}

}  // namespace
