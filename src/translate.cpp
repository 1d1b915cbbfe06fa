// C++ exceptions as Python exceptions.
//
// A generated C function catches std::exception by reference and calls translate, so that nothing is unwound twice
// (invariant 9): what it is is asked by its type_info for the usual ones, and by dynamic_cast for classes derived from them.
#include "python_call.hpp"

#include <interlock/bind/record.hpp>
#include <interlock/convert/errors.hpp>

#include <filesystem>
#include <future>
#include <new>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <typeinfo>
#include <variant>

#if defined(__GNUC__)
#include <cxxabi.h>

#include <cstdlib>
#endif

INTERLOCK_BEGIN
namespace detail {

namespace {

void set_text(PyObject* type, const char* text) noexcept {
    // Not what() as it is: its bytes may be no UTF-8, and the error must not be lost over that.
    PyObject* message = PyUnicode_DecodeUTF8(
        text, static_cast<Py_ssize_t>(std::char_traits<char>::length(text)), "replace");
    if (message != nullptr) {
        PyErr_SetObject(type, message);
        Py_DECREF(message);
    }
}

// OSError chooses its own subclass by errno.
void set_os_error(int code, const char* text, const std::filesystem::path* first,
                  const std::filesystem::path* second) {
    const auto name = [](const std::filesystem::path* path) {
        if (path == nullptr || path->empty()) {
            return Py_NewRef(Py_None);
        }
        const std::string native = path->string();
        return PyUnicode_DecodeFSDefaultAndSize(native.data(),
                                                static_cast<Py_ssize_t>(native.size()));
    };
    const reference filename(name(first));
    const reference other(name(second));
    if (filename.pointer == nullptr || other.pointer == nullptr) {
        return;
    }
    // errno, strerror, filename, winerror, filename2.
    const reference error(PyObject_CallFunction(PyExc_OSError, "isOOO", code, text,
                                                filename.pointer, Py_None, other.pointer));
    if (error.pointer != nullptr) {
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.pointer)), error.pointer);
    }
}

void set_system_error(const std::system_error& error) {
    const std::error_condition condition = error.code().default_error_condition();
    if (condition.category() == std::generic_category()) {
        const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
        const std::string text = condition.message();
        set_os_error(condition.value(), text.c_str(), file == nullptr ? nullptr : &file->path1(),
                     file == nullptr ? nullptr : &file->path2());
        return;
    }
    set_text(PyExc_RuntimeError, error.what());
}

PyObject* python_type_of(const std::exception& error) noexcept {
    // The usual ones first, by identity; then what is derived from them, the special before the general.
    const std::type_info& type = typeid(error);
    if (type == typeid(std::runtime_error)) {
        return PyExc_RuntimeError;
    }
    if (type == typeid(std::invalid_argument)) {
        return PyExc_ValueError;
    }
    if (type == typeid(std::out_of_range)) {
        return PyExc_IndexError;
    }
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
        return PyExc_MemoryError;
    }
    if (dynamic_cast<const cast_error*>(&error) != nullptr ||
        dynamic_cast<const std::bad_cast*>(&error) != nullptr ||
        dynamic_cast<const std::bad_typeid*>(&error) != nullptr) {
        return PyExc_TypeError;
    }
    if (dynamic_cast<const std::out_of_range*>(&error) != nullptr) {
        return PyExc_IndexError;
    }
    if (dynamic_cast<const std::overflow_error*>(&error) != nullptr) {
        return PyExc_OverflowError;
    }
    if (dynamic_cast<const std::underflow_error*>(&error) != nullptr) {
        return PyExc_ArithmeticError;
    }
    if (dynamic_cast<const std::invalid_argument*>(&error) != nullptr ||
        dynamic_cast<const std::domain_error*>(&error) != nullptr ||
        dynamic_cast<const std::length_error*>(&error) != nullptr ||
        dynamic_cast<const std::range_error*>(&error) != nullptr ||
        dynamic_cast<const std::bad_optional_access*>(&error) != nullptr ||
        dynamic_cast<const std::bad_variant_access*>(&error) != nullptr) {
        return PyExc_ValueError;
    }
    return PyExc_RuntimeError;
}

}  // namespace

