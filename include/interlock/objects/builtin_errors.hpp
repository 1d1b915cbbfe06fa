// One C++ class for each of Python's own exceptions and warnings: throw il::value_error("...").
//
// They hold no Python object: what they become is made when they reach Python. So they may be thrown, copied and destroyed on
// any thread, attached or not. They derive from one another as Python's do, and from std::exception. A handler for one of
// them catches what was thrown as such in C++; what Python raised is il::python_error, which says by matches<E>() what it is.
//
// Here are those that have a text and nothing else; those with attributes are in special_errors.hpp.
#pragma once

#include <interlock/attach/compat.hpp>

#include <exception>
#include <string_view>
#include <type_traits>
#include <utility>

// The class in C++, and in Python. Three more have no variable in CPython's API, or not in every version of it.
#define INTERLOCK_BUILTIN_ERRORS(X)                           \
    X(base_exception, BaseException)                          \
    X(base_exception_group, BaseExceptionGroup)               \
    X(generator_exit, GeneratorExit)                          \
    X(keyboard_interrupt, KeyboardInterrupt)                  \
    X(system_exit, SystemExit)                                \
    X(general_exception, Exception)                           \
    X(arithmetic_error, ArithmeticError)                      \
    X(floating_point_error, FloatingPointError)               \
    X(overflow_error, OverflowError)                          \
    X(zero_division_error, ZeroDivisionError)                 \
    X(assertion_error, AssertionError)                        \
    X(attribute_error, AttributeError)                        \
    X(buffer_error, BufferError)                              \
    X(eof_error, EOFError)                                    \
    X(import_error, ImportError)                              \
    X(module_not_found_error, ModuleNotFoundError)            \
    X(lookup_error, LookupError)                              \
    X(index_error, IndexError)                                \
    X(key_error, KeyError)                                    \
    X(memory_error, MemoryError)                              \
    X(name_error, NameError)                                  \
    X(unbound_local_error, UnboundLocalError)                 \
    X(os_error, OSError)                                      \
    X(blocking_io_error, BlockingIOError)                     \
    X(child_process_error, ChildProcessError)                 \
    X(connection_error, ConnectionError)                      \
    X(broken_pipe_error, BrokenPipeError)                     \
    X(connection_aborted_error, ConnectionAbortedError)       \
    X(connection_refused_error, ConnectionRefusedError)       \
    X(connection_reset_error, ConnectionResetError)           \
    X(file_exists_error, FileExistsError)                     \
    X(file_not_found_error, FileNotFoundError)                \
    X(interrupted_error, InterruptedError)                    \
    X(is_a_directory_error, IsADirectoryError)                \
    X(not_a_directory_error, NotADirectoryError)              \
    X(permission_error, PermissionError)                      \
    X(process_lookup_error, ProcessLookupError)               \
    X(timeout_error, TimeoutError)                            \
    X(reference_error, ReferenceError)                        \
    X(runtime_error, RuntimeError)                            \
    X(not_implemented_error, NotImplementedError)             \
    X(recursion_error, RecursionError)                        \
    X(stop_async_iteration, StopAsyncIteration)               \
    X(stop_iteration, StopIteration)                          \
    X(syntax_error, SyntaxError)                              \
    X(indentation_error, IndentationError)                    \
    X(tab_error, TabError)                                    \
    X(system_error, SystemError)                              \
    X(type_error, TypeError)                                  \
    X(value_error, ValueError)                                \
    X(unicode_error, UnicodeError)                            \
    X(unicode_decode_error, UnicodeDecodeError)               \
    X(unicode_encode_error, UnicodeEncodeError)               \
    X(unicode_translate_error, UnicodeTranslateError)         \
    X(warning, Warning)                                       \
    X(bytes_warning, BytesWarning)                            \
    X(deprecation_warning, DeprecationWarning)                \
    X(encoding_warning, EncodingWarning)                      \
    X(future_warning, FutureWarning)                          \
    X(import_warning, ImportWarning)                          \
    X(pending_deprecation_warning, PendingDeprecationWarning) \
    X(resource_warning, ResourceWarning)                      \
    X(runtime_warning, RuntimeWarning)                        \
    X(syntax_warning, SyntaxWarning)                          \
    X(unicode_warning, UnicodeWarning)                        \
    X(user_warning, UserWarning)

INTERLOCK_BEGIN
namespace detail {

enum class builtin_error : unsigned char {
#define INTERLOCK_NAME_ERROR(NAME, PYTHON) NAME,
    INTERLOCK_BUILTIN_ERRORS(INTERLOCK_NAME_ERROR)
#undef INTERLOCK_NAME_ERROR
        exception_group,
    python_finalization_error,
    import_cycle_error,
};

// Says of a class that it stands for a builtin one itself; classes derived from it inherit the constant, but not the type.
template <class E>
struct builtin_of {
    using type = E;
    builtin_error which;
};

// A text that copies share: exceptions are copied where nothing may be thrown.
class error_text {
public:
    error_text() noexcept = default;
    explicit error_text(std::string_view text);
    error_text(const error_text& other) noexcept;
    error_text(error_text&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    error_text& operator=(error_text other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~error_text();

    // Null: there is none.
    const char* text() const noexcept;

private:
    struct block;
    block* block_ = nullptr;
};

struct error_access;

}  // namespace detail

// The root of the classes that stand for Python's; itself it stands for BaseException.
class base_exception : public std::exception {
public:
    // Without a text the Python exception has no arguments. The text is UTF-8; what is not is replaced by U+FFFD.
    base_exception() noexcept = default;
    explicit base_exception(std::string_view text) : text_(text) {}

