// The Python classes that the core has of its own: one of each per interpreter, made when it is first needed. Internal.
#pragma once

#include "records.hpp"

INTERLOCK_BEGIN
namespace detail {

// As many as interpreter_record::types has places for.
enum core_type : unsigned {
    type_of_cpp_functions,
    type_of_cpp_iterators,
    type_of_vector_iterators,
    type_of_map_iterators,
    type_of_map_keys,
    type_of_map_values,
    type_of_map_items,
};

// The class in the interpreter that this thread is attached to, borrowed: it lives as long as the interpreter. Throws
// python_error and no_interpreter.
PyTypeObject* get_core_type(core_type which, PyType_Spec& spec);

}  // namespace detail
INTERLOCK_END
