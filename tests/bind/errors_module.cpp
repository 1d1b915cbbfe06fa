// What else there is about errors: imported classes, warnings, notes, what nobody can be given, redirected output. Built apart
// from exceptions_module.cpp, so that exceptions can go from one extension to the other.
#include <interlock/interlock.hpp>
#include <interlock/stacktrace.hpp>

#include <atomic>
#include <barrier>
#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

// ---- classes of Python modules --------------------------------------------------------------------------------------------

constinit il::exception_class decode_error("json", "JSONDecodeError");
constinit il::exception_class no_module("no_such_module", "Error");
constinit il::exception_class no_exception("json", "JSONDecoder");
constinit il::exception_class nested_class("bind_errors", "Outer.Inner");

void raise_imported(const std::string& which) {
    if (which == "json") {
        throw decode_error("no value", "{", 1);
    }
    if (which == "wrong") {
        throw decode_error("too few");
    }
    if (which == "no module") {
        throw no_module("x");
    }
    if (which == "no exception") {
        throw no_exception();
    }
    if (which == "nested") {
        throw nested_class("x");
    }
    throw std::logic_error("no such case: " + which);
}
void raise_imported_on_thread(il::python py) {
    std::exception_ptr thrown;
    py.allow_threads(
        [](std::exception_ptr& to) {
            std::thread([&] {
                try {
                    throw decode_error("of a thread", "{", 1);
                } catch (const il::imported_error& error) {
                    if (&error.python_type() == &decode_error &&
                        std::string_view(error.what()) == "of a thread") {
                        to = std::current_exception();
                    }
                }
            }).join();
        },
        thrown);
    std::rethrow_exception(thrown);
}
bool matches_json(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        return error.matches(decode_error);
    }
    return false;
}
void raise_with(const il::object& cls, const il::object& value) { il::raise(cls, value, 2); }
void raise_builtin(il::python py) { il::raise<il::index_error>(py, 1, "two"); }

// ---- across extensions ----------------------------------------------------------------------------------------------------

bool call_and_match(const il::object& f, const il::object& cls) {
    try {
        f();
    } catch (const il::python_error& error) {
        return error.matches(cls);
    }
    return false;
}
void call_and_pass_on(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        const il::python_error copy = error;
        throw copy;
    }
}
// The error of one extension is set while another one's functions are called.
il::object call_second_while_first_is_held(const il::object& first, const il::object& second) {
    try {
        first();
    } catch (const il::python_error& held) {
        try {
            second();
        } catch (const il::python_error& other) {
            held.add_note("first");
            return il::list::of(first.py(), held.value(), other.value());
        }
    }
    return first.py().none();
}
il::object add_cause(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        throw error.with_cause(std::out_of_range("the cause"));
    }
    return f.py().none();
}
il::object restored_twice(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        error.restore();
        PyErr_Clear();
        error.restore();
        throw il::python_error(f.py());
    }
    return f.py().none();
}
std::string formatted(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        error.add_note("a note");
        return error.format() + error.notes().repr() + error.type().name() +
               error.traceback().repr();
    }
    return "";
}

// ---- what nobody can be given ---------------------------------------------------------------------------------------------

struct fails_at_the_end {
    ~fails_at_the_end() {
        try {
            throw std::runtime_error("in a destructor");
        } catch (...) {
            il::report_unraisable("fails_at_the_end");
        }
    }
};
void in_a_destructor() { const fails_at_the_end now; }
void in_a_destructor_while_thrown() {
    const fails_at_the_end now;
    throw il::value_error("outer");
}
void on_a_thread(il::python py) {
    py.allow_threads([] {
        std::thread([] {
            try {
                throw il::key_error("of a thread");
            } catch (...) {
                il::report_unraisable("a thread");
            }
        }).join();
    });
}
void in_a_traverse() {
    const il::traverse_scope inside;
    try {
        throw il::key_error("of a traverse");
    } catch (...) {
        il::report_unraisable("a traverse");
    }
}
void discard(const il::object& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        error.discard_as_unraisable("a callback");
    }
}
void outside_of_a_handler() { il::report_unraisable("nothing"); }

