// date: a day in the calendar, of Python's module datetime. A datetime is one too.
#pragma once

#include <interlock/objects/timedelta.hpp>

INTERLOCK_BEGIN

class date : public object {
public:
    INTERLOCK_KIND(date)
    static bool is_kind(PyObject* object) noexcept {
        return detail::is_datetime_kind(object, detail::datetime_kind::date);
    }

    // Throws python_error (ValueError: no such day).
    static date of(python py, int year, int month, int day);
    // In local time.
    static date today(python py);

    int year() const;
    int month() const;
    int day() const;
};
INTERLOCK_KIND_UNBIND(date)

INTERLOCK_END
