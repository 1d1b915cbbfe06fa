// C++ exceptions on their way to Python: the builtin classes, the standard library's, an application's own, translators.
#include <interlock/interlock.hpp>

#include <any>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <memory>
#include <new>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <typeinfo>
#include <variant>
#include <vector>
#include <version>

#if defined(__cpp_lib_format)
#include <format>
#endif

namespace il = interlock;

namespace {

// ---- il's own -------------------------------------------------------------------------------------------------------------

// Every class that has a text and nothing else.
template <class... E>
struct by_name {
    [[noreturn]] static void raise(const std::string& name, const std::string& text) {
        static_cast<void>(((name == E().what() ? throw E(text) : false) || ...));
        throw std::logic_error("no such class: " + name);
    }
    [[noreturn]] static void raise_empty(const std::string& name) {
        static_cast<void>(((name == E().what() ? throw E() : false) || ...));
        throw std::logic_error("no such class: " + name);
    }
    static bool matches(const std::string& name, const il::python_error& error) {
        return ((name == E().what() && error.matches<E>()) || ...);
    }
    static std::vector<std::string> names() { return {E().what()...}; }
};

using with_text =
    by_name<il::base_exception, il::generator_exit, il::keyboard_interrupt, il::general_exception,
            il::arithmetic_error, il::floating_point_error, il::overflow_error,
            il::zero_division_error, il::assertion_error, il::attribute_error, il::buffer_error,
            il::eof_error, il::import_error, il::module_not_found_error, il::import_cycle_error,
            il::lookup_error, il::index_error, il::key_error, il::memory_error, il::name_error,
            il::unbound_local_error, il::os_error, il::blocking_io_error, il::child_process_error,
            il::connection_error, il::broken_pipe_error, il::connection_aborted_error,
            il::connection_refused_error, il::connection_reset_error, il::file_exists_error,
            il::file_not_found_error, il::interrupted_error, il::is_a_directory_error,
            il::not_a_directory_error, il::permission_error, il::process_lookup_error,
            il::timeout_error, il::reference_error, il::runtime_error, il::not_implemented_error,
            il::python_finalization_error, il::recursion_error, il::stop_async_iteration,
            il::stop_iteration, il::syntax_error, il::indentation_error, il::tab_error,
            il::system_error, il::system_exit, il::type_error, il::value_error, il::unicode_error,
            il::warning, il::bytes_warning, il::deprecation_warning, il::encoding_warning,
            il::future_warning, il::import_warning, il::pending_deprecation_warning,
            il::resource_warning, il::runtime_warning, il::syntax_warning, il::unicode_warning,
            il::user_warning>;

void raise_special(const std::string& which, const il::object& value) {
    if (which == "key object") {
        throw il::key_error(value);
    }
    if (which == "key text") {
        throw il::key_error("k");
    }
    if (which == "key number") {
        throw il::key_error(42);
    }
    if (which == "key list") {
        throw il::key_error(std::vector{1, 2});
    }
    if (which == "stop value") {
        throw il::stop_iteration(value);
    }
    if (which == "stop async value") {
        throw il::stop_async_iteration(value);
    }
    if (which == "exit code") {
        throw il::system_exit(3);
    }
    if (which == "import") {
        throw il::import_error("no engine", "engine", "/lib/engine.so");
    }
    if (which == "module") {
        throw il::module_not_found_error("no engine", "engine");
    }
    if (which == "name") {
        throw il::name_error("no name", "x");
    }
    if (which == "local") {
        throw il::unbound_local_error("no local", "x");
    }
    if (which == "attribute") {
        throw il::attribute_error("no attribute", "x");
    }
    if (which == "syntax") {
        throw il::syntax_error("bad", "conf.ini", 3, 5, "a = = b");
    }
    if (which == "tab") {
        throw il::tab_error("tabs", "conf.ini", 3);
    }
    if (which == "os") {
        throw il::os_error(EEXIST);
    }
    if (which == "os file") {
        throw il::os_error(ENOENT, "a.txt");
    }
    if (which == "os path") {
        throw il::os_error(EACCES, std::filesystem::path("a.txt"));
    }
    if (which == "os files") {
        throw il::os_error(ENOENT, "a.txt", std::string("b.txt"));
    }
    if (which == "os subclass") {
        throw il::permission_error(ENOENT, "a.txt");
    }
    if (which == "decode") {
        throw il::unicode_decode_error("utf-8", std::string("a\xff\0b", 4), 1, 2, "bad byte");
    }
    if (which == "encode") {
        throw il::unicode_encode_error("ascii", "a\xed\xa0\x80", 1, 2, "bad");
    }
    if (which == "translate") {
        throw il::unicode_translate_error("abc", 1, 3, "bad");
    }
    if (which == "group" || which == "base group" || which == "wrong group") {
        std::vector<std::exception_ptr> members;
        members.push_back(std::make_exception_ptr(il::value_error("one")));
        members.push_back(std::make_exception_ptr(std::out_of_range("two")));
        members.push_back(std::make_exception_ptr(3));
        if (which == "group") {
            throw il::exception_group("several", std::move(members));
        }
        members.push_back(std::make_exception_ptr(il::keyboard_interrupt()));
        if (which == "base group") {
            throw il::base_exception_group("several", std::move(members));
        }
        throw il::exception_group("several", std::move(members));
    }
    throw std::logic_error("no such case: " + which);
}

// ---- the standard library's -----------------------------------------------------------------------------------------------

struct derived_range : std::out_of_range {
    using std::out_of_range::out_of_range;
};
struct bad_text : std::exception {
    const char* what() const noexcept override { return "\xff\xfe"; }
};
struct silent : std::exception {
    const char* what() const noexcept override { return nullptr; }
};
class odd_category : public std::error_category {
public:
    const char* name() const noexcept override { return "odd"; }
    std::string message(int) const override { return "odd message"; }
};

void raise_standard(const std::string& which) {
    const auto is = [&](const char* name) { return which == name; };
    if (is("exception"))
        throw std::exception();
    if (is("runtime_error"))
        throw std::runtime_error("text");
    if (is("logic_error"))
        throw std::logic_error("text");
    if (is("invalid_argument"))
        throw std::invalid_argument("text");
    if (is("domain_error"))
        throw std::domain_error("text");
    if (is("length_error"))
        throw std::length_error("text");
    if (is("out_of_range"))
        throw std::out_of_range("text");
    if (is("derived_range"))
        throw derived_range("text");
    if (is("range_error"))
        throw std::range_error("text");
    if (is("overflow_error"))
        throw std::overflow_error("text");
    if (is("underflow_error"))
        throw std::underflow_error("text");
    if (is("bad_alloc"))
        throw std::bad_alloc();
    if (is("bad_array_new_length"))
        throw std::bad_array_new_length();
    if (is("bad_cast"))
        throw std::bad_cast();
    if (is("bad_typeid"))
        throw std::bad_typeid();
    if (is("bad_exception"))
        throw std::bad_exception();
    if (is("bad_any_cast"))
        static_cast<void>(std::any_cast<int>(std::any(1.5)));
    if (is("bad_optional_access"))
        static_cast<void>(std::optional<int>().value());
    if (is("bad_variant_access"))
        static_cast<void>(std::get<int>(std::variant<int, char>('c')));
    if (is("bad_function_call"))
        std::function<void()>()();
    if (is("bad_weak_ptr"))
        static_cast<void>(std::shared_ptr<int>(std::weak_ptr<int>()));
    if (is("future_error"))
        throw std::future_error(std::future_errc::broken_promise);
    if (is("regex_error"))
        static_cast<void>(std::regex("("));
    if (is("ios_failure"))
        throw std::ios_base::failure("text");
#if defined(__cpp_lib_format)
    if (is("format_error"))
        throw std::format_error("text");
#endif
    if (is("system_error"))
        throw std::system_error(ENOENT, std::generic_category());
    if (is("system_error with context"))
        throw std::system_error(ECONNREFUSED, std::generic_category(), "while dialing");
    if (is("odd category")) {
        static const odd_category odd;
        throw std::system_error(7, odd, "context");
    }
    if (is("filesystem_error"))
        throw std::filesystem::filesystem_error("cannot read", "a.txt",
                                                std::make_error_code(std::errc::permission_denied));
    if (is("filesystem_error of two"))
        throw std::filesystem::filesystem_error(
            "cannot copy", "a.txt", "b.txt",
            std::make_error_code(std::errc::no_such_file_or_directory));
    if (is("filesystem_error undecodable"))
        throw std::filesystem::filesystem_error(
            "cannot read", "a\xff.txt", std::make_error_code(std::errc::no_such_file_or_directory));
    if (is("bad text"))
        throw bad_text();
    if (is("no text"))
        throw silent();
    if (is("finalizing"))
        throw il::no_interpreter(il::refusal::finalizing, "text");
    if (is("int"))
        throw 5;
    if (is("struct")) {
        struct unheard_of {};
        throw unheard_of();
    }
    throw std::logic_error("no such case: " + which);
}

// ---- nested ---------------------------------------------------------------------------------------------------------------

void raise_nested(int depth) {
    if (depth == 0) {
        throw std::out_of_range("innermost");
    }
    try {
        raise_nested(depth - 1);
    } catch (...) {
        std::throw_with_nested(il::value_error("depth " + std::to_string(depth)));
    }
}

// What f raised, nested in something of C++; and the other way about.
void nest_python(const il::object& f) {
    try {
        f();
    } catch (const il::python_error&) {
        std::throw_with_nested(std::runtime_error("around"));
    }
}
void nest_in_python(const il::object& f) {
    try {
        try {
            throw std::invalid_argument("inside");
        } catch (...) {
            try {
                f();
            } catch (const il::python_error& raised) {
                const il::python_error outer = raised;
                try {
                    throw std::invalid_argument("inside");
                } catch (...) {
                    std::throw_with_nested(outer);
                }
            }
        }
    } catch (...) {
        throw;
    }
}
void nest_in_itself(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& raised) {
        std::throw_with_nested(raised);
    }
}
void nest_in_int() {
    struct holder : std::nested_exception {};
    try {
        throw std::invalid_argument("inside");
    } catch (...) {
        throw holder();
    }
}

