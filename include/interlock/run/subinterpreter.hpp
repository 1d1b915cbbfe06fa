// subinterpreter: a second Python in the same process, with modules, types and a lock of its own.
#pragma once

#include <interlock/attach/interpreter_scope.hpp>
#include <interlock/objects/error.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

INTERLOCK_BEGIN

#if !INTERLOCK_LIMITED_API

// How to make a sub-interpreter. The defaults are those of Python's concurrent.interpreters, where threads are allowed.
struct subinterpreter_options {
    // A lock of its own: its code runs at the same time as that of others. Otherwise it shares the main interpreter's.
    bool own_gil = true;
    // Whether its code may start threads.
    bool threads = true;
    // Whether those may be daemons. Needs CPython 3.14: an older one aborts the process where one is left at the end.
    bool daemon_threads = false;
    // os.fork and os.exec*. subprocess needs neither.
    bool fork = false;
    bool exec = false;
    // Whether modules can be imported that know one interpreter only (single-phase initialization). Needs own_gil = false and
    // a Python with a GIL.
    bool legacy_modules = false;
    // Folders put in front of sys.path, before those that il::interpreter was given.
    std::vector<std::string> path = {};
};

namespace detail {

template <class A>
inline constexpr bool is_bound_argument = std::is_base_of_v<bound_tag, std::remove_cvref_t<A>> ||
                                          std::is_same_v<std::remove_cvref_t<A>, attachment>;

template <class... As>
consteval bool check_arguments_of_subinterpreter() {
    constexpr bool none_is_bound = (!is_bound_argument<As> && ...);
    static_assert(
        none_is_bound,
        "interlock: an argument of il::subinterpreter::with_gil is a Python object of the "
        "interpreter that the code around is attached to, and may not be used in another "
        "one: convert it to a C++ value (object.as<T>()) and make it anew inside "
        "(py.make(value)), or let it be pickled");
    return none_is_bound;
}

// Calls inside; the text of a Python exception is made before its interpreter is left.
template <class F, class... As>
decltype(auto) call_and_tell(python py, F&& f, As&&... as) {
    try {
        return call_entered(py, std::forward<F>(f), std::forward<As>(as)...);
    } catch (const python_error& error) {
        static_cast<void>(error.what());
        throw;
    }
}

}  // namespace detail

// A Python interpreter beside the main one: modules, types, sys.path and, unless told otherwise, the lock are its own, so that
// two of them run Python code on two cores. A Python object belongs to the interpreter that made it: what goes from one to the
// other are C++ values; an il::owned<T> used under another one is il::wrong_interpreter.
//
// The destructor turns newcomers away, waits for the threads that are inside (as the end of the main interpreter does,
// il::exit_wait included), releases what waits for its release, and ends it. It may run on any thread, attached or not; where
// the thread is inside this very interpreter, who leaves it last ends it. The end of the main interpreter ends those that are
// left; the object then is of no use, and its destructor does nothing.
//
// Needs CPython 3.12. On 3.11 the constructor throws: there a thread that is attached to a second interpreter cannot be told
// from one that is not attached (PyGILState is bound to the first state of the thread), so that no door would be safe.
class subinterpreter {
public:
    // Makes one. Needs the token of any interpreter; the thread is attached to that one again afterwards. Throws
    // std::runtime_error where CPython refuses, with its reason, or where an option needs a newer CPython or contradicts
    // another; no_interpreter while Python is finalizing. Cost: 10 to 30 ms.
    explicit subinterpreter(python py);
    subinterpreter(python py, const subinterpreter_options& options);
    ~subinterpreter();  // NOLINT(performance-trivially-destructible): on 3.11 alone

    // The object that is moved from can only be destroyed or assigned to.
    subinterpreter(subinterpreter&& other) noexcept
        : record_(std::exchange(other.record_, nullptr)) {}
    subinterpreter& operator=(subinterpreter&& other) noexcept {
        subinterpreter taken(std::move(other));
        std::swap(record_, taken.record_);
        return *this;
    }
    subinterpreter(const subinterpreter&) = delete;
    subinterpreter& operator=(const subinterpreter&) = delete;

