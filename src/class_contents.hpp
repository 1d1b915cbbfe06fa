// The making of a type, in two files: class_types.cpp makes it, class_contents.cpp fills it. Internal.
#pragma once

#include "class_records.hpp"

INTERLOCK_BEGIN
namespace detail {

// Throws python_error where an API function has failed.
void check_done(int status);
void set_attribute_of(PyObject* type, const char* name, PyObject* value);

// tp_new of a class that Python cannot construct.
PyObject* refuse_construction(PyTypeObject* type, PyObject* arguments, PyObject* names);
// The root of classes whose values lie outside of their instances, and the class of classes with static properties.
PyTypeObject* root_type(class_store& store);
PyTypeObject* static_metaclass(class_store& store);

#if INTERLOCK_LIMITED_API
// A tp_init that calls the constructors which add_contents will find; null where all are taken.
initproc take_initializer(class_record& record);
#endif

// Methods, properties, constants, and what a class has by itself.
void add_contents(class_store& store, class_record& record, class_building& building);
// Lets the type compare by its slot what was given to set_comparison, once its methods are there.
void finish_comparisons(PyTypeObject* type, const class_building& building);
// The same for what was given to set_arithmetic.
void finish_arithmetic(class_record& record, const class_building& building);
// The parameters of the one constructor that are attributes too, for match statements.
void add_match_args(const class_building& building, PyObject* type);
// The class's own docstring, with the form that inspect.signature reads where there is one constructor.
std::string documentation_of(const class_building& building);

}  // namespace detail
INTERLOCK_END
