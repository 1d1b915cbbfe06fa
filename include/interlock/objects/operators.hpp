// Python's operators in C++: a + b, a < b, a += b, with an object on either side and a C++ value, which is converted, on the
// other.
//
// What C++ has no operator for is a function: il::pow(a, b), il::floor_div(a, b), il::matmul(a, b), il::divmod(a, b), and with
// _assign behind the name the in-place form. All throw python_error with what Python raised, std::logic_error for an object
// that was moved from, and not_attached. Cost: one out-of-line call around CPython's own.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN
namespace detail {

enum class operation : unsigned char {
    add,
    subtract,
    multiply,
    divide,
    floor_divide,
    remainder,
    matrix_multiply,
    shift_left,
    shift_right,
    bit_and,
    bit_or,
    bit_xor,
    divmod,
};
enum class unary_operation : unsigned char { negative, positive, invert, absolute };

PyObject* binary(operation what, PyObject* left, PyObject* right);
PyObject* binary_in_place(operation what, PyObject* left, PyObject* right);
PyObject* unary(unary_operation what, PyObject* value);
// `modulo` may be None.
PyObject* power(PyObject* base, PyObject* exponent, PyObject* modulo);
PyObject* power_in_place(PyObject* base, PyObject* exponent);

template <class L, class R>
concept operands = operand<L> || operand<R>;

template <class L, class R>
object apply(operation what, L&& left, R&& right) {
    constexpr const char* name = "an operator of il::object";
    require_attached(name);
    const object& a = as_object(std::forward<L>(left), name);
    const object& b = as_object(std::forward<R>(right), name);
    return object(adopt_t{}, binary(what, a.ptr(), b.ptr()));
}

template <class L, class R>
bool apply_comparison(int what, const L& left, const R& right) {
    constexpr const char* name = "comparing il::object";
    require_attached(name);
    const object& a = as_object(left, name);
    const object& b = as_object(right, name);
    return compare(a.ptr(), b.ptr(), what);
}

// Puts the result of an in-place form where its left side was. A variable of a kind keeps its kind: throws cast_error, and
// leaves the variable as it was, where the result is of another one.
template <class T>
void put_result(T& left, PyObject* result) {
    if constexpr (std::is_base_of_v<proxy_tag, std::remove_cv_t<T>>) {
        left = object(adopt_t{}, result);
    } else {
        if (!T::is_kind(result)) [[unlikely]] {
            const object released(adopt_t{}, result);
            throw_wrong_kind("an in-place operator", T::kind_name, result);
        }
        left = T(adopt_t{}, result);
    }
}

template <class L, class R>
void apply_in_place(operation what, L& left, R&& right) {
    constexpr const char* name = "an in-place operator of il::object";
    require_attached(name);
    const object& a = as_object(left, name);
    const object& b = as_object(std::forward<R>(right), name);
    put_result(left, binary_in_place(what, a.ptr(), b.ptr()));
}

// What may stand on the left of an in-place form: a variable, or what stands for an attribute or an item.
template <class T>
concept place =
    operand<T> && (std::is_base_of_v<proxy_tag, std::remove_cvref_t<T>> ||
                   (std::is_lvalue_reference_v<T> && !std::is_const_v<std::remove_reference_t<T>>));

// A shift has a number on the left, so that streams are no numbers.
template <class L, class R>
concept shift_operands = operand<L> || (operand<R> && std::is_integral_v<std::remove_cvref_t<L>>);

// What is called with the object belongs to the ranges: xs | std::views::filter(f).
template <class L, class R>
concept or_operands = operands<L, R> && (operand<R> || !std::is_invocable_v<R, L>);

}  // namespace detail

#define INTERLOCK_BINARY_OPERATOR(SIGN, CONCEPT, OPERATION)                                 \
    template <class L, class R>                                                             \
        requires detail::CONCEPT<L, R>                                                      \
    object operator SIGN(L&& left, R&& right) {                                             \
        return detail::apply(detail::operation::OPERATION, std::forward<L>(left),           \
                             std::forward<R>(right));                                       \
    }                                                                                       \
    template <class L, class R>                                                             \
        requires detail::place<L>                                                           \
    L operator SIGN##=(L&& left, R&& right) {                                               \
        detail::apply_in_place(detail::operation::OPERATION, left, std::forward<R>(right)); \
        return std::forward<L>(left);                                                       \
    }

INTERLOCK_BINARY_OPERATOR(+, operands, add)
INTERLOCK_BINARY_OPERATOR(-, operands, subtract)
INTERLOCK_BINARY_OPERATOR(*, operands, multiply)
INTERLOCK_BINARY_OPERATOR(/, operands, divide)
INTERLOCK_BINARY_OPERATOR(%, operands, remainder)
INTERLOCK_BINARY_OPERATOR(<<, shift_operands, shift_left)
INTERLOCK_BINARY_OPERATOR(>>, shift_operands, shift_right)
INTERLOCK_BINARY_OPERATOR(&, operands, bit_and)
INTERLOCK_BINARY_OPERATOR(|, or_operands, bit_or)
INTERLOCK_BINARY_OPERATOR(^, operands, bit_xor)
#undef INTERLOCK_BINARY_OPERATOR

