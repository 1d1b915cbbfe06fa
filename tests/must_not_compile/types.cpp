// Types that do not enter allow_threads as an argument: the token, Python objects, and what the library or CPython has that
// holds or views one. The positions and the sentence are in arguments.cpp.
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

template <class T>
void leave_with(il::python py, T&& value) {
    py.allow_threads([](auto&&) {}, std::forward<T>(value));
}

// case: object
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object x) {  // bad
void f(il::python py, int x) {         // good
    leave_with(py, x);
}

// case: object_reference
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, const il::object& x) {  // bad
void f(il::python py, const int& x) {         // good
    leave_with(py, x);
}

// case: object_pointer
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object* x) {  // bad
void f(il::python py, int* x) {         // good
    leave_with(py, x);
}

// case: list
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::list x) {  // bad
void f(il::python py, int x) {       // good
    leave_with(py, x);
}

// case: token
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::python x) {  // bad
void f(il::python py, int x) {         // good
    leave_with(py, x);
}

// case: token_pointer
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, const il::attachment* x) {  // bad
void f(il::python py, const int* x) {             // good
    leave_with(py, x);
}

// case: python_pointer
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, PyObject* x) {  // bad
void f(il::python py, int* x) {       // good
    leave_with(py, x);
}

// case: python_pointer_pointer
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, PyObject** x) {  // bad
void f(il::python py, int** x) {       // good
    leave_with(py, x);
}

// case: python_type
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, PyTypeObject* x) {  // bad
void f(il::python py, int* x) {           // good
    leave_with(py, x);
}

// case: python_struct
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, PyListObject* x) {  // bad
void f(il::python py, int* x) {           // good
    leave_with(py, x);
}

// case: borrowed
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::borrowed<il::object>& x) {  // bad
void f(il::python py, il::owned<il::object>& x) {     // good
    leave_with(py, x);
}

// case: attribute
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::attribute& x) {  // bad
void f(il::python py, int& x) {            // good
    leave_with(py, x);
}

// case: item
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::item& x) {  // bad
void f(il::python py, int& x) {       // good
    leave_with(py, x);
}

// case: vector
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::vector<il::object>& x) {  // bad
void f(il::python py, std::vector<int>& x) {         // good
    leave_with(py, x);
}

// case: vector_of_borrowed
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::vector<il::borrowed<il::list>>& x) {  // bad
void f(il::python py, std::vector<il::owned<il::list>>& x) {     // good
    leave_with(py, x);
}

// case: deque
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::deque<il::dict>& x) {  // bad
void f(il::python py, std::deque<int>& x) {       // good
    leave_with(py, x);
}

// case: optional
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::optional<il::object>& x) {  // bad
void f(il::python py, std::optional<int>& x) {         // good
    leave_with(py, x);
}

// case: tuple
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::tuple<int, il::object>& x) {  // bad
void f(il::python py, std::tuple<int, int>& x) {         // good
    leave_with(py, x);
}

// case: pair
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::pair<il::object, int>& x) {  // bad
void f(il::python py, std::pair<int, int>& x) {         // good
    leave_with(py, x);
}

// case: variant
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::variant<int, il::object>& x) {  // bad
void f(il::python py, std::variant<int, double>& x) {      // good
    leave_with(py, x);
}

// case: array
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::array<il::object, 3>& x) {  // bad
void f(il::python py, std::array<int, 3>& x) {         // good
    leave_with(py, x);
}

// case: c_array
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, il::object (&x)[3]) {  // bad
void f(il::python py, int (&x)[3]) {         // good
    leave_with(py, x);
}

// case: map
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::map<int, il::object>& x) {  // bad
void f(il::python py, std::map<int, int>& x) {         // good
    leave_with(py, x);
}

// case: map_by_object
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::map<il::object, int>& x) {  // bad
void f(il::python py, std::map<int, int>& x) {         // good
    leave_with(py, x);
}

// case: set
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::set<PyObject*>& x) {  // bad
void f(il::python py, std::set<int*>& x) {       // good
    leave_with(py, x);
}

// case: nested_containers
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::vector<std::optional<il::object>>& x) {  // bad
void f(il::python py, std::vector<std::optional<int>>& x) {         // good
    leave_with(py, x);
}

// case: unique_ptr
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::unique_ptr<il::object>& x) {  // bad
void f(il::python py, std::unique_ptr<int>& x) {         // good
    leave_with(py, x);
}

// case: unique_ptr_to_python
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::unique_ptr<PyObject>& x) {  // bad
void f(il::python py, std::unique_ptr<int>& x) {       // good
    leave_with(py, x);
}

// case: shared_ptr
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::shared_ptr<il::object> x) {  // bad
void f(il::python py, std::shared_ptr<int> x) {         // good
    leave_with(py, x);
}

// case: weak_ptr
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::weak_ptr<il::object> x) {  // bad
void f(il::python py, std::weak_ptr<int> x) {         // good
    leave_with(py, x);
}

// case: reference_wrapper
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::reference_wrapper<il::object> x) {  // bad
void f(il::python py, std::reference_wrapper<int> x) {         // good
    leave_with(py, x);
}

// case: reference_wrapper_to_token
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::reference_wrapper<const il::attachment> x) {  // bad
void f(il::python py, std::reference_wrapper<const int> x) {             // good
    leave_with(py, x);
}

// case: atomic_pointer
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::atomic<PyObject*>& x) {  // bad
void f(il::python py, std::atomic<int*>& x) {       // good
    leave_with(py, x);
}

// case: span
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::span<const il::object> x) {  // bad
void f(il::python py, std::span<const int> x) {         // good
    leave_with(py, x);
}

// case: iterator
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::vector<il::object>::iterator x) {  // bad
void f(il::python py, std::vector<int>::iterator x) {         // good
    leave_with(py, x);
}

// case: map_iterator
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::map<int, il::object>::iterator x) {  // bad
void f(il::python py, std::map<int, int>::iterator x) {         // good
    leave_with(py, x);
}

// case: subrange
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::ranges::subrange<il::object*> x) {  // bad
void f(il::python py, std::ranges::subrange<int*> x) {         // good
    leave_with(py, x);
}

// case: view
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::ranges::ref_view<std::vector<il::object>> x) {  // bad
void f(il::python py, std::ranges::ref_view<std::vector<int>> x) {         // good
    leave_with(py, x);
}

// case: future
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::future<il::object>& x) {  // bad
void f(il::python py, std::future<int>& x) {         // good
    leave_with(py, x);
}

// case: promise
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::promise<il::list>& x) {  // bad
void f(il::python py, std::promise<int>& x) {       // good
    leave_with(py, x);
}

// case: function
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// differs: 5
void f(il::python py, std::function<void()>& x) {  // bad
void f(il::python py, il::owned<il::list>& x) {    // good
    leave_with(py, x);
}

// case: packaged_task
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// differs: 5
void f(il::python py, std::packaged_task<int()>& x) {  // bad
void f(il::python py, std::future<int>& x) {           // good
    leave_with(py, x);
}

// case: any
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
void f(il::python py, std::any x) {  // bad
void f(il::python py, int x) {       // good
    leave_with(py, x);
}
