// with: Python's context managers around a C++ callable; super: the next class in line.
#pragma once

#include <interlock/objects/type.hpp>

#include <concepts>
#include <functional>

#if INTERLOCK_FORCED_UNWIND && defined(__GLIBC__)
#include <cxxabi.h>
#endif

INTERLOCK_BEGIN
namespace detail {

// A context that has been entered. It is left once, by one of the two functions; what throws there has left it too.
class entered_context {
public:
    explicit entered_context(const object& manager);

    const object& value() const noexcept { return value_; }

    // __exit__(None, None, None); nothing where the context was left already, with a swallowed exception.
    void leave();
    // __exit__ with the C++ exception that is being handled, as a Python one; whether it is to be swallowed. Throws what
    // __exit__ raises. False also where this thread was turned away from the interpreter meanwhile.
    bool leave_with_current_exception();

private:
    object manager_;
    object exit_;
    object value_;
    bool left_ = false;
};

template <class F>
decltype(auto) call_in_context(python py, F& f, const object& value) {
    static_assert(std::is_invocable_v<F&, python, const object&> ||
                      std::is_invocable_v<F&, const object&> || std::is_invocable_v<F&>,
                  "interlock: the callable of il::with is called with the value that the context "
                  "manager gives (what stands behind `as`): write [&](il::object value) { ... } "
                  "or [&] { ... }");
    if constexpr (std::is_invocable_v<F&, python, const object&>) {
        return std::invoke(f, py, value);
    } else if constexpr (std::is_invocable_v<F&, const object&>) {
        return std::invoke(f, value);
    } else {
        return std::invoke(f);
    }
}

// What a `with` gives whose exception was swallowed.
template <class R>
R swallowed_result() {
    if constexpr (std::is_void_v<R>) {
        return;
    } else if constexpr (std::is_same_v<R, object>) {
        return object(adopt_t{}, Py_NewRef(Py_None));
    } else if constexpr (std::default_initializable<R>) {
        return R{};
    } else {
        throw std::logic_error(
            "interlock: il::with: the context manager swallowed the exception, and the callable's "
            "result has no default value to return instead");
    }
}

#if INTERLOCK_FORCED_UNWIND && defined(__GLIBC__)
#define INTERLOCK_CATCH_FORCED_UNWIND \
    catch (abi::__forced_unwind&) {   \
        throw;                        \
    }
#else
#define INTERLOCK_CATCH_FORCED_UNWIND
#endif

}  // namespace detail

// Python's `with manager as value: f(value)`; f takes the value, or (py, value), or nothing. Returns what f returns.
//
// Where f throws, the manager's __exit__ gets the exception: a python_error as itself, another C++ exception as the
// RuntimeError that it would become. If __exit__ returns a true value the exception ends here, and the result is R{} (None for
// il::object; std::logic_error where R has no default); otherwise the C++ exception continues as it was. What __exit__
// raises itself is thrown, with the other one as its __context__. Needs an attached thread and leaves it attached.
template <class F>
decltype(auto) with(python py, const object& manager, F&& f) {
    using returned = decltype(detail::call_in_context(py, f, manager));
    // What stands for an attribute or an item is fetched before the context is left.
    using R =
        std::conditional_t<std::is_base_of_v<detail::proxy_tag, std::remove_cvref_t<returned>>,
                           object, returned>;
    static_assert(!std::is_reference_v<R>,
                  "interlock: the callable of il::with returns a reference: return a value");
    detail::entered_context context(manager);
    const auto run = [&]() -> R {
        try {
            return detail::call_in_context(py, f, context.value());
        }
        INTERLOCK_CATCH_FORCED_UNWIND
        catch (...) {
            if (!context.leave_with_current_exception()) {
                throw;
            }
        }
        return detail::swallowed_result<R>();
    };
    if constexpr (std::is_void_v<R>) {
        run();
        context.leave();
    } else {
        R result = run();
        context.leave();
        return result;
    }
}

#undef INTERLOCK_CATCH_FORCED_UNWIND

// super(cls, self): attributes and methods of `self` as the classes behind `cls` have them. Throws python_error.
object super(const type& cls, const object& self);

INTERLOCK_END