// ---- output ---------------------------------------------------------------------------------------------------------------

void write_words() {
    std::cout << "out " << 1;
    std::cerr << "err " << 2;
    std::clog << "log";
}
void write_detached(const std::string& text) { std::cout << text; }
void write_bytes_one_by_one() {
    for (const char byte : std::string("\xc3\xa4\xf0\x9f\x90\x8d\xff!")) {
        std::cout.put(byte).flush();
    }
    std::cout << "\xe2\x82";
}
void write_nested() {
    std::cout << "a";
    {
        const il::redirect_output inner;
        std::cout << "b";
    }
    std::cout << "c";
}
void write_on_threads(int threads, int lines) {
    std::barrier together(threads);
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&, i] {
            together.arrive_and_wait();
            for (int k = 0; k < lines; ++k) {
                const il::redirect_output mine;
                std::cout << "line of " + std::to_string(i) + "\n";
            }
        });
    }
    for (std::thread& one : all) {
        one.join();
    }
}
bool buffers_are_restored() {
    std::streambuf* out = std::cout.rdbuf();
    std::streambuf* err = std::cerr.rdbuf();
    {
        const il::redirect_output scope;
        if (std::cout.rdbuf() == out || std::cerr.rdbuf() == err) {
            return false;
        }
    }
    return std::cout.rdbuf() == out && std::cerr.rdbuf() == err;
}

// ---- notes ----------------------------------------------------------------------------------------------------------------

void raise_noted(const std::string& which) {
    if (which == "il") {
        throw il::with_note(il::key_error("k"), "the note");
    }
    if (which == "stack") {
        throw il::with_stacktrace(std::out_of_range("far"));
    }
    if (which == "std") {
        throw il::with_note(std::out_of_range("far"), "the note");
    }
    try {
        throw std::invalid_argument("inside");
    } catch (...) {
        std::throw_with_nested(il::with_note(il::value_error("outer"), "the note"));
    }
}

}  // namespace

INTERLOCK_MODULE(bind_errors, m) {
    m.def<&raise_imported>("raise_imported");
    m.def<&raise_imported_on_thread>("raise_imported_on_thread");
    m.def<&matches_json>("matches_json");
    m.def<&raise_with>("raise_with");
    m.def<&raise_builtin>("raise_builtin");
    m.def<&call_and_match>("call_and_match");
    m.def<&call_and_pass_on>("call_and_pass_on");
    m.def<&call_second_while_first_is_held>("call_second_while_first_is_held");
    m.def<&add_cause>("add_cause");
    m.def<&restored_twice>("restored_twice");
    m.def<&formatted>("formatted");
    m.def<&in_a_destructor>("in_a_destructor");
    m.def<&in_a_destructor_while_thrown>("in_a_destructor_while_thrown");
    m.def<&on_a_thread>("on_a_thread");
    m.def<&in_a_traverse>("in_a_traverse");
    m.def<&discard>("discard");
    m.def<&outside_of_a_handler>("outside_of_a_handler");
    m.def<&write_words>("write_words", il::call_guard<il::redirect_output>);
    m.def<&write_detached>("write_detached", il::allow_threads,
                           il::call_guard<il::redirect_output>);
    m.def<&write_bytes_one_by_one>("write_bytes", il::call_guard<il::redirect_output>);
    m.def<&write_nested>("write_nested", il::call_guard<il::redirect_output>);
    m.def<&write_on_threads>("write_on_threads", il::allow_threads);
    m.def<&buffers_are_restored>("buffers_are_restored");
    m.def<&raise_noted>("raise_noted");
    m.add("has_stacktrace", il::has_stacktrace);
    m.def("warn", [](il::python py, std::string_view text, int level) {
        il::warn<il::deprecation_warning>(py, text, level);
    });
    m.def("warn_category",
          [](const il::object& category, std::string_view text) { il::warn(category, text); });
}
