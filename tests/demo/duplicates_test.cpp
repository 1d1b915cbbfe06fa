#include "kernel/duplicates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using near_duplicates::duplicate;
using near_duplicates::region;

// Source that has no duplicate of the guaranteed length within itself: statements whose shape
// counts up.
std::string code(unsigned seed, int lines, const std::string& name = "x") {
    std::string text;
    for (int i = 0; i < lines; ++i) {
        seed = seed * 1664525U + 1013904223U;
        text += name + " = ";
        for (unsigned bits = seed >> 8, n = 0; n < 6; ++n, bits >>= 4) {
            const char* const operators[] = {" + ",  " - ",   " * ",  " / ", " % ", " @ ",
                                             " ** ", " // ",  " & ",  " | ", " ^ ", " << ",
                                             " >> ", " and ", " or ", " is "};
            text += name + operators[bits & 15U];
        }
        text += "1\n";
    }
    return text;
}

std::string lines_of(const std::string& text, int first, int last) {
    std::size_t begin = 0;
    std::size_t end = 0;
    for (int line = 1; line <= last; ++line) {
        begin = line == first ? end : begin;
        end = text.find('\n', end) + 1;
    }
    return text.substr(begin, end - begin);
}

std::vector<duplicate> duplicates_in(const std::vector<std::string>& files,
                                     std::size_t count = 10) {
    near_duplicates::concurrent_index index;
    near_duplicates::concurrent_index::scratch space;
    const near_duplicates::duplicate_options options{.chains = {}, .count = count};
    std::vector<near_duplicates::fingerprint> prints;
    near_duplicates::token_stream stream;
    for (std::uint32_t f = 0; f < files.size(); ++f) {
        near_duplicates::tokenize(files[f], stream);
        near_duplicates::winnow(stream.symbols, options.chains.winnowing, prints);
        index.insert(f, prints, space);
    }
    const std::atomic<bool> stop = false;
    return near_duplicates::find_duplicates(
        index, options,
        [&](std::uint32_t file, near_duplicates::token_stream& out) {
            near_duplicates::tokenize(files[file], out);
            return true;
        },
        stop);
}

void expect_region(const region& r, std::uint32_t file, std::uint32_t first, std::uint32_t last) {
    EXPECT_EQ(r.file, file);
    EXPECT_EQ(r.first_line, first);
    EXPECT_EQ(r.last_line, last);
}

TEST(duplicates, of_different_files_are_none) {
    EXPECT_TRUE(duplicates_in({code(1, 50), code(2, 50), code(3, 50)}).empty());
    EXPECT_TRUE(duplicates_in({}).empty());
    EXPECT_TRUE(duplicates_in({"", ""}).empty());
}

TEST(duplicates, are_found_to_the_line_where_they_begin_and_end) {
    const std::string shared = code(100, 20);
    const auto found =
        duplicates_in({code(1, 11) + "pass\n" + shared + "del x\n" + code(2, 5),
                       code(3, 30) + "break\n" + shared + "continue\n" + code(4, 50)});
    ASSERT_EQ(found.size(), 1U);
    expect_region(found[0].left, 0, 13, 32);
    expect_region(found[0].right, 1, 32, 51);
    EXPECT_EQ(found[0].similarity(), 1.0);
}

TEST(duplicates, are_found_with_other_names_values_and_comments) {
    const auto found =
        duplicates_in({code(1, 20, "x"), code(9, 5) + "# moved here\n" + code(1, 20, "total")});
    ASSERT_EQ(found.size(), 1U);
    expect_region(found[0].left, 0, 1, 20);
    expect_region(found[0].right, 1, 7, 26);
}

TEST(duplicates, are_found_whole_when_a_line_was_changed_added_or_removed) {
    const std::string original = code(1, 40);
    const std::string edited = lines_of(original, 1, 9) + "changed = yes\n" +
                               lines_of(original, 11, 20) + "if added:\n    pass\n" +
                               lines_of(original, 21, 30) + lines_of(original, 32, 40);
    const auto found = duplicates_in({original, edited});
    ASSERT_EQ(found.size(), 1U);
    expect_region(found[0].left, 0, 1, 40);
    expect_region(found[0].right, 1, 1, 41);
    EXPECT_LT(found[0].similarity(), 1.0);
    EXPECT_GT(found[0].similarity(), 0.9);
}

TEST(duplicates, within_one_file_do_not_overlap) {
    const std::string block = code(1, 15);
    const auto found = duplicates_in({block + "pass\n" + block});
    ASSERT_EQ(found.size(), 1U);
    expect_region(found[0].left, 0, 1, 15);
    expect_region(found[0].right, 0, 17, 31);

    std::string table = "x = [\n";
    for (int i = 0; i < 200; ++i) {
        table += "    1, 2, 3,\n";
    }
    for (const duplicate& d : duplicates_in({table + "]\n"})) {
        EXPECT_LE(d.left.last_line, d.right.first_line);
    }
}

TEST(duplicates, come_largest_first_and_no_more_than_asked_for) {
    std::vector<std::string> files;
    for (unsigned i = 1; i <= 5; ++i) {
        const std::string shared = code(100 * i, static_cast<int>(10 * i));
        files.push_back(code(i, 3) + "pass\n" + shared);
        files.push_back(code(50 + i, 3) + "break\n" + shared);
    }
    const auto found = duplicates_in(files, 3);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].left.file, 8U);
    EXPECT_EQ(found[1].left.file, 6U);
    EXPECT_EQ(found[2].left.file, 4U);
    EXPECT_GT(found[0].equal_tokens, found[1].equal_tokens);
}

TEST(duplicates, of_three_equal_files_are_two_pairs) {
    const auto found = duplicates_in({code(1, 20), code(1, 20), code(1, 20)});
    EXPECT_EQ(found.size(), 2U);
}

TEST(duplicates, ignore_what_stands_everywhere) {
    EXPECT_TRUE(duplicates_in(std::vector<std::string>(40, code(1, 20))).empty());
}

TEST(duplicates, survive_a_file_that_has_become_shorter_or_is_gone) {
    const std::string text = code(1, 30);
    near_duplicates::concurrent_index index;
    near_duplicates::concurrent_index::scratch space;
    near_duplicates::token_stream stream;
    near_duplicates::tokenize(text, stream);
    std::vector<near_duplicates::fingerprint> prints;
    near_duplicates::winnow(stream.symbols, {}, prints);
    index.insert(0, prints, space);
    index.insert(1, prints, space);
    const std::atomic<bool> stop = false;
    for (const bool readable : {true, false}) {
        const auto found = near_duplicates::find_duplicates(
            index, {},
            [&](std::uint32_t file, near_duplicates::token_stream& out) {
                near_duplicates::tokenize(file == 0 ? text : "pass\n", out);
                return readable;
            },
            stop);
        EXPECT_TRUE(found.empty());
    }
}

TEST(duplicates, are_not_searched_for_after_a_stop) {
    near_duplicates::concurrent_index index;
    near_duplicates::concurrent_index::scratch space;
    const std::vector<near_duplicates::fingerprint> prints = {{42, 0}};
    index.insert(0, prints, space);
    index.insert(1, prints, space);
    const std::atomic<bool> stop = true;
    const auto unexpected = [](std::uint32_t, near_duplicates::token_stream&) {
        ADD_FAILURE() << "a file was read";
        return false;
    };
    EXPECT_TRUE(near_duplicates::find_duplicates(index, {}, unexpected, stop).empty());
}

}  // namespace
