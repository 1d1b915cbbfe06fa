// The tokenizer against Python's own: the expected counts were made by the module `tokenize`.
//
// Where a case is valid for CPython 3.11 as well as for 3.12 and later, all of them gave these
// counts; the cases under `python_3_12_f_strings` need 3.12.

#include "kernel/tokenizer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace {

using near_duplicates::token_kind;
using near_duplicates::token_stream;

token_stream tokens_of(std::string_view text) {
    token_stream stream;
    near_duplicates::tokenize(text, stream);
    return stream;
}

struct count_case {
    std::string_view name;
    std::string_view text;
    std::array<std::uint32_t, near_duplicates::token_kind_count> counts;
};

void PrintTo(const count_case& c, std::ostream* out) { *out << c.name; }

class counts_equal_pythons : public testing::TestWithParam<count_case> {};

TEST_P(counts_equal_pythons, for_this_text) {
    const token_stream stream = tokens_of(GetParam().text);
    for (std::size_t k = 0; k < near_duplicates::token_kind_count; ++k) {
        EXPECT_EQ(stream.counts.by_kind[k], GetParam().counts[k])
            << near_duplicates::token_kind_names[k];
    }
    EXPECT_TRUE(stream.well_formed);
    EXPECT_EQ(stream.symbols.size(), stream.lines.size());
    EXPECT_EQ(stream.symbols.size(), stream.counts.total() - stream.counts[token_kind::comment]);
}

