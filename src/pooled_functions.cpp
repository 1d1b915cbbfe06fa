// C functions for overloaded methods, which need a record of their own: METH_FASTCALL gives a C function nothing but the object.
//
// Every module has all of them, so each is no more than a number and a jump; hence a file of its own, where what they jump to
// cannot be made a part of each.
#include "class_records.hpp"

INTERLOCK_BEGIN
namespace detail {

namespace {

template <std::size_t I>
PyObject* pooled(PyObject* self, PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    return dispatch_pooled(self, arguments, given, names, I);
}

using fast_function = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);

// By halves and not from a table, each entry of which the dynamic linker would fill when a module is imported.
template <std::size_t First, std::size_t Count>
fast_function function_at(std::size_t i) noexcept {
    if constexpr (Count == 1) {
        return &pooled<First>;
    } else {
        constexpr std::size_t half = Count / 2;
        return i < First + half ? function_at<First, half>(i)
                                : function_at<First + half, Count - half>(i);
    }
}

}  // namespace

PyCFunction pooled_function(std::size_t i) noexcept {
    return reinterpret_cast<PyCFunction>(
        reinterpret_cast<void (*)()>(function_at<0, pooled_function_count>(i)));
}

}  // namespace detail
INTERLOCK_END
