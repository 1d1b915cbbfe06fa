// Durations and points in time: std::chrono's, and what has their members.
//
// A duration is a datetime.timedelta, and takes a number of seconds too. What is finer than the receiving type is cut off, as
// duration_cast does; seconds as a float are rounded, to the duration's own ticks or to microseconds, whichever is coarser, so
// that 0.57 s are 57 hundredths.
//
// A time_point of the system's clock is a datetime.datetime without a zone, in local time, as in pybind11. It takes aware
// ones too, as the instant that they are. One that counts days or more is a datetime.date. Points of other clocks are
// timedeltas since their clock's epoch. In the exact pass of overloads: these classes alone.
#pragma once

#include <interlock/convert/scalars.hpp>

#include <cstdint>

INTERLOCK_BEGIN
namespace detail {

// How long a tick is, in seconds.
struct tick_length {
    std::int64_t num;
    std::int64_t den;
};

inline constexpr hint hint_duration_in{"datetime.timedelta | float"};
inline constexpr hint hint_duration_out{"datetime.timedelta"};
inline constexpr hint hint_instant_in{"datetime.datetime | datetime.date"};
inline constexpr hint hint_instant_out{"datetime.datetime"};
inline constexpr hint hint_day{"datetime.date"};

bool load_ticks(PyObject* from, tick_length tick, std::int64_t& to, loading& l) noexcept;
bool load_ticks(PyObject* from, tick_length tick, double& to, loading& l) noexcept;
PyObject* make_ticks(std::int64_t count, tick_length tick) noexcept;
PyObject* make_ticks(double count, tick_length tick) noexcept;

bool load_instant(PyObject* from, tick_length tick, std::int64_t& to, loading& l) noexcept;
bool load_instant(PyObject* from, tick_length tick, double& to, loading& l) noexcept;
PyObject* make_instant(std::int64_t count, tick_length tick) noexcept;
PyObject* make_instant(double count, tick_length tick) noexcept;

bool load_day(PyObject* from, tick_length tick, std::int64_t& to, loading& l) noexcept;
PyObject* make_day(std::int64_t count, tick_length tick) noexcept;

bool refuse_ticks(loading& l) noexcept;

template <class D>
struct ticks_of {
    using rep = typename D::rep;
    static_assert(std::is_arithmetic_v<rep>,
                  "interlock: a duration is counted in integers or floats here: give its own type "
                  "an il::converter");
    static constexpr tick_length length{D::period::num, D::period::den};
    static_assert(length.num <= 9'000'000'000'000 / length.den,
                  "interlock: ticks as short as these have no place in a timedelta");
    using wide = std::conditional_t<std::is_floating_point_v<rep>, double, std::int64_t>;

    static bool narrow(wide from, rep& to, loading& l) noexcept {
        to = static_cast<rep>(from);
        if constexpr (!std::is_floating_point_v<rep>) {
            if (static_cast<wide>(to) != from || (std::is_unsigned_v<rep> && from < 0)) {
                return refuse_ticks(l);
            }
        }
        return true;
    }
};

template <class T>
struct conversion<T, category::duration> : loaded_value<T> {
    static constexpr loader loads = by_load;
    static constexpr bool nothrow = true;
    static constexpr const hint& in = hint_duration_in;
    static constexpr const hint& out = hint_duration_out;
    using ticks = ticks_of<T>;

    static bool load(PyObject* from, T& to, loading& l) noexcept {
        typename ticks::wide count{};
        typename ticks::rep narrow{};
        if (!load_ticks(from, ticks::length, count, l) || !ticks::narrow(count, narrow, l)) {
            return false;
        }
        to = T(narrow);
        return true;
    }
    static PyObject* make(const T& value) noexcept {
        return make_ticks(static_cast<typename ticks::wide>(value.count()), ticks::length);
    }
};

template <class T>
struct conversion<T, category::time_point> : loaded_value<T> {
    using duration = typename T::duration;
    using ticks = ticks_of<duration>;
    static constexpr bool of_system =
        requires { T::clock::to_time_t(typename T::clock::time_point()); };
    static constexpr bool of_days = of_system && !std::is_floating_point_v<typename ticks::rep> &&
                                    ticks::length.den == 1 && ticks::length.num % 86'400 == 0;
    static constexpr loader loads = by_load;
    static constexpr bool nothrow = true;
    static constexpr const hint& in = of_days     ? hint_day
                                      : of_system ? hint_instant_in
                                                  : hint_duration_in;
    static constexpr const hint& out = of_days     ? hint_day
                                       : of_system ? hint_instant_out
                                                   : hint_duration_out;

    static bool load(PyObject* from, T& to, loading& l) noexcept {
        typename ticks::wide count{};
        typename ticks::rep narrow{};
        bool fits = false;
        if constexpr (of_days) {
            fits = load_day(from, ticks::length, count, l);
        } else if constexpr (of_system) {
            fits = load_instant(from, ticks::length, count, l);
        } else {
            fits = load_ticks(from, ticks::length, count, l);
        }
        if (!fits || !ticks::narrow(count, narrow, l)) {
            return false;
        }
        to = T(duration(narrow));
        return true;
    }
    static PyObject* make(const T& value) noexcept {
        const auto count = static_cast<typename ticks::wide>(value.time_since_epoch().count());
        if constexpr (of_days) {
            return make_day(count, ticks::length);
        } else if constexpr (of_system) {
            return make_instant(count, ticks::length);
        } else {
            return make_ticks(count, ticks::length);
        }
    }
};

}  // namespace detail
INTERLOCK_END
