// Calls. Arguments come in an array, with a free slot in front.
#include "run.hpp"

INTERLOCK_BEGIN
namespace detail {

// The callers have asked whether the thread is attached, before they converted the arguments.

namespace {

// Inside of an allow_threads or a tp_traverse, as far as this extension knows, or in a sub-interpreter.
INTERLOCK_NOINLINE PyObject* call_flagged(PyObject* callable, PyObject** arguments,
                                          std::size_t counted) {
    require_attached("calling il::object");
    return check_new(run([&] { return call_vector(callable, arguments, counted); }));
}

}  // namespace

// As run() does it, in one function: by far the most frequent call. What is rare is a call at its end, so that it needs no memory.
INTERLOCK_STOPS_UNWINDING PyObject* call_plain(PyObject* callable, PyObject** arguments,
                                               std::size_t counted) {
    const std::uintptr_t word = thread_word();
    if ((word & word_flags) != 0) [[unlikely]] {
        return call_flagged(callable, arguments, counted);
    }
    PyObject* result = nullptr;
    {
        const frame_below mark(word);
        never_unwound call;
        result = call_vector(callable, arguments, counted);
        call.returned();
    }
    return check_new(result);
}

PyObject* call_keywords(PyObject* callable, PyObject** arguments, std::size_t counted,
                        const name* const* names, std::size_t keywords) {
    const object tuple(adopt_t{}, known_keyword_names(names, keywords));
    return check_new(
        run([&] { return PyObject_Vectorcall(callable, arguments, counted, tuple.ptr()); }));
}

PyObject* call_method_plain(const name& method, PyObject** arguments, std::size_t counted) {
    const object key(adopt_t{}, string_of(method));
    return check_new(
        run([&] { return PyObject_VectorcallMethod(key.ptr(), arguments, counted, nullptr); }));
}

PyObject* call_method_keywords(const name& method, PyObject** arguments, std::size_t counted,
                               const name* const* names, std::size_t keywords) {
    const object key(adopt_t{}, string_of(method));
    const object tuple(adopt_t{}, known_keyword_names(names, keywords));
    return check_new(
        run([&] { return PyObject_VectorcallMethod(key.ptr(), arguments, counted, tuple.ptr()); }));
}

PyObject* call_general(PyObject* callable, call_arguments& arguments) {
    check_operand(callable, "calling il::object");
    const object positional(adopt_t{}, check_new(arguments.positional == nullptr
                                                     ? PyTuple_New(0)
                                                     : PyList_AsTuple(arguments.positional)));
    return check_new(
        run([&] { return PyObject_Call(callable, positional.ptr(), arguments.keywords); }));
}

call_arguments::~call_arguments() {
    for (PyObject* held : {positional, keywords}) {
        if (held != nullptr) {
            const object released(adopt_t{}, held);
        }
    }
}

void call_arguments::add(PyObject* value) {
    check_handle(value, "calling il::object");
    const object held(adopt_t{}, value);
    if (positional == nullptr) {
        positional = check_new(PyList_New(0));
    }
    check_status(PyList_Append(positional, held.ptr()));
}

void call_arguments::add_keyword(const name& key, PyObject* value) {
    check_handle(value, "calling il::object");
    const object held(adopt_t{}, value);
    if (keywords == nullptr) {
        keywords = check_new(PyDict_New());
    }
    const object text(adopt_t{}, string_of(key));
    if (contains(keywords, text.ptr())) {
        PyErr_Format(PyExc_TypeError, "got multiple values for keyword argument '%U'", text.ptr());
        throw_python_error();
    }
    check_status(PyDict_SetItem(keywords, text.ptr(), held.ptr()));
}

void call_arguments::add_all(PyObject* iterable) {
    check_operand(iterable, "il::unpack");
    if (positional == nullptr) {
        positional = check_new(PyList_New(0));
    }
    const object extended(
        adopt_t{},
        check_new(run([&] { return PyObject_CallMethod(positional, "extend", "(O)", iterable); })));
}

void call_arguments::add_all_keywords(PyObject* mapping) {
    check_operand(mapping, "il::unpack_kw");
    const object copy(adopt_t{}, check_new(PyDict_New()));
    check_status(run([&] { return PyDict_Update(copy.ptr(), mapping); }));
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(copy.ptr(), &at, &key, &value) != 0;) {
        if (PyUnicode_Check(key) == 0) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            throw_python_error();
        }
        Py_ssize_t size = 0;
        const char* text = PyUnicode_AsUTF8AndSize(key, &size);
        check_new(const_cast<PyObject*>(text == nullptr ? nullptr : key));
        add_keyword(std::string_view(text, static_cast<std::size_t>(size)), Py_NewRef(value));
    }
}

}  // namespace detail
INTERLOCK_END
