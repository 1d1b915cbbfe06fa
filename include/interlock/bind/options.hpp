// What stands behind the callable in m.def(...): names, kinds and defaults of parameters, and policies.
#pragma once

#include <interlock/bind/args.hpp>
#include <interlock/convert/class_site.hpp>

#include <source_location>
#include <type_traits>

INTERLOCK_BEGIN

template <class T, bool Exact>
struct arg_with_default;

// Names a parameter: il::arg("x"), il::arg("x") = 10. Either all parameters of a function are named or none. The name is copied.
template <bool Exact = false>
class basic_arg {
public:
    constexpr explicit basic_arg(const char* name) noexcept : name_(name) {}

    // A default value: any C++ value that converts to the parameter, or a Python object.
    template <class T>
    constexpr arg_with_default<std::decay_t<T>, Exact> operator=(
        T&& value) const {  // NOLINT: it names a default
        return {*this, static_cast<T&&>(value)};
    }
    // Takes what is of the type already, without conversion: no bool for int, no int for float, no set
    // or generator for a vector.
    constexpr basic_arg<true> exact() const noexcept {
        return basic_arg<true>(name_).none(accepts_none_);
    }
    // Whether None is accepted, where the type of the parameter has a place for it; it is unless this says otherwise.
    constexpr basic_arg none(bool accepted) const noexcept {
        basic_arg changed(*this);
        changed.accepts_none_ = accepted;
        return changed;
    }

    constexpr const char* name() const noexcept { return name_; }
    constexpr bool accepts_none() const noexcept { return accepts_none_; }

private:
    const char* name_;
    bool accepts_none_ = true;
};

template <class T, bool Exact>
struct arg_with_default {
    basic_arg<Exact> parameter;
    T value;

    constexpr arg_with_default<T, true> exact() const { return {parameter.exact(), value}; }
    constexpr arg_with_default none(bool accepted) const {
        return {parameter.none(accepted), value};
    }
};

using arg = basic_arg<>;

struct kw_only_t {
    explicit kw_only_t() = default;
};
struct pos_only_t {
    explicit pos_only_t() = default;
};
// Parameters named after this are accepted by keyword alone; those named before pos_only by position alone.
inline constexpr kw_only_t kw_only{};
inline constexpr pos_only_t pos_only{};

struct allow_threads_t {
    explicit allow_threads_t() = default;
};
// Runs the function with the interpreter released. Does not compile unless every parameter and the result are detachable.
inline constexpr allow_threads_t allow_threads{};

struct pass_module_t {
    explicit pass_module_t() = default;
};
// The function's first parameter (after il::python) is the il::module that it is in, and no part of its Python signature.
inline constexpr pass_module_t pass_module{};

template <class... G>
struct call_guard_t {
    explicit call_guard_t() = default;
    // il::call_guard<G>() says the same as il::call_guard<G>.
    constexpr call_guard_t operator()() const noexcept { return *this; }
};
// An object of each G lives while the function runs: made when the arguments are there, destroyed before the result is
// converted. With il::allow_threads they live while the interpreter is released.
template <class... G>
inline constexpr call_guard_t<G...> call_guard{};

// The function warns with DeprecationWarning when it is called.
struct deprecated {
    constexpr explicit deprecated(const char* text) noexcept : message(text) {}
    const char* message;
};

// The signature as documentation and stubs show it, in the place of the one that the C++ types say: il::sig("f(x: Literal[1, 2]) -> int").
struct sig {
    constexpr explicit sig(const char* signature) noexcept : text(signature) {}
    const char* text;
};

// What becomes of a reference or a raw pointer to an object of a bound class that a function returns. Without one, a reference
// to self or to an argument is that object, any other reference is copied, and a raw pointer does not compile.
//
//   il::copy                a new object
//   il::move                a new object that is moved from what is referred to
//   il::reference           somebody else's, who keeps it alive for as long as Python uses it
//   il::reference_internal  a part of self, which is kept alive
//   il::take                Python's from now on: deleted with the instance
template <detail::returned P>
struct return_policy_t {
    explicit return_policy_t() = default;
};
inline constexpr return_policy_t<detail::returned::copy> copy{};
inline constexpr return_policy_t<detail::returned::move> move{};
inline constexpr return_policy_t<detail::returned::reference> reference{};
inline constexpr return_policy_t<detail::returned::reference_internal> reference_internal{};
inline constexpr return_policy_t<detail::returned::take> take{};

template <std::size_t I, std::size_t J>
struct keep_alive_t {
    explicit keep_alive_t() = default;
    // il::keep_alive<I, J>() says the same as il::keep_alive<I, J>.
    constexpr keep_alive_t operator()() const noexcept { return *this; }
};
// Argument J lives at least as long as argument I: 0 is the result, 1 the first argument (of a method, self), and so on.
template <std::size_t I, std::size_t J>
inline constexpr keep_alive_t<I, J> keep_alive{};

namespace detail {

template <class Signature>
struct overload_of {
    template <class S = Signature>
    constexpr auto operator()(std::type_identity_t<S>* function) const noexcept
        -> std::type_identity_t<S>* {
        return function;
    }
    template <class C>
    constexpr auto operator()(Signature C::* member) const noexcept -> Signature C::* {
        return member;
    }
};

}  // namespace detail

// Chooses one of several C++ overloads: m.def<il::overload<int(int)>(&twice)>("twice"); of const members:
// il::overload<int(int) const>(&C::f).
template <class Signature>
inline constexpr detail::overload_of<Signature> overload{};

INTERLOCK_END
