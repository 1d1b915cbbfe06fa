// The operations on objects of any kind: attributes, items, operators. Each asks first whether the thread is attached.
#include "run.hpp"

#include <iterator>

INTERLOCK_BEGIN
namespace detail {

namespace {

object string_object(const name& text) { return object(adopt_t{}, string_of(text)); }

}  // namespace

PyObject* get_attribute(PyObject* self, const name& key) {
    check_operand(self, "il::object::attr");
    const object text = string_object(key);
    return check_new(run([&] { return PyObject_GetAttr(self, text.ptr()); }));
}

PyObject* get_attribute_or_null(PyObject* self, const name& key) {
    check_operand(self, "il::getattr");
    const object text = string_object(key);
    PyObject* found = nullptr;
    check_status(run([&] { return get_optional_attribute(self, text.ptr(), &found); }));
    return found;
}

void set_attribute(PyObject* self, const name& key, PyObject* value) {
    check_operand(self, "il::object::attr assignment");
    const object text = string_object(key);
    check_status(run([&] { return PyObject_SetAttr(self, text.ptr(), value); }));
}

void delete_attribute(PyObject* self, const name& key) {
    check_operand(self, "il::delattr");
    const object text = string_object(key);
    check_status(run([&] { return PyObject_SetAttr(self, text.ptr(), nullptr); }));
}

PyObject* get_item(PyObject* self, PyObject* key) {
    check_operand(self, "il::object[]");
    return check_new(run([&] { return PyObject_GetItem(self, key); }));
}

void set_item(PyObject* self, PyObject* key, PyObject* value) {
    check_operand(self, "il::object[] assignment");
    check_status(run([&] { return PyObject_SetItem(self, key, value); }));
}

void delete_item(PyObject* self, PyObject* key) {
    check_operand(self, "il::del");
    check_status(run([&] { return PyObject_DelItem(self, key); }));
}

bool contains(PyObject* self, PyObject* key) {
    check_operand(self, "il::object::contains");
    const int found = run([&] { return PySequence_Contains(self, key); });
    check_status(found);
    return found != 0;
}

std::size_t length(PyObject* self) {
    check_operand(self, "il::len");
    const Py_ssize_t size = run([&] { return PyObject_Size(self); });
    if (size < 0) {
        throw_python_error();
    }
    return static_cast<std::size_t>(size);
}

PyObject* iterate(PyObject* self) {
    check_operand(self, "iterating over il::object");
    return check_new(run([&] { return PyObject_GetIter(self); }));
}

PyObject* next_or_null(PyObject* iterator) {
    check_operand(iterator, "iterating over il::object");
    PyObject* next = run([&] { return PyIter_Next(iterator); });
    if (next == nullptr && PyErr_Occurred() != nullptr) {
        throw_python_error();
    }
    return next;
}

PyObject* repr_of(PyObject* self) {
    check_operand(self, "il::object::repr");
    return check_new(run([&] { return PyObject_Repr(self); }));
}

PyObject* str_of(PyObject* self) {
    check_operand(self, "il::object::str");
    return check_new(run([&] { return PyObject_Str(self); }));
}

std::ptrdiff_t hash_of(PyObject* self) {
    check_operand(self, "il::object::hash");
    const Py_hash_t hash = run([&] { return PyObject_Hash(self); });
    if (hash == -1) {
        throw_python_error();
    }
    return hash;
}

bool is_true(PyObject* self) {
    check_operand(self, "il::object as bool");
    const int truth = run([&] { return PyObject_IsTrue(self); });
    check_status(truth);
    return truth != 0;
}

PyObject* compare_object(PyObject* left, PyObject* right, int operation) {
    check_operand(left, "comparing il::object");
    check_handle(right, "comparing il::object");
    return check_new(run([&] { return PyObject_RichCompare(left, right, operation); }));
}

// Not PyObject_RichCompareBool, which takes identity for equality: a NaN would equal itself.
bool compare(PyObject* left, PyObject* right, int operation) {
    const object result(adopt_t{}, compare_object(left, right, operation));
    return result.ptr() == Py_True || (result.ptr() != Py_False && is_true(result.ptr()));
}

bool is_instance(PyObject* self, PyObject* classes) {
    check_handle(classes, "il::isinstance");
    return status_from(self, "il::isinstance",
                       [&] { return PyObject_IsInstance(self, classes); }) != 0;
}

bool is_subclass(PyObject* self, PyObject* classes) {
    check_handle(classes, "il::issubclass");
    return status_from(self, "il::issubclass",
                       [&] { return PyObject_IsSubclass(self, classes); }) != 0;
}

PyObject* format_of(PyObject* value, std::string_view spec) {
    check_operand(value, "formatting il::object");
    const object text = string_object(spec);
    return check_new(run([&] { return PyObject_Format(value, text.ptr()); }));
}

// ---- Operators. The functions stand in the order of the names.

namespace {

using binary_function = PyObject* (*)(PyObject*, PyObject*);

const binary_function binary_functions[] = {
    PyNumber_Add,
    PyNumber_Subtract,
    PyNumber_Multiply,
    PyNumber_TrueDivide,
    PyNumber_FloorDivide,
    PyNumber_Remainder,
    PyNumber_MatrixMultiply,
    PyNumber_Lshift,
    PyNumber_Rshift,
    PyNumber_And,
    PyNumber_Or,
    PyNumber_Xor,
    PyNumber_Divmod,
};
const binary_function in_place_functions[] = {
    PyNumber_InPlaceAdd,
    PyNumber_InPlaceSubtract,
    PyNumber_InPlaceMultiply,
    PyNumber_InPlaceTrueDivide,
    PyNumber_InPlaceFloorDivide,
    PyNumber_InPlaceRemainder,
    PyNumber_InPlaceMatrixMultiply,
    PyNumber_InPlaceLshift,
    PyNumber_InPlaceRshift,
    PyNumber_InPlaceAnd,
    PyNumber_InPlaceOr,
    PyNumber_InPlaceXor,
};
static_assert(std::size(binary_functions) == static_cast<std::size_t>(operation::divmod) + 1);
static_assert(std::size(in_place_functions) == static_cast<std::size_t>(operation::bit_xor) + 1);

}  // namespace

PyObject* binary(operation what, PyObject* left, PyObject* right) {
    check_operand(left, "an operator of il::object");
    return check_new(
        run([&] { return binary_functions[static_cast<std::size_t>(what)](left, right); }));
}

PyObject* binary_in_place(operation what, PyObject* left, PyObject* right) {
    check_operand(left, "an in-place operator of il::object");
    return check_new(
        run([&] { return in_place_functions[static_cast<std::size_t>(what)](left, right); }));
}

PyObject* unary(unary_operation what, PyObject* value) {
    check_operand(value, "an operator of il::object");
    return check_new(run([&] {
        switch (what) {
            case unary_operation::negative:
                return PyNumber_Negative(value);
            case unary_operation::positive:
                return PyNumber_Positive(value);
            case unary_operation::invert:
                return PyNumber_Invert(value);
            case unary_operation::absolute:
                break;
        }
        return PyNumber_Absolute(value);
    }));
}

PyObject* power(PyObject* base, PyObject* exponent, PyObject* modulo) {
    check_operand(base, "il::pow");
    return check_new(run([&] { return PyNumber_Power(base, exponent, modulo); }));
}

PyObject* power_in_place(PyObject* base, PyObject* exponent) {
    check_operand(base, "il::pow_assign");
    return check_new(run([&] { return PyNumber_InPlacePower(base, exponent, Py_None); }));
}

}  // namespace detail
INTERLOCK_END
