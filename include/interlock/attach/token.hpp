// The token: how code says "the interpreter is mine now" (invariant 1).
//
// il::python is a reference to an attachment, which only the library makes and nobody can copy. It says nothing of the thread:
// what it stands for is a fact, and every operation through it checks that fact. It knows which bound function it was given to,
// so that the instances which that works on can be marked when it leaves.
#pragma once

#include <interlock/attach/arities.hpp>
#include <interlock/attach/checks.hpp>
#include <interlock/attach/scopes.hpp>

#include <functional>
#include <string_view>
#include <utility>

INTERLOCK_BEGIN

class object;
class module;
class dict;

namespace detail {

// The instances that a bound function was called with; see convert/instance_use.hpp.
class instances_of_call;
class call_token;

// Where a door is opened, the last parameter of each: a type of its own, so that a std::source_location among the arguments
// is not taken for it.
struct call_site {
    constexpr explicit call_site(std::source_location where) noexcept : at(where) {}
    std::source_location at;
};

// For calls with more arguments than there are overloads for.
inline constexpr std::source_location unknown_site{};

}  // namespace detail

// The tag of the door that takes any callable: what it touches is checked at run time alone.
struct unchecked_t {
    explicit unchecked_t() = default;
};
inline constexpr unchecked_t unchecked{};

// The right to touch the interpreter, on this thread, for as long as the door that gave it is open.
class attachment {
public:
    attachment(const attachment&) = delete;  // take it as il::python, which is a reference
    attachment& operator=(const attachment&) = delete;

    // Leaves the interpreter while `f` runs, so that other Python threads run, and returns what `f` returns.
    //
    // f: a captureless lambda, a stateless functor, a function pointer or a member pointer; args: what it needs, forwarded
    // by reference (never copied; rvalues may be moved from), each detachable, as is the result. Anything else does not
    // compile. Needs an attached thread and leaves it attached. By the token of a bound function, the instances that it was called
    // with are marked from here on until it returns: uses by other threads that could race are refused (docs/classes.md). Throws
    // python_error, a RuntimeError, where another thread works on one of them; not_attached, what `f` throws (after the thread is
    // attached again), and no_interpreter if the interpreter finalized meanwhile and no CPython frame lies below on this
    // thread's stack; where one does, the thread parks for ever, as CPython's own would. Cost: one PyEval_SaveThread and
    // PyEval_RestoreThread and 30 to 70 instructions, by the version of CPython; worth it from about a microsecond of work.
#define INTERLOCK_ALLOW_THREADS(n)                                                            \
    template <class F INTERLOCK_TYPE_PARAMETERS(n)>                                           \
    decltype(auto) allow_threads(                                                             \
        F&& f INTERLOCK_PARAMETERS(n),                                                        \
        detail::call_site where = detail::call_site(std::source_location::current())) const { \
        return leave(where.at, std::forward<F>(f) INTERLOCK_ARGUMENTS(n));                    \
    }
    INTERLOCK_FOR_EACH_ARITY(INTERLOCK_ALLOW_THREADS)
#undef INTERLOCK_ALLOW_THREADS
    // With more arguments: the same, but not_attached cannot tell the line.
    template <class F, class... As>
        requires(sizeof...(As) > 12)
    decltype(auto) allow_threads(F&& f, As&&... as) const {
        return leave(detail::unknown_site, std::forward<F>(f), std::forward<As>(as)...);
    }

    // The named way around the compile-time check: any callable, captures and all, and any arguments. What it does with
    // Python objects is still refused at run time; so is its result at compile time. Otherwise as above.
#define INTERLOCK_ALLOW_THREADS(n)                                                            \
    template <class F INTERLOCK_TYPE_PARAMETERS(n)>                                           \
    decltype(auto) allow_threads(                                                             \
        unchecked_t, F&& f INTERLOCK_PARAMETERS(n),                                           \
        detail::call_site where = detail::call_site(std::source_location::current())) const { \
        return leave_unchecked(where.at, std::forward<F>(f) INTERLOCK_ARGUMENTS(n));          \
    }
    INTERLOCK_FOR_EACH_ARITY(INTERLOCK_ALLOW_THREADS)
#undef INTERLOCK_ALLOW_THREADS
    template <class F, class... As>
        requires(sizeof...(As) > 12)
    decltype(auto) allow_threads(unchecked_t, F&& f, As&&... as) const {
        return leave_unchecked(detail::unknown_site, std::forward<F>(f), std::forward<As>(as)...);
    }

