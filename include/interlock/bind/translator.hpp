// register_translator: what becomes of C++ exceptions that are not one's own.
#pragma once

#include <interlock/bind/callable.hpp>
#include <interlock/objects/kinds.hpp>
#include <interlock/objects/special_errors.hpp>

#include <memory>
#include <optional>

INTERLOCK_BEGIN
namespace detail {

class error_translator {
public:
    error_translator() = default;
    error_translator(const error_translator&) = delete;
    error_translator& operator=(const error_translator&) = delete;
    virtual ~error_translator() = default;

    // Called in the handler of the exception; `error` is null where it is not derived from std::exception. True: a Python error is
    // set. Throws what is to be translated in its place.
    virtual bool translate(const std::exception* error) const = 0;
    // Whether it is asked about il's own errors too.
    bool takes_builtin = false;
    // A later one of the same type takes its place; null: none does.
    const std::type_info* type = nullptr;
};

// Sets the Python error for what a translator returned, without asking translators.
void set_translated(const std::exception& error) noexcept;
void set_translated(const exception& error) noexcept;
void set_translated(const std::exception_ptr& error) noexcept;

void add_translator(std::shared_ptr<const error_translator> translator);

template <class R>
bool take_translated(R&& result) {
    using U = std::remove_cvref_t<R>;
    if constexpr (std::is_same_v<U, bool>) {
        return result;
    } else if constexpr (requires {
                             result.has_value();
                             *result;
                         }) {
        return result.has_value() && take_translated(*std::forward<R>(result));
    } else if constexpr (std::is_same_v<U, std::exception_ptr>) {
        if (result != nullptr) {
            set_translated(result);
        }
        return result != nullptr;
    } else {
        set_translated(result);
        return true;
    }
}

template <class R>
inline constexpr bool is_translated =
    std::is_void_v<R> || std::is_same_v<R, bool> || std::is_same_v<R, std::exception_ptr> ||
    std::is_base_of_v<std::exception, R> || std::is_same_v<R, exception>;
template <class R>
inline constexpr bool is_translated<std::optional<R>> = is_translated<R>;

// How F is called: f(error), f(py, error), where error is a const T& or a std::exception_ptr.
template <class List>
struct translator_parameter {
    static constexpr bool fits = false;
    using type = void;
};
template <class E>
struct translator_parameter<types<E>> {
    static constexpr bool fits = !std::is_same_v<std::remove_cvref_t<E>, attachment>;
    static constexpr bool takes_token = false;
    using type = std::remove_cvref_t<E>;
};
template <class Token, class E>
    requires std::is_same_v<std::remove_cvref_t<Token>, attachment>
struct translator_parameter<types<Token, E>> : translator_parameter<types<E>> {
    static constexpr bool takes_token = true;
};

template <class F>
class typed_translator final : public error_translator {
    using signature = signature_of<F>;
    using shape = translator_parameter<typename signature::parameters>;
    using error_type = typename shape::type;

public:
    explicit typed_translator(F f) : f_(std::move(f)) {
        takes_builtin = std::is_base_of_v<base_exception, error_type>;
        if constexpr (std::is_empty_v<F>) {
            type = &typeid(F);
        }
    }

    bool translate(const std::exception* error) const override {
        if constexpr (std::is_same_v<error_type, std::exception_ptr>) {
            return call(std::current_exception());
        } else if (const error_type* found = find(error)) {
            return call(*found);
        } else {
            return false;
        }
    }

private:
    static const error_type* find(const std::exception* error) {
        if constexpr (std::is_class_v<error_type>) {
            if (error != nullptr) {
                return dynamic_cast<const error_type*>(error);
            }
        }
        if constexpr (!std::is_base_of_v<std::exception, error_type>) {
            if (error == nullptr) {
                try {
                    throw;
                } catch (const error_type& found) {
                    return &found;
                } catch (...) {
                    return nullptr;
                }
            }
        }
        return nullptr;
    }

    template <class E>
    bool call(const E& error) const {
        const auto invoke = [&]() -> decltype(auto) {
            if constexpr (shape::takes_token) {
                return f_(token_called, error);
            } else {
                return f_(error);
            }
        };
        if constexpr (std::is_void_v<typename signature::result>) {
            invoke();
            return false;  // unless it has set an error, which the core looks for
        } else {
            return take_translated(invoke());
        }
    }

    F f_;
};

template <class F>
consteval bool check_translator() {
    static_assert(
        requires { typename signature_of<F>::parameters; },
        "interlock: il::register_translator takes a function or a lambda whose "
        "parameters are written out: [](const Error& error) or [](std::exception_ptr "
        "error), both also with il::python before it");
    if constexpr (requires { typename signature_of<F>::parameters; }) {
        using shape = translator_parameter<typename signature_of<F>::parameters>;
        static_assert(shape::fits,
                      "interlock: the parameter of a translator is the exception that it is for, "
                      "[](const Error& error), or [](std::exception_ptr error), both also with "
                      "il::python before it");
        static_assert(is_translated<std::remove_cvref_t<typename signature_of<F>::result>>,
                      "interlock: a translator returns what the exception becomes (one of il's "
                      "errors, any other std::exception, an il::exception, a std::exception_ptr), "
                      "a std::optional of that, a bool, or nothing");
        return shape::fits && is_translated<std::remove_cvref_t<typename signature_of<F>::result>>;
    } else {
        return false;
    }
}

}  // namespace detail

// Says what a C++ exception becomes in Python, for the functions of this extension in this interpreter.
//
//   il::register_translator(m, [](const db::error& e) { return il::os_error(e.code()); });
//
// f(error) or f(py, error): error is a const T&, for what is thrown as T or a class derived from it, or a std::exception_ptr,
// for everything. It returns what the exception becomes: one of il's errors, any other std::exception, an il::exception, a
// std::exception_ptr; in an optional that is empty, or as a null pointer, where it leaves the exception to the next translator.
// A translator that returns nothing, or a bool that says whether it did, sets the Python error itself; what it rethrows goes
// to the next one. What else a translator throws is what Python gets, with the exception that it was asked about as __context__.
//
// Translators are asked newest first, and before the classes that il::exception_ registered. They are not asked about
// python_error, and about il's own errors only where T is one of them. The module says where it belongs, and is not kept. A
// callable without state that is registered again takes the place of the former one. Needs an attached thread. Throws
// python_error, std::bad_alloc. Cost: where there are translators, each C++ exception pays for asking them.
template <class F>
void register_translator(const module& m, F&& f) {
    if constexpr (detail::check_translator<std::decay_t<F>>()) {
        detail::require_attached("il::register_translator");
        if (m.ptr() == nullptr) {
            detail::throw_empty_handle("il::register_translator");
        }
        detail::add_translator(
            std::make_shared<const detail::typed_translator<std::decay_t<F>>>(std::forward<F>(f)));
    }
}

INTERLOCK_END
