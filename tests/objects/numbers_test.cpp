// int of any width, float, complex.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

#include <array>
#include <complex>
#include <cstdint>
#include <limits>

namespace il = interlock;

namespace {

template <class T>
void expect_ends_of() {
    il::with_gil([](il::python py) {
        for (const T value :
             {std::numeric_limits<T>::min(), T{0}, T{1}, std::numeric_limits<T>::max()}) {
            const il::int_ i = il::int_::of(py, value);
            EXPECT_EQ(i.value<T>(), value);
            EXPECT_EQ(i.str(), std::to_string(value));
        }
        const il::object above = il::int_::of(py, std::numeric_limits<T>::max()) + 1;
        const il::object below = il::int_::of(py, std::numeric_limits<T>::min()) - 1;
        EXPECT_TRUE(
            raises::python("OverflowError", [&] { return above.as<il::int_>().value<T>(); }));
        EXPECT_TRUE(
            raises::python("OverflowError", [&] { return below.as<il::int_>().value<T>(); }));
    });
}

}  // namespace

TEST(Int, HoldsEveryWidth) {
    const il::interpreter python;
    expect_ends_of<signed char>();
    expect_ends_of<unsigned char>();
    expect_ends_of<short>();
    expect_ends_of<unsigned short>();
    expect_ends_of<int>();
    expect_ends_of<unsigned>();
    expect_ends_of<long long>();
    expect_ends_of<unsigned long long>();
}

#if defined(__SIZEOF_INT128__)
TEST(Int, Holds128Bits) {
    using wide = il::detail::int128;
    using unsigned_wide = il::detail::uint128;
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const auto most = static_cast<wide>(~unsigned_wide{0} >> 1);
        const wide least = -most - 1;
        EXPECT_EQ(il::int_::of(py, most), py.eval("2**127 - 1"));
        EXPECT_EQ(il::int_::of(py, least), py.eval("-2**127"));
        EXPECT_EQ(il::int_::of(py, ~unsigned_wide{0}), py.eval("2**128 - 1"));
        EXPECT_TRUE(il::int_::of(py, least).value<wide>() == least);
        EXPECT_TRUE(il::int_::of(py, most).value<wide>() == most);
        EXPECT_TRUE(il::int_::of(py, ~unsigned_wide{0}).value<unsigned_wide>() ==
                    ~unsigned_wide{0});
        for (const char* out : {"2**127", "-2**127 - 1"}) {
            EXPECT_TRUE(raises::python("OverflowError", [&] {
                return static_cast<int>(py.eval(out).as<il::int_>().value<wide>());
            })) << out;
        }
        for (const char* out : {"2**128", "-1"}) {
            EXPECT_TRUE(raises::python("OverflowError", [&] {
                return static_cast<int>(py.eval(out).as<il::int_>().value<unsigned_wide>());
            })) << out;
        }
    });
}
#endif

TEST(Int, GoesInAndOutAsWords) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const std::array<std::uint64_t, 3> words = {1, 0xFFFFFFFFFFFFFFFFU, 0x8000000000000000U};
        const il::int_ n = il::int_::of_words(py, words, true);
        EXPECT_EQ(n, py.eval("-(2**191 + ((2**64 - 1) << 64) + 1)"));
        EXPECT_EQ(n.sign(), -1);
        EXPECT_EQ(n.bit_length(), 192U);
        EXPECT_EQ(n.word_count(), 3U);
        std::array<std::uint64_t, 3> back{};
        n.to_words(back);
        EXPECT_EQ(back, words);
        std::array<std::uint64_t, 4> more{};
        more.fill(7);
        n.to_words(more);
        EXPECT_EQ(more[3], 0U);
        std::array<std::uint64_t, 2> less{};
        EXPECT_TRUE(raises::python("OverflowError", [&] {
            n.to_words(less);
            return 0;
        }));
        const il::int_ zero = il::int_::of_words(py, {});
        EXPECT_EQ(zero.word_count(), 0U);
        EXPECT_EQ(zero.sign(), 0);
        zero.to_words({});
        const il::int_ big = il::int_::of_words(py, std::array<std::uint64_t, 40>{0, 5});
        EXPECT_EQ(big, py.eval("5 << 64"));
    });
}

TEST(Int, GoesInAndOutAsDigits) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::int_ n = il::int_::of_text(py, "-0xFFFF_FFFF_FFFF_FFFF_1", 16);
        EXPECT_EQ(n.to_text(16), "-ffffffffffffffff1");
        EXPECT_EQ(n.to_text(), "-295147905179352825841");
        EXPECT_EQ(il::int_::of_text(py, "0b101", 0).to_text(2), "101");
        EXPECT_EQ(il::int_::of(py, 8).to_text(8), "10");
        EXPECT_TRUE(raises::python("ValueError", [&] { return il::int_::of_text(py, "12x"); }));
        EXPECT_TRUE(raises::python("ValueError", [&] { return il::int_::of_text(py, "1", 99); }));
        EXPECT_THROW(static_cast<void>(n.to_text(3)), std::invalid_argument);
        EXPECT_EQ(il::int_::from(py, py.make(2.9)).value<int>(), 2);
    });
}

TEST(Float, AndComplexHaveTheirParts) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_EQ(il::float_::of(py, 2.5).value(), 2.5);
        EXPECT_TRUE(il::float_::of(py, 2).is_integer());
        EXPECT_EQ(il::float_::from(py, py.make("1e3")).value(), 1000.0);
        EXPECT_TRUE(
            raises::python("ValueError", [&] { return il::float_::from(py, py.make("x")); }));
        const il::complex c = il::complex::of(py, std::complex<double>(1, -2));
        EXPECT_EQ(c.real(), 1.0);
        EXPECT_EQ(c.imag(), -2.0);
        EXPECT_EQ(il::complex::of(py, 3.0).str(), "(3+0j)");
        EXPECT_TRUE(il::boolean::of(py, true).value());
        EXPECT_FALSE(il::boolean::of(py, false).value());
        il::float_ f = il::float_::of(py, 1);
        const il::float_ g = std::move(f);
        EXPECT_THROW(static_cast<void>(f.value()),
                     std::logic_error);  // NOLINT(bugprone-use-after-move)
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(static_cast<void>(g.value()), il::not_attached);
            EXPECT_THROW(static_cast<void>(c.real()), il::not_attached);
            EXPECT_THROW(static_cast<void>(il::int_::of(py, 1)), il::not_attached);
        });
    });
}