    // The text; without one, the name of the Python class.
    const char* what() const noexcept override;

    static constexpr detail::builtin_of<base_exception> python_class{
        detail::builtin_error::base_exception};

protected:
    // The Python exception, of the class given (a class that was registered for a derived type): a new reference, or null with
    // a Python error set. Called attached.
    virtual PyObject* make_python(PyObject* cls) const;
    // The class that it stands for.
    virtual detail::builtin_error python_code() const noexcept { return python_class.which; }
    const char* text() const noexcept { return text_.text(); }

private:
    friend struct detail::error_access;
    detail::error_text text_;
};

// What each class says of itself.
#define INTERLOCK_ERROR_CLASS(NAME)                                                      \
    static constexpr detail::builtin_of<NAME> python_class{detail::builtin_error::NAME}; \
                                                                                         \
protected:                                                                               \
    detail::builtin_error python_code() const noexcept override { return python_class.which; }

// A class that has a text, as its base has.
#define INTERLOCK_ERROR(NAME, BASE) \
    class NAME : public BASE {      \
    public:                         \
        using BASE::BASE;           \
        INTERLOCK_ERROR_CLASS(NAME) \
    };

INTERLOCK_ERROR(generator_exit, base_exception)
INTERLOCK_ERROR(keyboard_interrupt, base_exception)
// Python's Exception; il::exception is the handle of an exception object.
INTERLOCK_ERROR(general_exception, base_exception)

INTERLOCK_ERROR(arithmetic_error, general_exception)
INTERLOCK_ERROR(floating_point_error, arithmetic_error)
INTERLOCK_ERROR(overflow_error, arithmetic_error)
INTERLOCK_ERROR(zero_division_error, arithmetic_error)
INTERLOCK_ERROR(assertion_error, general_exception)
INTERLOCK_ERROR(buffer_error, general_exception)
INTERLOCK_ERROR(eof_error, general_exception)
INTERLOCK_ERROR(lookup_error, general_exception)
INTERLOCK_ERROR(index_error, lookup_error)
INTERLOCK_ERROR(memory_error, general_exception)
INTERLOCK_ERROR(reference_error, general_exception)
INTERLOCK_ERROR(runtime_error, general_exception)
INTERLOCK_ERROR(not_implemented_error, runtime_error)
// New in Python 3.13; before, it becomes a RuntimeError.
INTERLOCK_ERROR(python_finalization_error, runtime_error)
INTERLOCK_ERROR(recursion_error, runtime_error)
INTERLOCK_ERROR(system_error, general_exception)
INTERLOCK_ERROR(type_error, general_exception)
INTERLOCK_ERROR(value_error, general_exception)
INTERLOCK_ERROR(unicode_error, value_error)

INTERLOCK_ERROR(warning, general_exception)
INTERLOCK_ERROR(bytes_warning, warning)
INTERLOCK_ERROR(deprecation_warning, warning)
INTERLOCK_ERROR(encoding_warning, warning)
INTERLOCK_ERROR(future_warning, warning)
INTERLOCK_ERROR(import_warning, warning)
INTERLOCK_ERROR(pending_deprecation_warning, warning)
INTERLOCK_ERROR(resource_warning, warning)
INTERLOCK_ERROR(runtime_warning, warning)
INTERLOCK_ERROR(syntax_warning, warning)
INTERLOCK_ERROR(unicode_warning, warning)
INTERLOCK_ERROR(user_warning, warning)

namespace detail {

// One of the classes that stand for a builtin exception, and not a user's class derived from one.
template <class E>
concept builtin_exception = requires {
    typename std::remove_cvref_t<decltype(E::python_class)>::type;
} && std::is_same_v<typename std::remove_cvref_t<decltype(E::python_class)>::type, E>;

// A new reference to the Python class. Need an attached thread.
PyObject* class_of_builtin(builtin_error which) noexcept;
// The class that il::exception_ made for the type in this interpreter, or null, without an error.
PyObject* class_of_registered(const std::type_info& type) noexcept;

template <class E>
PyObject* python_class_of() noexcept {
    static_assert(std::is_class_v<E>,
                  "interlock: name a class: il::key_error and the like, or one that "
                  "il::exception_ has registered");
    if constexpr (builtin_exception<E>) {
        return class_of_builtin(E::python_class.which);
    } else {
        return class_of_registered(typeid(E));
    }
}

}  // namespace detail
INTERLOCK_END
