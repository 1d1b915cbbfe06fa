// The classes that stand for Python's builtin exceptions: which class each is, and how its Python exception is made.
#include "decimal.hpp"
#include "error_translation.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <system_error>

INTERLOCK_BEGIN
namespace detail {

// ---- the text that copies share -------------------------------------------------------------------------------------------

struct error_text::block {
    std::atomic<std::size_t> users;

    // The characters stand behind it.
    char* characters() noexcept { return reinterpret_cast<char*>(this + 1); }
};

error_text::error_text(std::string_view text)
    : block_(::new(::operator new(sizeof(block) + text.size() + 1)) block{1}) {
    if (!text.empty()) {
        std::memcpy(block_->characters(), text.data(), text.size());
    }
    block_->characters()[text.size()] = '\0';
}

error_text::error_text(const error_text& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) {
        block_->users.fetch_add(1, std::memory_order_relaxed);
    }
}

error_text::~error_text() {
    if (block_ != nullptr && block_->users.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::destroy_at(block_);
        ::operator delete(block_);
    }
}

const char* error_text::text() const noexcept {
    return block_ == nullptr ? nullptr : block_->characters();
}

// ---- the classes ----------------------------------------------------------------------------------------------------------

namespace {

// One after the other, each with its end: an array of pointers would have to be filled in each module that is imported.
constexpr char names[] =
#define INTERLOCK_NAME_ERROR(NAME, PYTHON) #PYTHON "\0"
    INTERLOCK_BUILTIN_ERRORS(INTERLOCK_NAME_ERROR)
#undef INTERLOCK_NAME_ERROR
        "ExceptionGroup\0"
        "PythonFinalizationError\0"
        "ImportCycleError\0";

// Of the module builtins, as it is imported: no code of anybody's runs. Or the other one, where there is none of that name, or the
// interpreter is at its end.
PyObject* from_builtins(const char* name, PyObject* otherwise) noexcept {
    const keep_error kept;
    const reference key(PyUnicode_InternFromString("builtins"));
    const reference module(key ? PyImport_GetModule(key.pointer) : nullptr);
    PyObject* found = module ? PyObject_GetAttrString(module.pointer, name) : nullptr;
    if (found != nullptr && PyExceptionClass_Check(found)) {
        return found;
    }
    Py_XDECREF(found);
    PyErr_Clear();
    return Py_NewRef(otherwise);
}

const char* name_of_builtin(builtin_error which) noexcept {
    const char* name = names;
    for (auto before = static_cast<std::size_t>(which); before > 0; --before) {
        name += std::strlen(name) + 1;
    }
    return name;
}

}  // namespace

// Those that the core itself raises in every module by their addresses, and the rest by their names: to the dynamic linker each
// address is one more symbol to look up when a module is imported, and there are 60 of them.
PyObject* class_of_builtin(builtin_error which) noexcept {
    switch (which) {
        case builtin_error::general_exception:
            return Py_NewRef(PyExc_Exception);
        case builtin_error::attribute_error:
            return Py_NewRef(PyExc_AttributeError);
        case builtin_error::import_error:
            return Py_NewRef(PyExc_ImportError);
        case builtin_error::index_error:
            return Py_NewRef(PyExc_IndexError);
        case builtin_error::key_error:
            return Py_NewRef(PyExc_KeyError);
        case builtin_error::memory_error:
            return Py_NewRef(PyExc_MemoryError);
        case builtin_error::os_error:
            return Py_NewRef(PyExc_OSError);
        case builtin_error::runtime_error:
            return Py_NewRef(PyExc_RuntimeError);
        case builtin_error::system_error:
            return Py_NewRef(PyExc_SystemError);
        case builtin_error::type_error:
            return Py_NewRef(PyExc_TypeError);
        case builtin_error::value_error:
            return Py_NewRef(PyExc_ValueError);
        case builtin_error::python_finalization_error:
            return Py_NewRef(finalization_error());
        case builtin_error::import_cycle_error:  // from 3.15 on
            return from_builtins("ImportCycleError", PyExc_ImportError);
        default:
            return from_builtins(name_of_builtin(which), PyExc_SystemError);
    }
}