#define INTERLOCK_COMPARISON(SIGN, OPERATION)                    \
    template <class L, class R>                                  \
        requires detail::operands<L, R>                          \
    bool operator SIGN(const L& left, const R& right) {          \
        return detail::apply_comparison(OPERATION, left, right); \
    }

// Whether the comparison is true: where it gives something else than a bool, what that is in an `if`.
INTERLOCK_COMPARISON(==, Py_EQ)
INTERLOCK_COMPARISON(!=, Py_NE)
INTERLOCK_COMPARISON(<, Py_LT)
INTERLOCK_COMPARISON(<=, Py_LE)
INTERLOCK_COMPARISON(>, Py_GT)
INTERLOCK_COMPARISON(>=, Py_GE)
#undef INTERLOCK_COMPARISON

template <detail::operand T>
object operator-(const T& value) {
    const object& self = value;
    return object(detail::adopt_t{}, detail::unary(detail::unary_operation::negative, self.ptr()));
}
template <detail::operand T>
object operator+(const T& value) {
    const object& self = value;
    return object(detail::adopt_t{}, detail::unary(detail::unary_operation::positive, self.ptr()));
}
template <detail::operand T>
object operator~(const T& value) {
    const object& self = value;
    return object(detail::adopt_t{}, detail::unary(detail::unary_operation::invert, self.ptr()));
}
inline object abs(const object& value) {
    return object(detail::adopt_t{}, detail::unary(detail::unary_operation::absolute, value.ptr()));
}

// a // b, a @ b, divmod(a, b)
template <class L, class R>
    requires detail::operands<L, R>
object floor_div(L&& left, R&& right) {
    return detail::apply(detail::operation::floor_divide, std::forward<L>(left),
                         std::forward<R>(right));
}
template <class L, class R>
    requires detail::operands<L, R>
object matmul(L&& left, R&& right) {
    return detail::apply(detail::operation::matrix_multiply, std::forward<L>(left),
                         std::forward<R>(right));
}
template <class L, class R>
    requires detail::operands<L, R>
object divmod(L&& left, R&& right) {
    return detail::apply(detail::operation::divmod, std::forward<L>(left), std::forward<R>(right));
}

// a ** b, and pow(a, b, modulo)
template <class L, class R, class M>
    requires detail::operands<L, R>
object pow(L&& base, R&& exponent, M&& modulo) {
    constexpr const char* name = "il::pow";
    detail::require_attached(name);
    const object& a = detail::as_object(std::forward<L>(base), name);
    const object& b = detail::as_object(std::forward<R>(exponent), name);
    const object& c = detail::as_object(std::forward<M>(modulo), name);
    return object(detail::adopt_t{}, detail::power(a.ptr(), b.ptr(), c.ptr()));
}
template <class L, class R>
    requires detail::operands<L, R>
object pow(L&& base, R&& exponent) {
    return pow(std::forward<L>(base), std::forward<R>(exponent), nullptr);
}

// a //= b, a @= b, a **= b
template <class L, class R>
    requires detail::place<L>
void floor_div_assign(L&& left, R&& right) {
    detail::apply_in_place(detail::operation::floor_divide, left, std::forward<R>(right));
}
template <class L, class R>
    requires detail::place<L>
void matmul_assign(L&& left, R&& right) {
    detail::apply_in_place(detail::operation::matrix_multiply, left, std::forward<R>(right));
}
template <class L, class R>
    requires detail::place<L>
void pow_assign(L&& left, R&& right) {
    constexpr const char* name = "il::pow_assign";
    detail::require_attached(name);
    const object& a = detail::as_object(left, name);
    const object& b = detail::as_object(std::forward<R>(right), name);
    detail::put_result(left, detail::power_in_place(a.ptr(), b.ptr()));
}

// What a comparison gives, where that is no bool (an array of them): il::compare(a, il::comparison::less, b).
enum class comparison : int {
    less = Py_LT,
    less_equal = Py_LE,
    equal = Py_EQ,
    not_equal = Py_NE,
    greater = Py_GT,
    greater_equal = Py_GE,
};
template <class L, class R>
    requires detail::operands<L, R>
object compare(L&& left, comparison what, R&& right) {
    constexpr const char* name = "il::compare";
    detail::require_attached(name);
    const object& a = detail::as_object(std::forward<L>(left), name);
    const object& b = detail::as_object(std::forward<R>(right), name);
    return object(detail::adopt_t{},
                  detail::compare_object(a.ptr(), b.ptr(), static_cast<int>(what)));
}

INTERLOCK_END
