// C++ exceptions as Python exceptions.
//
// A generated C function catches std::exception by reference and calls translate, so that nothing is unwound twice
// (invariant 9). What it is is asked by its type_info for the usual ones: these pay for nothing that others need. Then come
// what modules have registered, il's own errors, and, by dynamic_cast, what is derived from the standard library's. Causes
// (std::throw_with_nested) and notes are added to what was made.
#include "error_translation.hpp"
#include "standard_errors.hpp"

#include <interlock/bind/record.hpp>
#include <interlock/convert/errors.hpp>
#include <interlock/objects/notes.hpp>

#include <chrono>
#include <version>

#if defined(__cpp_lib_format)
#include <format>
#endif

#if defined(__GNUC__)
#include <cxxabi.h>

#include <cstdlib>
#endif

INTERLOCK_BEGIN
namespace detail {

error_question translators_to_ask{nullptr};
error_question registered_to_ask{nullptr};
std::atomic<bool> asked_before_usual{false};
std::atomic<PyObject* (*)(const std::exception& error) noexcept> thrown_for_others{nullptr};
std::atomic<PyObject* (*)(const char* cpp_name) noexcept> classes_for_others{nullptr};

note_carrier::note_carrier(std::string text)
    : text_(make_counted<const std::string>(std::move(text))) {}

void set_exception(PyObject* exception) noexcept {
    if (exception != nullptr) {
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception)), exception);
        Py_DECREF(exception);
    }
}

namespace {

// As text_object makes it.
INTERLOCK_INLINE void set_words(PyObject* type, std::string_view text) noexcept {
    PyObject* message =
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
    if (message != nullptr) {
        PyErr_SetObject(type, message);
        Py_DECREF(message);
    }
}

}  // namespace

void set_text(PyObject* type, const char* text) noexcept {
    set_words(type, text == nullptr ? "" : text);
}

namespace {

template <class... E>
bool is_any(const std::exception& error) noexcept {
    return ((find_error<E>(error) != nullptr) || ...);
}

// ---- errors of the system -------------------------------------------------------------------------------------------------

// The paths of a filesystem_error as os_error has them.
struct path_text {
    explicit path_text(const std::filesystem::path* path) {
        if (path != nullptr && !path->empty()) {
            given = true;
            text = error_path(*path).text();
        }
    }
    const std::string* get() const noexcept { return given ? &text : nullptr; }

