// Python exceptions as C++ ones, and the texts of conversion errors.
#include "python_call.hpp"

#include <interlock/objects/kinds.hpp>

#include <string>

INTERLOCK_BEGIN
namespace detail {

namespace {

PyObject* fetch_error() {
    PyObject* error = take_error();
    if (error == nullptr) {
        PyErr_SetString(PyExc_SystemError, "a Python API function failed without setting an error");
        error = take_error();
    }
    return error;
}

// The text of an object as UTF-8, or a substitute where its own methods fail. Leaves no error set.
std::string text_or(PyObject* text, const char* otherwise) {
    const object held(adopt_t{}, text);
    Py_ssize_t size = 0;
    const char* data = text == nullptr ? nullptr : PyUnicode_AsUTF8AndSize(text, &size);
    if (data == nullptr) {
        PyErr_Clear();
        return otherwise;
    }
    return {data, static_cast<std::size_t>(size)};
}

std::string describe(PyObject* exception) {
    const keep_error kept;
    std::string name = Py_TYPE(exception)->tp_name;
    if (const std::size_t dot = name.rfind('.');
        dot != std::string::npos && name.starts_with("builtins.")) {
        name.erase(0, dot + 1);
    }
    const std::string text = text_or(run_python([&] { return PyObject_Str(exception); }),
                                     "<str() of the exception failed>");
    return text.empty() ? name : name + ": " + text;
}

}  // namespace

void throw_python_error() { throw python_error(token_inside); }

void throw_wrong_kind(const char* operation, const char* expected, PyObject* got) {
    throw cast_error(std::string("interlock: ") + operation + ": expected " + expected + ", got " +
                     Py_TYPE(got)->tp_name);
}

void throw_empty_handle(const char* operation) {
    throw std::logic_error(std::string("interlock: ") + operation +
                           ": the handle is empty (it was moved from)");
}

}  // namespace detail

struct python_error::state {
    explicit state(owned<object>&& error) noexcept : value(std::move(error)) {}
    ~state() { delete text.load(std::memory_order_acquire); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    owned<object> value;
    std::atomic<const std::string*> text{nullptr};
};

python_error::python_error(python py) {
    detail::require_attached("il::python_error");
    const object error(detail::adopt_t{}, detail::fetch_error());
    state_ = std::make_shared<state>(error.unbind());
    static_cast<void>(py);
}

const char* python_error::what() const noexcept {
    if (const std::string* known = state_->text.load(std::memory_order_acquire)) {
        return known->c_str();
    }
    try {
        const auto made = try_with_gil(
            [this](python py) { return detail::describe(state_->value.bind(py).ptr()); });
        if (made) {
            auto fresh = std::make_unique<const std::string>(*made);
            const std::string* expected = nullptr;
            if (state_->text.compare_exchange_strong(expected, fresh.get(),
                                                     std::memory_order_acq_rel)) {
                return fresh.release()->c_str();
            }
            return expected->c_str();
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // No memory, or another interpreter: the general text below is the answer.
    }
    return "interlock: a Python exception, whose text needs an interpreter that cannot be entered "
           "now";
}

object python_error::value() const { return state_->value.bind(detail::token_inside); }

object python_error::type() const {
    const object error = value();
    return object(detail::adopt_t{}, Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr()))));
}

object python_error::traceback() const {
    const object error = value();
    PyObject* traceback = PyException_GetTraceback(error.ptr());
    return object(detail::adopt_t{}, traceback != nullptr ? traceback : Py_NewRef(Py_None));
}

bool python_error::matches(const object& classes) const {
    return PyErr_GivenExceptionMatches(value().ptr(), classes.ptr()) != 0;
}

void python_error::restore() const { detail::put_error(value().release()); }

INTERLOCK_END
