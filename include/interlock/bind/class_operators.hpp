// Operators of bound classes, as expressions: .def(il::self + il::self), .def(il::self < int()), .def(-il::self),
// .def(2.0 * il::self), .def(il::self += int()).
//
// An operand that does not convert gives NotImplemented, so that Python asks the other one.
#pragma once

#include <interlock/bind/class_options.hpp>

#include <functional>

INTERLOCK_BEGIN

struct self_t {
    explicit self_t() = default;
};
inline constexpr self_t self{};

namespace detail {

// Op: a function object; L and R: self_t or the type of the other operand; void for one operand.
template <class Op, class L, class R>
struct operator_t {
    explicit operator_t() = default;
};

template <class C, class X>
using operand_type = std::conditional_t<std::is_same_v<X, self_t>, const C&, const X&>;

// The operators that stand in a type's slots for numbers; what they are called in Python: see src/class_slots.cpp.
enum class arithmetic : unsigned char {
    add,
    subtract,
    multiply,
    divide,
    modulo,
    shift_left,
    shift_right,
    bit_and,
    bit_or,
    bit_xor,
    in_place_add,
    in_place_subtract,
    in_place_multiply,
    in_place_divide,
    in_place_modulo,
    in_place_shift_left,
    in_place_shift_right,
    in_place_and,
    in_place_or,
    in_place_xor,
};
inline constexpr std::size_t arithmetic_count = 20;

#define INTERLOCK_BINARY(NAME, OP, FORWARD, REVERSED)                                            \
    struct NAME {                                                                                \
        static constexpr const char* name = FORWARD;                                             \
        static constexpr arithmetic slot = arithmetic::NAME;                                     \
        static constexpr const char* reversed = REVERSED;                                        \
        static constexpr bool in_place = false;                                                  \
        template <class A, class B>                                                              \
        static auto call(A&& a, B&& b) -> decltype(static_cast<A&&>(a) OP static_cast<B&&>(b)) { \
            return static_cast<A&&>(a) OP static_cast<B&&>(b);                                   \
        }                                                                                        \
    };

#define INTERLOCK_COMPARISON(NAME, OP, FORWARD, REVERSED, CODE)                                  \
    struct NAME {                                                                                \
        static constexpr const char* name = FORWARD;                                             \
        static constexpr const char* reversed = REVERSED;                                        \
        static constexpr int comparison = CODE;                                                  \
        static constexpr bool in_place = false;                                                  \
        template <class A, class B>                                                              \
        static auto call(A&& a, B&& b) -> decltype(static_cast<A&&>(a) OP static_cast<B&&>(b)) { \
            return static_cast<A&&>(a) OP static_cast<B&&>(b);                                   \
        }                                                                                        \
    };

#define INTERLOCK_IN_PLACE(NAME, OP, FORWARD)                                 \
    struct NAME {                                                             \
        static constexpr const char* name = FORWARD;                          \
        static constexpr arithmetic slot = arithmetic::NAME;                  \
        static constexpr bool in_place = true;                                \
        template <class A, class B>                                           \
        static auto call(A& a, B&& b) -> decltype(a OP static_cast<B&&>(b)) { \
            return a OP static_cast<B&&>(b);                                  \
        }                                                                     \
    };

namespace operators {

INTERLOCK_BINARY(add, +, "__add__", "__radd__")
INTERLOCK_BINARY(subtract, -, "__sub__", "__rsub__")
INTERLOCK_BINARY(multiply, *, "__mul__", "__rmul__")
INTERLOCK_BINARY(divide, /, "__truediv__", "__rtruediv__")
INTERLOCK_BINARY(modulo, %, "__mod__", "__rmod__")
INTERLOCK_BINARY(shift_left, <<, "__lshift__", "__rlshift__")
INTERLOCK_BINARY(shift_right, >>, "__rshift__", "__rrshift__")
INTERLOCK_BINARY(bit_and, &, "__and__", "__rand__")
INTERLOCK_BINARY(bit_or, |, "__or__", "__ror__")
INTERLOCK_BINARY(bit_xor, ^, "__xor__", "__rxor__")
INTERLOCK_COMPARISON(equal, ==, "__eq__", "__eq__", Py_EQ)
INTERLOCK_COMPARISON(not_equal, !=, "__ne__", "__ne__", Py_NE)
INTERLOCK_COMPARISON(less, <, "__lt__", "__gt__", Py_LT)
INTERLOCK_COMPARISON(less_equal, <=, "__le__", "__ge__", Py_LE)
INTERLOCK_COMPARISON(greater, >, "__gt__", "__lt__", Py_GT)
INTERLOCK_COMPARISON(greater_equal, >=, "__ge__", "__le__", Py_GE)
INTERLOCK_IN_PLACE(in_place_add, +=, "__iadd__")
INTERLOCK_IN_PLACE(in_place_subtract, -=, "__isub__")
INTERLOCK_IN_PLACE(in_place_multiply, *=, "__imul__")
INTERLOCK_IN_PLACE(in_place_divide, /=, "__itruediv__")
INTERLOCK_IN_PLACE(in_place_modulo, %=, "__imod__")
INTERLOCK_IN_PLACE(in_place_shift_left, <<=, "__ilshift__")
INTERLOCK_IN_PLACE(in_place_shift_right, >>=, "__irshift__")
INTERLOCK_IN_PLACE(in_place_and, &=, "__iand__")
INTERLOCK_IN_PLACE(in_place_or, |=, "__ior__")
INTERLOCK_IN_PLACE(in_place_xor, ^=, "__ixor__")

struct negative {
    static constexpr const char* name = "__neg__";
    template <class A>
    static auto call(A&& a) -> decltype(-a) {
        return -a;
    }
};
struct positive {
    static constexpr const char* name = "__pos__";
    template <class A>
    static auto call(A&& a) -> decltype(+a) {
        return +a;
    }
};
struct inverted {
    static constexpr const char* name = "__invert__";
    template <class A>
    static auto call(A&& a) -> decltype(~a) {
        return ~a;
    }
};
struct absolute {
    static constexpr const char* name = "__abs__";
    template <class A>
    static auto call(A&& a) -> decltype(abs(a)) {
        return abs(a);
    }
};
struct hashed {
    static constexpr const char* name = "__hash__";
    template <class A>
    static auto call(A&& a) -> decltype(std::hash<std::remove_cvref_t<A>>{}(a)) {
        return std::hash<std::remove_cvref_t<A>>{}(a);
    }
};

}  // namespace operators

#undef INTERLOCK_BINARY
#undef INTERLOCK_COMPARISON
#undef INTERLOCK_IN_PLACE

template <class X>
concept operand_of_class = std::is_same_v<X, self_t> || !std::is_base_of_v<object, X>;

// Whether C++ has that operator for a C.
template <class C, class Op, class L, class R>
consteval bool has_operator() {
    if constexpr (std::is_void_v<R>) {
        return requires(const C& object) { Op::call(object); };
    } else if constexpr (Op::in_place) {
        return requires(C& object, operand_type<C, R> value) { Op::call(object, value); };
    } else {
        return requires(operand_type<C, L> left, operand_type<C, R> right) {
            Op::call(left, right);
        };
    }
}

// An operator as what is bound to a method of C.
template <class C, class Op, class L, class R>
struct operator_callable {
    static constexpr bool is_reversed = !std::is_same_v<L, self_t>;
    using other = std::conditional_t<is_reversed, L, R>;
    using state = void;
    using parameters = types<const C&, operand_type<C, other>>;
    static constexpr bool is_noexcept = false;

