// What stands in for CPython's C API of the module datetime in the limited API, which has none: the module's classes, called as
// Python calls them, and their attributes. The names are those of the C API. Internal.
#pragma once

#include "run.hpp"

INTERLOCK_BEGIN

struct PyDateTime_CAPI {
    PyTypeObject* DateType;
    PyTypeObject* DateTimeType;
    PyTypeObject* TimeType;
    PyTypeObject* DeltaType;
    PyTypeObject* TZInfoType;
    PyObject* TimeZone_UTC;
    PyObject* zone;  // the class timezone

    static PyObject* make(PyTypeObject* type, int fold, const char* format, ...) noexcept;

    PyObject* Delta_FromDelta(int days, int seconds, int microseconds, int,
                              PyTypeObject* type) const noexcept {
        return make(type, 0, "(iii)", days, seconds, microseconds);
    }
    PyObject* Date_FromDate(int year, int month, int day, PyTypeObject* type) const noexcept {
        return make(type, 0, "(iii)", year, month, day);
    }
    PyObject* Time_FromTimeAndFold(int hour, int minute, int second, int microsecond,
                                   PyObject* tzinfo, int fold, PyTypeObject* type) const noexcept {
        return make(type, fold, "(iiiiO)", hour, minute, second, microsecond, tzinfo);
    }
    PyObject* Time_FromTime(int hour, int minute, int second, int microsecond, PyObject* tzinfo,
                            PyTypeObject* type) const noexcept {
        return Time_FromTimeAndFold(hour, minute, second, microsecond, tzinfo, 0, type);
    }
    PyObject* DateTime_FromDateAndTimeAndFold(int year, int month, int day, int hour, int minute,
                                              int second, int microsecond, PyObject* tzinfo,
                                              int fold, PyTypeObject* type) const noexcept {
        return make(type, fold, "(iiiiiiiO)", year, month, day, hour, minute, second, microsecond,
                    tzinfo);
    }
    PyObject* DateTime_FromDateAndTime(int year, int month, int day, int hour, int minute,
                                       int second, int microsecond, PyObject* tzinfo,
                                       PyTypeObject* type) const noexcept {
        return DateTime_FromDateAndTimeAndFold(year, month, day, hour, minute, second, microsecond,
                                               tzinfo, 0, type);
    }
    PyObject* TimeZone_FromTimeZone(PyObject* offset, PyObject* name) const noexcept {
        return PyObject_CallFunctionObjArgs(zone, offset, name, nullptr);
    }
};

namespace detail {

// A number that an object of these classes has. A class that Python derives may raise: that is reported, and counts as 0.
int part_of_time(PyObject* of, const char* name) noexcept;
// Borrowed: the object has it.
PyObject* zone_of_time(PyObject* of) noexcept;

}  // namespace detail

inline int PyDateTime_GET_YEAR(PyObject* of) { return detail::part_of_time(of, "year"); }
inline int PyDateTime_GET_MONTH(PyObject* of) { return detail::part_of_time(of, "month"); }
inline int PyDateTime_GET_DAY(PyObject* of) { return detail::part_of_time(of, "day"); }
inline int PyDateTime_DATE_GET_HOUR(PyObject* of) { return detail::part_of_time(of, "hour"); }
inline int PyDateTime_DATE_GET_MINUTE(PyObject* of) { return detail::part_of_time(of, "minute"); }
inline int PyDateTime_DATE_GET_SECOND(PyObject* of) { return detail::part_of_time(of, "second"); }
inline int PyDateTime_DATE_GET_MICROSECOND(PyObject* of) {
    return detail::part_of_time(of, "microsecond");
}
inline int PyDateTime_DATE_GET_FOLD(PyObject* of) { return detail::part_of_time(of, "fold"); }
inline PyObject* PyDateTime_DATE_GET_TZINFO(PyObject* of) { return detail::zone_of_time(of); }
inline int PyDateTime_TIME_GET_HOUR(PyObject* of) { return detail::part_of_time(of, "hour"); }
inline int PyDateTime_TIME_GET_MINUTE(PyObject* of) { return detail::part_of_time(of, "minute"); }
inline int PyDateTime_TIME_GET_SECOND(PyObject* of) { return detail::part_of_time(of, "second"); }
inline int PyDateTime_TIME_GET_MICROSECOND(PyObject* of) {
    return detail::part_of_time(of, "microsecond");
}
inline int PyDateTime_TIME_GET_FOLD(PyObject* of) { return detail::part_of_time(of, "fold"); }
inline PyObject* PyDateTime_TIME_GET_TZINFO(PyObject* of) { return detail::zone_of_time(of); }
inline int PyDateTime_DELTA_GET_DAYS(PyObject* of) { return detail::part_of_time(of, "days"); }
inline int PyDateTime_DELTA_GET_SECONDS(PyObject* of) {
    return detail::part_of_time(of, "seconds");
}
inline int PyDateTime_DELTA_GET_MICROSECONDS(PyObject* of) {
    return detail::part_of_time(of, "microseconds");
}

INTERLOCK_END
