// Warnings, and exception classes that are imported from Python modules.
#include "error_translation.hpp"
#include "run.hpp"

#include <interlock/objects/exception_class.hpp>
#include <interlock/objects/warn.hpp>

#include <stdexcept>

INTERLOCK_BEGIN
namespace detail {

namespace {

const char* check_text(const char* text) {
    if (text == nullptr) {
        throw_python_error();
    }
    return text;
}

}  // namespace

void warn(PyObject* category, std::string_view text, int stack_level) {
    const object held(adopt_t{}, category);
    if (category == nullptr) {
        throw std::logic_error(
            "interlock: il::warn: the warning is not registered in this interpreter: bind it with "
            "il::exception_ first");
    }
    if (PyType_Check(category) == 0 ||
        PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(category),
                         reinterpret_cast<PyTypeObject*>(PyExc_Warning)) == 0) {
        throw type_error("interlock: il::warn: the category is no subclass of Warning");
    }
    const object message(adopt_t{}, check_new(text_object(text)));
    Py_ssize_t size = 0;
    const char* utf8 = check_text(PyUnicode_AsUTF8AndSize(message.ptr(), &size));
    // C++ has no frames of Python's: level 1 is the line that called this function.
    check_status(run([&] { return PyErr_WarnEx(category, utf8, stack_level); }));
}

}  // namespace detail

type exception_class::get(python py) const {
    return class_
        .get(py,
             [this](python inner) {
                 object found = inner.import(module_);
                 std::string_view rest(name_);
                 while (!rest.empty()) {
                     const std::size_t dot = rest.find('.');
                     found = getattr(found, rest.substr(0, dot));
                     rest =
                         dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
                 }
                 if (PyExceptionClass_Check(found.ptr()) == 0) {
                     throw type_error(std::string(module_) + "." + name_ +
                                      " is no exception class: " + found.repr());
                 }
                 return type(detail::adopt_t{}, Py_NewRef(found.ptr())).unbind();
             })
        .bind(py);
}

bool python_error::matches(const exception_class& imported) const {
    detail::require_attached("il::python_error::matches");
    return matches(static_cast<const object&>(imported.get(detail::token_inside)));
}

imported_error::imported_error(const exception_class& cls, std::string_view text,
                               std::vector<detail::error_value>&& arguments)
    : general_exception(text),
      class_(&cls),
      arguments_(std::make_shared<const std::vector<detail::error_value>>(std::move(arguments))) {}

PyObject* imported_error::make_python(PyObject* cls) const {
    // For a class of the user's that is derived from this one and registered, that class is called.
    static_cast<void>(cls);
    const interlock::type called = class_->get(detail::token_inside);
    const auto count = static_cast<Py_ssize_t>(arguments_->size());
    const object arguments(detail::adopt_t{}, detail::check_new(PyTuple_New(count)));
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyTuple_SET_ITEM(arguments.ptr(), i,
                         detail::check_new((*arguments_)[static_cast<std::size_t>(i)].make()));
    }
    const object made(detail::adopt_t{}, detail::check_new(detail::run([&] {
                          return PyObject_CallObject(called.ptr(), arguments.ptr());
                      })));
    if (PyExceptionInstance_Check(made.ptr()) == 0) {
        throw type_error(std::string(class_->name()) + "() has made no exception");
    }
    return Py_NewRef(made.ptr());
}

INTERLOCK_END
