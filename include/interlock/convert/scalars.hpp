// bool, integers of every width, floats, and None.
//
// Rules: an int parameter takes int and what has __index__, never a float; a bool is exact for bool alone; a value that has
// no room is an OverflowError with the range. A float parameter takes float, int, __float__ and __index__, never str.
// The common cases, an int of one digit and a float, are read inline; the rest is one function per kind in the core.
#pragma once

#include <interlock/convert/category.hpp>
#include <interlock/convert/loading.hpp>

#include <bit>
#include <cstdint>
#include <limits>

INTERLOCK_BEGIN
namespace detail {

// What the core is told of an integer type: the logarithm of its size in bytes, and whether it has a sign.
using integer_code = unsigned char;
inline constexpr integer_code integer_signed = 8;

template <class T>
consteval integer_code code_of_integer() {
    integer_code code = std::is_signed_v<T> ? integer_signed : 0;
#if defined(__SIZEOF_INT128__)
    if (std::is_same_v<T, int128>) {
        code = integer_signed;
    }
#endif
    for (std::size_t size = sizeof(T); size > 1; size /= 2) {
        ++code;
    }
    return code;
}

bool load_integer(PyObject* from, void* to, integer_code code, loading& l) noexcept;
bool load_float(PyObject* from, double& to, loading& l) noexcept;
bool load_single(PyObject* from, float& to, loading& l) noexcept;
bool load_bool(PyObject* from, bool& to, loading& l) noexcept;
PyObject* make_integer(const void* value, integer_code code);

inline constexpr hint hint_int{"int", nullptr, 'A'};
inline constexpr hint hint_float{"float", nullptr, 'f'};
inline constexpr hint hint_bool{"bool", nullptr, 'b'};
inline constexpr hint hint_none{"None"};

// The part that is the same for all values which are loaded into a variable of their own type.
template <class T>
struct loaded_value {
    using storage = T;
    static constexpr loader loads = by_anything;
    template <class A>
    static A&& pass(storage& value) noexcept {
        static_assert(!std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>,
                      "interlock: a parameter is a non-const reference to a value that is "
                      "converted from Python: changes of "
                      "it would be lost. Take it by value or by const reference, or bind its class "
                      "with il::class_");
        return static_cast<A&&>(value);
    }
};

template <class T>
struct conversion<T, category::integer> : loaded_value<T> {
    static constexpr const hint& in = hint_int;
    static constexpr const hint& out = hint_int;
    static constexpr integer_code code = code_of_integer<T>();
    static constexpr loader loads = by_integer;
    static constexpr bool nothrow = true;

    INTERLOCK_INLINE static bool fast(PyObject* from, T& to) noexcept {
        // One digit has 30 bits.
        if constexpr (std::is_same_v<T, Py_ssize_t>) {
            return compact_int(from, to);
        } else if constexpr ((code & integer_signed) == 0) {
            std::uint32_t value;  // not cleared: that takes code in each function that is bound
            if (!compact_natural(from, value)) {
                return false;
            }
            if constexpr (sizeof(T) < 4) {
                if (value > std::numeric_limits<T>::max()) {
                    return false;
                }
            }
            to = static_cast<T>(value);
        } else {
            Py_ssize_t value;
            if (!compact_int(from, value)) {
                return false;
            }
            if constexpr (sizeof(T) < 4) {
                if (static_cast<T>(value) != value) {
                    return false;
                }
            }
            to = static_cast<T>(value);
        }
        return true;
    }
    static bool load(PyObject* from, T& to, loading& l) { return load_integer(from, &to, code, l); }
    static PyObject* make(const T& value) noexcept {
        if constexpr (sizeof(T) > sizeof(long long)) {
            return make_integer(&value, code);
        } else if constexpr ((code & integer_signed) != 0 && sizeof(T) <= sizeof(long)) {
            return PyLong_FromLong(static_cast<long>(value));
        } else if constexpr ((code & integer_signed) != 0) {
            return PyLong_FromLongLong(value);
        } else if constexpr (sizeof(T) < sizeof(long)) {
            return PyLong_FromLong(static_cast<long>(value));
        } else if constexpr (sizeof(T) == sizeof(long)) {
            return PyLong_FromUnsignedLong(static_cast<unsigned long>(value));
        } else {
            return PyLong_FromUnsignedLongLong(value);
        }
    }
};

template <class T>
struct conversion<T, category::floating> : loaded_value<T> {
    static constexpr const hint& in = hint_float;
    static constexpr const hint& out = hint_float;
    static constexpr loader loads = std::is_same_v<T, double>  ? by_float
                                    : std::is_same_v<T, float> ? by_single
                                                               : by_load;
    static constexpr bool nothrow = true;

    INTERLOCK_INLINE static bool fast(PyObject* from, T& to) noexcept {
        if (!PyFloat_CheckExact(from)) {
            return false;
        }
        const double value = PyFloat_AS_DOUBLE(from);
        to = static_cast<T>(value);
        // Left to load: what rounds to an infinity, infinities themselves, and what is no number.
        if constexpr (std::is_same_v<T, float> && std::numeric_limits<float>::is_iec559) {
            constexpr std::uint32_t exponent = 0xFF000000;
            return (std::bit_cast<std::uint32_t>(to) << 1) < exponent;
        } else if constexpr (sizeof(T) < sizeof(double)) {
            return value <= std::numeric_limits<T>::max() &&
                   value >= std::numeric_limits<T>::lowest();
        } else {
            return true;
        }
    }
    static bool load(PyObject* from, T& to, loading& l) {
        if constexpr (std::is_same_v<T, float>) {
            return load_single(from, to, l);
        } else if constexpr (std::is_same_v<T, double>) {
            return load_float(from, to, l);
        } else {
            double value = 0;
            const bool fits = load_float(from, value, l);
            to = static_cast<T>(value);
            return fits;
        }
    }
    static PyObject* make(T value) noexcept {
        return PyFloat_FromDouble(static_cast<double>(value));
    }
};

template <>
struct conversion<bool, category::boolean> : loaded_value<bool> {
    static constexpr const hint& in = hint_bool;
    static constexpr const hint& out = hint_bool;
    static constexpr loader loads = by_bool;
    static constexpr bool nothrow = true;

    INTERLOCK_INLINE static bool fast(PyObject* from, bool& to) noexcept {
        if (from == Py_True) {
            to = true;
            return true;
        }
        if (from == Py_False) {
            to = false;
            return true;
        }
        return false;
    }
    static bool load(PyObject* from, bool& to, loading& l) { return load_bool(from, to, l); }
    static PyObject* make(bool value) noexcept { return new_bool(value); }
};

template <class T>
struct conversion<T, category::none> : loaded_value<T> {
    static constexpr const hint& in = hint_none;
    static constexpr const hint& out = hint_none;

    static bool load(PyObject* from, T& to, loading& l) {
        to = T{};
        return from == Py_None || l.refuse(in, from);
    }
    static PyObject* make(const T&) noexcept { return new_none(); }
};

}  // namespace detail
INTERLOCK_END