    // A value also where C++ gives a reference.
    static auto call(void*, const C& object, operand_type<C, other> value) {
        if constexpr (is_reversed) {
            return Op::call(value, object);
        } else {
            return Op::call(object, value);
        }
    }
    using result = std::remove_cvref_t<decltype(call(nullptr, std::declval<const C&>(),
                                                     std::declval<operand_type<C, other>>()))>;
};
// In place: the object itself is the result.
template <class C, class Op, class L, class R>
    requires Op::in_place
struct operator_callable<C, Op, L, R> {
    using state = void;
    using parameters = types<C&, operand_type<C, R>>;
    using result = C&;
    static constexpr bool is_noexcept = false;
    static C& call(void*, C& object, operand_type<C, R> value) {
        Op::call(object, value);
        return object;
    }
};
template <class C, class Op, class L>
struct operator_callable<C, Op, L, void> {
    using state = void;
    using parameters = types<const C&>;
    static constexpr bool is_noexcept = false;
    static auto call(void*, const C& object) { return Op::call(object); }
    using result = std::remove_cvref_t<decltype(call(nullptr, std::declval<const C&>()))>;
};

template <class Op, class L, class R>
consteval const char* name_of_operator() {
    if constexpr (std::is_same_v<L, self_t>) {
        return Op::name;
    } else {
        return Op::reversed;
    }
}

}  // namespace detail