PyObject* text_object(std::string_view text) noexcept {
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

namespace {

PyObject* text_or_none(const char* text) noexcept {
    return text == nullptr || *text == '\0' ? Py_NewRef(Py_None) : text_object(text);
}

PyObject* call(PyObject* cls, PyObject* argument) noexcept {
    return run_python([&] {
        return argument == nullptr ? PyObject_CallNoArgs(cls) : PyObject_CallOneArg(cls, argument);
    });
}

// cls(text), or cls() where there is none.
PyObject* call_with_text(PyObject* cls, const char* text) noexcept {
    if (text == nullptr) {
        return call(cls, nullptr);
    }
    const reference argument(text_object(text));
    return argument ? call(cls, argument.pointer) : nullptr;
}

PyObject* call_with_value(PyObject* cls, const error_value& value) {
    if (!value) {
        return call(cls, nullptr);
    }
    const reference argument(value.make());
    return argument ? call(cls, argument.pointer) : nullptr;
}

// Sets an attribute of a new exception; where that fails, null.
PyObject* with_attribute(PyObject* made, const char* name, const char* text) noexcept {
    reference exception(made);
    if (!exception || text == nullptr || *text == '\0') {
        return exception.release();
    }
    const reference value(text_object(text));
    const int status = value ? run_python([&] {
        return PyObject_SetAttrString(exception.pointer, name, value.pointer);
    })
                             : -1;
    return status == 0 ? exception.release() : nullptr;
}

PyObject* file_name(const std::string* name) noexcept {
    if (name == nullptr) {
        return Py_NewRef(Py_None);
    }
    const auto size = static_cast<Py_ssize_t>(name->size());
#if defined(_WIN32)
    return PyUnicode_DecodeUTF8(name->data(), size, "replace");
#else
    return PyUnicode_DecodeFSDefaultAndSize(name->data(), size);
#endif
}

}  // namespace

PyObject* make_os_error(PyObject* cls, int number, std::string_view text, const std::string* first,
                        const std::string* second) {
    const reference message(text_object(text));
    const reference filename(file_name(first));
    const reference other(file_name(second));
    if (!message || !filename || !other) {
        return nullptr;
    }
    // errno, strerror, filename, winerror, filename2.
    return run_python([&] {
        return first == nullptr && second == nullptr
                   ? PyObject_CallFunction(cls, "iO", number, message.pointer)
                   : PyObject_CallFunction(cls, "iOOOO", number, message.pointer, filename.pointer,
                                           Py_None, other.pointer);
    });
}

}  // namespace detail

const char* base_exception::what() const noexcept {
    const char* known = text();
    return known != nullptr ? known : detail::name_of_builtin(python_code());
}

PyObject* base_exception::make_python(PyObject* cls) const {
    return detail::call_with_text(cls, text());
}

PyObject* key_error::make_python(PyObject* cls) const { return detail::call_with_value(cls, key_); }
PyObject* stop_iteration::make_python(PyObject* cls) const {
    return detail::call_with_value(cls, value_);
}
PyObject* stop_async_iteration::make_python(PyObject* cls) const {
    return detail::call_with_value(cls, value_);
}
PyObject* system_exit::make_python(PyObject* cls) const {
    return detail::call_with_value(cls, code_);
}

// ---- OSError --------------------------------------------------------------------------------------------------------------

namespace {

std::string describe(const detail::os_details& details) {
    std::string text = std::generic_category().message(details.number);
    if (details.has_first) {
        text += ": " + details.first;
    }
    if (details.has_second) {
        text += " -> " + details.second;
    }
    return text;
}

}  // namespace

os_error::os_error(detail::os_details&& details)
    : general_exception(describe(details)),
      details_(detail::make_counted<const detail::os_details>(std::move(details))) {}
os_error::os_error(int number) : os_error(detail::os_details{number, {}, {}, false, false}) {}
os_error::os_error(int number, const detail::error_path& filename)
    : os_error(detail::os_details{number, filename.text(), {}, true, false}) {}
os_error::os_error(int number, const detail::error_path& filename,
                   const detail::error_path& filename2)
    : os_error(detail::os_details{number, filename.text(), filename2.text(), true, true}) {}

PyObject* os_error::make_python(PyObject* cls) const {
    if (!details_) {
        return general_exception::make_python(cls);
    }
    return detail::make_os_error(cls, details_->number,
                                 std::generic_category().message(details_->number),
                                 details_->has_first ? &details_->first : nullptr,
                                 details_->has_second ? &details_->second : nullptr);
}

// ---- names and places -----------------------------------------------------------------------------------------------------

PyObject* import_error::make_python(PyObject* cls) const {
    return detail::with_attribute(
        detail::with_attribute(general_exception::make_python(cls), "name", name_.text()), "path",
        path_.text());
}
PyObject* name_error::make_python(PyObject* cls) const {
    return detail::with_attribute(general_exception::make_python(cls), "name", name_.text());
}
PyObject* attribute_error::make_python(PyObject* cls) const {
    return detail::with_attribute(general_exception::make_python(cls), "name", name_.text());
}

