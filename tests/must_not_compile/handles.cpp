// The token and the handles: not made, copied, kept or viewed otherwise than the library says.
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

// case: token_copied
// expect: deleted.*attachment
void f(il::python py) {
    auto mine = py;   // bad
    auto& mine = py;  // good
}

// case: token_captured
// expect: deleted.*attachment
void f(il::python py) {
    auto later = [py] {};   // bad
    auto later = [&py] {};  // good
}

// case: token_captured_with_a_name
// expect: deleted.*attachment
void f(il::python py) {
    auto later = [mine = py] {};   // bad
    auto later = [&mine = py] {};  // good
}

// case: token_captured_by_default
// expect: deleted.*attachment
void f(il::python py) {
    auto later = [=] { py.check_signals(); };  // bad
    auto later = [&] { py.check_signals(); };  // good
}

// case: token_made
// expect: private
// expect: attachment
void f() {
    il::attachment mine;   // bad
    il::attachment* mine;  // good
}

// case: token_made_with_braces
// expect: private
// expect: attachment
void f() {
    il::attachment mine{};  // bad
    std::string mine{};     // good
}

// case: token_member
// expect: deleted
struct keeper {
    il::attachment py;  // bad
    il::python py;      // good
};
auto keep(il::python py) { return keeper{py}; }

// case: token_in_optional
// expect: no matching|no viable|no conversion|conversion from|could not convert|deleted
// differs: 5
void f(il::python py) {
    std::optional<il::attachment> kept = py;                                // bad
    std::optional<std::reference_wrapper<const il::attachment>> kept = py;  // good
}

// case: token_to_thread
// expect: attachment
// differs: 4
void f(il::python py) {
    std::thread t([](il::python) {}, py);             // bad
    std::thread t([](il::python) {}, std::cref(py));  // good
}

// case: token_by_value_parameter
// expect: deleted.*attachment
void by_value(il::attachment);
void by_reference(il::python);
void f(il::python py) {
    by_value(py);      // bad
    by_reference(py);  // good
}

// case: owned_copied
// expect: deleted.*owned
void f(il::owned<il::list> a) {
    auto b = a;   // bad
    auto& b = a;  // good
}

// case: owned_copied_by_capture
// expect: deleted.*owned
void f(il::owned<il::list> a) {
    auto later = [a] {};   // bad
    auto later = [&a] {};  // good
}

// case: owned_assigned
// expect: deleted.*(owned|operator)
// differs: 4
void f(il::owned<il::list> a, il::owned<il::list> b) {
    b = a;             // bad
    b = std::move(a);  // good
}

// case: owned_of_no_object
// expect: il::owned<T> holds a kind of Python object
void f() {
    il::owned<int> a;       // bad
    il::owned<il::list> a;  // good
}

// case: owned_used_without_the_token
// expect: bind
void f(il::python py, il::owned<il::list> a) {
    il::list l = a.bind();    // bad
    il::list l = a.bind(py);  // good
}

// case: object_by_default
// expect: no matching|default constructor
// differs: 4
void f() {
    il::object o;             // bad
    il::owned<il::object> o;  // good
}

// case: list_by_default
// expect: default constructor|deleted function .*list::list
// differs: 4
// errors: 2
void f() {
    il::list l;             // bad
    il::owned<il::list> l;  // good
}

// case: object_from_a_pointer
// expect: PyObject|_object
// differs: 6
void f(il::python py, PyObject* p) {
    il::object o = p;                 // bad
    il::object o = il::steal(py, p);  // good
}

// case: object_from_a_pointer_in_parentheses
// expect: no matching
// expect: PyObject|_object
// differs: 6
void f(il::python py, PyObject* p) {
    il::object o(p);                  // bad
    il::object o(il::borrow(py, p));  // good
}

// case: steal_without_the_token
// expect: steal
// differs: 2
void f(il::python py, PyObject* p) {
    il::object o = il::steal(p);      // bad
    il::object o = il::steal(py, p);  // good
}

// case: list_without_the_token
// expect: of|attachment|python
// differs: 2
void f(il::python py) {
    il::list l = il::list::of(1);      // bad
    il::list l = il::list::of(py, 1);  // good
}