// clang-format off
constexpr auto text_cases = std::to_array<count_case>({
    // name, text, {name, number, string, op, comment, newline, indent, dedent}
    {"empty", "", {0, 0, 0, 0, 0, 0, 0, 0}},
    {"one_name", "x\n", {1, 0, 0, 0, 0, 1, 0, 0}},
    {"no_line_end_at_the_end", "x = 1", {1, 1, 0, 1, 0, 1, 0, 0}},
    {"comment_without_line_end", "x = 1\n# end", {1, 1, 0, 1, 1, 1, 0, 0}},
    {"comment_behind_code_without_line_end", "x = 1  # end", {1, 1, 0, 1, 1, 1, 0, 0}},
    {"only_blank_lines_and_comments", "\n   \n\t# c\n\n", {0, 0, 0, 0, 1, 0, 0, 0}},
    {"indentation", "if a:\n    if b:\n        c\n    d\ne\n", {7, 0, 0, 2, 0, 5, 2, 2}},
    {"two_dedents_at_once", "if a:\n  if b:\n    c\nd\n", {6, 0, 0, 2, 0, 4, 2, 2}},
    {"tab_goes_to_the_next_of_eight_columns", "if a:\n        b\n\tc\n", {4, 0, 0, 1, 0, 3, 1, 1}},
    {"form_feed_resets_the_column", "if a:\n    b\n\fc\n", {4, 0, 0, 1, 0, 3, 1, 1}},
    {"comment_does_not_dedent", "if a:\n    b\n# c\n    d\n", {4, 0, 0, 1, 1, 3, 1, 1}},
    {"blank_line_does_not_dedent", "if a:\n    b\n\n    d\n", {4, 0, 0, 1, 0, 3, 1, 1}},
    {"brackets_hide_line_ends", "f(\n  1,\n\n  # c\n  2)\n", {1, 2, 0, 3, 1, 1, 0, 0}},
    {"backslash_joins_lines", "x = 1 + \\\n    2\n", {1, 2, 0, 2, 0, 1, 0, 0}},
    {"semicolons", "a; b; c\n", {3, 0, 0, 2, 0, 1, 0, 0}},
    {"numbers", "0 0x_1F 0b10 0o17 1_000 1. .5 1.5e-10 1e5j 1J 0.0 00\n", {0, 12, 0, 0, 0, 1, 0, 0}},
    {"numbers_that_touch_names", "1if 0x1for x else 2\n", {4, 3, 0, 0, 0, 1, 0, 0}},
    {"number_then_attribute", "1..real + 1 .real + 1.e5.imag\n", {3, 3, 0, 5, 0, 1, 0, 0}},
    {"all_operators", "+ - * / // % @ ** << >> & | ^ ~ < > <= >= == != -> += -= *= /= //= %= @= &= |= ^= >>= <<= **= := = . ... , : ; ( ) [ ] { }\n", {0, 0, 0, 47, 0, 1, 0, 0}},
    {"operators_without_spaces", "a**=b//c>>d<<=e->f:=g...h..i\n", {9, 0, 0, 9, 0, 1, 0, 0}},
    {"strings", "'a' \"b\" '' \"\" 'it\\'s' \"\\\\\"\n", {0, 0, 6, 0, 0, 1, 0, 0}},
    {"triple_quotes", "x = '''a\n'b' ''c\n'''\ny = \"\"\"\"q\"\"\"\n", {2, 0, 2, 2, 0, 2, 0, 0}},
    {"triple_quotes_with_escaped_quote", "x = '''a\\''''\n", {1, 0, 1, 1, 0, 1, 0, 0}},
    {"string_prefixes", "r'a\\'b' + b'x' + Rb'\\'' + bR\"\" + u'x' + U''\n", {0, 0, 6, 5, 0, 1, 0, 0}},
    {"names_that_look_like_prefixes", "bu = rbr = fu ; urb\n", {4, 0, 0, 3, 0, 1, 0, 0}},
    {"string_over_two_lines", "'a\\\nb' + 1\n", {0, 1, 1, 1, 0, 1, 0, 0}},
    {"implicit_concatenation", "('a' 'b'\n 'c')\n", {0, 0, 3, 2, 0, 1, 0, 0}},
    {"f_string", "f'{x} {y!r:>{w}} {{z}} {d[\"k\"]:%Y-%m-%d}' + x\n", {1, 0, 1, 1, 0, 1, 0, 0}},
    {"nested_f_strings", "f\"{f'{x}'}\" f'''{\n x + 1 }'''\n", {0, 0, 2, 0, 0, 1, 0, 0}},
    {"f_string_lambda_and_dict", "f'{(lambda a: a)(1)} { {1: 2}[1] }'\n", {0, 0, 1, 0, 0, 1, 0, 0}},
    {"f_string_named_character", "f'\\N{DASH}{x}\\N{BULLET}' + y\n", {1, 0, 1, 1, 0, 1, 0, 0}},
    {"raw_f_string_with_backslash_before_brace", "rf'\\d{{2}}\\{x}' + y\n", {1, 0, 1, 1, 0, 1, 0, 0}},
    {"f_string_self_documenting", "f'{x=} {y = !r}'\n", {0, 0, 1, 0, 0, 1, 0, 0}},
    {"unicode_names", "caf\xC3\xA9 = \xCE\x94x + \xE4\xB8\xAD\n", {3, 0, 0, 2, 0, 1, 0, 0}},
    {"carriage_return_line_feed", "if a:\r\n    b\r\n# c\r\nd\r\n", {4, 0, 0, 1, 1, 3, 1, 1}},
    {"decorators_and_annotations", "@a.b(c)\nasync def f(x: int = 3, /, *, y) -> None: ...\n", {10, 1, 0, 16, 0, 2, 0, 0}},
    {"soft_keywords_are_names", "match x:\n    case _: type = 1\n", {5, 1, 0, 3, 0, 2, 1, 1}},
    {"empty_f_string", "f'' + F\"\"\"\"\"\" + fr'' + rF''\n", {0, 0, 4, 3, 0, 1, 0, 0}},
});

constexpr auto python_3_12_cases = std::to_array<count_case>({
    {"the_same_quotes_inside", "f'{d['k']}' + f\"{\"a\" + f\"{x}\"}\"\n", {0, 0, 2, 1, 0, 1, 0, 0}},
    {"lines_and_comments_inside", "f'{\n  x  # }'\n}' + y\n", {1, 0, 1, 1, 0, 1, 0, 0}},
    {"a_backslash_inside", "f'{'\\n'.join(x)}' + y\n", {1, 0, 1, 1, 0, 1, 0, 0}},
    {"a_field_in_a_format_in_a_field", "f'{x:{y:{z}}}' + y\n", {1, 0, 1, 1, 0, 1, 0, 0}},
});
// clang-format on

