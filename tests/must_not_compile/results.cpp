// What does not come out of a door as its result.
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

struct inner {
    int n;
    il::object o;
};
struct outer {
    std::string name;
    std::vector<inner> elements;
};

template <class T>
T make();

// case: with_gil_object
// expect: the result of with_gil is, holds or views a Python object or the token
// expect: return il::owned<T> \(object.unbind\(\)\), or convert to a C\+\+ value
// differs: 4
using result = il::object;             // bad
using result = il::owned<il::object>;  // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_list
// expect: the result of with_gil is, holds or views a Python object or the token
// differs: 4
using result = il::list;             // bad
using result = il::owned<il::list>;  // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_object_reference
// expect: the result of with_gil is, holds or views a Python object or the token
using result = il::object&;  // bad
using result = int&;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_object_pointer
// expect: the result of with_gil is, holds or views a Python object or the token
using result = const il::object*;  // bad
using result = const int*;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_python_pointer
// expect: the result of with_gil is, holds or views a Python object or the token
using result = PyObject*;  // bad
using result = int*;       // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_token
// expect: the result of with_gil is, holds or views a Python object or the token
// differs: 3
using result = il::python;  // bad
using result = const int&;  // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_borrowed
// expect: the result of with_gil is, holds or views a Python object or the token
using result = il::borrowed<il::object>;  // bad
using result = il::owned<il::object>;     // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_attribute
// expect: the result of with_gil is, holds or views a Python object or the token
using result = il::attribute;  // bad
using result = int;            // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_vector
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::vector<il::object>;  // bad
using result = std::vector<int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_optional
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::optional<il::object>;  // bad
using result = std::optional<int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_tuple
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::tuple<int, il::object>;  // bad
using result = std::tuple<int, int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_pair
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::pair<int, il::object>;  // bad
using result = std::pair<int, int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_variant
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::variant<int, il::object>;  // bad
using result = std::variant<int, double>;      // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_array
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::array<PyObject*, 2>;  // bad
using result = std::array<int*, 2>;       // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_map
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::map<std::string, il::object>;  // bad
using result = std::map<std::string, int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_unique_ptr
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::unique_ptr<il::object>;  // bad
using result = std::unique_ptr<int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_shared_ptr
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::shared_ptr<il::object>;  // bad
using result = std::shared_ptr<int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_reference_wrapper
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::reference_wrapper<il::object>;  // bad
using result = std::reference_wrapper<int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_span
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::span<il::object>;  // bad
using result = std::span<int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_iterator
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::vector<il::object>::iterator;  // bad
using result = std::vector<int>::iterator;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_aggregate
// expect: the result of with_gil is, holds or views a Python object or the token
using result = outer;        // bad
using result = std::string;  // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_function
// expect: the result of with_gil is, holds or views a Python object or the token
// differs: 6
using result = std::function<void()>;  // bad
using result = void (*)();             // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_future
// expect: the result of with_gil is, holds or views a Python object or the token
using result = std::future<il::object>;  // bad
using result = std::future<int>;         // good
void f() { decltype(auto) r = il::with_gil([](il::python) -> result { return make<result>(); }); }

// case: with_gil_deduced
// expect: the result of with_gil is, holds or views a Python object or the token
// differs: 4
void f() {
    auto os = il::with_gil([](il::python py) { return py.import("os"); });           // bad
    auto os = il::with_gil([](il::python py) { return py.import("os").unbind(); });  // good
}

// case: with_gil_closure
// expect: the result of with_gil is, holds or views a Python object or the token
// differs: 2
void f() {
    auto later = il::with_gil([](il::python py) { return [&py] {}; });  // bad
    auto later = il::with_gil([](il::python py) { return [] {}; });     // good
}

// case: try_with_gil_object
// expect: the result of with_gil is, holds or views a Python object or the token
// differs: 4
void f() {
    auto os = il::try_with_gil([](il::python py) { return py.import("os"); });           // bad
    auto os = il::try_with_gil([](il::python py) { return py.import("os").unbind(); });  // good
}

// case: with_gil_of_a_member
// expect: the result of with_gil is, holds or views a Python object or the token
struct engine {
    il::object state(il::python);
    int speed(il::python);
};
void f(engine e) {
    auto o = il::with_gil(&engine::state, e);  // bad
    auto o = il::with_gil(&engine::speed, e);  // good
}

// case: allow_threads_object
// expect: the result of allow_threads is, holds or views a Python object or the token
// differs: 4
using result = il::object;             // bad
using result = il::owned<il::object>;  // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_object_reference
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = il::object&;  // bad
using result = int&;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_object_pointer
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = const il::object*;  // bad
using result = const int*;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_python_pointer
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = PyObject*;  // bad
using result = int*;       // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_token
// expect: the result of allow_threads is, holds or views a Python object or the token
// differs: 3
using result = il::python;  // bad
using result = const int&;  // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_vector
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::vector<il::object>;  // bad
using result = std::vector<int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_optional
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::optional<il::object>;  // bad
using result = std::optional<int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_tuple
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::tuple<int, il::object>;  // bad
using result = std::tuple<int, int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_variant
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::variant<int, il::object>;  // bad
using result = std::variant<int, double>;      // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_unique_ptr
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::unique_ptr<il::object>;  // bad
using result = std::unique_ptr<int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_reference_wrapper
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::reference_wrapper<il::object>;  // bad
using result = std::reference_wrapper<int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_aggregate
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = outer;        // bad
using result = std::string;  // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_function
// expect: the result of allow_threads is, holds or views a Python object or the token
// differs: 6
using result = std::function<void()>;  // bad
using result = void (*)();             // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_list
// expect: the result of allow_threads is, holds or views a Python object or the token
// differs: 4
using result = il::list;             // bad
using result = il::owned<il::list>;  // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_borrowed
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = il::borrowed<il::object>;  // bad
using result = il::owned<il::object>;     // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_attribute
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = il::attribute;  // bad
using result = int;            // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_pair
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::pair<int, il::object>;  // bad
using result = std::pair<int, int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_array
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::array<PyObject*, 2>;  // bad
using result = std::array<int*, 2>;       // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_map
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::map<std::string, il::object>;  // bad
using result = std::map<std::string, int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_shared_ptr
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::shared_ptr<il::object>;  // bad
using result = std::shared_ptr<int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_span
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::span<il::object>;  // bad
using result = std::span<int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_iterator
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::vector<il::object>::iterator;  // bad
using result = std::vector<int>::iterator;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_future
// expect: the result of allow_threads is, holds or views a Python object or the token
using result = std::future<il::object>;  // bad
using result = std::future<int>;         // good
void f(il::python py) { decltype(auto) r = py.allow_threads([]() -> result { return make<result>(); }); }

// case: allow_threads_closure
// expect: the result of allow_threads is, holds or views a Python object or the token
// differs: 2
void f(il::python py) {
    auto later = py.allow_threads([](int n) { return [n] {}; }, 1);  // bad
    auto later = py.allow_threads([](int n) { return [] {}; }, 1);   // good
}

// case: allow_threads_unchecked
// expect: the result of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object o) {
    auto r = py.allow_threads(il::unchecked, [&] { return o; });  // bad
    auto r = py.allow_threads(il::unchecked, [&] { return 1; });  // good
}

// case: allow_threads_of_a_function
// expect: the result of allow_threads is, holds or views a Python object or the token
il::object state();
int speed();
void f(il::python py) {
    auto r = py.allow_threads(&state);  // bad
    auto r = py.allow_threads(&speed);  // good
}