    bool given = false;
    std::string text;
};

// What the thrower said beyond the message that the number stands for.
void note_context(PyObject* exception, const std::string& message, const char* what) {
    const std::string_view said(what == nullptr ? "" : what);
    if (exception != nullptr && said != message && !said.empty()) {
        add_note(exception, said);
    }
}

void set_system_error(const std::system_error& error) {
    const std::error_code& code = error.code();
    const std::error_condition condition = code.default_error_condition();
    if (condition.category() != std::generic_category()) {
        // A number that is no errno: of another library's, or of streams.
        set_text(PyExc_OSError, error.what());
        return;
    }
    const auto* file = find_error<std::filesystem::filesystem_error>(error);
    const path_text first(file == nullptr ? nullptr : &file->path1());
    const path_text second(file == nullptr ? nullptr : &file->path2());
    const std::string message = condition.message();
    PyObject* made =
        make_os_error(PyExc_OSError, condition.value(), message, first.get(), second.get());
    note_context(made, code.message(), error.what());
    set_exception(made);
}

// ---- the standard library's -----------------------------------------------------------------------------------------------

// The usual ones, by identity; null for others.
PyObject* usual_type(const std::type_info& type) noexcept {
    if (is_exactly<std::runtime_error>(type)) {
        return PyExc_RuntimeError;
    }
    if (is_exactly<std::invalid_argument>(type)) {
        return PyExc_ValueError;
    }
    if (is_exactly<std::out_of_range>(type)) {
        return PyExc_IndexError;
    }
    if (is_exactly<std::logic_error>(type)) {
        return PyExc_RuntimeError;
    }
    if (is_exactly<std::bad_alloc>(type)) {
        return PyExc_MemoryError;
    }
    return nullptr;
}

// What is derived from them: the special before the general.
builtin_error standard_type(const std::exception& error) noexcept {
    if (is_any<std::bad_alloc>(error)) {
        return builtin_error::memory_error;
    }
    if (const auto* refused = dynamic_cast<const no_interpreter*>(&error)) {
        return refused->reason() == refusal::finalizing ? builtin_error::python_finalization_error
                                                        : builtin_error::runtime_error;
    }
    if (is_any<cast_error, std::bad_cast, std::bad_typeid, std::bad_function_call>(error)) {
        return builtin_error::type_error;
    }
    if (is_any<std::bad_weak_ptr>(error)) {
        return builtin_error::reference_error;
    }
    if (is_any<std::out_of_range>(error)) {
        return builtin_error::index_error;
    }
    if (is_any<std::overflow_error>(error)) {
        return builtin_error::overflow_error;
    }
    if (is_any<std::underflow_error>(error)) {
        return builtin_error::arithmetic_error;
    }
    if (is_any<std::invalid_argument, std::domain_error, std::length_error, std::range_error,
               std::bad_optional_access, std::bad_variant_access, std::regex_error>(error)) {
        return builtin_error::value_error;
    }
#if defined(__cpp_lib_format)
    if (is_any<std::format_error>(error)) {
        return builtin_error::value_error;
    }
#endif
#if defined(__cpp_lib_chrono) && __cpp_lib_chrono >= 201907L
    if (is_any<std::chrono::nonexistent_local_time, std::chrono::ambiguous_local_time>(error)) {
        return builtin_error::value_error;
    }
#endif
    return builtin_error::runtime_error;
}

void set_standard(const std::exception& error) {
    if (const auto* system = find_error<std::system_error>(error)) {
        set_system_error(*system);
        return;
    }
    // Not before C++11's own string did an ios_base::failure become a system_error in every library.
    if (is_any<std::ios_base::failure>(error)) {
        set_text(PyExc_OSError, error.what());
        return;
    }
    const reference cls(class_of_builtin(standard_type(error)));
    set_text(cls.pointer, error.what());
}

// ---- causes and notes -----------------------------------------------------------------------------------------------------

void set_cause_of(const std::nested_exception& nested) {
    const std::exception_ptr inner = nested.nested_ptr();
    if (inner == nullptr) {
        return;
    }
    const reference error(take_error());
    if (!error) {
        return;
    }
    PyObject* cause = exception_of(inner);
    if (cause == error.pointer) {
        Py_DECREF(cause);  // it was thrown with itself in it
    } else {
        PyException_SetCause(error.pointer, cause);
    }
    put_error(Py_NewRef(error.pointer));
}

void add_notes_of(const note_carrier& carrier) {
    PyObject* error = take_error();
    if (error != nullptr) {
        add_note(error, carrier.note());
    }
    put_error(error);
}

void add_what_comes_with(const std::exception& error) {
    if (const auto* nested = find_error<std::nested_exception>(error)) {
        set_cause_of(*nested);
    }
    if (const auto* carrier = dynamic_cast<const note_carrier*>(&error)) {
        add_notes_of(*carrier);
    }
}

// ---- the order of the questions -------------------------------------------------------------------------------------------

void set_builtin(const base_exception& error) {
    const reference cls(class_of_builtin(error_access::code(error)));
    set_exception(error_access::make_python(error, cls.pointer));
}

enum class asking : bool { registered_alone, translators_too };

void set_without_translators(const std::exception& error) {
    if (ask(registered_to_ask, &error)) {
        return;
    }
    const auto* builtin = dynamic_cast<const base_exception*>(&error);
    const reference cls(class_of_thrown_elsewhere(error));
    if (cls && builtin != nullptr) {
        set_exception(error_access::make_python(*builtin, cls.pointer));
    } else if (cls) {
        set_text(cls.pointer, error.what());
    } else if (builtin != nullptr) {
        set_builtin(*builtin);
    } else {
        set_standard(error);
    }
}

// A translator threw: that is what Python gets, with the exception that it was asked about as its context.
template <class F>
void set_in_place_of(F set_original) noexcept {
    PyErr_Clear();
    PyObject* thrown = exception_of_current();
    try {
        set_original();
    } catch (...) {
        PyErr_Clear();
    }
    PyObject* original = take_error();
    if (original != nullptr && original != thrown) {
        PyException_SetContext(thrown, original);
    } else {
        Py_XDECREF(original);
    }
    put_error(thrown);
}

void set_error(const std::exception& error, asking how) {
    if (const auto* python = dynamic_cast<const python_error*>(&error)) {
        try {
            python->restore();
        } catch (const wrong_interpreter&) {
            // It comes from another interpreter, whose objects may not be used here: its text may.
            set_text(PyExc_RuntimeError, error.what());
        }
    } else {
        bool done = false;
        if (how == asking::translators_too) {
            try {
                done = ask(translators_to_ask, &error);
            } catch (...) {
                set_in_place_of([&] { set_without_translators(error); });
                return;
            }
        }
        if (!done) {
            set_without_translators(error);
        }
    }
    add_what_comes_with(error);
}

// What was thrown while an exception was made, by the conversion of a field or an argument, takes its place.
void set_plainly(const std::exception& error) {
    if (const auto* python = dynamic_cast<const python_error*>(&error)) {
        python->restore();
    } else if (const auto* builtin = dynamic_cast<const base_exception*>(&error)) {
        set_builtin(*builtin);
    } else {
        set_standard(error);
    }
}

template <class F>
void set_or_say_why_not(F set) noexcept {
    constexpr const char* untranslatable = "interlock: a C++ exception could not be translated";
    try {
        try {
            set();
        } catch (const std::exception& other) {
            set_plainly(other);
        }
    } catch (...) {
        set_text(PyExc_SystemError, untranslatable);
    }
    if (PyErr_Occurred() == nullptr) {
        set_text(PyExc_SystemError, untranslatable);
    }
}

void set_unexpected() noexcept {
#if defined(__GNUC__)
    if (const std::type_info* type = abi::__cxa_current_exception_type()) {
        int status = 0;
        char* name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
        PyErr_Format(PyExc_SystemError,
                     "interlock: a C++ exception of type %s, which no translator knows",
                     name != nullptr ? name : type->name());
        std::free(name);
        return;
    }
#endif
    set_text(PyExc_SystemError, "interlock: a C++ exception of a type that no translator knows");
}

// In the handler of what is not derived from std::exception.
void set_other(asking how) {
    const auto plainly = [] {
        if (!ask(registered_to_ask, nullptr)) {
            set_unexpected();
        }
    };
    bool done = false;
    if (how == asking::translators_too) {
        try {
            done = ask(translators_to_ask, nullptr);
        } catch (...) {
            set_in_place_of(plainly);
            return;
        }
    }
    if (!done) {
        plainly();
    }
    try {
        throw;
    } catch (const std::nested_exception& nested) {
        set_cause_of(nested);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // Nothing is nested in it.
    }
}

void set_current(asking how) noexcept {
    try {
        throw;
    } catch (const std::exception& error) {
        set_or_say_why_not([&] { set_error(error, how); });
#if INTERLOCK_FORCED_UNWIND && defined(__GLIBC__)
    } catch (abi::__forced_unwind&) {
        park();
#endif
    } catch (...) {
        set_or_say_why_not([&] { set_other(how); });
    }
}

// Runs what sets an error, and takes that as an object.
template <class F>
PyObject* take_set(F set) noexcept {
    const keep_error kept;
    set();
    PyObject* made = take_error();
    return made != nullptr ? made : Py_NewRef(PyExc_SystemError);
}

}  // namespace