    // Runs the signal handlers that are due, so that Ctrl-C works in long loops of C++: throws python_error with the
    // exception that a handler raised (KeyboardInterrupt). Does something on Python's main thread only, as CPython has it.
    // Throws not_attached.
    void check_signals() const;

    // The operations of the objects layer that need nothing but the token. All throw not_attached, and python_error with
    // what Python raised.
    //
    // The module of that name, also a dotted one, imported where it is not yet.
    class module import(std::string_view name) const;
    // The value of an expression, and what statements do: in the namespace of __main__, or in `scope`, which gets
    // __builtins__ where it has none; names that are assigned go into `locals`, a mapping, where it is given.
    object eval(std::string_view expression) const;
    object eval(std::string_view expression, const dict& scope) const;
    object eval(std::string_view expression, const dict& scope, const object& locals) const;
    void run(std::string_view code) const;
    void run(std::string_view code, const dict& scope) const;
    void run(std::string_view code, const dict& scope, const object& locals) const;
    // A C++ value as a Python object; throws what the conversion throws.
    template <class T>
    [[nodiscard]] object make(T&& value) const;
    // Python's print(...).
    template <class... Args>
    void print(Args&&... args) const;
    [[nodiscard]] object none() const;

private:
    constexpr attachment() = default;
    explicit constexpr attachment(detail::instances_of_call* call) noexcept : call_(call) {}
    friend struct token_maker;
    friend class detail::call_token;

    template <class F, class... As>
    decltype(auto) leave(std::source_location where, F&& f, As&&... as) const {
        if constexpr (!detail::check_callable_of_allow_threads<F>() ||
                      !detail::check_detachable_arguments<1, As...>()) {
            return detail::refused_call<F, As...>();
        } else {
            return leave_unchecked(where, std::forward<F>(f), std::forward<As>(as)...);
        }
    }

    template <class F, class... As>
    decltype(auto) leave_unchecked(std::source_location where, F&& f, As&&... as) const {
        if constexpr (!detail::check_invocable_detached<F, As...>()) {
            return detail::any_result{};
        } else {
            return leave_and_call<std::invoke_result_t<F, As...>>(where, std::forward<F>(f),
                                                                  std::forward<As>(as)...);
        }
    }

    template <class R, class F, class... As>
    R leave_and_call(std::source_location where, F&& f, As&&... as) const {
        if constexpr (!detail::check_result_of_allow_threads<R, As...>()) {
            return detail::refused<R>();
        } else {
            if (call_ != nullptr) [[unlikely]] {
                mark_instances();
            }
            detail::detach_scope scope(this, where);
            if constexpr (std::is_void_v<R>) {
                std::invoke(std::forward<F>(f), std::forward<As>(as)...);
                scope.finish();
            } else if constexpr (std::is_reference_v<R>) {
                R result = std::invoke(std::forward<F>(f), std::forward<As>(as)...);
                scope.finish();
                return static_cast<R>(result);
            } else {
                R result = std::invoke(std::forward<F>(f), std::forward<As>(as)...);
                scope.finish();
                return result;
            }
        }
    }

    // Marks the instances that the bound function was called with: for as long as it runs, at the first time. Throws
    // python_error, a RuntimeError, where another thread works on one of them.
    void mark_instances() const;

    detail::instances_of_call* call_ = nullptr;
};

namespace detail {

// The token of one call of a bound function that works on instances.
class call_token {
public:
    explicit call_token(instances_of_call* call) noexcept : token_(call) {}
    const attachment& get() const noexcept { return token_; }

private:
    attachment token_;
};

}  // namespace detail

INTERLOCK_END
