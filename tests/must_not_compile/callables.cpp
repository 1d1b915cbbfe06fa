// Callables that allow_threads and with_gil do not take, and what to write instead.
// clang-format off: the two forms of a line stand one above the other
#include <interlock/interlock.hpp>

#include <any>
#include <array>
#include <atomic>
#include <coroutine>
#include <deque>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace il = interlock;

struct task {
    struct promise_type {
        task get_return_object();
        std::suspend_never initial_suspend();
        std::suspend_never final_suspend() noexcept;
        void return_void();
        void unhandled_exception();
    };
};

// case: captures_by_reference
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
// expect: py.allow_threads\(il::unchecked
// differs: 2
void f(il::python py, int x, il::object o) {
    py.allow_threads([&x] {});  // bad
    py.allow_threads([] {});    // good
}

// case: captures_by_value
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
void f(il::python py, int x, il::object o) {
    py.allow_threads([x] {});  // bad
    py.allow_threads([] {});   // good
}

// case: captures_object
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
void f(il::python py, int x, il::object o) {
    py.allow_threads([o] {});  // bad
    py.allow_threads([] {});   // good
}

// case: captures_object_by_reference
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
// differs: 2
void f(il::python py, int x, il::object o) {
    py.allow_threads([&o] {});  // bad
    py.allow_threads([] {});    // good
}

// case: captures_token_by_reference
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
// differs: 2
void f(il::python py, int x, il::object o) {
    py.allow_threads([&py] {});  // bad
    py.allow_threads([] {});     // good
}

// case: captures_by_default_reference
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
// differs: 2
void f(il::python py, int x) {
    int n = py.allow_threads([&] { return x; });                 // bad
    int n = py.allow_threads(il::unchecked, [&] { return x; });  // good
}

// case: captures_by_default_value
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
// differs: 2
void f(il::python py, int x) {
    int n = py.allow_threads([=] { return x; });                 // bad
    int n = py.allow_threads(il::unchecked, [=] { return x; });  // good
}

// case: captures_and_takes_arguments
// expect: the lambda given to allow_threads captures
// expect: write \[\] and pass what it needs as arguments
// differs: 2
void f(il::python py, int x) {
    int n = py.allow_threads([&](auto y) { return x + y; }, 1);                 // bad
    int n = py.allow_threads(il::unchecked, [&](auto y) { return x + y; }, 1);  // good
}

// case: needless_reference
// expect: says that it captures, though it uses nothing from outside: remove the & or the =
void f(il::python py) {
    int n = py.allow_threads([&] { return 1; });  // bad
    int n = py.allow_threads([] { return 1; });   // good
}

// case: needless_value
// expect: says that it captures, though it uses nothing from outside: remove the & or the =
void f(il::python py) {
    int n = py.allow_threads([=](int x) { return x; }, 1);  // bad
    int n = py.allow_threads([](int x) { return x; }, 1);   // good
}

// case: std_function
// expect: the callable given to allow_threads has state
void f(il::python py, std::function<int()> callback, int (*plain)()) {
    int n = py.allow_threads(callback);  // bad
    int n = py.allow_threads(plain);     // good
}

// case: std_bind
// expect: the callable given to allow_threads has state
// differs: 12
void f(il::python py) {
    py.allow_threads(std::bind([](int) {}, 1));  // bad
    py.allow_threads(std::plus<>(), 1, 1);       // good
}

// case: functor_with_a_member
// expect: the callable given to allow_threads has state
// differs: 4
template <class T>
struct functor {
    [[no_unique_address]] T state;
    int operator()() const { return 1; }
};
void f(il::python py) {
    int n = py.allow_threads(functor<int>());                  // bad
    int n = py.allow_threads(functor<std::allocator<int>>());  // good
}

// case: std_reference_wrapper
// expect: the callable given to allow_threads has state
// differs: 2
void plain();
void f(il::python py) {
    py.allow_threads(std::ref(plain));  // bad
    py.allow_threads(*&(plain));        // good
}

