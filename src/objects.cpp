// The out-of-line operations on objects: each asks first whether the thread is attached.
//
// CPython before 3.13.8 ends a thread that asks for its lock during finalization by unwinding its stack (gh-87135). Every call
// that may run Python code therefore goes through `run`, which turns that into a park before a frame of the user's is
// unwound without the interpreter (invariant 9).
#include "python_call.hpp"

#include <interlock/objects/kinds.hpp>

#include <cstring>

INTERLOCK_BEGIN
namespace detail {

namespace {

inline void check_operand(PyObject* self, const char* operation) {
    require_attached(operation);
    if (self == nullptr) [[unlikely]] {
        throw_empty_handle(operation);
    }
}

inline void check_status(int status) {
    if (status < 0) [[unlikely]] {
        throw_python_error();
    }
}

object name_object(std::string_view name) {
    return object(adopt_t{}, check_new(PyUnicode_FromStringAndSize(
                                 name.data(), static_cast<Py_ssize_t>(name.size()))));
}

}  // namespace

PyObject* get_attribute(PyObject* self, std::string_view name) {
    check_operand(self, "il::object::attr");
    const object key = name_object(name);
    return check_new(run_python([&] { return PyObject_GetAttr(self, key.ptr()); }));
}

PyObject* get_attribute_or_null(PyObject* self, std::string_view name) {
    check_operand(self, "il::getattr");
    const object key = name_object(name);
#if PY_VERSION_HEX >= 0x030D0000
    PyObject* found = nullptr;
    check_status(run_python([&] { return PyObject_GetOptionalAttr(self, key.ptr(), &found); }));
    return found;
#else
    PyObject* found = run_python([&] { return PyObject_GetAttr(self, key.ptr()); });
    if (found == nullptr) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) {
            throw_python_error();
        }
        PyErr_Clear();
    }
    return found;
#endif
}

void set_attribute(PyObject* self, std::string_view name, PyObject* value) {
    check_operand(self, "il::object::attr assignment");
    const object key = name_object(name);
    check_status(run_python([&] { return PyObject_SetAttr(self, key.ptr(), value); }));
}

void delete_attribute(PyObject* self, std::string_view name) {
    check_operand(self, "il::delattr");
    const object key = name_object(name);
    check_status(run_python([&] { return PyObject_SetAttr(self, key.ptr(), nullptr); }));
}

PyObject* get_item(PyObject* self, PyObject* key) {
    check_operand(self, "il::object[]");
    return check_new(run_python([&] { return PyObject_GetItem(self, key); }));
}

void set_item(PyObject* self, PyObject* key, PyObject* value) {
    check_operand(self, "il::object[] assignment");
    check_status(run_python([&] { return PyObject_SetItem(self, key, value); }));
}

void delete_item(PyObject* self, PyObject* key) {
    check_operand(self, "il::del");
    check_status(run_python([&] { return PyObject_DelItem(self, key); }));
}

bool contains(PyObject* self, PyObject* key) {
    check_operand(self, "il::object::contains");
    const int found = run_python([&] { return PySequence_Contains(self, key); });
    check_status(found);
    return found != 0;
}

std::size_t length(PyObject* self) {
    check_operand(self, "il::len");
    const Py_ssize_t size = run_python([&] { return PyObject_Size(self); });
    if (size < 0) {
        throw_python_error();
    }
    return static_cast<std::size_t>(size);
}

PyObject* iterate(PyObject* self) {
    check_operand(self, "iterating over il::object");
    return check_new(run_python([&] { return PyObject_GetIter(self); }));
}

PyObject* next_or_null(PyObject* iterator) {
    check_operand(iterator, "iterating over il::object");
    PyObject* next = run_python([&] { return PyIter_Next(iterator); });
    if (next == nullptr && PyErr_Occurred() != nullptr) {
        throw_python_error();
    }
    return next;
}

PyObject* repr_of(PyObject* self) {
    check_operand(self, "il::object::repr");
    return check_new(run_python([&] { return PyObject_Repr(self); }));
}

PyObject* str_of(PyObject* self) {
    check_operand(self, "il::object::str");
    return check_new(run_python([&] { return PyObject_Str(self); }));
}

std::ptrdiff_t hash_of(PyObject* self) {
    check_operand(self, "il::object::hash");
    const Py_hash_t hash = run_python([&] { return PyObject_Hash(self); });
    if (hash == -1) {
        throw_python_error();
    }
    return hash;
}

bool is_true(PyObject* self) {
    check_operand(self, "il::object as bool");
    const int truth = run_python([&] { return PyObject_IsTrue(self); });
    check_status(truth);
    return truth != 0;
}

bool compare(PyObject* left, PyObject* right, int operation) {
    check_operand(left, "comparing il::object");
    check_operand(right, "comparing il::object");
    // Not PyObject_RichCompareBool, which takes identity for equality: a NaN would equal itself.
    const object result(
        adopt_t{},
        check_new(run_python([&] { return PyObject_RichCompare(left, right, operation); })));
    return is_true(result.ptr());
}

void list_append(PyObject* list, PyObject* value) {
    check_operand(list, "il::list::append");
    check_status(PyList_Append(list, value));
}

PyObject* list_or_tuple_item(PyObject* sequence, std::size_t index) {
    check_operand(sequence, "il::object[]");
    return check_new(PySequence_GetItem(sequence, static_cast<Py_ssize_t>(index)));
}