#define INTERLOCK_OPERATOR(OP, NAME)                                                          \
    constexpr detail::operator_t<detail::operators::NAME, self_t, self_t> operator OP(        \
        self_t, self_t) noexcept {                                                            \
        return detail::operator_t<detail::operators::NAME, self_t, self_t>{};                 \
    }                                                                                         \
    template <class R>                                                                        \
        requires(!std::is_same_v<std::remove_cvref_t<R>, self_t>)                             \
    constexpr auto operator OP(self_t, R&&) noexcept {                                        \
        return detail::operator_t<detail::operators::NAME, self_t, std::remove_cvref_t<R>>{}; \
    }                                                                                         \
    template <class L>                                                                        \
        requires(!std::is_same_v<std::remove_cvref_t<L>, self_t>)                             \
    constexpr auto operator OP(L&&, self_t) noexcept {                                        \
        return detail::operator_t<detail::operators::NAME, std::remove_cvref_t<L>, self_t>{}; \
    }
#define INTERLOCK_IN_PLACE_OPERATOR(OP, NAME)                                                 \
    template <class R>                                                                        \
    constexpr auto operator OP(const self_t&, R&&) noexcept {                                 \
        return detail::operator_t<detail::operators::NAME, self_t, std::remove_cvref_t<R>>{}; \
    }

INTERLOCK_OPERATOR(+, add)
INTERLOCK_OPERATOR(-, subtract)
INTERLOCK_OPERATOR(*, multiply)
INTERLOCK_OPERATOR(/, divide)
INTERLOCK_OPERATOR(%, modulo)
INTERLOCK_OPERATOR(<<, shift_left)
INTERLOCK_OPERATOR(>>, shift_right)
INTERLOCK_OPERATOR(&, bit_and)
INTERLOCK_OPERATOR(|, bit_or)
INTERLOCK_OPERATOR(^, bit_xor)
INTERLOCK_OPERATOR(==, equal)
INTERLOCK_OPERATOR(!=, not_equal)
INTERLOCK_OPERATOR(<, less)
INTERLOCK_OPERATOR(<=, less_equal)
INTERLOCK_OPERATOR(>, greater)
INTERLOCK_OPERATOR(>=, greater_equal)
INTERLOCK_IN_PLACE_OPERATOR(+=, in_place_add)
INTERLOCK_IN_PLACE_OPERATOR(-=, in_place_subtract)
INTERLOCK_IN_PLACE_OPERATOR(*=, in_place_multiply)
INTERLOCK_IN_PLACE_OPERATOR(/=, in_place_divide)
INTERLOCK_IN_PLACE_OPERATOR(%=, in_place_modulo)
INTERLOCK_IN_PLACE_OPERATOR(<<=, in_place_shift_left)
INTERLOCK_IN_PLACE_OPERATOR(>>=, in_place_shift_right)
INTERLOCK_IN_PLACE_OPERATOR(&=, in_place_and)
INTERLOCK_IN_PLACE_OPERATOR(|=, in_place_or)
INTERLOCK_IN_PLACE_OPERATOR(^=, in_place_xor)
#undef INTERLOCK_OPERATOR
#undef INTERLOCK_IN_PLACE_OPERATOR

constexpr auto operator-(self_t) noexcept {
    return detail::operator_t<detail::operators::negative, self_t, void>{};
}
constexpr auto operator+(self_t) noexcept {
    return detail::operator_t<detail::operators::positive, self_t, void>{};
}
constexpr auto operator~(self_t) noexcept {
    return detail::operator_t<detail::operators::inverted, self_t, void>{};
}
constexpr auto abs(self_t) noexcept {
    return detail::operator_t<detail::operators::absolute, self_t, void>{};
}
constexpr auto hash(self_t) noexcept {
    return detail::operator_t<detail::operators::hashed, self_t, void>{};
}

INTERLOCK_END
