// Paths and complex numbers; see convert/files.hpp.
#include "python_call.hpp"

#include <interlock/convert/containers.hpp>
#include <interlock/convert/files.hpp>

#include <cmath>

INTERLOCK_BEGIN
namespace detail {

bool load_complex(PyObject* from, double& real, double& imaginary, bool single,
                  loading& l) noexcept {
    if (l.exact && !PyComplex_Check(from)) {
        return l.refuse(hint_complex, from);
    }
    const Py_complex value = PyFloat_CheckExact(from)
                                 ? Py_complex{PyFloat_AS_DOUBLE(from), 0.0}
                                 : run_python([from] { return PyComplex_AsCComplex(from); });
    if (value.real == -1.0 && PyErr_Occurred() != nullptr) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError) != 0) {
            PyErr_Clear();
            return l.refuse_range(hint_complex, from, "-1.8e308", "1.8e308");
        }
        return l.refuse_error(hint_complex, from);
    }
    const auto overflows = [](double part) {
        return std::isfinite(part) && !std::isfinite(static_cast<float>(part));
    };
    if (single && (overflows(value.real) || overflows(value.imag))) {
        return l.refuse_range(hint_complex, from, "-3.4e38", "3.4e38");
    }
    real = value.real;
    imaginary = value.imag;
    return true;
}

PyObject* open_path(PyObject* from, bool as_bytes, const hint& expected, loading& l) noexcept {
    if (l.exact && (PyUnicode_Check(from) || PyBytes_Check(from))) {
        l.refuse(expected, from);
        return nullptr;
    }
    PyObject* made = nullptr;
    const int fits = run_python([&] {
        auto* to = static_cast<void*>(&made);
        return as_bytes ? PyUnicode_FSConverter(from, to) : PyUnicode_FSDecoder(from, to);
    });
    if (fits == 0) {
        l.refuse_error(expected, from);
        return nullptr;
    }
    return made;
}

PyObject* make_path(PyObject* text) noexcept {
    const reference held(text);
    if (text == nullptr) {
        return nullptr;
    }
    return run_python([text]() -> PyObject* {
        const reference module(PyImport_ImportModule("pathlib"));
        return module.pointer == nullptr ? nullptr
                                         : PyObject_CallMethod(module.pointer, "Path", "O", text);
    });
}

PyObject* make_file_name(const char* name, std::size_t size) noexcept {
    return PyUnicode_DecodeFSDefaultAndSize(name, static_cast<Py_ssize_t>(size));
}

}  // namespace detail
INTERLOCK_END