// case: coroutine_leaves
// expect: is a coroutine, whose frame would outlive the door: open the door inside the coroutine
// differs: 3
void f(il::python py) {
    py.allow_threads([]() -> task { co_return; });  // bad
    py.allow_threads([]() -> void { return; });     // good
}

// case: coroutine_with_arguments_leaves
// expect: is a coroutine, whose frame would outlive the door: open the door inside the coroutine
// differs: 4
void f(il::python py) {
    auto t = py.allow_threads([](int) -> task { co_return; }, 1);  // bad
    auto t = py.allow_threads([](int) -> int { return 1; }, 1);    // good
}

// case: coroutine_unchecked
// expect: is a coroutine, whose frame would outlive the door: open the door inside the coroutine
// differs: 3
void f(il::python py) {
    py.allow_threads(il::unchecked, [&]() -> task { co_return; });  // bad
    py.allow_threads(il::unchecked, [&]() -> void { return; });     // good
}

// case: coroutine_enters
// expect: is a coroutine, whose frame would outlive the door: open the door inside the coroutine
// differs: 4
void f() {
    auto t = il::with_gil([](il::python) -> task { co_return; });  // bad
    auto t = il::with_gil([](il::python) -> int { return 1; });    // good
}

// case: coroutine_tries_to_enter
// expect: is a coroutine, whose frame would outlive the door: open the door inside the coroutine
// differs: 4
void f() {
    auto t = il::try_with_gil([](il::python) -> task { co_return; });  // bad
    auto t = il::try_with_gil([](il::python) -> int { return 1; });    // good
}

// case: with_gil_without_the_token
// expect: cannot be called with the token and the arguments that follow it
// expect: write \[\]\(il::python py, ...\) or \[\]\(auto& py, ...\)
void f() {
    int n = il::with_gil([]() { return 1; });            // bad
    int n = il::with_gil([](il::python) { return 1; });  // good
}

// case: with_gil_with_the_token_by_value
// expect: cannot be called with the token and the arguments that follow it
// expect: write \[\]\(il::python py, ...\) or \[\]\(auto& py, ...\)
void f() {
    int n = il::with_gil([](auto py) { return 1; });   // bad
    int n = il::with_gil([](auto& py) { return 1; });  // good
}

// case: with_gil_without_its_argument
// expect: cannot be called with the token and the arguments that follow it
// expect: write \[\]\(il::python py, ...\) or \[\]\(auto& py, ...\)
// differs: 2
void f() {
    il::with_gil([](il::python, int) {});     // bad
    il::with_gil([](il::python, int) {}, 1);  // good
}

// case: with_gil_with_a_wrong_argument
// expect: cannot be called with the token and the arguments that follow it
// expect: write \[\]\(il::python py, ...\) or \[\]\(auto& py, ...\)
void f() {
    il::with_gil([](il::python, int*) {}, 1);  // bad
    il::with_gil([](il::python, int) {}, 1);   // good
}

// case: with_gil_of_a_member_without_the_token
// expect: cannot be called with the token and the arguments that follow it
// expect: write \[\]\(il::python py, ...\) or \[\]\(auto& py, ...\)
struct engine {
    void step(il::python);
    void stop();
};
void f(engine e) {
    il::with_gil(&engine::stop, e);  // bad
    il::with_gil(&engine::step, e);  // good
}

// case: try_with_gil_without_the_token
// expect: cannot be called with the token and the arguments that follow it
// expect: write \[\]\(il::python py, ...\) or \[\]\(auto& py, ...\)
void f() {
    bool b = il::try_with_gil([]() {});            // bad
    bool b = il::try_with_gil([](il::python) {});  // good
}

// case: assume_attached_without_the_token
// expect: cannot be called with the token and the arguments that follow it
// expect: write \[\]\(il::python py, ...\) or \[\]\(auto& py, ...\)
void f() {
    int n = il::assume_attached([]() { return 1; });            // bad
    int n = il::assume_attached([](il::python) { return 1; });  // good
}
