// The usual shapes of the core's operations on objects. Internal.
#pragma once

#include "python_call.hpp"

#include <interlock/objects/kinds.hpp>

INTERLOCK_BEGIN
namespace detail {

template <class F>
auto run(F f) {
    return run_python(f);
}

inline void check_handle(PyObject* self, const char* operation) {
    if (self == nullptr) [[unlikely]] {
        throw_empty_handle(operation);
    }
}

// What every operation on an object asks first.
inline void check_operand(PyObject* self, const char* operation) {
    require_attached(operation);
    check_handle(self, operation);
}

inline int check_status(int status) {
    if (status < 0) [[unlikely]] {
        throw_python_error();
    }
    return status;
}

inline std::size_t check_size(Py_ssize_t size) {
    if (size < 0) [[unlikely]] {
        throw_python_error();
    }
    return static_cast<std::size_t>(size);
}

// The usual shapes: an operation on `self` that gives a new object, a status or a size.
template <class T = object, class F>
T make_from(PyObject* self, const char* operation, F f) {
    check_operand(self, operation);
    return T(adopt_t{}, check_new(run(f)));
}
template <class F>
int status_from(PyObject* self, const char* operation, F f) {
    check_operand(self, operation);
    return check_status(run(f));
}
template <class F>
std::size_t size_from(PyObject* self, const char* operation, F f) {
    check_operand(self, operation);
    return check_size(run(f));
}

// The record of the interpreter that this thread is attached to, or null before the first contact and after the end.
interpreter_record* record_here() noexcept;

// What il::interpreter told sys beyond its configuration, for a sub-interpreter. Does nothing in a host's interpreter.
void tell_sys_as_in_main(python py);

// The names of a call's keywords as a tuple: a new reference, to one that was made before where they are literals. Throws
// python_error (TypeError) where one is given twice.
PyObject* known_keyword_names(const name* const* names, std::size_t count);

// What a Python method of a builtin class gives, whose class is known: the result is of kind T.
template <class T, class... Args>
T call_known(const object& self, const char* method, Args&&... args) {
    return T(adopt_t{},
             self.call_method(std::string_view(method), std::forward<Args>(args)...).release());
}

}  // namespace detail
INTERLOCK_END