// ---- an application's own -------------------------------------------------------------------------------------------------

struct AppError : std::runtime_error {
    AppError(const std::string& text, int number) : std::runtime_error(text), code(number) {}
    int code;
    std::string upper() const { return "UPPER " + std::string(what()); }
};
struct SpecialError : AppError {
    using AppError::AppError;
};
struct UnboundError : SpecialError {
    using SpecialError::SpecialError;
};
struct ConfigError : il::key_error {
    explicit ConfigError(std::string_view key) : il::key_error(key), key_text(key) {}
    std::string key_text;
};
struct PlainError {
    int number;
};
struct ForeignError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct AppWarning : il::user_warning {
    using il::user_warning::user_warning;
};
struct FailingField : std::runtime_error {
    using std::runtime_error::runtime_error;
    int field() const { throw il::zero_division_error("in the field"); }
};

void raise_app(const std::string& which) {
    if (which == "app")
        throw AppError("broken", 7);
    if (which == "special")
        throw SpecialError("special", 8);
    if (which == "unbound")
        throw UnboundError("unbound", 9);
    if (which == "config")
        throw ConfigError("port");
    if (which == "plain")
        throw PlainError{5};
    if (which == "foreign")
        throw ForeignError("foreign");
    if (which == "failing field")
        throw FailingField("failing");
    if (which == "nested") {
        try {
            throw PlainError{6};
        } catch (...) {
            std::throw_with_nested(AppError("outer", 10));
        }
    }
    throw std::logic_error("no such case: " + which);
}

