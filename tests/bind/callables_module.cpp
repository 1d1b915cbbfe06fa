// What can be bound, and each of a binding's options.
#include <interlock/interlock.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace il = interlock;

namespace {

int twice(int x) { return 2 * x; }
std::string twice(const std::string& x) { return x + x; }

struct stateless_functor {
    int operator()(int x) const { return x + 100; }
};
struct counting_functor {
    int count = 0;
    int operator()() { return ++count; }
};
struct scaled_by {
    int factor;
    int operator()(int x) const noexcept { return factor * x; }
};

// An object that Python sees as its number.
struct gauge {
    int value = 0;
    int plus(int n) const { return value + n; }
    int plus_noexcept(int n) const noexcept { return value + n; }
    int on_lvalue(int n) & { return value + n; }
    int on_rvalue(int n) && { return value - n; }
    int overloaded(int n) { return value + n; }
    int overloaded(int n) const { return value * n; }
};

// One helper template that binds: each call of it must make a function of its own.
template <class F>
void bind_as(il::module& m, const char* name, F f, int by_default) {
    m.def(name, std::move(f), il::arg("x") = by_default);
}

// ---- what a call does to the interpreter ---------------------------------------------------------------------------------

bool attached() { return il::detail::attached_state() != nullptr; }

thread_local std::vector<std::string> steps;  // of this thread, since tests run beside themselves
struct outer_guard {
    outer_guard() { steps.emplace_back(attached() ? "outer" : "outer detached"); }
    ~outer_guard() { steps.emplace_back("~outer"); }
    outer_guard(const outer_guard&) = delete;
    outer_guard& operator=(const outer_guard&) = delete;
};
struct inner_guard {
    inner_guard() { steps.emplace_back("inner"); }
    ~inner_guard() { steps.emplace_back("~inner"); }
    inner_guard(const inner_guard&) = delete;
    inner_guard& operator=(const inner_guard&) = delete;
};
struct failing_guard {
    failing_guard() { throw std::runtime_error("the guard refuses"); }
};

void step(int) { steps.emplace_back(attached() ? "body" : "body detached"); }
void failing_step() {
    steps.emplace_back("body");
    throw std::out_of_range("inside");
}

std::string reads_while_detached(std::string_view text) {
    return (attached() ? "attached " : "detached ") + std::string(text);
}

std::atomic<int> captured = 0;
struct counted_capture {
    counted_capture() { ++captured; }
    counted_capture(const counted_capture&) { ++captured; }
    counted_capture(counted_capture&&) noexcept { ++captured; }
    counted_capture& operator=(const counted_capture&) = default;
    counted_capture& operator=(counted_capture&&) = default;
    ~counted_capture() { --captured; }
};

}  // namespace

template <>
struct interlock::converter<gauge> {
    static constexpr const char* python_type = "int";
    static std::optional<gauge> from_python(const il::object& value) {
        const std::optional<int> n = value.try_as<int>();
        return n ? std::optional<gauge>(gauge{*n}) : std::nullopt;
    }
    static il::object to_python(il::python py, const gauge& value) { return py.make(value.value); }
};

