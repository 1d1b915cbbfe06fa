// Durations and points in time, in ticks of any length, as Python's timedelta, datetime and date; see convert/chrono.hpp.
//
// All arithmetic on integers is exact. That it cannot overflow follows from num * den <= 9e12 for a tick of num/den seconds,
// which is asserted where the C++ type is known; what depends on a value is checked here.
#include "datetime_api.hpp"
#include "python_call.hpp"

#include <interlock/convert/chrono.hpp>
#include <interlock/convert/containers.hpp>

#include <cmath>

INTERLOCK_BEGIN
namespace detail {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t day_seconds = 86'400;
constexpr std::int64_t days_before_1970 = 719'163;  // of date.toordinal()

// Both of the same sign.
struct exact_time {
    std::int64_t seconds;
    std::int64_t micros;
};

exact_time read_timedelta(PyObject* delta) noexcept {
    exact_time t{std::int64_t{PyDateTime_DELTA_GET_DAYS(delta)} * day_seconds +
                     PyDateTime_DELTA_GET_SECONDS(delta),
                 PyDateTime_DELTA_GET_MICROSECONDS(delta)};
    if (t.seconds < 0 && t.micros > 0) {
        t.seconds += 1;
        t.micros -= million;
    }
    return t;
}

enum class rounding : unsigned char { to_zero, down };

bool to_ticks(const exact_time& t, tick_length tick, rounding how, std::int64_t& to,
              loading& l) noexcept {
    const std::int64_t whole = t.seconds / tick.num;
    const std::int64_t rest = t.seconds % tick.num;
    const std::int64_t most = INT64_MAX / tick.den - 1;
    if (whole > most || whole < -most) {
        return refuse_ticks(l);
    }
    const std::int64_t parts = (rest * million + t.micros) * tick.den;
    const std::int64_t of = tick.num * million;
    to = whole * tick.den + parts / of;
    if (how == rounding::down && parts % of < 0) {
        --to;
    }
    return true;
}

bool to_ticks(const exact_time& t, tick_length tick, rounding, double& to, loading&) noexcept {
    to = (static_cast<double>(t.seconds) + static_cast<double>(t.micros) / million) *
         static_cast<double>(tick.den) / static_cast<double>(tick.num);
    return true;
}

bool seconds_to_ticks(double seconds, tick_length tick, double& to, loading&) noexcept {
    to = seconds * static_cast<double>(tick.den) / static_cast<double>(tick.num);
    return true;
}

bool seconds_to_ticks(double seconds, tick_length tick, std::int64_t& to, loading& l) noexcept {
    if (!std::isfinite(seconds)) {
        return l.refuse_text(loading::invalid, "expected a finite number of seconds");
    }
    // Not coarser than a microsecond: to the nearest tick. Otherwise as the timedelta of so many seconds.
    const bool fine = tick.den / million >= tick.num;
    const double scale = fine ? static_cast<double>(tick.den) / static_cast<double>(tick.num)
                              : static_cast<double>(million);
    const double count = std::nearbyint(seconds * scale);
    if (!(count > -9.2e18 && count < 9.2e18)) {
        return refuse_ticks(l);
    }
    to = static_cast<std::int64_t>(count);
    return fine || to_ticks(exact_time{to / million, to % million}, tick, rounding::to_zero, to, l);
}

bool is_kind(PyObject* from, PyTypeObject* PyDateTime_CAPI::* type, const PyDateTime_CAPI& api) {
    return PyObject_TypeCheck(from, api.*type) != 0;
}

template <class Count>
bool load_any_ticks(PyObject* from, tick_length tick, Count& to, loading& l) noexcept {
    const PyDateTime_CAPI* api = datetime_api();
    if (api == nullptr) {
        return l.raise();
    }
    if (is_kind(from, &PyDateTime_CAPI::DeltaType, *api)) {
        return to_ticks(read_timedelta(from), tick, rounding::to_zero, to, l);
    }
    if (l.exact) {
        return l.refuse(hint_duration_in, from);
    }
    double seconds = 0;
    if (!load_float(from, seconds, l)) {
        return l.problem == loading::mismatch ? l.refuse(hint_duration_in, from) : false;
    }
    return seconds_to_ticks(seconds, tick, to, l);
}

// Null with an error set where there is no such timedelta.
PyObject* make_timedelta(std::int64_t count, tick_length tick, rounding how) noexcept {
    const PyDateTime_CAPI* api = datetime_api();
    if (api == nullptr) {
        return nullptr;
    }
    const std::int64_t whole = count / tick.den;
    const std::int64_t rest = count % tick.den * tick.num;
    constexpr std::int64_t most = std::int64_t{1'000'000'000} * day_seconds;
    if (whole > most / tick.num || whole < -(most / tick.num)) {
        PyErr_Format(PyExc_OverflowError,
                     "interlock: a duration of %lld ticks of %lld/%lld s has no timedelta",
                     static_cast<long long>(count), static_cast<long long>(tick.num),
                     static_cast<long long>(tick.den));
        return nullptr;
    }
    const std::int64_t seconds = whole * tick.num + rest / tick.den;
    // In parts of the tick: below 9e12, times a million.
    const std::int64_t parts = rest % tick.den * million;
    std::int64_t micros = parts / tick.den;
    if (how == rounding::down && parts % tick.den < 0) {
        --micros;
    }
    return api->Delta_FromDelta(static_cast<int>(seconds / day_seconds),
                                static_cast<int>(seconds % day_seconds), static_cast<int>(micros),
                                1, api->DeltaType);
}

PyObject* make_timedelta(double count, tick_length tick, rounding) noexcept {
    const PyDateTime_CAPI* api = datetime_api();
    if (api == nullptr) {
        return nullptr;
    }
    const double seconds = count * static_cast<double>(tick.num) / static_cast<double>(tick.den);
    return PyObject_CallFunction(reinterpret_cast<PyObject*>(api->DeltaType), "id", 0, seconds);
}

// ---- the system's clock

PyObject* epoch(const PyDateTime_CAPI& api) noexcept {
    return api.DateTime_FromDateAndTime(1970, 1, 1, 0, 0, 0, 0, api.TimeZone_UTC, api.DateTimeType);
}

// How long after the epoch: a timedelta, or null with an error set. A datetime without a zone is in local time.
PyObject* since_epoch(PyObject* from, const PyDateTime_CAPI& api) noexcept {
    const reference day(is_kind(from, &PyDateTime_CAPI::DateTimeType, api)
                            ? Py_NewRef(from)
                            : api.DateTime_FromDateAndTime(
                                  PyDateTime_GET_YEAR(from), PyDateTime_GET_MONTH(from),
                                  PyDateTime_GET_DAY(from), 0, 0, 0, 0, Py_None, api.DateTimeType));
    const reference begin(epoch(api));
    if (day.pointer == nullptr || begin.pointer == nullptr) {
        return nullptr;
    }
    return run_python([&]() -> PyObject* {
        const reference aware(
            PyDateTime_DATE_GET_TZINFO(day.pointer) != Py_None
                ? Py_NewRef(day.pointer)
                : PyObject_CallMethod(day.pointer, "astimezone", "O", api.TimeZone_UTC));
        return aware.pointer == nullptr ? nullptr : PyNumber_Subtract(aware.pointer, begin.pointer);
    });
}

template <class Count>
bool load_any_instant(PyObject* from, tick_length tick, Count& to, loading& l) noexcept {
    const PyDateTime_CAPI* api = datetime_api();
    if (api == nullptr) {
        return l.raise();
    }
    if (!is_kind(from, &PyDateTime_CAPI::DateTimeType, *api) &&
        (l.exact || !is_kind(from, &PyDateTime_CAPI::DateType, *api))) {
        return l.refuse(hint_instant_in, from);
    }
    const reference delta(since_epoch(from, *api));
    if (delta.pointer == nullptr) {
        return l.raise();
    }
    return to_ticks(read_timedelta(delta.pointer), tick, rounding::down, to, l);
}

template <class Count>
PyObject* make_any_instant(Count count, tick_length tick) noexcept {
    const reference delta(make_timedelta(count, tick, rounding::down));
    if (delta.pointer == nullptr) {
        return nullptr;
    }
    const PyDateTime_CAPI& api = *datetime_api();
    const reference begin(epoch(api));
    if (begin.pointer == nullptr) {
        return nullptr;
    }
    return run_python([&]() -> PyObject* {
        const reference there(PyNumber_Add(begin.pointer, delta.pointer));
        const reference here(there.pointer == nullptr
                                 ? nullptr
                                 : PyObject_CallMethod(there.pointer, "astimezone", nullptr));
        const reference replace(
            here.pointer == nullptr ? nullptr : PyObject_GetAttrString(here.pointer, "replace"));
        const reference none(PyTuple_New(0));
        const reference zone(Py_BuildValue("{s:O}", "tzinfo", Py_None));
        if (replace.pointer == nullptr || none.pointer == nullptr || zone.pointer == nullptr) {
            return nullptr;
        }
        return PyObject_Call(replace.pointer, none.pointer, zone.pointer);
    });
}

}  // namespace

bool refuse_ticks(loading& l) noexcept {
    return l.refuse_text(loading::range, "the C++ type has no room for so long a time");
}

bool load_ticks(PyObject* from, tick_length tick, std::int64_t& to, loading& l) noexcept {
    return load_any_ticks(from, tick, to, l);
}
bool load_ticks(PyObject* from, tick_length tick, double& to, loading& l) noexcept {
    return load_any_ticks(from, tick, to, l);
}
PyObject* make_ticks(std::int64_t count, tick_length tick) noexcept {
    return make_timedelta(count, tick, rounding::to_zero);
}
PyObject* make_ticks(double count, tick_length tick) noexcept {
    return make_timedelta(count, tick, rounding::to_zero);
}

bool load_instant(PyObject* from, tick_length tick, std::int64_t& to, loading& l) noexcept {
    return load_any_instant(from, tick, to, l);
}
bool load_instant(PyObject* from, tick_length tick, double& to, loading& l) noexcept {
    return load_any_instant(from, tick, to, l);
}
PyObject* make_instant(std::int64_t count, tick_length tick) noexcept {
    return make_any_instant(count, tick);
}
PyObject* make_instant(double count, tick_length tick) noexcept {
    return make_any_instant(count, tick);
}

bool load_day(PyObject* from, tick_length tick, std::int64_t& to, loading& l) noexcept {
    const PyDateTime_CAPI* api = datetime_api();
    if (api == nullptr) {
        return l.raise();
    }
    if (!is_kind(from, &PyDateTime_CAPI::DateType, *api) ||
        (l.exact && is_kind(from, &PyDateTime_CAPI::DateTimeType, *api))) {
        return l.refuse(hint_day, from);
    }
    const reference ordinal(
        run_python([from] { return PyObject_CallMethod(from, "toordinal", nullptr); }));
    const long long day = ordinal.pointer == nullptr ? -1 : PyLong_AsLongLong(ordinal.pointer);
    if (day == -1) {
        return l.raise();
    }
    const exact_time t{(day - days_before_1970) * day_seconds, 0};
    return to_ticks(t, tick, rounding::down, to, l);
}

PyObject* make_day(std::int64_t count, tick_length tick) noexcept {
    const PyDateTime_CAPI* api = datetime_api();
    if (api == nullptr) {
        return nullptr;
    }
    constexpr std::int64_t most = 4'000'000;  // days of the years 1 to 9999, and more
    const std::int64_t days = tick.num / day_seconds;
    if (count > most / days || count < -most / days) {
        PyErr_Format(PyExc_OverflowError, "interlock: day %lld from 1970 has no date",
                     static_cast<long long>(count));
        return nullptr;
    }
    const long long ordinal = count * days + days_before_1970;
    return PyObject_CallMethod(reinterpret_cast<PyObject*>(api->DateType), "fromordinal", "L",
                               ordinal);
}

}  // namespace detail
INTERLOCK_END
