// The builtin exceptions that have attributes: il::os_error(errno, file), il::key_error(key), il::stop_iteration(value).
//
// What becomes an attribute is kept as a C++ value, or as an il::owned handle where it is a Python object, and converted when
// the exception reaches Python.
#pragma once

#include <interlock/convert/convert.hpp>
#include <interlock/objects/builtin_errors.hpp>
#include <interlock/objects/counted.hpp>

#include <memory>
#include <string>
#include <vector>

INTERLOCK_BEGIN
namespace detail {

// A C++ value that becomes a Python object when it is asked for. Copies share it.
class error_value {
public:
    error_value() noexcept = default;
    template <class T>
    static error_value of(T&& value) {
        return error_value(keep(std::forward<T>(value)));
    }

    explicit operator bool() const noexcept { return value_ != nullptr; }
    // A new reference; throws what the conversion throws. Needs an attached thread.
    PyObject* make() const { return value_->make(); }

private:
    struct kept {
        kept() = default;
        kept(const kept&) = delete;
        kept& operator=(const kept&) = delete;
        virtual ~kept() = default;
        virtual PyObject* make() const = 0;
    };
    template <class T>
    struct kept_value final : kept {
        explicit kept_value(T&& v) : value(std::move(v)) {}
        PyObject* make() const override { return to_python(value); }
        T value;
    };

    template <class T>
    static std::shared_ptr<const kept> store(T value) {
        static_assert(detachable<T>,
                      "interlock: what an exception carries must be detachable, since it may be "
                      "thrown on any thread: a C++ value, or a handle of a Python object");
        return std::make_shared<const kept_value<T>>(std::move(value));
    }
    template <class T>
    static std::shared_ptr<const kept> keep(T&& value) {
        using U = std::remove_cvref_t<T>;
        if constexpr (std::is_base_of_v<object, U>) {
            return store(std::forward<T>(value).unbind());
        } else if constexpr (std::is_base_of_v<proxy_tag, U>) {
            return store(value.get().unbind());
        } else if constexpr (std::is_convertible_v<const U&, std::string_view>) {
            return store(std::string(std::string_view(value)));
        } else {
            return store(std::decay_t<T>(std::forward<T>(value)));
        }
    }

    explicit error_value(std::shared_ptr<const kept> value) noexcept : value_(std::move(value)) {}
    std::shared_ptr<const kept> value_;
};

// What what() says of a value: itself where it is a text.
template <class T>
std::string_view text_of_value(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return value;
    } else {
        return {};
    }
}

// Neither a copy of an exception nor one of its bases, which the constructors from any value must leave alone.
template <class T>
concept plain_value = !std::is_base_of_v<std::exception, std::remove_cvref_t<T>>;

// The name of a file, in the encoding of the operating system.
class error_path {
public:
    template <class T>
        requires std::is_convertible_v<const T&, std::string_view>
    error_path(const T& name)
        : text_(std::string_view(name)) {}  // NOLINT: a file is named by its name
    template <path_like T>
        requires(!std::is_convertible_v<const T&, std::string_view>)
    error_path(const T& path) : text_(narrow(path)) {}  // NOLINT: or by a path

    const std::string& text() const noexcept { return text_; }

private:
    template <class T>
    static std::string narrow(const T& path) {
        if constexpr (std::is_same_v<typename T::value_type, char>) {
            return path.native();
        } else {
            const auto utf8 = path.u8string();
            return std::string(utf8.begin(), utf8.end());
        }
    }
    std::string text_;
};

struct os_details {
    int number;
    std::string first;
    std::string second;
    bool has_first;
    bool has_second;
};

}  // namespace detail

// KeyError: any value that converts to Python is the key. what() is the key where it is a text.
class key_error : public lookup_error {
public:
    key_error() noexcept = default;
    template <detail::plain_value Key>
    explicit key_error(Key&& key)
        : lookup_error(detail::text_of_value(key)),
          key_(detail::error_value::of(std::forward<Key>(key))) {}
    INTERLOCK_ERROR_CLASS(key_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_value key_;
};

// StopIteration and StopAsyncIteration: the value is what the generator returned.
class stop_iteration : public general_exception {
public:
    stop_iteration() noexcept = default;
    template <detail::plain_value Value>
    explicit stop_iteration(Value&& value)
        : general_exception(detail::text_of_value(value)),
          value_(detail::error_value::of(std::forward<Value>(value))) {}
    INTERLOCK_ERROR_CLASS(stop_iteration)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_value value_;
};
class stop_async_iteration : public general_exception {
public:
    stop_async_iteration() noexcept = default;
    template <detail::plain_value Value>
    explicit stop_async_iteration(Value&& value)
        : general_exception(detail::text_of_value(value)),
          value_(detail::error_value::of(std::forward<Value>(value))) {}
    INTERLOCK_ERROR_CLASS(stop_async_iteration)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_value value_;
};

// SystemExit: the code is an integer, or anything that is printed when the program ends by it.
class system_exit : public base_exception {
public:
    system_exit() noexcept = default;
    template <detail::plain_value Code>
    explicit system_exit(Code&& code)
        : base_exception(detail::text_of_value(code)),
          code_(detail::error_value::of(std::forward<Code>(code))) {}
    INTERLOCK_ERROR_CLASS(system_exit)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_value code_;
};

// OSError. With a number it has errno, strerror and the names of files, and where it is thrown as os_error itself it becomes
// the subclass for that number: il::os_error(ENOENT, "f") is FileNotFoundError. With a text it has that alone.
class os_error : public general_exception {
public:
    using general_exception::general_exception;
    explicit os_error(int number);
    os_error(int number, const detail::error_path& filename);
    os_error(int number, const detail::error_path& filename, const detail::error_path& filename2);

