// What the user says of a type with enable_detachable. In a file of its own, since a specialization stands in no namespace
// but its template's, so that these cases are compiled one by one.
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

// case: told_by_the_user
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
class holder {
    il::object o_;
};
template <>
inline constexpr bool il::enable_detachable<holder> = false;  // bad
inline constexpr bool il::enable_detachable<holder> = true;   // good
void f(il::python py, holder& x) { leave_with(py, x); }

// case: told_of_what_a_pointer_leads_to
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
struct holder;
template <>
inline constexpr bool il::enable_detachable<holder> = false;  // bad
inline constexpr bool il::enable_detachable<holder> = true;   // good
void f(il::python py, holder* x) { leave_with(py, x); }

// case: told_of_a_template
// expect: argument 1 of allow_threads is, holds or views a Python object or the token
template <class T>
class holder {
    T value_;
};
template <class T>
inline constexpr bool il::enable_detachable<holder<T>> = false;  // bad
inline constexpr bool il::enable_detachable<holder<T>> = true;   // good
void f(il::python py, std::vector<holder<int>>& x) { leave_with(py, x); }
