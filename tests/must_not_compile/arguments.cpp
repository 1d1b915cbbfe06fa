// Arguments of allow_threads: each position is named, and closures count as what they may have captured.
// clang-format off: the two forms of a line stand one above the other
#include <interlock/interlock.hpp>

#include <any>
#include <array>
#include <atomic>
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

// case: first
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: pass C\+\+ values, or il::owned<T>
// expect: interlock::(abi_1::)?object
void f(il::python py, il::object o, int i) {
    py.allow_threads([](const auto&) {}, o);  // bad
    py.allow_threads([](const auto&) {}, i);  // good
}

// case: result_is_used
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object o, std::string i) {
    int n = py.allow_threads([](auto&&) { return 1; }, std::move(o));  // bad
    int n = py.allow_threads([](auto&&) { return 1; }, std::move(i));  // good
}

// case: second
// expect: argument 2 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object o, int i) {
    py.allow_threads([](auto&&...) {}, 1, o);  // bad
    py.allow_threads([](auto&&...) {}, 1, i);  // good
}

// case: third
// expect: argument 3 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object o, int i) {
    py.allow_threads([](auto&&...) {}, 1, 2, o);  // bad
    py.allow_threads([](auto&&...) {}, 1, 2, i);  // good
}

// case: fourth
// expect: argument 4 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object o, int i) {
    py.allow_threads([](auto&&...) {}, 1, 2, 3, o);  // bad
    py.allow_threads([](auto&&...) {}, 1, 2, 3, i);  // good
}

// case: seventh
// expect: an argument of allow_threads, the one whose Position is shown
// expect: Position = 7|check_detachable_argument<7UL?,
void f(il::python py, il::object o, int i) {
    py.allow_threads([](auto&&...) {}, 1, 2, 3, 4, 5, 6, o);  // bad
    py.allow_threads([](auto&&...) {}, 1, 2, 3, 4, 5, 6, i);  // good
}

// case: the_first_of_two
// expect: argument 2 of allow_threads
// differs: 3
void f(il::python py, il::object o, int i) {
    py.allow_threads([](auto&&...) {}, 1, o, o);  // bad
    py.allow_threads([](auto&&...) {}, 1, i, i);  // good
}

// case: token
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, int i) {
    py.allow_threads([](auto&) {}, py);  // bad
    py.allow_threads([](auto&) {}, i);   // good
}

// case: token_for_a_callable_that_wants_it
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// differs: 6
void f(il::python py) {
    py.allow_threads([](il::python) {}, py);  // bad
    py.allow_threads([](int) {}, 1);          // good
}

// case: token_by_pointer
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, int i) {
    py.allow_threads([](auto*) {}, &py);  // bad
    py.allow_threads([](auto*) {}, &i);   // good
}

// case: temporary_attribute
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object o) {
    py.allow_threads([](auto&&) {}, o.attr("x"));      // bad
    py.allow_threads([](auto&&) {}, o.contains("x"));  // good
}

// case: closure_by_reference
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// differs: 2
void f(il::python py, int x, il::object o) {
    auto closure = [&x] {};  // bad
    auto closure = [] {};    // good
    py.allow_threads([](auto&) {}, closure);
}

// case: closure_by_value
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, int x, il::object o) {
    auto closure = [x] {};  // bad
    auto closure = [] {};   // good
    py.allow_threads([](auto&) {}, closure);
}

// case: closure_of_an_object
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, int x, il::object o) {
    auto closure = [o] {};  // bad
    auto closure = [] {};   // good
    py.allow_threads([](auto&) {}, closure);
}

// case: closure_with_a_state
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// differs: 3
void f(il::python py, int x, il::object o) {
    auto closure = [s = x] {};  // bad
    auto closure = [] {};       // good
    py.allow_threads([](auto&) {}, closure);
}

// case: closure_by_default_reference
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// differs: 5
void f(il::python py, int x) {
    auto closure = [&] { return x; };  // bad
    auto closure = [] { return 1; };   // good
    py.allow_threads([](auto&) {}, closure);
}

// case: closure_by_default_value
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// differs: 5
void f(il::python py, int x) {
    auto closure = [=] { return x; };  // bad
    auto closure = [] { return 1; };   // good
    py.allow_threads([](auto&) {}, closure);
}

// case: function_object
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::function<void()> callback, void (*plain)()) {
    py.allow_threads([](auto& f) { f(); }, callback);  // bad
    py.allow_threads([](auto& f) { f(); }, plain);     // good
}

// case: bound_object
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object o, int i) {
    auto bound = std::bind_front([](const auto&) {}, o);  // bad
    auto bound = std::bind_front([](const auto&) {}, i);  // good
    py.allow_threads([](auto& f) { f(); }, bound);
}

// case: range_over_objects
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::vector<il::object> objects, std::vector<int> numbers) {
    auto view = objects | std::views::take(2);  // bad
    auto view = numbers | std::views::take(2);  // good
    py.allow_threads([](auto& range) { for (auto& each : range) (void)each; }, view);
}

// case: range_with_a_closure
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::vector<int> xs, int n) {
    auto view = xs | std::views::transform([n](int x) { return x; });  // bad
    auto view = xs | std::views::transform([](int x) { return x; });   // good
    py.allow_threads([](auto& range) { for (auto each : range) (void)each; }, view);
}

// case: too_few
// expect: cannot be called with the arguments that follow it
void f(il::python py) {
    py.allow_threads([](int) {});  // bad
    py.allow_threads([]() {});     // good
}

// case: too_many
// expect: cannot be called with the arguments that follow it
// differs: 3
void f(il::python py) {
    int n = py.allow_threads([] { return 1; }, 2);       // bad
    int n = py.allow_threads([](int) { return 1; }, 2);  // good
}

// case: wrong_type
// expect: cannot be called with the arguments that follow it
void f(il::python py) {
    py.allow_threads([](std::string) {}, 2);  // bad
    py.allow_threads([](int) {}, 2);          // good
}

// case: rvalue_for_a_reference
// expect: cannot be called with the arguments that follow it
void f(il::python py) {
    py.allow_threads([](int&) {}, 2);   // bad
    py.allow_threads([](int&&) {}, 2);  // good
}

// case: const_for_a_reference
// expect: cannot be called with the arguments that follow it
void f(il::python py, const int c, int v) {
    py.allow_threads([](int&) {}, c);  // bad
    py.allow_threads([](int&) {}, v);  // good
}

// case: the_token_is_not_passed
// expect: cannot be called with the arguments that follow it
// expect: il::python is not among them
void f(il::python py) {
    py.allow_threads([](il::python) {});  // bad
    py.allow_threads([]() {});            // good
}

// case: unchecked_with_too_few
// expect: cannot be called with the arguments that follow it
void f(il::python py, int x) {
    int n = py.allow_threads(il::unchecked, [&](int) { return x; });  // bad
    int n = py.allow_threads(il::unchecked, [&]() { return x; });     // good
}

// case: unchecked_with_wrong_type
// expect: cannot be called with the arguments that follow it
void f(il::python py, int x) {
    int n = py.allow_threads(il::unchecked, [&](int*) { return x; }, 1);  // bad
    int n = py.allow_threads(il::unchecked, [&](int) { return x; }, 1);   // good
}