INTERLOCK_MODULE(bind_callables, m) {
    // ---- callables
    m.def<il::overload<int(int)>(&twice)>("free_function", il::arg("x"));
    m.def<il::overload<std::string(const std::string&)>(&twice)>("free_function_of_text");
    m.def("pointer", il::overload<int(int)>(&twice), il::arg("x"));
    m.def("reference", stateless_functor{});
    m.def<[](int x) { return x + 1; }>("constant_lambda", il::arg("x"));
    m.def("lambda", [](int x) { return x + 2; });
    m.def("noexcept_lambda", [](int x) noexcept { return x + 3; });
    m.def(
        "capturing", [text = std::string(100, 'c')](std::size_t n) { return text.substr(0, n); },
        il::arg("n"));
    m.def("mutable", [n = 0]() mutable { return ++n; });
    m.def("move_only_capture", [p = std::make_unique<int>(7)]() { return *p; });
    m.def("functor", counting_functor{});
    m.def<scaled_by{6}>("constant_functor", il::arg("x"));
    m.def("std_function", std::function<int(int)>([](int x) { return -x; }), il::arg("x"));
    m.def<&gauge::plus>("member", il::arg("gauge"), il::arg("n"));
    m.def<&gauge::plus_noexcept>("member_noexcept");
    m.def<&gauge::on_lvalue>("member_on_lvalue");
    m.def<&gauge::on_rvalue>("member_on_rvalue");
    m.def<il::overload<int(int)>(&gauge::overloaded)>("member_overloaded");
    m.def<il::overload<int(int) const>(&gauge::overloaded)>("member_overloaded_const");
    m.def("member_pointer", &gauge::plus, il::arg("gauge"), il::arg("n"));
    m.def<&gauge::value>("data_member", il::arg("gauge"));
    m.def("first_is_token", [](il::python py, int x) { return py.make(x); }, il::arg("x"));
    m.def("token_alone", [](il::python py) { return py.none(); });

    // ---- one callable, bound again and again
    for (int i = 0; i < 3; ++i) {
        const std::string number = std::to_string(i);
        m.def(("loop_state_" + number).c_str(), [i](int x) { return x + 1000 * i; });
        m.def<il::overload<int(int)>(&twice)>(("loop_default_" + number).c_str(), il::arg("x") = i);
        m.def(("loop_named_" + number).c_str(), [](int x) { return x; },
              il::arg(("n" + number).c_str()));
    }
    bind_as(m, "helper_1", [](int x) { return x; }, 1);
    bind_as(m, "helper_2", il::overload<int(int)>(&twice), 2);
    bind_as(m, "helper_3", il::overload<int(int)>(&twice), 3);
    bind_as(m, "helper_4", scaled_by{10}, 4);
    bind_as(m, "helper_5", scaled_by{20}, 5);

    // ---- policies
    m.def<&reads_while_detached>("detached", il::arg("text"), il::allow_threads);
    m.def<&reads_while_detached>("attached", il::arg("text"));
    m.def(
        "detached_state", [n = 3](int x) { return attached() ? -1 : n * x; }, il::arg("x"),
        il::allow_threads);
    m.def("detached_nothing", [] {}, il::allow_threads);
    m.def(
        "detached_failing",
        [](int x) -> int {
            if (x < 0) {
                throw std::domain_error("below zero");
            }
            return attached() ? -1 : x;
        },
        il::arg("x") = 1, il::allow_threads);
    m.def<&step>("guarded", il::arg("x"), il::call_guard<outer_guard, inner_guard>);
    m.def<&step>("guarded_detached", il::arg("x"), il::call_guard<outer_guard>(),
                 il::allow_threads);
    m.def<&failing_step>("guarded_failing", il::call_guard<outer_guard, inner_guard>());
    m.def<&step>("guard_that_fails", il::arg("x"), il::call_guard<outer_guard, failing_guard>());
    m.def("take_steps", [] { return std::exchange(steps, {}); });

    m.def("with_module", [](const il::module& self) { return self.name(); }, il::pass_module);
    m.def(
        "with_module_and_token",
        [](il::python, il::module self, int x) { return self.name() + std::to_string(x); },
        il::pass_module, il::arg("x"));
    m.def(
        "with_module_and_state",
        [n = 5](const il::module& self) { return self.name() + std::to_string(n); },
        il::pass_module);
    m.def(
        "with_two_modules",
        [](const il::module& self, const il::module& other) {
            return self.name() + " " + other.name();
        },
        il::pass_module, il::arg("other"));
    m.def(
        "with_module_twice",
        [](const il::module& self, int x) { return self.name() + std::to_string(x); },
        il::pass_module, il::arg("x"));
    m.def(
        "with_module_twice",
        [](const il::module& self, const std::string& x) { return self.name() + x; },
        il::pass_module, il::arg("x"));

    m.def<il::overload<int(int)>(&twice)>("deprecated", "Doubles.", il::arg("x"),
                                          il::deprecated("use free_function"));
    m.def("deprecated_plain", [] { return 1; }, il::deprecated("no more"));
    m.def(
        "signed", [](const std::string& mode) { return mode; }, "Opens.", il::arg("mode"),
        il::sig("signed(mode: Literal['r', 'w']) -> str"));
    m.def("documented", [] {}, "First line.\n\nMore \xc3\xbc of it.");
    m.def("undocumented", [] {});

    m.def("captured", [] { return captured.load(); });
    // In any module, at any time.
    m.def("define_in", [](const il::module& to, const std::string& name, int n) {
        to.def(name.c_str(), [n](int x) { return n + x; }, il::arg("x") = 1);
    });
    m.def("define_captures_in", [](const il::module& to) {
        to.def("counted", [kept = counted_capture()] { return captured.load(); });
    });

    il::module sub = m.submodule("sub", "A submodule.");
    sub.def("with_module", [](const il::module& self) { return self.name(); }, il::pass_module);
    sub.def("state", [n = 1]() mutable { return n++; });
    sub.def<il::overload<int(int)>(&twice)>("overloaded", il::arg("x"));
    sub.def<il::overload<std::string(const std::string&)>(&twice)>("overloaded", il::arg("x"));
    sub.submodule("deeper").def<il::overload<int(int)>(&twice)>("twice");
}
