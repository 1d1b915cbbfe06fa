#include "kernel/source_text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

using near_duplicates::check_source;
using near_duplicates::declared_encoding;
using near_duplicates::first_invalid_utf8;
using near_duplicates::load_problem;
using namespace std::string_literals;

load_problem problem_of(std::string text) {
    const auto result = check_source(text);
    EXPECT_EQ(result.problem == load_problem::none, result.detail.empty());
    EXPECT_TRUE(result.problem == load_problem::none || text.empty());
    return result.problem;
}

TEST(source_text, accepts_well_formed_utf8_of_every_length) {
    constexpr auto whole = std::string_view::npos;
    EXPECT_EQ(first_invalid_utf8(""), whole);
    EXPECT_EQ(first_invalid_utf8("plain text, long enough for words of eight"), whole);
    EXPECT_EQ(
        first_invalid_utf8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"),
        whole);
    EXPECT_EQ(first_invalid_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"), whole);
}

TEST(source_text, says_where_utf8_is_ill_formed) {
    EXPECT_EQ(first_invalid_utf8("12345678\x80"), 8U);
    EXPECT_EQ(first_invalid_utf8("\xC0\x80"), 0U);            // overlong
    EXPECT_EQ(first_invalid_utf8("\xC1\xBF"), 0U);            // overlong
    EXPECT_EQ(first_invalid_utf8("a\xE0\x9F\xBF"), 1U);       // overlong
    EXPECT_EQ(first_invalid_utf8("a\xED\xA0\x80"), 1U);       // surrogate
    EXPECT_EQ(first_invalid_utf8("ab\xF0\x8F\xBF\xBF"), 2U);  // overlong
    EXPECT_EQ(first_invalid_utf8("ab\xF4\x90\x80\x80"), 2U);  // beyond U+10FFFF
    EXPECT_EQ(first_invalid_utf8("ab\xF5\x80\x80\x80"), 2U);
    EXPECT_EQ(first_invalid_utf8("\xC3"), 0U);       // cut off
    EXPECT_EQ(first_invalid_utf8("x\xE4\xB8"), 1U);  // cut off
    EXPECT_EQ(first_invalid_utf8("x\xE4\xB8z"), 1U);
    EXPECT_EQ(first_invalid_utf8("caf\xE9 = 1"), 3U);  // Latin-1
}

TEST(source_text, finds_the_declared_encoding) {
    EXPECT_EQ(declared_encoding("# -*- coding: latin-1 -*-\n"), "latin-1");
    EXPECT_EQ(declared_encoding("#!/usr/bin/python\n# vim: set fileencoding=EUC_JP :\n"), "euc-jp");
    EXPECT_EQ(declared_encoding("\r\n#coding=utf-8"), "utf-8");
    EXPECT_EQ(declared_encoding("  \t# coding : no\n#coding: yes\n"), "yes");
    EXPECT_EQ(declared_encoding("x = 1\n# coding: latin-1\n"), "");
    EXPECT_EQ(declared_encoding("x = 'coding: latin-1'\n"), "");
    EXPECT_EQ(declared_encoding("\n\n# coding: latin-1\n"), "");
    EXPECT_EQ(declared_encoding("# encoding is hard\n"), "");
    EXPECT_EQ(declared_encoding(""), "");
    EXPECT_EQ(declared_encoding("#coding:"), "");
}

TEST(source_text, removes_the_byte_order_mark) {
    std::string text = "\xEF\xBB\xBFx = 1\n";
    EXPECT_TRUE(check_source(text));
    EXPECT_EQ(text, "x = 1\n");
}

TEST(source_text, refuses_what_is_not_utf8) {
    EXPECT_EQ(problem_of("x = '\xE9'\n"), load_problem::not_utf8);
    EXPECT_EQ(problem_of("# coding: utf-8\nx = '\xE9'\n"), load_problem::not_utf8);
    EXPECT_EQ(problem_of("x\0y"s), load_problem::nul_byte);
}

TEST(source_text, takes_another_encoding_only_where_it_makes_no_difference) {
    EXPECT_EQ(problem_of("# coding: latin-1\nx = '\xE9'\n"), load_problem::other_encoding);
    EXPECT_EQ(problem_of("# coding: latin-1\nx = '\xC3\xA9'\n"), load_problem::other_encoding);
    EXPECT_EQ(problem_of("# coding: latin-1\nx = 'e'\n"), load_problem::none);
    EXPECT_EQ(problem_of("# coding: utf-7\nx = '+AOk-'\n"), load_problem::other_encoding);
}

TEST(source_text, reads_a_file_and_says_why_it_cannot) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "interlock_source_text";
    std::filesystem::create_directories(folder);
    const auto path = folder / "a.py";
    const std::string written(100'000, 'x');
    std::ofstream(path, std::ios::binary) << written;

    std::string text = "what was there before";
    EXPECT_TRUE(near_duplicates::load_source(path, text));
    EXPECT_EQ(text, written);

    EXPECT_EQ(near_duplicates::load_source(folder / "none.py", text).problem,
              load_problem::unreadable);
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(near_duplicates::load_source(folder, text).problem, load_problem::unreadable);
    std::filesystem::remove_all(folder);
}

}  // namespace