bool is_app_error(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        return error.matches<AppError>();
    }
    return false;
}
bool is_unregistered(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        return error.matches<UnboundError>();
    }
    return false;
}

// ---- translators ----------------------------------------------------------------------------------------------------------

struct TranslatedError {
    int how;
};
struct Untranslatable : std::exception {
    const char* what() const noexcept override { return "untranslatable"; }
};

void raise_translated(int how) {
    if (how < 0) {
        throw Untranslatable();
    }
    throw TranslatedError{how};
}

// ---- through frames -------------------------------------------------------------------------------------------------------

// Calls f under both doors, `depth` times.
il::object through_doors(il::python py, const il::object& f, int depth) {
    if (depth == 0) {
        return f();
    }
    il::owned<il::object> keep = f.unbind();
    il::owned<il::object> result = py.allow_threads(
        [](const il::owned<il::object>& held, int left) {
            return il::with_gil([&](il::python inner) {
                return through_doors(inner, held.bind(inner), left - 1).unbind();
            });
        },
        keep, depth);
    return std::move(result).bind(py);
}

void raise_detached(il::python py) {
    py.allow_threads([] { throw il::key_error(std::string("from detached")); });
}
void raise_on_thread(il::python py) {
    std::exception_ptr thrown;
    py.allow_threads(
        [](std::exception_ptr& to) {
            std::thread([&] {
                try {
                    throw il::os_error(ENOENT, "of a thread");
                } catch (...) {
                    to = std::current_exception();
                }
            }).join();
        },
        thrown);
    std::rethrow_exception(thrown);
}