    // CPython's number of it, as in concurrent.interpreters; -1 in an object that was moved from.
    std::int64_t id() const noexcept;

    // Enters it, calls f(py, args...) and returns its result, which must be detachable; then puts the thread back where it
    // was: attached to the same interpreter, in an allow_threads, or detached. Legal on any thread, in any of those states,
    // nested to any depth; other interpreters' code runs meanwhile. Inside, il::with_gil stays in it.
    //
    // f and args are as for il::with_gil; an argument that is a bound object does not compile. Throws what f throws, after the
    // thread is back; of an il::python_error then only what() is of use outside. Throws no_interpreter when it has ended or is
    // ending, inside a tp_traverse, and where the thread's former interpreter finalized meanwhile. std::logic_error: this
    // object was moved from.
    //
    // Cost: a thread state is made and deleted, about 0.5 us; none where the thread is inside already or in an allow_threads
    // of it. A thread that enters often stays inside and opens py.allow_threads around its waiting.
    template <class F>
    decltype(auto) with_gil(
        F&& f, detail::call_site where = detail::call_site(std::source_location::current())) {
        return enter(where.at, std::forward<F>(f));
    }
    template <class F, class A>
    decltype(auto) with_gil(
        F&& f, A&& a,
        detail::call_site where = detail::call_site(std::source_location::current())) {
        return enter(where.at, std::forward<F>(f), std::forward<A>(a));
    }
    template <class F, class A, class B>
    decltype(auto) with_gil(
        F&& f, A&& a, B&& b,
        detail::call_site where = detail::call_site(std::source_location::current())) {
        return enter(where.at, std::forward<F>(f), std::forward<A>(a), std::forward<B>(b));
    }
    // Three arguments and more: the same, but trace points carry no location of the caller's.
    template <class F, class A, class B, class C, class... Rest>
        requires(!std::is_same_v<std::remove_cvref_t<C>, detail::call_site>)
    decltype(auto) with_gil(F&& f, A&& a, B&& b, C&& c, Rest&&... rest) {
        return enter(std::source_location::current(), std::forward<F>(f), std::forward<A>(a),
                     std::forward<B>(b), std::forward<C>(c), std::forward<Rest>(rest)...);
    }

    // As with_gil, but being refused is a value: an empty optional, or false where f returns nothing.
    template <class F, class... As>
    auto try_with_gil(F&& f, As&&... as) {
        return try_enter(std::source_location::current(), std::forward<F>(f),
                         std::forward<As>(as)...);
    }

private:
    // Throws std::logic_error.
    detail::interpreter_record& record(const char* operation) const;

    template <class F, class... As>
    decltype(auto) enter(std::source_location where, F&& f, As&&... as) {
        if constexpr (!detail::check_entered<F, As...>() ||
                      !detail::check_arguments_of_subinterpreter<As...>()) {
            return detail::any_result{};
        } else {
            return detail::enter_and_call_in(
                record("il::subinterpreter::with_gil"), where, [&](python py) -> decltype(auto) {
                    return detail::call_and_tell(py, std::forward<F>(f), std::forward<As>(as)...);
                });
        }
    }

    template <class F, class... As>
    auto try_enter(std::source_location where, F&& f, As&&... as) {
        if constexpr (!detail::check_entered<F, As...>() ||
                      !detail::check_arguments_of_subinterpreter<As...>()) {
            return detail::any_result{};
        } else {
            return detail::try_enter_and_call_in(
                record("il::subinterpreter::try_with_gil"), where,
                [&](python py) -> decltype(auto) {
                    return detail::call_and_tell(py, std::forward<F>(f), std::forward<As>(as)...);
                });
        }
    }

    detail::interpreter_record* record_;
};

template <>
inline constexpr bool enable_detachable<subinterpreter> = true;

#else

template <class T = void>
class subinterpreter {
    static_assert(
        sizeof(T*) == 0,
        "interlock: il::subinterpreter is not there under the stable ABI (Py_LIMITED_API), "
        "which has no function that makes one: build this module for one version of "
        "Python, or make the interpreter in Python (concurrent.interpreters)");

public:
    template <class... A>
    explicit subinterpreter(A&&...) {}
};

#endif

INTERLOCK_END
