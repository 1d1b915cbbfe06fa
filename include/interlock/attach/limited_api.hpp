// What the limited API of CPython 3.12 leaves out, by what it has: for builds with Py_LIMITED_API alone, included by compat.hpp.
//
// The functions bear the names that CPython's own macros and functions have in the full API, so that the code above reads the
// same for both. Each does what that one does; where it costs more than a call, its comment says so.
#pragma once

#include <Python.h>

#include <interlock/attach/config.hpp>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstring>

#if PY_VERSION_HEX >= 0x030F0000
// No longer in the headers, and for good in the stable ABI.
extern "C" PyAPI_FUNC(PyObject*) PyWeakref_GetObject(PyObject* reference);
#endif

INTERLOCK_BEGIN
namespace detail {
inline namespace limited {

// ---- Tuples, lists, dicts, sets, bytes: calls that check once more what the callers know.

inline PyObject* PyTuple_GET_ITEM(PyObject* tuple, Py_ssize_t i) noexcept {
    return PyTuple_GetItem(tuple, i);
}
inline Py_ssize_t PyTuple_GET_SIZE(PyObject* tuple) noexcept { return PyTuple_Size(tuple); }
inline void PyTuple_SET_ITEM(PyObject* tuple, Py_ssize_t i, PyObject* item) noexcept {
    static_cast<void>(PyTuple_SetItem(tuple, i, item));
}
inline PyObject* PyList_GET_ITEM(PyObject* list, Py_ssize_t i) noexcept {
    return PyList_GetItem(list, i);
}
inline Py_ssize_t PyList_GET_SIZE(PyObject* list) noexcept { return PyList_Size(list); }
inline void PyList_SET_ITEM(PyObject* list, Py_ssize_t i, PyObject* item) noexcept {
    static_cast<void>(PyList_SetItem(list, i, item));
}
inline Py_ssize_t PyDict_GET_SIZE(PyObject* dict) noexcept { return PyDict_Size(dict); }
inline Py_ssize_t PySet_GET_SIZE(PyObject* set) noexcept { return PySet_Size(set); }
inline char* PyBytes_AS_STRING(PyObject* bytes) noexcept { return PyBytes_AsString(bytes); }
inline Py_ssize_t PyBytes_GET_SIZE(PyObject* bytes) noexcept { return PyBytes_Size(bytes); }

// Borrowed, or null with an error set. The key is a str: nothing of Python runs between the question and the answer.
inline PyObject* PyDict_SetDefault(PyObject* dict, PyObject* key, PyObject* value) noexcept {
    PyObject* found = PyDict_GetItemWithError(dict, key);
    if (found != nullptr || PyErr_Occurred() != nullptr) {
        return found;
    }
    return PyDict_SetItem(dict, key, value) == 0 ? value : nullptr;
}

// ---- Numbers and text

inline double PyFloat_AS_DOUBLE(PyObject* value) noexcept { return PyFloat_AsDouble(value); }
inline Py_ssize_t PyUnicode_GET_LENGTH(PyObject* text) noexcept {
    return PyUnicode_GetLength(text);
}
inline const char* PyUnicode_AsUTF8(PyObject* text) noexcept {
    return PyUnicode_AsUTF8AndSize(text, nullptr);
}

// ---- Calls

inline PyObject* PyObject_CallOneArg(PyObject* callable, PyObject* argument) noexcept {
    PyObject* arguments[] = {nullptr, argument};
    return PyObject_Vectorcall(callable, arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET,
                               nullptr);
}
inline PyObject* PyObject_CallMethodOneArg(PyObject* self, PyObject* name,
                                           PyObject* argument) noexcept {
    PyObject* arguments[] = {self, argument};
    return PyObject_VectorcallMethod(name, arguments, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
}

// ---- Kinds that have no test of their own: by the class, which Python's module types has. The classes are static ones, the
// same in all interpreters: their addresses are kept, and only compared.

class error_kept {
public:
    error_kept() noexcept : error_(PyErr_GetRaisedException()) {}
    ~error_kept() { PyErr_SetRaisedException(error_); }
    error_kept(const error_kept&) = delete;
    error_kept& operator=(const error_kept&) = delete;

private:
    PyObject* error_;
};

// Null where it cannot be had. Not for classes that Python makes.
inline PyObject* static_class(const char* module_name, const char* name) noexcept {
    const error_kept kept;
    PyObject* module = PyImport_ImportModule(module_name);
    PyObject* found = module == nullptr ? nullptr : PyObject_GetAttrString(module, name);
    Py_XDECREF(found);  // it stays
    Py_XDECREF(module);
    PyErr_Clear();
    return found;
}

class known_class {
public:
    constexpr known_class(const char* module_name, const char* name) noexcept
        : module_(module_name), name_(name) {}
    PyObject* get() noexcept {
        PyObject* known = class_.load(std::memory_order_relaxed);
        if (known == nullptr) {
            known = static_class(module_, name_);
            class_.store(known, std::memory_order_relaxed);
        }
        return known;
    }
    bool is_class_of(PyObject* object) noexcept {
        return reinterpret_cast<PyObject*>(Py_TYPE(object)) == get();
    }

private:
    const char* module_;
    const char* name_;
    std::atomic<PyObject*> class_{nullptr};
};
inline constinit known_class function_class{"types", "FunctionType"};
inline constinit known_class method_class{"types", "MethodType"};
inline constinit known_class code_class{"types", "CodeType"};
inline constinit known_class static_method_class{"builtins", "staticmethod"};
inline constinit known_class class_method_class{"builtins", "classmethod"};
inline constinit known_class finalization_error_class{"builtins", "PythonFinalizationError"};

inline int PyFunction_Check(PyObject* object) noexcept {
    return function_class.is_class_of(object) ? 1 : 0;
}
inline int PyMethod_Check(PyObject* object) noexcept {
    return method_class.is_class_of(object) ? 1 : 0;
}
inline int PyCode_Check(PyObject* object) noexcept {
    return code_class.is_class_of(object) ? 1 : 0;
}
inline PyObject* PyStaticMethod_New(PyObject* function) noexcept {
    return PyObject_CallOneArg(static_method_class.get(), function);
}
inline PyObject* PyClassMethod_New(PyObject* function) noexcept {
    return PyObject_CallOneArg(class_method_class.get(), function);
}

// ---- Weak references: borrowed, None where the object is gone, or null with an error set. Deprecated from 3.13 on for what
// stands in its place from 3.13 on.

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#elif defined(_MSC_VER)
#pragma warning(push)
#pragma warning(disable : 4996)
#endif
inline PyObject* weakref_object(PyObject* reference) noexcept {
    return PyWeakref_GetObject(reference);
}
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#elif defined(_MSC_VER)
#pragma warning(pop)
#endif

// ---- Types

inline Py_ssize_t number_of_type(PyTypeObject* type, const char* attribute) noexcept {
    const error_kept kept;
    PyObject* number = PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), attribute);
    const Py_ssize_t found = number == nullptr ? 0 : PyLong_AsSsize_t(number);
    Py_XDECREF(number);
    PyErr_Clear();
    return found;
}

// As tp_name has it: with the module's name where C made the class, but not where it is one of the builtins.
inline void write_type_name(PyTypeObject* type, char* to, std::size_t room) noexcept {
    const error_kept kept;
    auto* object = reinterpret_cast<PyObject*>(type);
    const bool is_heap = (PyType_GetFlags(type) & Py_TPFLAGS_HEAPTYPE) != 0;
    const bool has_module = !is_heap || PyType_GetModule(type) != nullptr;
    PyErr_Clear();
    PyObject* module = has_module ? PyObject_GetAttrString(object, "__module__") : nullptr;
    PyObject* name = PyType_GetName(type);
    PyErr_Clear();
    const char* module_text =
        module != nullptr && PyUnicode_Check(module) ? PyUnicode_AsUTF8(module) : nullptr;
    const char* text = name == nullptr ? nullptr : PyUnicode_AsUTF8(name);
    PyErr_Clear();
    if (module_text == nullptr || std::strcmp(module_text, "builtins") == 0) {
        std::snprintf(to, room, "%s", text == nullptr ? "?" : text);
    } else {
        std::snprintf(to, room, "%s.%s", module_text, text == nullptr ? "?" : text);
    }
    Py_XDECREF(module);
    Py_XDECREF(name);
}

// An attribute as the classes have it, without binding it; a new reference, or null with no error set. Each class's dictionary is
// asked in turn.
inline PyObject* look_up_in_type(PyTypeObject* type, PyObject* name) noexcept {
    const error_kept kept;
    PyObject* mro = PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__mro__");
    PyObject* found = nullptr;
    const Py_ssize_t size = mro == nullptr ? 0 : PyTuple_Size(mro);
    for (Py_ssize_t i = 0; i < size && found == nullptr; ++i) {
        PyObject* dict = PyObject_GetAttrString(PyTuple_GetItem(mro, i), "__dict__");
        found = dict == nullptr ? nullptr : PyObject_GetItem(dict, name);
        PyErr_Clear();
        Py_XDECREF(dict);
    }
    Py_XDECREF(mro);
    PyErr_Clear();
    return found;
}

// Whether it derives from, or is registered as, one of collections.abc.
inline bool is_subclass_of_abc(PyTypeObject* type, const char* name) noexcept {
    const error_kept kept;
    PyObject* module = PyImport_ImportModule("collections.abc");
    PyObject* abc = module == nullptr ? nullptr : PyObject_GetAttrString(module, name);
    const int is = abc == nullptr ? 0 : PyObject_IsSubclass(reinterpret_cast<PyObject*>(type), abc);
    Py_XDECREF(abc);
    Py_XDECREF(module);
    PyErr_Clear();
    return is > 0;
}

// ---- Complex numbers, as PyComplex_AsCComplex finds them.

struct Py_complex {
    double real;
    double imag;
};
// -1 for the real part, and an error set, where it is none.
inline Py_complex PyComplex_AsCComplex(PyObject* from) noexcept {
    PyObject* made = nullptr;
    if (!PyComplex_Check(from)) {
        PyObject* name = PyUnicode_FromString("__complex__");
        PyObject* method = name == nullptr ? nullptr : look_up_in_type(Py_TYPE(from), name);
        Py_XDECREF(name);
        if (method == nullptr) {
            return {PyFloat_AsDouble(from), 0.0};
        }
        Py_DECREF(method);
        made = PyObject_CallMethod(from, "__complex__", nullptr);
        if (made != nullptr && !PyComplex_Check(made)) {
            PyErr_Format(PyExc_TypeError, "__complex__() should return a complex, not %R",
                         reinterpret_cast<PyObject*>(Py_TYPE(made)));
            Py_CLEAR(made);
        }
        if (made == nullptr) {
            return {-1.0, 0.0};
        }
        from = made;
    }
    const Py_complex found{PyComplex_RealAsDouble(from), PyComplex_ImagAsDouble(from)};
    Py_XDECREF(made);
    return found;
}

// ---- Integers of any width, by the methods that int has.

inline const char* native_byte_order() noexcept { return PY_LITTLE_ENDIAN != 0 ? "little" : "big"; }

inline PyObject* call_with_sign(PyObject* method, PyObject* arguments, bool is_signed) noexcept {
    PyObject* names = method == nullptr || arguments == nullptr
                          ? nullptr
                          : Py_BuildValue("{s:O}", "signed", is_signed ? Py_True : Py_False);
    PyObject* made = names == nullptr ? nullptr : PyObject_Call(method, arguments, names);
    Py_XDECREF(names);
    Py_XDECREF(arguments);
    Py_XDECREF(method);
    return made;
}

inline PyObject* call_from_bytes(const void* bytes, std::size_t size, bool is_signed) noexcept {
    return call_with_sign(
        PyObject_GetAttrString(reinterpret_cast<PyObject*>(&PyLong_Type), "from_bytes"),
        Py_BuildValue("(y#s)", static_cast<const char*>(bytes), static_cast<Py_ssize_t>(size),
                      native_byte_order()),
        is_signed);
}

inline bool call_to_bytes(PyObject* value, void* bytes, std::size_t size, bool is_signed) noexcept {
    PyObject* made = call_with_sign(
        PyObject_GetAttrString(value, "to_bytes"),
        Py_BuildValue("(ns)", static_cast<Py_ssize_t>(size), native_byte_order()), is_signed);
    if (made == nullptr) {
        return false;
    }
    std::memcpy(bytes, PyBytes_AsString(made), size);
    Py_DECREF(made);
    return true;
}

inline std::size_t call_bit_length(PyObject* value) noexcept {
    PyObject* made = PyObject_CallMethod(value, "bit_length", nullptr);
    const std::size_t bits = made == nullptr ? static_cast<std::size_t>(-1) : PyLong_AsSize_t(made);
    Py_XDECREF(made);
    return bits;
}

}  // namespace limited
}  // namespace detail

using namespace detail::limited;

INTERLOCK_END