// case: view_of_a_temporary
// expect: as<T>\(\) would view the memory of a temporary object
// expect: keep the object in a variable, or convert to std::string
void f(il::object o) {
    auto v = o().as<std::string_view>();  // bad
    auto v = o().as<std::string>();       // good
}

// case: optional_view_of_a_temporary
// expect: try_as<T>\(\) would view the memory of a temporary object
void f(il::object o) {
    auto v = o().try_as<std::string_view>();  // bad
    auto v = o().try_as<std::string>();       // good
}

// case: view_of_an_attribute
// expect: as<T>\(\) would view the memory of a temporary object
void f(il::object o) {
    std::string v(o.attr("x").as<std::string_view>());  // bad
    std::string v(o.attr("x").as<std::string>());       // good
}

// case: characters_of_a_temporary
// expect: as<T>\(\) would view the memory of a temporary object
// differs: 2
void f(il::object o) {
    const char* v = o().as<const char*>();  // bad
    const char* v = o.as<const char*>();   // good
}

// case: view_of_moved_object
// expect: as<T>\(\) would view the memory of a temporary object
void f(il::object o) {
    auto v = std::move(o).as<std::string_view>();      // bad
    auto v = std::as_const(o).as<std::string_view>();  // good
}

// case: bytes_view_of_a_temporary
// expect: deleted
// differs: 6
void f(il::python py, il::bytes b) {
    auto v = il::bytes::of(py, "x").view();  // bad
    auto v = b.view();                       // good
}

// case: str_view_of_a_temporary
// expect: deleted
// differs: 6
void f(il::python py, il::str s) {
    auto v = il::str::of(py, "x").view();  // bad
    auto v = s.view();                     // good
}

// case: span_of_a_temporary
// expect: deleted
// differs: 6
void f(il::python py, il::bytes b) {
    auto v = il::bytes::of(py, "x").span();  // bad
    auto v = b.span();                       // good
}

// case: pinned_str_copied
// expect: deleted.*pinned_str
void f(il::pinned_str a) {
    auto b = a;   // bad
    auto& b = a;  // good
}

// case: buffer_copied
// expect: deleted.*buffer
void f(il::buffer<int> a) {
    auto b = a;   // bad
    auto& b = a;  // good
}

// case: buffer_of_a_class
// expect: il::buffer<T> is of an arithmetic type, or of std::byte
void f(il::object o) {
    il::buffer<std::string> b(o);  // bad
    il::buffer<double> b(o);       // good
}

// case: as_span_of_a_temporary
// expect: as<T>\(\) would view the memory of a temporary object
// differs: 2
void f(il::object o) {
    auto v = o().as<std::span<const double>>();  // bad
    auto v = o.as<std::span<const double>>();    // good
}

// case: as_vector_of_views
// expect: as<T>\(\) of a container of views has nothing that keeps alive
void f(il::object o) {
    auto v = o.as<std::vector<std::string_view>>();  // bad
    auto v = o.as<std::vector<std::string>>();       // good
}

// case: as_span_of_strings
// expect: has nowhere to put the items that it would view
// differs: 8
void f(il::object o) {
    auto v = o.as<std::span<const std::string>>();  // bad
    auto v = o.as<std::vector<std::string>>();      // good
}

// case: with_given_what_takes_something_else
// expect: the callable of il::with is called with the value that the context manager gives
// errors: 3
void f(il::python py, il::object o) {
    il::with(py, o, [](int) {});         // bad
    il::with(py, o, [](il::object) {});  // good
}

// case: with_that_returns_a_reference
// expect: the callable of il::with returns a reference
// differs: 4
void f(il::python py, il::object o, int& n) {
    il::with(py, o, [&]() -> int& { return n; });  // bad
    il::with(py, o, [&]() { return n; });          // good
}

// case: memoryview_enters_allow_threads
// expect: argument 1 of allow_threads
void f(il::python py, il::memoryview v, il::buffer<int> b) {
    py.allow_threads([](auto&) {}, v);  // bad
    py.allow_threads([](auto&) {}, b);  // good
}

// case: str_enters_allow_threads
// expect: argument 1 of allow_threads
void f(il::python py, il::str v, il::pinned_str b) {
    py.allow_threads([](auto&) {}, v);  // bad
    py.allow_threads([](auto&) {}, b);  // good
}
