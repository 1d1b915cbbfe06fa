// How the core tells the exceptions of the C++ library, and writes numbers: by itself, in the place of what would be looked up at
// every import.
#include "../../src/standard_errors.hpp"
#include "../../src/decimal.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace {

using interlock::detail::decimal;
using interlock::detail::find_error;
using interlock::detail::is_exactly;

template <class E>
class StandardErrors : public testing::Test {};

using every_one =
    testing::Types<std::bad_alloc, std::bad_cast, std::bad_function_call, std::bad_optional_access,
                   std::bad_typeid, std::bad_variant_access, std::bad_weak_ptr, std::domain_error,
                   std::invalid_argument, std::length_error, std::logic_error,
                   std::nested_exception, std::out_of_range, std::overflow_error, std::range_error,
                   std::regex_error, std::runtime_error, std::system_error, std::underflow_error,
                   std::ios_base::failure, std::filesystem::filesystem_error>;
TYPED_TEST_SUITE(StandardErrors, every_one);

TYPED_TEST(StandardErrors, AreKnownByTheirNames) {
    EXPECT_TRUE(is_exactly<TypeParam>(typeid(TypeParam)));
    EXPECT_FALSE(is_exactly<TypeParam>(typeid(std::exception)));
    EXPECT_FALSE(is_exactly<TypeParam>(typeid(int)));
#if defined(__GLIBCXX__) && !__GXX_MERGED_TYPEINFO_NAMES && _GLIBCXX_USE_CXX11_ABI
    EXPECT_STREQ(interlock::detail::name_of_error<TypeParam>, typeid(TypeParam).name());
#endif
}

struct padding {
    virtual ~padding() = default;
    long before = 0;
};
struct second_base : padding, std::out_of_range {
    second_base() : std::out_of_range("second") {}
};
class hidden_base : private std::range_error {
public:
    hidden_base() : std::range_error("hidden") {}
    const std::exception& seen() const { return *this; }
};
struct left : std::length_error {
    left() : std::length_error("left") {}
};
struct right : std::length_error {
    right() : std::length_error("right") {}
};
struct both : left, right {};
struct with_cause : std::runtime_error, std::nested_exception {
    with_cause() : std::runtime_error("outer") {}
};

TEST(StandardErrors, AreFoundAsDynamicCastFindsThem) {
    const second_base second;
    const std::exception& error = second;
    EXPECT_EQ(find_error<std::out_of_range>(error), &second);
    EXPECT_EQ(find_error<std::logic_error>(error), &second);
    EXPECT_EQ(find_error<std::invalid_argument>(error), nullptr);
    EXPECT_EQ(find_error<std::runtime_error>(error), nullptr);
    EXPECT_STREQ(find_error<std::logic_error>(error)->what(), "second");

    const both twice;
    const left& one_of_two = twice;
    EXPECT_EQ(
        find_error<std::length_error>(one_of_two),
        dynamic_cast<const std::length_error*>(static_cast<const std::exception*>(&one_of_two)));
    const left alone;
    EXPECT_EQ(find_error<std::length_error>(alone), &alone);
}

TEST(StandardErrors, AreNotFoundBehindAPrivateBase) {
    const hidden_base hidden;
    EXPECT_EQ(find_error<std::range_error>(hidden.seen()),
              dynamic_cast<const std::range_error*>(&hidden.seen()));
}

TEST(StandardErrors, AreFoundBesideWhatIsNoException) {
    const with_cause outer;
    EXPECT_EQ(find_error<std::nested_exception>(outer), &outer);
    const std::filesystem::filesystem_error file("open", "name",
                                                 std::make_error_code(std::errc::is_a_directory));
    EXPECT_EQ(find_error<std::system_error>(file), &file);
    EXPECT_EQ(find_error<std::filesystem::filesystem_error>(file), &file);
    EXPECT_EQ(find_error<std::ios_base::failure>(file), nullptr);
}

template <class N>
void expect_as_to_string() {
    for (const N number : {std::numeric_limits<N>::min(), std::numeric_limits<N>::max(), N{0}, N{9},
                           N{10}, N{99}, N{100}}) {
        EXPECT_EQ(decimal(number), std::to_string(number));
    }
}

TEST(Decimal, IsAsToStringHasIt) {
    expect_as_to_string<int>();
    expect_as_to_string<unsigned>();
    expect_as_to_string<long long>();
    expect_as_to_string<unsigned long long>();
    expect_as_to_string<std::int8_t>();
    expect_as_to_string<std::uint16_t>();
}

}  // namespace
