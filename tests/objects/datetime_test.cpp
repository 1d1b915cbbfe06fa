// date, time, datetime, timedelta, tzinfo.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"
#include "../support/subinterpreter.hpp"

#include <gtest/gtest.h>

namespace il = interlock;

TEST(Datetime, PartsGoInAndOut) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::date d = il::date::of(py, 2024, 2, 29);
        EXPECT_EQ(d.str(), "2024-02-29");
        EXPECT_EQ(d.year() * 10000 + d.month() * 100 + d.day(), 20240229);
        const il::time t = il::time::of(py, 23, 59, 58, 7);
        EXPECT_EQ(t.str(), "23:59:58.000007");
        EXPECT_EQ(t.hour() + t.minute() + t.second() + t.microsecond(), 147);
        EXPECT_FALSE(t.tzinfo());
        const il::timedelta offset = il::timedelta::of(py, 0, 3600);
        const il::tzinfo zone = il::tzinfo::of(py, offset, "Here");
        const il::datetime dt = il::datetime::of(py, 2024, 2, 29, 1, 2, 3, 4, zone, 1);
        EXPECT_EQ(dt.str(), "2024-02-29 01:02:03.000004+01:00");
        EXPECT_EQ(dt.year(), 2024);
        EXPECT_EQ(dt.hour() * 100 + dt.minute() * 10 + dt.second(), 123);
        EXPECT_EQ(dt.microsecond(), 4);
        EXPECT_EQ(dt.fold(), 1);
        EXPECT_TRUE(dt.tzinfo()->is(zone));
        EXPECT_EQ(dt.call_method("tzname").as<std::string>(), "Here");
        EXPECT_EQ(il::datetime::from_timestamp(py, 1.5, il::tzinfo::utc(py)).str(),
                  "1970-01-01 00:00:01.500000+00:00");
        EXPECT_EQ(il::datetime::from_timestamp(py, 86400, il::tzinfo::utc(py)).timestamp(),
                  86400.0);
        EXPECT_EQ(il::time::of(py, 1, 2, 3, 4, il::tzinfo::utc(py), 1).fold(), 1);
        EXPECT_TRUE(il::datetime::now(py) >= il::datetime::of(py, 2020, 1, 1));
        EXPECT_TRUE(il::datetime::now(py, zone).tzinfo());
        EXPECT_TRUE(il::date::today(py) >= il::date::of(py, 2020, 1, 1));
        EXPECT_EQ(il::tzinfo::of(py, offset).str(), "UTC+01:00");
    });
}

TEST(Timedelta, IsNormalizedAndCountsMicroseconds) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::timedelta d = il::timedelta::of(py, 1, -1, -1);
        EXPECT_EQ(d.days(), 0);
        EXPECT_EQ(d.seconds(), 86398);
        EXPECT_EQ(d.microseconds(), 999999);
        for (const std::int64_t us :
             {std::int64_t{0}, std::int64_t{-1}, std::int64_t{86'400'000'001},
              -std::int64_t{86'400'000'001}}) {
            EXPECT_EQ(il::timedelta::of_microseconds(py, us).total_microseconds(), us);
        }
        EXPECT_EQ(il::timedelta::of_microseconds(py, -1).days(), -1);
        const auto longest =
            py.import("datetime").attr("timedelta").attr("max").as<il::timedelta>();
        EXPECT_THROW(static_cast<void>(longest.total_microseconds()), std::overflow_error);
        EXPECT_TRUE(
            raises::python("OverflowError", [&] { return il::timedelta::of(py, 2'000'000'000); }));
    });
}

TEST(Datetime, KindsAreToldApart) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object dt = il::datetime::of(py, 2024, 1, 1);
        const il::object d = il::date::of(py, 2024, 1, 1);
        EXPECT_TRUE(il::isinstance<il::datetime>(dt) && il::isinstance<il::date>(dt));
        EXPECT_TRUE(il::isinstance<il::date>(d) && !il::isinstance<il::datetime>(d));
        EXPECT_TRUE(il::isinstance<il::time>(il::time::of(py, 1)));
        EXPECT_FALSE(il::isinstance<il::time>(dt) || il::isinstance<il::timedelta>(dt));
        EXPECT_TRUE(il::isinstance<il::tzinfo>(il::tzinfo::utc(py)));
        EXPECT_FALSE(il::isinstance<il::date>(py.make("2024-01-01")));
        EXPECT_THROW(static_cast<void>(d.as<il::datetime>()), il::cast_error);
        EXPECT_TRUE(il::isinstance<il::timedelta>(dt - dt));
    });
}

TEST(Datetime, ErrorsAreThrown) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_TRUE(raises::python("ValueError", [&] { return il::date::of(py, 2023, 2, 29); }));
        EXPECT_TRUE(raises::python("ValueError", [&] { return il::time::of(py, 24); }));
        EXPECT_TRUE(
            raises::python("ValueError", [&] { return il::datetime::of(py, 1, 1, 1, 25); }));
        EXPECT_TRUE(raises::python("ValueError",
                                   [&] { return il::tzinfo::of(py, il::timedelta::of(py, 1)); }));
        il::date d = il::date::of(py, 2024, 1, 1);
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(static_cast<void>(d.year()), il::not_attached);
            EXPECT_THROW(static_cast<void>(il::date::of(py, 2024, 1, 1)), il::not_attached);
        });
        const il::date taken = std::move(d);
        EXPECT_THROW(static_cast<void>(d.year()),
                     std::logic_error);  // NOLINT(bugprone-use-after-move)
    });
}

TEST(Datetime, AModuleThatCannotBeImportedIsNoKindAndAnError) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        py.run("import sys; sys.modules['datetime'] = None");
        EXPECT_FALSE(il::isinstance<il::date>(py.make(1)));
        EXPECT_EQ(PyErr_Occurred(), nullptr);
        EXPECT_TRUE(
            raises::python("ModuleNotFoundError", [&] { return il::date::of(py, 1, 1, 1); }) ||
            raises::python("ImportError", [&] { return il::date::of(py, 1, 1, 1); }));
        py.run("del sys.modules['datetime']");
        EXPECT_EQ(il::date::of(py, 1, 1, 1).year(), 1);
    });
}

TEST(Datetime, WorksAfterARestart) {
    for (int i = 0; i < 3; ++i) {
        const il::interpreter python;
        il::with_gil([](il::python py) {
            EXPECT_EQ(il::date::of(py, 2024, 5, 6).str(), "2024-05-06");
            EXPECT_TRUE(il::isinstance<il::date>(il::date::today(py)));
        });
    }
}

#if PY_VERSION_HEX >= 0x030C0000
TEST(Datetime, EachInterpreterHasItsOwn) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::date mine = il::date::of(py, 2024, 1, 1);
        {
            subinterpreter other(false);
            other.run([&](il::python inner) {
                inner.none().unbind().drop(inner);  // the first contact, which an import would make
                EXPECT_EQ(il::date::of(inner, 2025, 1, 1).str(), "2025-01-01");
                EXPECT_TRUE(il::isinstance<il::date>(il::date::today(inner)));
            });
        }
        EXPECT_EQ(il::date::of(py, 2024, 1, 2).str(), "2024-01-02");
        EXPECT_TRUE(il::isinstance<il::date>(mine));
    });
}
#endif