    // errno, or 0.
    int number() const noexcept { return details_ ? details_->number : 0; }
    INTERLOCK_ERROR_CLASS(os_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    explicit os_error(detail::os_details&& details);
    detail::counted<const detail::os_details> details_;
};
INTERLOCK_ERROR(blocking_io_error, os_error)
INTERLOCK_ERROR(child_process_error, os_error)
INTERLOCK_ERROR(connection_error, os_error)
INTERLOCK_ERROR(broken_pipe_error, connection_error)
INTERLOCK_ERROR(connection_aborted_error, connection_error)
INTERLOCK_ERROR(connection_refused_error, connection_error)
INTERLOCK_ERROR(connection_reset_error, connection_error)
INTERLOCK_ERROR(file_exists_error, os_error)
INTERLOCK_ERROR(file_not_found_error, os_error)
INTERLOCK_ERROR(interrupted_error, os_error)
INTERLOCK_ERROR(is_a_directory_error, os_error)
INTERLOCK_ERROR(not_a_directory_error, os_error)
INTERLOCK_ERROR(permission_error, os_error)
INTERLOCK_ERROR(process_lookup_error, os_error)
INTERLOCK_ERROR(timeout_error, os_error)

// ImportError, with the name of the module and the file it was loaded from; an empty one is None.
class import_error : public general_exception {
public:
    using general_exception::general_exception;
    import_error(std::string_view text, std::string_view name, std::string_view path = {})
        : general_exception(text), name_(name), path_(path) {}
    INTERLOCK_ERROR_CLASS(import_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_text name_;
    detail::error_text path_;
};
INTERLOCK_ERROR(module_not_found_error, import_error)
// New in Python 3.15; before, it becomes an ImportError.
INTERLOCK_ERROR(import_cycle_error, import_error)

// NameError and AttributeError, with the name that was not found.
class name_error : public general_exception {
public:
    using general_exception::general_exception;
    name_error(std::string_view text, std::string_view name)
        : general_exception(text), name_(name) {}
    INTERLOCK_ERROR_CLASS(name_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_text name_;
};
INTERLOCK_ERROR(unbound_local_error, name_error)
class attribute_error : public general_exception {
public:
    using general_exception::general_exception;
    attribute_error(std::string_view text, std::string_view name)
        : general_exception(text), name_(name) {}
    INTERLOCK_ERROR_CLASS(attribute_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_text name_;
};

// SyntaxError, with the place in the file: line and column count from 1, 0 is unknown; source is that line.
class syntax_error : public general_exception {
public:
    using general_exception::general_exception;
    syntax_error(std::string_view text, std::string_view filename, int line, int column = 0,
                 std::string_view source = {})
        : general_exception(text),
          filename_(filename),
          source_(source),
          line_(line),
          column_(column) {}
    INTERLOCK_ERROR_CLASS(syntax_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::error_text filename_;
    detail::error_text source_;
    int line_ = 0;
    int column_ = 0;
};
INTERLOCK_ERROR(indentation_error, syntax_error)
INTERLOCK_ERROR(tab_error, indentation_error)

namespace detail {

struct unicode_details {
    std::string encoding;
    std::string text;
    std::ptrdiff_t begin;
    std::ptrdiff_t end;
    std::string reason;
};

}  // namespace detail

// The bytes from begin to end cannot be decoded.
class unicode_decode_error : public unicode_error {
public:
    unicode_decode_error(std::string_view encoding, std::string_view bytes, std::ptrdiff_t begin,
                         std::ptrdiff_t end, std::string_view reason);
    INTERLOCK_ERROR_CLASS(unicode_decode_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::counted<const detail::unicode_details> details_;
};
// The characters from begin to end cannot be encoded; the text is UTF-8, in which lone surrogates are taken too.
class unicode_encode_error : public unicode_error {
public:
    unicode_encode_error(std::string_view encoding, std::string_view text, std::ptrdiff_t begin,
                         std::ptrdiff_t end, std::string_view reason);
    INTERLOCK_ERROR_CLASS(unicode_encode_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::counted<const detail::unicode_details> details_;
};
class unicode_translate_error : public unicode_error {
public:
    unicode_translate_error(std::string_view text, std::ptrdiff_t begin, std::ptrdiff_t end,
                            std::string_view reason);
    INTERLOCK_ERROR_CLASS(unicode_translate_error)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::counted<const detail::unicode_details> details_;
};

// Several exceptions, of any type, at once. As in Python, a BaseExceptionGroup all of whose members are Exceptions becomes an
// ExceptionGroup; an ExceptionGroup with other members becomes TypeError.
class base_exception_group : public base_exception {
public:
    base_exception_group(std::string_view text, std::vector<std::exception_ptr> members);
    const std::vector<std::exception_ptr>& members() const noexcept { return *members_; }
    INTERLOCK_ERROR_CLASS(base_exception_group)
    PyObject* make_python(PyObject* cls) const override;

private:
    detail::counted<const std::vector<std::exception_ptr>> members_;
};
// In Python it derives from Exception too.
INTERLOCK_ERROR(exception_group, base_exception_group)

INTERLOCK_END
