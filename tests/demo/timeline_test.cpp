#include "timeline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <source_location>
#include <string>
#include <vector>

namespace {

namespace il = interlock;
using il::trace::kind;
using near_duplicates::activity;
using near_duplicates::thread_timeline;
using near_duplicates::timelines_of;

constexpr std::uint32_t watcher = 0;

struct point {
    std::uint32_t thread;
    int millisecond;
    il::trace::kind kind;
};

// A pass from millisecond 10 to 110 of the clock, on two threads.
std::vector<thread_timeline> played(const std::vector<point>& points, bool exclusive = true) {
    near_duplicates::pass p;
    p.threads = 2;
    p.begin_ns = 10'000'000;
    p.end_ns = 110'000'000;
    for (const point& at : points) {
        p.events.push_back({at.kind, at.thread, at.millisecond * std::int64_t{1'000'000},
                            std::source_location::current()});
    }
    return timelines_of(p, watcher, exclusive);
}

// "outside 10, waiting 5, ...": what was done for how many milliseconds.
std::string told(const thread_timeline& timeline) {
    std::string text;
    for (const near_duplicates::stretch& s : timeline.stretches) {
        const char* const what = s.what == activity::outside   ? "outside "
                                 : s.what == activity::waiting ? "waiting "
                                                               : "holding ";
        text += (text.empty() ? "" : ", ") + std::string(what) +
                std::to_string(std::lround(s.seconds() * 1e3));
    }
    return text;
}

TEST(timeline, goes_from_the_begin_of_the_pass_to_its_end) {
    const auto rows = played({{1, 20, kind::waiting},
                              {1, 25, kind::attached},
                              {1, 35, kind::detached},
                              {1, 65, kind::waiting},
                              {1, 70, kind::attached},
                              {1, 72, kind::released},
                              {2, 90, kind::waiting}});
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(told(rows[0]),
              "outside 10, waiting 5, holding 10, outside 30, waiting 5, holding 2, outside 38");
    EXPECT_EQ(told(rows[1]), "outside 80, waiting 20");
    EXPECT_EQ(rows[0].name, "thread 1");
    EXPECT_EQ(rows[1].name, "thread 2");
    EXPECT_NEAR(rows[0].seconds(activity::holding), 0.012, 1e-9);
    EXPECT_NEAR(rows[0].seconds(activity::waiting), 0.010, 1e-9);
    EXPECT_NEAR(rows[0].seconds(activity::outside), 0.078, 1e-9);
}

TEST(timeline, of_a_thread_without_trace_points_is_outside) {
    const auto rows = played({});
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(told(rows[0]), "outside 100");
    EXPECT_EQ(told(rows[1]), "outside 100");
}

TEST(timeline, leaves_the_watching_thread_out) {
    const auto rows = played({{watcher, 5, kind::attached}, {watcher, 50, kind::released}});
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(told(rows[0]), "outside 100");
}

TEST(timeline, keeps_what_lies_beyond_the_pass_at_its_edges) {
    const auto rows = played({{1, 5, kind::attached}, {1, 120, kind::released}});
    EXPECT_EQ(told(rows[0]), "outside 0, holding 100, outside 0");
}

// Python has switched from thread 1 to thread 2 within a callback, and back when that had left.
TEST(timeline, shows_a_switch_inside_python_as_waiting) {
    const std::vector<point> points = {{1, 20, kind::attached},
                                       {2, 20, kind::waiting},
                                       {2, 40, kind::attached},
                                       {2, 60, kind::released},
                                       {1, 90, kind::released}};
    EXPECT_EQ(told(played(points)[0]),
              "outside 10, holding 20, waiting 20, holding 30, outside 20");
    EXPECT_EQ(told(played(points)[1]), "outside 10, waiting 20, holding 20, outside 50");
    EXPECT_EQ(told(played(points, false)[0]), "outside 10, holding 70, outside 20");
}

TEST(timeline, gives_the_interpreter_back_to_the_one_that_leaves_first) {
    const auto rows = played({{1, 20, kind::attached},
                              {2, 30, kind::attached},
                              {watcher, 40, kind::attached},
                              {watcher, 50, kind::released},
                              {2, 60, kind::detached},
                              {1, 80, kind::released}});
    EXPECT_EQ(told(rows[0]), "outside 10, holding 10, waiting 30, holding 20, outside 30");
    EXPECT_EQ(told(rows[1]), "outside 20, holding 10, waiting 10, holding 10, outside 50");
}

}  // namespace