std::string what_of(const il::object& f) {
    try {
        f();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}
std::vector<std::string> matching(const il::object& f) {
    std::vector<std::string> found;
    try {
        f();
    } catch (const il::python_error& error) {
        for (const std::string& name : with_text::names()) {
            if (with_text::matches(name, error)) {
                found.push_back(name);
            }
        }
    }
    return found;
}

il::exception converted(il::python py, const std::string& text) {
    return il::to_python_exception(py, std::make_exception_ptr(il::value_error(text)));
}

}  // namespace

INTERLOCK_MODULE(bind_exceptions, m) {
    m.def<&with_text::raise>("raise_text", il::arg("name"), il::arg("text"));
    m.def<&with_text::raise_empty>("raise_empty");
    m.def<&with_text::names>("names");
    m.def<&raise_special>("raise_special", il::arg("which"), il::arg("value") = nullptr);
    m.def<&raise_standard>("raise_standard");
    m.def<&raise_nested>("raise_nested");
    m.def<&nest_python>("nest_python");
    m.def<&nest_in_python>("nest_in_python");
    m.def<&nest_in_itself>("nest_in_itself");
    m.def<&nest_in_int>("nest_in_int");

    const il::exception_<AppError, il::runtime_error> app(m, "AppError", "What the app raises.");
    app.def_readonly<&AppError::code>("code").def_property<&AppError::upper>("upper");
    il::exception_<SpecialError, AppError>(m, "SpecialError")
        .def_readonly<[](const SpecialError& e) { return e.code * 2; }>("code");
    il::exception_<ConfigError, il::key_error>(m, "ConfigError")
        .def_readonly<&ConfigError::key_text>("key_text");
    il::exception_<PlainError>(m, "PlainError").def_readonly<&PlainError::number>("number");
    il::exception_<ForeignError>(m, "ForeignError", m.py().import("json").attr("JSONDecodeError"));
    il::exception_<AppWarning, il::user_warning>(m, "AppWarning");
    il::exception_<FailingField>(m, "FailingField").def_readonly<&FailingField::field>("field");
    m.def<&raise_app>("raise_app");
    m.def<&is_app_error>("is_app_error");
    m.def<&is_unregistered>("is_unregistered");

    m.def<&through_doors>("through_doors");
    m.def<&raise_detached>("raise_detached");
    m.def<&raise_on_thread>("raise_on_thread");
    m.def<&what_of>("what_of");
    m.def<&matching>("matching");
    m.def<&converted>("converted");
    m.def<&raise_translated>("raise_translated");
    m.def("register_all", [](il::python py) {
        const il::module here = py.import("bind_exceptions");
        il::register_translator(
            here, [](const TranslatedError& e) -> std::optional<il::value_error> {
                return e.how == 0 ? std::optional(il::value_error("oldest")) : std::nullopt;
            });
        il::register_translator(here, [](il::python inner, const TranslatedError& e) {
            if (e.how == 1) {
                PyErr_SetString(PyExc_KeyError, "set by hand");
            }
            static_cast<void>(inner);
        });
        il::register_translator(here, [](std::exception_ptr error) {
            try {
                std::rethrow_exception(error);
            } catch (const TranslatedError& e) {
                if (e.how == 2) {
                    throw il::index_error("thrown by a translator");
                }
                throw;
            }
        });
        il::register_translator(here, [](const TranslatedError& e) { return e.how == 3; });
        il::register_translator(here, [](const TranslatedError& e) -> std::exception_ptr {
            return e.how == 4 ? std::make_exception_ptr(std::out_of_range("pointed to")) : nullptr;
        });
        il::register_translator(
            here, [](il::python inner, const TranslatedError& e) -> std::optional<il::exception> {
                if (e.how != 5) {
                    return std::nullopt;
                }
                return inner.eval("ZeroDivisionError('of Python')").as<il::exception>();
            });
        il::register_translator(
            here, [](const TranslatedError& e) -> std::optional<il::value_error> {
                return e.how == 6 ? std::optional(il::value_error("newest")) : std::nullopt;
            });
        // Everything that is derived from std::exception, but il's own.
        il::register_translator(here,
                                [](const std::exception& e) -> std::optional<il::lookup_error> {
                                    return std::string_view(e.what()) == "untranslatable"
                                               ? std::optional(il::lookup_error("translated"))
                                               : std::nullopt;
                                });
    });
}
