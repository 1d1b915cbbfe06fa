// Classes of users that do not enter allow_threads as an argument: what they hold is found in their members, bases,
// template arguments and ranges, or told with enable_detachable.
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

// case: member
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    il::object o;  // bad
    int o;         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_behind_others
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    int n;
    std::string name;
    std::optional<double> d;
    PyObject* o;  // bad
    int* o;       // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_reference
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    int n;
    const il::object& o;  // bad
    const int& o;         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_token
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    il::python py;   // bad
    std::string py;  // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_optional
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    std::optional<int> n;
    std::optional<il::object> o;  // bad
    std::optional<int> o;         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_array
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    il::object os[3];  // bad
    int os[3];         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_behind_array
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    double xs[1000];
    il::object o;  // bad
    int o;         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_beside_mutex
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    std::mutex m;
    il::object o;  // bad
    int o;         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_beside_reference
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    int& n;
    std::unique_ptr<il::object> o;  // bad
    std::unique_ptr<int> o;         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_of_member
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct inner {
    int n;
    il::object o;  // bad
    int o;         // good
};
struct holder {
    std::string name;
    inner in;
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_of_element
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct element {
    il::object o;  // bad
    int o;         // good
};
struct holder {
    std::vector<element> elements;
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_of_base
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct base {
    il::object o;  // bad
    int o;         // good
};
struct holder : base {
    int n;
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: member_of_second_base
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct first {
    int n;
};
struct second {
    il::object o;  // bad
    int o;         // good
};
struct holder : first, second {};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: recursive_class
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
// expect: holder
struct holder {
    holder* next;
    std::vector<holder> kids;
    il::object o;  // bad
    int o;         // good
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: derived_from_object
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
struct holder : il::object {   // bad
struct holder : std::string {  // good
    using base = int;
    holder();
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: class_template
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
template <class T>
class holder {
    T* value_;
};
void f(il::python py, holder<il::object>& x) { leave_with(py, x); }  // bad
void f(il::python py, holder<int>& x) { leave_with(py, x); }         // good

// case: class_template_with_sizes
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
template <class T, std::size_t N, class Allocator = std::allocator<T>>
class holder {
    T* values_[N];
};
void f(il::python py, holder<il::object, 4>& x) { leave_with(py, x); }  // bad
void f(il::python py, holder<int, 4>& x) { leave_with(py, x); }         // good

// case: range_of_objects
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
class holder {
public:
    const il::object* begin() const;  // bad
    const int* begin() const;         // good

private:
    void* values_;
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: pointer_like_to_object
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
class holder {
public:
    il::object& operator*() const;  // bad
    int& operator*() const;         // good

private:
    void* value_;
};
void f(il::python py, holder& x) { leave_with(py, x); }

// case: handle_of_another_library
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
class holder {
public:
    PyObject* ptr() const;  // bad
    void* ptr() const;      // good

private:
    void* value_;
};
void f(il::python py, holder& x) { leave_with(py, x); }
