// The calls by hand, as an expert writes them who has read what CPython's interpreter specializes: METH_FASTCALL in the place of
// METH_NOARGS; compact ints, exact floats and ASCII text read inline; names compared by address first; memory reserved.
//
// This is the reference of the theme: what can be had without a library.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../harness/c_values.hpp"
#include "work.hpp"

#include <structmember.h>

#include <new>

namespace {

PyObject* noop(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (!check_count(given, 0)) [[unlikely]] {
        return nullptr;
    }
    work::noop();
    Py_RETURN_NONE;
}

PyObject* one_int(PyObject*, PyObject* argument) {
    int a = 0;
    return to_int(argument, a) ? PyLong_FromLong(work::one_int(a)) : nullptr;
}

PyObject* two_ints(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int a = 0;
    int b = 0;
    if (!check_count(given, 2) || !to_int(arguments[0], a) || !to_int(arguments[1], b)) {
        return nullptr;
    }
    return PyLong_FromLong(work::two_ints(a, b));
}

PyObject* one_float(PyObject*, PyObject* argument) {
    double a = 0;
    if (!to_double(argument, a)) [[unlikely]] {
        return nullptr;
    }
    return PyFloat_FromDouble(work::one_float(a));
}

PyObject* six(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int x[5];
    if (!check_count(given, 6)) {
        return nullptr;
    }
    for (int i = 0; i < 5; ++i) {
        if (!to_int(arguments[i], x[i])) {
            return nullptr;
        }
    }
    double f = 0;
    if (!to_double(arguments[5], f)) [[unlikely]] {
        return nullptr;
    }
    return PyFloat_FromDouble(work::six(x[0], x[1], x[2], x[3], x[4], f));
}

PyObject* name_a = nullptr;
PyObject* name_b = nullptr;

// Puts named arguments into place: names are interned nearly always, so that their addresses are compared first.
[[gnu::noinline]] bool place_slowly(PyObject* name, PyObject* value, PyObject* (&found)[2]) {
    const int place = PyUnicode_Compare(name, name_a) == 0   ? 0
                      : PyUnicode_Compare(name, name_b) == 0 ? 1
                                                             : 2;
    if (place == 2 || found[place] != nullptr) {
        PyErr_SetString(PyExc_TypeError, "an unknown argument, or one given twice");
        return false;
    }
    found[place] = value;
    return true;
}

template <bool SecondHasDefault>
PyObject* by_name(PyObject*, PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    PyObject* found[2] = {};
    if (given > 2) [[unlikely]] {
        refuse_count(given, 2);
        return nullptr;
    }
    for (Py_ssize_t i = 0; i < given; ++i) {
        found[i] = arguments[i];
    }
    if (names != nullptr) {
        const Py_ssize_t named = PyTuple_GET_SIZE(names);
        for (Py_ssize_t k = 0; k < named; ++k) {
            PyObject* name = PyTuple_GET_ITEM(names, k);
            PyObject* value = arguments[given + k];
            if (name == name_a && found[0] == nullptr) {
                found[0] = value;
            } else if (name == name_b && found[1] == nullptr) {
                found[1] = value;
            } else if (!place_slowly(name, value, found)) {
                return nullptr;
            }
        }
    }
    int a = 0;
    int b = 10;
    if (found[0] == nullptr || (!SecondHasDefault && found[1] == nullptr)) [[unlikely]] {
        PyErr_SetString(PyExc_TypeError, "an argument is missing");
        return nullptr;
    }
    if (!to_int(found[0], a) || (found[1] != nullptr && !to_int(found[1], b))) [[unlikely]] {
        return nullptr;
    }
    return PyLong_FromLong(work::two_ints(a, b));
}

PyObject* length_view(PyObject*, PyObject* argument) {
    std::string_view text;
    return to_text(argument, text) ? PyLong_FromSize_t(work::length_view(text)) : nullptr;
}

PyObject* length_string(PyObject*, PyObject* argument) {
    std::string_view text;
    return to_text(argument, text) ? PyLong_FromSize_t(work::length_string(std::string(text)))
                                   : nullptr;
}

PyObject* takes(PyObject*, PyObject*) { Py_RETURN_TRUE; }

PyObject* overloaded(PyObject*, PyObject* argument) {
    if (PyLong_Check(argument)) {
        int a = 0;
        return to_int(argument, a) ? PyLong_FromLong(work::first(a)) : nullptr;
    }
    if (PyUnicode_Check(argument)) {
        std::string_view text;
        return to_text(argument, text) ? PyLong_FromLong(work::second(text)) : nullptr;
    }
    PyErr_SetString(PyExc_TypeError, "expected int or str");
    return nullptr;
}

PyObject* fail(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (!check_count(given, 0)) [[unlikely]] {
        return nullptr;
    }
    try {
        work::fail();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
}

PyObject* callback(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int n = 0;
    if (!check_count(given, 2) || !to_int(arguments[1], n)) {
        return nullptr;
    }
    int all = 0;
    for (int i = 0; i < n; ++i) {
        PyObject* number = PyLong_FromLong(i);
        PyObject* const stack[] = {nullptr, number};
        PyObject* result = number == nullptr
                               ? nullptr
                               : PyObject_Vectorcall(arguments[0], stack + 1,
                                                     1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
        Py_XDECREF(number);
        int value = 0;
        if (result == nullptr || !to_int(result, value)) {
            Py_XDECREF(result);
            return nullptr;
        }
        Py_DECREF(result);
        all += value;
    }
    return PyLong_FromLong(all);
}

// Three references more, and the tuple is there; nothing is made where the arguments are only looked at.
PyObject* arguments(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    PyObject* all = PyTuple_New(given);
    for (Py_ssize_t i = 0; all != nullptr && i < given; ++i) {
        PyTuple_SET_ITEM(all, i, Py_NewRef(arguments[i]));
    }
    return all;
}

PyObject* sum_arguments(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int sum = 0;
    for (Py_ssize_t i = 0; i < given; ++i) {
        int each = 0;
        if (!to_int(arguments[i], each)) [[unlikely]] {
            return nullptr;
        }
        sum += each;
    }
    return PyLong_FromLong(sum);
}

PyObject* refuse(PyObject*, PyObject* const*, Py_ssize_t given) {
    if (!check_count(given, 0)) [[unlikely]] {
        return nullptr;
    }
    const work::outcome made = work::refuse();
    if (!made.has_value()) {
        PyErr_SetString(PyExc_RuntimeError, made.error().what());
        return nullptr;
    }
    return PyLong_FromLong(*made);
}

// A Python callable for std::function, whose copies may be made, called and destroyed on any thread.
class python_function {
    template <class F>
    static auto attached(F f) {
        if (is_attached()) [[likely]] {
            return f();
        }
        const PyGILState_STATE state = PyGILState_Ensure();
        struct leave {
            PyGILState_STATE state;
            ~leave() { PyGILState_Release(state); }
        } const left{state};
        return f();
    }

public:
    explicit python_function(PyObject* callable) noexcept : callable_(Py_NewRef(callable)) {}
    python_function(const python_function& other) : callable_(other.callable_) {
        attached([this] { Py_INCREF(callable_); });
    }
    python_function(python_function&& other) noexcept
        : callable_(std::exchange(other.callable_, nullptr)) {}
    python_function& operator=(const python_function&) = delete;
    ~python_function() {
        if (callable_ != nullptr) {
            attached([this] { Py_DECREF(callable_); });
        }
    }
    int operator()(int x) const {
        int value = 0;
        const bool done = attached([&] {
            PyObject* number = PyLong_FromLong(x);
            PyObject* const stack[] = {nullptr, number};
            PyObject* result = number == nullptr ? nullptr
                                                 : PyObject_Vectorcall(
                                                       callable_, stack + 1,
                                                       1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
            Py_XDECREF(number);
            const bool fits = result != nullptr && to_int(result, value);
            Py_XDECREF(result);
            return fits;
        });
        if (!done) [[unlikely]] {
            throw std::runtime_error("the Python function failed");
        }
        return value;
    }

private:
    PyObject* callable_;
};

PyObject* apply(PyObject*, PyObject* const* arguments, Py_ssize_t given) {
    int x = 0;
    if (!check_count(given, 2) || !to_int(arguments[1], x)) [[unlikely]] {
        return nullptr;
    }
    if (PyCallable_Check(arguments[0]) == 0) [[unlikely]] {
        PyErr_SetString(PyExc_TypeError, "expected a callable");
        return nullptr;
    }
    try {
        return PyLong_FromLong(work::apply(python_function(arguments[0]), x));
    } catch (const std::exception& error) {
        if (PyErr_Occurred() == nullptr) {
            PyErr_SetString(PyExc_RuntimeError, error.what());
        }
        return nullptr;
    }
}

// A C++ function for Python, inside of the object.
struct function_object {
    PyObject head;
    vectorcallfunc call;
    alignas(std::function<int(int)>) unsigned char memory[sizeof(std::function<int(int)>)];
};
std::function<int(int)>& function_in(PyObject* self) {
    return *reinterpret_cast<std::function<int(int)>*>(
        reinterpret_cast<function_object*>(self)->memory);
}
PyTypeObject* function_type = nullptr;

PyObject* call_function(PyObject* self, PyObject* const* arguments, std::size_t flagged,
                        PyObject* names) {
    int x = 0;
    if ((names != nullptr && PyTuple_GET_SIZE(names) != 0) ||
        !check_count(PyVectorcall_NARGS(flagged), 1) || !to_int(arguments[0], x)) [[unlikely]] {
        if (PyErr_Occurred() == nullptr) {
            PyErr_SetString(PyExc_TypeError, "takes no keyword arguments");
        }
        return nullptr;
    }
    try {
        return PyLong_FromLong(function_in(self)(x));
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
}

void free_function(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    function_in(self).~function();
    PyObject_Free(self);
    Py_DECREF(type);
}

PyObject* adder(PyObject*, PyObject* argument) {
    int n = 0;
    if (!to_int(argument, n)) [[unlikely]] {
        return nullptr;
    }
    auto* made = PyObject_New(function_object, function_type);
    if (made != nullptr) {
        made->call = call_function;
        new (made->memory) std::function<int(int)>(work::adder(n));
    }
    return reinterpret_cast<PyObject*>(made);
}

PyMemberDef function_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(function_object, call), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr}};
PyType_Slot function_slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(free_function)},
                                {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                {Py_tp_members, function_members},
                                {0, nullptr}};
PyType_Spec function_spec = {"bench_calls_best_c.Function", sizeof(function_object), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
                                 Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             function_slots};

PyMethodDef methods[] = {
    {"noop", as_c_function(noop), METH_FASTCALL, nullptr},
    {"one_int", one_int, METH_O, nullptr},
    {"two_ints", as_c_function(two_ints), METH_FASTCALL, nullptr},
    {"one_float", one_float, METH_O, nullptr},
    {"six", as_c_function(six), METH_FASTCALL, nullptr},
    {"named", as_c_function(by_name<false>), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"defaulted", as_c_function(by_name<true>), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"length_view", length_view, METH_O, nullptr},
    {"length_string", length_string, METH_O, nullptr},
    {"takes", takes, METH_O, nullptr},
    {"arguments", as_c_function(arguments), METH_FASTCALL, nullptr},
    {"sum_arguments", as_c_function(sum_arguments), METH_FASTCALL, nullptr},
    {"overloaded", overloaded, METH_O, nullptr},
    {"fail", as_c_function(fail), METH_FASTCALL, nullptr},
    {"refuse", as_c_function(refuse), METH_FASTCALL, nullptr},
    {"apply", as_c_function(apply), METH_FASTCALL, nullptr},
    {"adder", adder, METH_O, nullptr},
    {"callback", as_c_function(callback), METH_FASTCALL, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_calls_best_c",
                          nullptr,
                          0,
                          methods,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_bench_calls_best_c() {
    name_a = PyUnicode_InternFromString("a");
    name_b = PyUnicode_InternFromString("b");
    function_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&function_spec));
    if (name_a == nullptr || name_b == nullptr || function_type == nullptr) {
        return nullptr;
    }
    return PyModuleDef_Init(&definition);
}
