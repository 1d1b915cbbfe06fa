// C functions for overloaded methods, which need a record of their own: METH_FASTCALL gives a C function nothing but the object.
//
// Every module has all of them, so each is no more than a number and a jump; hence a file of its own, where what they jump to
// cannot be made a part of each.
#include "class_records.hpp"

#include <utility>

INTERLOCK_BEGIN
namespace detail {

namespace {

template <std::size_t I>
PyObject* pooled(PyObject* self, PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    return dispatch_pooled(self, arguments, given, names, I);
}

using fast_function = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
template <std::size_t... I>
fast_function function_at(std::size_t i, std::index_sequence<I...>) noexcept {
    static constexpr fast_function all[] = {&pooled<I>...};
    return all[i];
}

}  // namespace

PyCFunction pooled_function(std::size_t i) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(
        function_at(i, std::make_index_sequence<pooled_function_count>{})));
}

}  // namespace detail
INTERLOCK_END