void add_note(PyObject* exception, std::string_view text) noexcept {
    const keep_error kept;
    const reference note(text_object(text));
    const reference method(PyUnicode_FromString("add_note"));
    if (note && method) {
        const reference done(run_python(
            [&] { return PyObject_CallMethodOneArg(exception, method.pointer, note.pointer); }));
    }
    PyErr_Clear();
}

PyObject* exception_of_current() noexcept {
    return take_set([] { set_current(asking::registered_alone); });
}
PyObject* exception_of(const std::exception& error) noexcept {
    return take_set(
        [&] { set_or_say_why_not([&] { set_error(error, asking::registered_alone); }); });
}
PyObject* exception_of(const std::exception_ptr& error) noexcept {
    return take_set([&] {
        if (error == nullptr) {
            set_text(PyExc_SystemError, "interlock: an empty std::exception_ptr");
            return;
        }
        try {
            std::rethrow_exception(error);
        } catch (...) {
            set_current(asking::translators_too);
        }
    });
}

PyObject* translate(const std::exception& error) noexcept {
    if (attached_state() == nullptr) {
        // Turned away on the way back from allow_threads, with CPython's frames below: there is no way on.
        park();
    }
    if (!asked_before_usual.load(std::memory_order_relaxed)) {
        if (PyObject* type = usual_type(typeid(error))) {
            const char* text = error.what();
            set_words(type, text == nullptr ? "" : text);
            return nullptr;
        }
    }
    set_or_say_why_not([&] { set_error(error, asking::translators_too); });
    return nullptr;
}

PyObject* translate_unknown() noexcept {
    if (attached_state() == nullptr) {
        park();
    }
    set_current(asking::translators_too);
    return nullptr;
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

exception to_python_exception(python, const std::exception_ptr& error) {
    detail::require_attached("il::to_python_exception");
    return exception(detail::adopt_t{}, detail::exception_of(error));
}

INTERLOCK_END