PyObject* dict_get_or_null(PyObject* dict, PyObject* key) {
    check_operand(dict, "il::dict::get");
#if PY_VERSION_HEX >= 0x030D0000
    PyObject* found = nullptr;
    check_status(run_python([&] { return PyDict_GetItemRef(dict, key, &found); }));
    return found;
#else
    PyObject* found = run_python([&] { return PyDict_GetItemWithError(dict, key); });
    if (found == nullptr && PyErr_Occurred() != nullptr) {
        throw_python_error();
    }
    return Py_XNewRef(found);
#endif
}

PyObject* dict_items(PyObject* dict) {
    check_operand(dict, "iterating over il::dict");
    return check_new(run_python([&] { return PyDict_Items(dict); }));
}

PyObject* call_plain(PyObject* callable, PyObject** arguments, std::size_t count) {
    check_operand(callable, "calling il::object");
    return check_new(run_python([&] {
        return PyObject_Vectorcall(callable, arguments, count | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                   nullptr);
    }));
}

PyObject* call_method_plain(PyObject* self, std::string_view name, PyObject** arguments,
                            std::size_t count) {
    check_operand(self, "il::object::call_method");
    const object key = name_object(name);
    return check_new(run_python([&] {
        return PyObject_VectorcallMethod(key.ptr(), arguments,
                                         count | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    }));
}

PyObject* call_general(PyObject* callable, call_arguments& arguments) {
    check_operand(callable, "calling il::object");
    const object positional(adopt_t{}, check_new(arguments.positional == nullptr
                                                     ? PyTuple_New(0)
                                                     : PyList_AsTuple(arguments.positional)));
    return check_new(
        run_python([&] { return PyObject_Call(callable, positional.ptr(), arguments.keywords); }));
}

call_arguments::~call_arguments() {
    for (PyObject* held : {positional, keywords}) {
        if (held != nullptr) {
            const object released(adopt_t{}, held);
        }
    }
}

void call_arguments::add(PyObject* value) {
    const object held(adopt_t{}, value);
    if (positional == nullptr) {
        positional = check_new(PyList_New(0));
    }
    check_status(PyList_Append(positional, held.ptr()));
}

void call_arguments::add_keyword(std::string_view name, PyObject* value) {
    const object held(adopt_t{}, value);
    if (keywords == nullptr) {
        keywords = check_new(PyDict_New());
    }
    const object key = name_object(name);
    if (contains(keywords, key.ptr())) {
        PyErr_Format(PyExc_TypeError, "got multiple values for keyword argument '%U'", key.ptr());
        throw_python_error();
    }
    check_status(PyDict_SetItem(keywords, key.ptr(), held.ptr()));
}

void call_arguments::add_all(PyObject* iterable) {
    check_operand(iterable, "il::unpack");
    if (positional == nullptr) {
        positional = check_new(PyList_New(0));
    }
    const object extended(adopt_t{}, check_new(run_python([&] {
                              return PyObject_CallMethod(positional, "extend", "(O)", iterable);
                          })));
}

void call_arguments::add_all_keywords(PyObject* mapping) {
    check_operand(mapping, "il::unpack_kw");
    const object copy(adopt_t{}, check_new(PyDict_New()));
    check_status(run_python([&] { return PyDict_Update(copy.ptr(), mapping); }));
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
        add_keyword({text, static_cast<std::size_t>(size)}, Py_NewRef(value));
    }
}

PyObject* text_to_python(std::string_view utf8) {
    return check_new(make_utf8(utf8.data(), utf8.size()));
}

namespace {

object run_code(std::string_view code, int start, PyObject* globals) {
    const std::string text(code);
    if (text.find('\0') != std::string::npos) {
        PyErr_SetString(PyExc_ValueError, "source code string cannot contain null bytes");
        throw_python_error();
    }
    const object compiled(adopt_t{},
                          check_new(Py_CompileString(text.c_str(), "<interlock>", start)));
    return object(
        adopt_t{},
        check_new(run_python([&] { return PyEval_EvalCode(compiled.ptr(), globals, globals); })));
}

object main_scope() {
    PyObject* main = check_new(PyImport_AddModule("__main__"));
    return object(adopt_t{}, Py_NewRef(check_new(PyModule_GetDict(main))));
}

void provide_builtins(PyObject* scope) {
    if (PyDict_GetItemString(scope, "__builtins__") == nullptr) {
        check_status(PyDict_SetItemString(scope, "__builtins__", PyEval_GetBuiltins()));
    }
}

}  // namespace

}  // namespace detail

class module attachment::import(std::string_view name) const {
    detail::require_attached("il::python::import");
    const object key = detail::name_object(name);
    PyObject* imported =
        detail::check_new(detail::run_python([&] { return PyImport_Import(key.ptr()); }));
    return steal<class module>(*this, imported);
}

object attachment::eval(std::string_view expression) const {
    detail::require_attached("il::python::eval");
    return detail::run_code(expression, Py_eval_input, detail::main_scope().ptr());
}

object attachment::eval(std::string_view expression, const dict& scope) const {
    detail::require_attached("il::python::eval");
    detail::provide_builtins(scope.ptr());
    return detail::run_code(expression, Py_eval_input, scope.ptr());
}

void attachment::run(std::string_view code) const {
    detail::require_attached("il::python::run");
    detail::run_code(code, Py_file_input, detail::main_scope().ptr());
}

void attachment::run(std::string_view code, const dict& scope) const {
    detail::require_attached("il::python::run");
    detail::provide_builtins(scope.ptr());
    detail::run_code(code, Py_file_input, scope.ptr());
}

void attachment::check_signals() const {
    detail::require_attached("il::python::check_signals");
    detail::check_status(detail::run_python([] { return PyErr_CheckSignals(); }));
}

INTERLOCK_END