PyObject* syntax_error::make_python(PyObject* cls) const {
    if (filename_.text() == nullptr) {
        return general_exception::make_python(cls);
    }
    const auto number = [](int value) {
        return value == 0 ? Py_NewRef(Py_None) : PyLong_FromLong(value);
    };
    const detail::reference message(detail::text_object(text()));
    const detail::reference filename(detail::text_or_none(filename_.text()));
    const detail::reference line(number(line_));
    const detail::reference column(number(column_));
    const detail::reference source(detail::text_or_none(source_.text()));
    if (!message || !filename || !line || !column || !source) {
        return nullptr;
    }
    return detail::run_python([&] {
        return PyObject_CallFunction(cls, "O(OOOO)", message.pointer, filename.pointer,
                                     line.pointer, column.pointer, source.pointer);
    });
}

// ---- Unicode --------------------------------------------------------------------------------------------------------------

namespace {

std::string describe(std::string_view encoding, std::ptrdiff_t begin, std::ptrdiff_t end,
                     std::string_view reason) {
    std::string text(encoding);
    text += text.empty() ? "position " : ": position ";
    text += detail::decimal(begin) + " to " + detail::decimal(end) + ": ";
    return text.append(reason);
}

detail::unicode_details details_of(std::string_view encoding, std::string_view text,
                                   std::ptrdiff_t begin, std::ptrdiff_t end,
                                   std::string_view reason) {
    return {std::string(encoding), std::string(text), begin, end, std::string(reason)};
}

// The text with lone surrogates, as Python has it.
PyObject* decode(const std::string& text) noexcept {
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogatepass");
}

PyObject* make_unicode_error(PyObject* cls, const detail::unicode_details& details,
                             PyObject* text) {
    const detail::reference of(text);
    if (!of) {
        return nullptr;
    }
    return detail::run_python([&] {
        return PyObject_CallFunction(cls, "sOnns", details.encoding.c_str(), of.pointer,
                                     static_cast<Py_ssize_t>(details.begin),
                                     static_cast<Py_ssize_t>(details.end), details.reason.c_str());
    });
}

}  // namespace

unicode_decode_error::unicode_decode_error(std::string_view encoding, std::string_view bytes,
                                           std::ptrdiff_t begin, std::ptrdiff_t end,
                                           std::string_view reason)
    : unicode_error(describe(encoding, begin, end, reason)),
      details_(detail::make_counted<const detail::unicode_details>(
          details_of(encoding, bytes, begin, end, reason))) {}
PyObject* unicode_decode_error::make_python(PyObject* cls) const {
    return make_unicode_error(
        cls, *details_,
        PyBytes_FromStringAndSize(details_->text.data(),
                                  static_cast<Py_ssize_t>(details_->text.size())));
}

unicode_encode_error::unicode_encode_error(std::string_view encoding, std::string_view text,
                                           std::ptrdiff_t begin, std::ptrdiff_t end,
                                           std::string_view reason)
    : unicode_error(describe(encoding, begin, end, reason)),
      details_(detail::make_counted<const detail::unicode_details>(
          details_of(encoding, text, begin, end, reason))) {}
PyObject* unicode_encode_error::make_python(PyObject* cls) const {
    return make_unicode_error(cls, *details_, decode(details_->text));
}

unicode_translate_error::unicode_translate_error(std::string_view text, std::ptrdiff_t begin,
                                                 std::ptrdiff_t end, std::string_view reason)
    : unicode_error(describe({}, begin, end, reason)),
      details_(detail::make_counted<const detail::unicode_details>(
          details_of({}, text, begin, end, reason))) {}
PyObject* unicode_translate_error::make_python(PyObject* cls) const {
    const detail::reference of(decode(details_->text));
    if (!of) {
        return nullptr;
    }
    return detail::run_python([&] {
        return PyObject_CallFunction(
            cls, "Onns", of.pointer, static_cast<Py_ssize_t>(details_->begin),
            static_cast<Py_ssize_t>(details_->end), details_->reason.c_str());
    });
}

// ---- groups ---------------------------------------------------------------------------------------------------------------

base_exception_group::base_exception_group(std::string_view text,
                                           std::vector<std::exception_ptr> members)
    : base_exception(text),
      members_(detail::make_counted<const std::vector<std::exception_ptr>>(std::move(members))) {}

PyObject* base_exception_group::make_python(PyObject* cls) const {
    const detail::reference message(detail::text_object(text() == nullptr ? "" : text()));
    const detail::reference list(PyList_New(static_cast<Py_ssize_t>(members_->size())));
    if (!message || !list) {
        return nullptr;
    }
    for (std::size_t i = 0; i < members_->size(); ++i) {
        PyList_SET_ITEM(list.pointer, static_cast<Py_ssize_t>(i),
                        detail::exception_of((*members_)[i]));
    }
    return detail::run_python(
        [&] { return PyObject_CallFunctionObjArgs(cls, message.pointer, list.pointer, nullptr); });
}

INTERLOCK_END
