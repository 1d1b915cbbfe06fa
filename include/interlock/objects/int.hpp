// int_: a Python int, of any size.
//
// Any C++ integer goes in and out, those of 128 bits too; what is larger goes as 64-bit words, least significant first, or
// as digits.
#pragma once

#include <interlock/objects/call.hpp>
#include <interlock/objects/int128.hpp>

#include <cstdint>
#include <span>

INTERLOCK_BEGIN
namespace detail {

PyObject* int_of_bytes(const void* bytes, std::size_t size, bool is_signed);
void bytes_of_int(PyObject* value, void* bytes, std::size_t size, bool is_signed,
                  const char* operation);

// In strict mode std::integral does not say it of the 128-bit types.
template <class T>
inline constexpr bool is_integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;
template <class T>
inline constexpr bool is_signed_integer = std::is_signed_v<T>;
#if defined(__SIZEOF_INT128__)
template <>
inline constexpr bool is_integer<int128> = true;
template <>
inline constexpr bool is_integer<uint128> = true;
template <>
inline constexpr bool is_signed_integer<int128> = true;
#endif

}  // namespace detail

class int_ : public object {
public:
    INTERLOCK_KIND(int_)
    static bool is_kind(PyObject* object) noexcept { return PyLong_Check(object) != 0; }

    template <class T>
        requires detail::is_integer<T>
    static int_ of(python, T value) {
        detail::require_attached("il::int_::of");
        return int_(detail::adopt_t{},
                    detail::int_of_bytes(&value, sizeof value, detail::is_signed_integer<T>));
    }
    // The number with that absolute value, in 64-bit words, the least significant one first.
    static int_ of_words(python py, std::span<const std::uint64_t> words, bool negative = false);
    // int(text, base): sign, digits, underscores, the prefix of the base; with base 0 the prefix says it. Throws
    // python_error (ValueError).
    static int_ of_text(python py, std::string_view text, int base = 10);
    // int(value): truncates floats, reads text.
    static int_ from(python py, const object& value);

    // The number in a type of C++. Throws python_error (OverflowError) where it does not fit.
    template <class T>
        requires detail::is_integer<T>
    T value() const {
        T result;
        detail::bytes_of_int(pointer_, &result, sizeof result, detail::is_signed_integer<T>,
                             "il::int_::value");
        return result;
    }

    // -1, 0 or 1.
    int sign() const;
    // The bits of the absolute value; 0 for 0.
    std::size_t bit_length() const;
    // How many 64-bit words the absolute value takes; 0 for 0.
    std::size_t word_count() const { return (bit_length() + 63) / 64; }
    // Writes the absolute value into the words, the least significant one first, and fills up with zeros; the sign is
    // sign(). Throws python_error (OverflowError) where there are fewer than word_count().
    void to_words(std::span<std::uint64_t> words) const;
    // The digits in base 2, 8, 10 or 16, with the sign and without a prefix. Throws std::invalid_argument for other bases,
    // and python_error (ValueError) where base 10 would give more digits than sys.get_int_max_str_digits() allows.
    std::string to_text(int base = 10) const;
};
INTERLOCK_KIND_UNBIND(int_)

INTERLOCK_END