PyObject* translate(const std::exception& error) noexcept {
    if (attached_state() == nullptr) {
        // Turned away on the way back from allow_threads, with CPython's frames below: there is no way on.
        park();
    }
    try {
        if (const auto* python = dynamic_cast<const python_error*>(&error)) {
            try {
                python->restore();
            } catch (const wrong_interpreter&) {
                // It comes from another interpreter, whose objects may not be used here: its text may.
                set_text(PyExc_RuntimeError, error.what());
            }
        } else if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
            set_system_error(*system);
        } else {
            set_text(python_type_of(error), error.what());
        }
    } catch (...) {
        PyErr_NoMemory();
    }
    if (PyErr_Occurred() == nullptr) {
        set_text(PyExc_SystemError, "interlock: a C++ exception could not be translated");
    }
    return nullptr;
}

PyObject* translate_unknown() noexcept {
    if (attached_state() == nullptr) {
        park();
    }
    try {
        throw;
    } catch (const std::exception& error) {
        return translate(error);
#if INTERLOCK_FORCED_UNWIND && defined(__GLIBC__)
    } catch (abi::__forced_unwind&) {
        park();
#endif
    } catch (...) {
#if defined(__GNUC__)
        if (const std::type_info* type = abi::__cxa_current_exception_type()) {
            int status = 0;
            char* name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
            PyErr_Format(PyExc_SystemError,
                         "interlock: a C++ exception of type %s, which no translator knows",
                         name != nullptr ? name : type->name());
            std::free(name);
            return nullptr;
        }
#endif
        set_text(PyExc_SystemError,
                 "interlock: a C++ exception of a type that no translator knows");
        return nullptr;
    }
}

void raise_object(PyObject* exception) noexcept {
    if (exception == nullptr) {
        return;
    }
    PyObject* type = PyExceptionInstance_Check(exception) ? PyExceptionInstance_Class(exception)
                                                          : PyExc_RuntimeError;
    PyErr_SetObject(type, exception);
    Py_DECREF(exception);
}

void raise_exception_pointer(const std::exception_ptr& error) noexcept {
    if (error == nullptr) {
        PyErr_SetString(PyExc_SystemError, "interlock: an empty std::exception_ptr as an error");
        return;
    }
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& known) {
        translate(known);
    } catch (...) {
        translate_unknown();
    }
}

PyObject* make_os_error(int code, bool has_errno, const char* text, std::size_t size) noexcept {
    const reference words(PyUnicode_DecodeUTF8(text, static_cast<Py_ssize_t>(size), "replace"));
    if (words.pointer == nullptr) {
        return nullptr;
    }
    return has_errno ? PyObject_CallFunction(PyExc_OSError, "iO", code, words.pointer)
                     : PyObject_CallFunctionObjArgs(PyExc_OSError, words.pointer, nullptr);
}

bool load_errno(PyObject* from, int& to, loading& l) noexcept {
    if (from == Py_None) {
        return true;
    }
    if (PyObject_TypeCheck(from, reinterpret_cast<PyTypeObject*>(PyExc_OSError)) == 0) {
        return l.refuse(hint_error, from);
    }
    const reference number(run_python([from] { return PyObject_GetAttrString(from, "errno"); }));
    if (number.pointer == nullptr) {
        return l.raise();
    }
    if (number.pointer == Py_None) {
        return l.refuse_text(loading::invalid, "expected an OSError with an errno");
    }
    return load_integer(number.pointer, &to, code_of_integer<int>(), l);
}

void set_error_of_exception() noexcept { translate_unknown(); }

}  // namespace detail
INTERLOCK_END
