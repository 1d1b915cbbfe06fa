// The trace points of the doors: which, in which order, and with the line of the door.
#include <interlock/interlock.hpp>
#include <interlock/trace.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace il = interlock;
using kind = il::trace::kind;

namespace {

struct point {
    kind what;
    unsigned line;
    bool operator==(const point&) const = default;
};

std::ostream& operator<<(std::ostream& out, const point& p) {
    static constexpr const char* names[] = {"waiting", "attached", "detached", "released"};
    return out << names[static_cast<int>(p.what)] << " at line " << p.line;
}

std::vector<point> points_of(const std::vector<il::trace::event>& events) {
    std::vector<point> points;
    for (const il::trace::event& event : events) {
        EXPECT_NE(std::string_view(event.where.file_name()).find("trace_test.cpp"),
                  std::string_view::npos);
        points.push_back({event.kind, event.where.line()});
    }
    return points;
}

}  // namespace

TEST(Trace, RecordsWaitingAttachedDetachedReleasedWithTheLineOfTheDoor) {
    ASSERT_TRUE(il::trace::available());
    const il::interpreter python;
    il::trace::recorder recorder;
    static unsigned outer = 0;
    static unsigned region = 0;
    static unsigned inner = 0;
    outer = __LINE__ + 1;
    il::with_gil(
        [](il::python py, auto...) {
            il::with_gil([](il::python) {});  // nested: nothing happens, nothing is recorded
            region = __LINE__ + 1;
            py.allow_threads([] {
                inner = __LINE__ + 1;
                il::try_with_gil([](il::python, auto...) {}, 1, 2, 3, 4, 5, 6, 7, 8);
            });
        },
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    const std::vector<point> expected{
        {kind::waiting, outer},  {kind::attached, outer},  {kind::detached, region},
        {kind::waiting, inner},  {kind::attached, inner},  {kind::released, inner},
        {kind::waiting, region}, {kind::attached, region}, {kind::released, outer},
    };
    EXPECT_EQ(points_of(recorder.take()), expected);
    EXPECT_TRUE(recorder.take().empty()) << "taken twice";
}

TEST(Trace, AnExceptionLeavesTheSamePoints) {
    const il::interpreter python;
    il::trace::recorder recorder;
    const unsigned line = __LINE__ + 1;
    EXPECT_THROW(il::with_gil([](il::python py) { py.allow_threads([] { throw 1; }); }), int);
    const std::vector<point> expected{{kind::waiting, line},  {kind::attached, line},
                                      {kind::detached, line}, {kind::waiting, line},
                                      {kind::attached, line}, {kind::released, line}};
    EXPECT_EQ(points_of(recorder.take()), expected);
}

TEST(Trace, EachThreadHasItsOwnNumberAndTimesGoForward) {
    const il::interpreter python;
    il::trace::recorder recorder;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([] {
            for (int n = 0; n < 10; ++n) {
                il::with_gil([](il::python) {});
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::map<std::uint32_t, std::vector<il::trace::event>> by_thread;
    std::int64_t last = 0;
    for (const il::trace::event& event : recorder.take()) {
        EXPECT_GE(event.time_ns, last);
        last = event.time_ns;
        by_thread[event.thread].push_back(event);
    }
    ASSERT_EQ(by_thread.size(), 3U);
    for (const auto& [number, events] : by_thread) {
        ASSERT_EQ(events.size(), 30U);
        for (std::size_t i = 0; i < events.size(); i += 3) {
            EXPECT_EQ(events[i].kind, kind::waiting);
            EXPECT_EQ(events[i + 1].kind, kind::attached);
            EXPECT_EQ(events[i + 2].kind, kind::released);
        }
    }
}

TEST(Trace, ThereIsOneRecorderAtATimeAndNothingIsRecordedWithoutOne) {
    const il::interpreter python;
    {
        const il::trace::recorder first;
        EXPECT_THROW(il::trace::recorder(), std::logic_error);
    }
    il::with_gil([](il::python) {});
    il::trace::recorder second;
    EXPECT_TRUE(second.take().empty());
}
