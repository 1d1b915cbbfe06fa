// exception_class: an exception class of a Python module, to be thrown and matched from C++.
//
//   static constinit il::exception_class decode_error("json", "JSONDecodeError");
//   throw decode_error("no value", text, 0);                       // on any thread, attached or not
//   catch (const il::python_error& e) { if (e.matches(decode_error)) ... }
#pragma once

#include <interlock/objects/exception.hpp>
#include <interlock/objects/special_errors.hpp>
#include <interlock/objects/type.hpp>
#include <interlock/sync/once.hpp>

#include <memory>
#include <vector>

INTERLOCK_BEGIN

class exception_class;

// What an exception_class throws: the class, and the arguments as C++ values. When it reaches Python the module is imported and the
// class is called with them; what that raises is raised in its place.
class imported_error : public general_exception {
public:
    const exception_class& python_type() const noexcept { return *class_; }

protected:
    PyObject* make_python(PyObject* cls) const override;

private:
    friend class exception_class;
    imported_error(const exception_class& cls, std::string_view text,
                   std::vector<detail::error_value>&& arguments);

    const exception_class* class_;
    std::shared_ptr<const std::vector<detail::error_value>> arguments_;
};

// Names a class; the module is imported when the class is first needed, once in each interpreter. It must outlive what it throws,
// and is meant to be a static.
class exception_class {
public:
    // The names are not copied. name may have dots in it: "Outer.Inner".
    constexpr exception_class(const char* module, const char* name) noexcept
        : module_(module), name_(name) {}
    exception_class(const exception_class&) = delete;
    exception_class& operator=(const exception_class&) = delete;

    // An exception to be thrown. The arguments are those of the Python class; they are kept as C++ values, Python objects as
    // il::owned handles. what() is the first of them where it is a text, else the name of the class. Needs no interpreter.
    template <class... Args>
    imported_error operator()(Args&&... args) const {
        return imported_error(*this, text_of(args...),
                              {detail::error_value::of(std::forward<Args>(args))...});
    }

    // The class. Throws python_error where it cannot be imported, or is no exception class (TypeError).
    type get(python py) const;

    const char* module_name() const noexcept { return module_; }
    const char* name() const noexcept { return name_; }

private:
    std::string_view text_of() const noexcept { return name_; }
    template <class First, class... Rest>
    std::string_view text_of(const First& first, const Rest&...) const {
        const std::string_view text = detail::text_of_value(first);
        return text.empty() ? std::string_view(name_) : text;
    }

    const char* module_;
    const char* name_;
    mutable once<owned<type>> class_;
};

// Makes an exception, by calling the class, and throws it as python_error: what `raise cls(args...)` does. Throws TypeError where
// that gives no exception. Needs an attached thread.
template <class... Args>
[[noreturn]] void raise(const object& cls, Args&&... args) {
    const object made = cls(std::forward<Args>(args)...);
    if (!isinstance<exception>(made)) {
        throw type_error("exceptions must derive from BaseException");
    }
    throw python_error(exception(detail::adopt_t{}, Py_NewRef(made.ptr())));
}
// The same for the classes of the library: il::raise<il::value_error>(py, "text", 2), with arguments as in Python.
template <class E, class... Args>
[[noreturn]] void raise(python py, Args&&... args) {
    detail::require_attached("il::raise");
    PyObject* cls = detail::python_class_of<E>();
    if (cls == nullptr) {
        throw std::logic_error(
            "interlock: il::raise<E>: E is not registered in this interpreter: bind it with "
            "il::exception_ first");
    }
    static_cast<void>(py);
    interlock::raise(object(detail::adopt_t{}, cls), std::forward<Args>(args)...);
}

INTERLOCK_END
