// il::mutex, il::once, il::lock and their kin: what they hold, what they are given and what comes out of them.
// clang-format off: the two forms of a line stand one above the other
#include <interlock/interlock.hpp>

#include <chrono>
#include <coroutine>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace il = interlock;

struct task {
    struct promise_type {
        task get_return_object();
        std::suspend_never initial_suspend() noexcept;
        std::suspend_never final_suspend() noexcept;
        void return_void();
        void unhandled_exception();
    };
};
template <class T>
T make(il::python py);
template <class T>
void use(il::python py, il::once<T>& once) {
    once.get(py, make<T>);
}
struct no_try_lock { void lock(); void unlock(); };

// case: mutex_of_a_reference
// expect: il::mutex<T> holds a value: T may be neither a reference nor const
// errors: 2
il::mutex<int&> guarded;  // bad
il::mutex<int> guarded;   // good

// case: mutex_of_a_const
// expect: il::mutex<T> holds a value: T may be neither a reference nor const
il::mutex<const int> guarded(1);  // bad
il::mutex<int> guarded(1);        // good

// case: mutex_gives_its_value_out_by_reference
// expect: returns a reference to what the lock guards: return a copy, or do the work inside
il::mutex<std::string> guarded;
void f(il::python py) {
    guarded.with(py, [](auto& value) -> auto& { return value; });  // bad
    guarded.with(py, [](auto& value) -> auto { return value; });   // good
}

// case: mutex_callable_that_takes_something_else
// expect: the callable of il::mutex::with is called with the value: write \[\]\(auto& value\)
il::mutex<std::string> guarded;
void f(il::python py) {
    guarded.with(py, [](int value) { (void)value; });          // bad
    guarded.with(py, [](std::string value) { (void)value; });  // good
}

// case: mutex_callable_that_takes_nothing
// expect: the callable of il::mutex::with is called with the value: write \[\]\(auto& value\)
// differs: 1
il::mutex<int> guarded;
void f(il::python py) {
    guarded.with(py, []() {});      // bad
    guarded.with(py, [](auto) {});  // good
}

// case: mutex_callable_that_is_a_coroutine
// expect: a coroutine as the callable of il::mutex::with: its frame would outlive the lock
// differs: 3
il::mutex<int> guarded;
void f(il::python py) {
    guarded.with(py, [](int&) -> task { co_return; });  // bad
    guarded.with(py, [](int&) -> void { return; });     // good
}

// case: mutex_of_bound_objects_entered_without_the_token
// expect: il::mutex::with without the token: the value is or holds a bound Python object
// differs: 4
il::mutex<std::vector<il::object>> guarded;  // bad
il::mutex<std::vector<il::owned<il::object>>> guarded;  // good
void f() { guarded.with([](auto&) {}); }

// case: mutex_copied
// expect: deleted
il::mutex<int> guarded;
auto other = guarded;   // bad
auto& other = guarded;  // good

// case: once_of_a_reference
// expect: il::once<T> holds a value: T may be neither a reference nor const
// errors: 3
il::once<int&> value;  // bad
il::once<int> value;   // good

// case: once_of_a_bound_object
// expect: il::once<T>: T is, holds or views a bound Python object or the token
// differs: 4
// errors: 2
il::once<il::object> value;             // bad
il::once<il::owned<il::object>> value;  // good
void f(il::python py) { use(py, value); }

// case: once_of_a_container_of_bound_objects
// expect: il::once<T>: T is, holds or views a bound Python object or the token
// differs: 4
il::once<std::map<std::string, il::str>> value;             // bad
il::once<std::map<std::string, il::owned<il::str>>> value;  // good
void f(il::python py) { use(py, value); }

// case: once_initializer_that_takes_nothing
// expect: the initializer of il::once::get is called with the token: write \[\]\(il::python py\)
il::once<int> value;
void f(il::python py) {
    value.get(py, []() { return 1; });            // bad
    value.get(py, [](il::python) { return 1; });  // good
}

// case: once_initializer_that_returns_something_else
// expect: the initializer of il::once<T>::get returns something else than T
// expect: made by unbind\(\)
// errors: 3
il::once<std::string> value;
void f(il::python py) {
    value.get(py, [](il::python) { return 1.5; });  // bad
    value.get(py, [](il::python) { return "x"; });  // good
}

// case: once_copied
// expect: deleted
il::once<int> value;
auto other = value;   // bad
auto& other = value;  // good

// case: lock_of_what_cannot_be_tried
// expect: il::lock: the mutex has to have lock\(\), try_lock\(\) and unlock\(\)
no_try_lock without;
std::mutex with;
void f(il::python py) {
    il::lock(py, without, [] {});  // bad
    il::lock(py, with, [] {});     // good
}

// case: lock_shared_of_an_exclusive_mutex
// expect: il::lock_shared: the mutex has to have lock_shared\(\), try_lock_shared\(\) and unlock_shared\(\)
std::mutex exclusive;
std::shared_mutex shared;
void f(il::python py) {
    il::lock_shared(py, exclusive, [] {});  // bad
    il::lock_shared(py, shared, [] {});     // good
}

// case: try_lock_for_of_a_mutex_without_a_clock
// expect: il::try_lock_for: the mutex has to have try_lock\(\), try_lock_for\(\) and unlock\(\); std::timed_mutex does
std::mutex plain;
std::timed_mutex timed;
void f(il::python py) {
    il::try_lock_for(py, plain, std::chrono::seconds(1), [] {});  // bad
    il::try_lock_for(py, timed, std::chrono::seconds(1), [] {});  // good
}

// case: lock_without_the_token
// expect: no matching function for call to .*lock
std::mutex plain;
void f(il::python py) {
    il::lock(plain, plain, [] {});  // bad
    il::lock(py, plain, [] {});     // good
}

// case: mutex_carried_into_allow_threads_with_bound_objects
// expect: allow_threads
il::mutex<std::vector<il::object>> guarded;
il::mutex<std::vector<int>> plain;
void f(il::python py) {
    py.allow_threads([](auto&) {}, guarded);  // bad
    py.allow_threads([](auto&) {}, plain);    // good
}