constexpr auto name_of_case = [](const auto& info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(text, counts_equal_pythons, testing::ValuesIn(text_cases), name_of_case);
INSTANTIATE_TEST_SUITE_P(python_3_12_f_strings, counts_equal_pythons,
                         testing::ValuesIn(python_3_12_cases), name_of_case);

TEST(tokenizer, gives_the_same_symbols_for_renamed_variables_and_other_values) {
    const token_stream a = tokens_of("def area(r):\n    return 3.14 * r ** 2  # circle\n");
    const token_stream b = tokens_of("def volume(edge):\n\n        return 1 * edge ** 0x3\n");
    EXPECT_EQ(a.symbols, b.symbols);
}

TEST(tokenizer, gives_other_symbols_for_other_keywords_and_operators) {
    const token_stream a = tokens_of("return x + y\n");
    EXPECT_NE(a.symbols, tokens_of("assert x + y\n").symbols);
    EXPECT_NE(a.symbols, tokens_of("return x - y\n").symbols);
    EXPECT_NE(a.symbols, tokens_of("return x ** y\n").symbols);
    EXPECT_NE(tokens_of("x //= y\n").symbols, tokens_of("x **= y\n").symbols);
}

TEST(tokenizer, knows_on_which_line_each_token_begins) {
    const token_stream stream = tokens_of("a = '''x\ny'''\nb = [1,\n\n  2]\n");
    const std::vector<std::uint32_t> expected = {1, 1, 1, 2, 3, 3, 3, 3, 3, 5, 5, 5};
    EXPECT_EQ(stream.lines, expected);
    EXPECT_EQ(stream.line_count, 5U);
}

TEST(tokenizer, counts_lines_with_and_without_a_last_line_end) {
    EXPECT_EQ(tokens_of("").line_count, 0U);
    EXPECT_EQ(tokens_of("a").line_count, 1U);
    EXPECT_EQ(tokens_of("a\n").line_count, 1U);
    EXPECT_EQ(tokens_of("a\r\nb\r\n").line_count, 2U);
    EXPECT_EQ(tokens_of("a\rb").line_count, 2U);
}

struct ill_formed_case {
    std::string_view name;
    std::string_view text;
};

void PrintTo(const ill_formed_case& c, std::ostream* out) { *out << c.name; }

class no_python_source : public testing::TestWithParam<ill_formed_case> {};

TEST_P(no_python_source, is_scanned_to_its_end_and_said_to_be_ill_formed) {
    const token_stream stream = tokens_of(GetParam().text);
    EXPECT_FALSE(stream.well_formed);
    EXPECT_EQ(stream.counts[token_kind::indent], stream.counts[token_kind::dedent]);
}

constexpr auto ill_formed_cases = std::to_array<ill_formed_case>({
    {"open_string", "'no end\nx\n"},
    {"open_triple_quotes", "'''no end\nx\n"},
    {"backslash_at_the_end_of_a_string", "'\\"},
    {"open_field", "f'{x\n"},
    {"open_field_at_the_end", "f'{x"},
    {"open_format", "f'{x:"},
    {"open_character_name", "f'\\N{"},
    {"backslash_at_the_end_of_an_f_string", "f'\\"},
    {"open_bracket", "(1, 2\n"},
    {"closing_bracket", "1)\n"},
    {"dollar", "x = $y\n"},
    {"question_mark", "a ? b\n"},
    {"exclamation_mark", "!x\n"},
    {"backslash_at_the_end", "\\"},
    {"backslash_within_a_line", "x \\ y\n"},
    {"dedent_to_nowhere", "if a:\n        b\n    c\n"},
});
INSTANTIATE_TEST_SUITE_P(text, no_python_source, testing::ValuesIn(ill_formed_cases), name_of_case);

TEST(tokenizer, survives_deeply_nested_f_strings) {
    std::string text;
    for (int i = 0; i < 5000; ++i) {
        text += "f'{";
    }
    EXPECT_FALSE(tokens_of(text).well_formed);
}

TEST(tokenizer, forgets_the_text_before) {
    token_stream stream;
    near_duplicates::tokenize("if (a:\n", stream);
    near_duplicates::tokenize("x\n", stream);
    EXPECT_TRUE(stream.well_formed);
    EXPECT_EQ(stream.symbols.size(), 2U);
}

}  // namespace
