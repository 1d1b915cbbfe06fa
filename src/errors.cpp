// Python exceptions as C++ ones, and the texts of conversion errors.
#include "error_translation.hpp"
#include "run.hpp"
#include "texts.hpp"

#include <interlock/objects/unraisable.hpp>

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

// The class as a traceback names it: with its module, where that is neither Python's own nor the program.
std::string name_of_class(PyTypeObject* type) {
    const std::string name =
        text_or(run_python([&] { return PyType_GetQualName(type); }), type_name(type).c_str());
    const std::string module =
        text_or(run_python([&] {
                    return PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__module__");
                }),
                "");
    return module.empty() || module == "builtins" || module == "__main__" ? name
                                                                          : module + "." + name;
}

std::string describe(PyObject* exception) {
    const keep_error kept;
    const std::string name = name_of_class(Py_TYPE(exception));
    const std::string text = text_or(run_python([&] { return PyObject_Str(exception); }),
                                     "<str() of the exception failed>");
    return text.empty() ? name : name + ": " + text;
}

}  // namespace

void throw_python_error() { throw python_error(token_inside); }

void throw_wrong_kind(const char* operation, const char* expected, PyObject* got) {
    throw cast_error(concatenated({"interlock: ", operation, ": expected ", expected, ", got ",
                                   type_name(Py_TYPE(got)).c_str()}));
}

void throw_empty_handle(const char* operation) {
    throw std::logic_error(std::string("interlock: ") + operation +
                           ": the handle is empty (it was moved from)");
}

}  // namespace detail

// Counted here: a std::shared_ptr has type_infos and a tag that every module would export and look up.
struct python_error::state {
    explicit state(owned<object>&& error) noexcept : value(std::move(error)) {}
    ~state() { delete text.load(std::memory_order_acquire); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    state* share() noexcept {
        copies.fetch_add(1, std::memory_order_relaxed);
        return this;
    }
    void let_go() noexcept {
        if (copies.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    owned<object> value;
    std::atomic<const std::string*> text{nullptr};
    std::atomic<std::size_t> copies{1};
};

python_error::python_error(const python_error& other) noexcept
    : std::exception(other), state_(other.state_->share()) {}
// NOLINTNEXTLINE(bugprone-unhandled-self-assignment): it shares before it lets go
python_error& python_error::operator=(const python_error& other) noexcept {
    state* shared = other.state_->share();
    state_->let_go();
    state_ = shared;
    return *this;
}
python_error::~python_error() { state_->let_go(); }

python_error::python_error(python py) {
    detail::require_attached("il::python_error");
    const object error(detail::adopt_t{}, detail::fetch_error());
    state_ = new state(error.unbind());
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

python_error::python_error(const interlock::exception& value)
    : state_((detail::check_handle(value.ptr(), "il::python_error"),
              new state(static_cast<const object&>(value).unbind()))) {}

interlock::exception python_error::value() const {
    return interlock::exception(detail::adopt_t{},
                                state_->value.bind(detail::token_inside).release());
}

type python_error::type() const { return type::of(value()); }

object python_error::traceback() const {
    const interlock::exception error = value();
    PyObject* traceback = PyException_GetTraceback(error.ptr());
    return object(detail::adopt_t{}, traceback != nullptr ? traceback : Py_NewRef(Py_None));
}

bool python_error::matches(const object& classes) const {
    const interlock::exception error = value();
    detail::check_handle(classes.ptr(), "il::python_error::matches");
    return PyErr_GivenExceptionMatches(error.ptr(), classes.ptr()) != 0;
}

bool python_error::matches_class(PyObject* cls) const {
    const object held(detail::adopt_t{}, cls);
    return cls != nullptr && matches(held);
}

list python_error::notes() const {
    const interlock::exception error = value();
    PyObject* found = detail::get_attribute_or_null(error.ptr(), "__notes__");
    if (found != nullptr) {
        const object held(detail::adopt_t{}, found);
        if (isinstance<list>(held)) {
            return list(detail::adopt_t{}, Py_NewRef(found));
        }
    }
    return list(detail::adopt_t{}, detail::check_new(PyList_New(0)));
}

void python_error::add_note(std::string_view text) const { value().add_note(text); }

python_error python_error::with_cause(const std::exception& cause) const {
    const interlock::exception error = value();
    const interlock::exception converted(detail::adopt_t{}, detail::exception_of(cause));
    if (!error.is(converted)) {
        error.set_cause(converted);
    }
    return *this;
}

std::string python_error::format() const {
    const interlock::exception error = value();
    const object lines =
        error.py().import("traceback").attr("format_exception")(static_cast<const object&>(error));
    return error.py().make("").attr("join")(lines).as<std::string>();
}

void python_error::restore() const { detail::put_error(value().release()); }

void python_error::discard_as_unraisable(std::string_view where) const noexcept {
    report_unraisable(*this, where);
}

INTERLOCK_END
