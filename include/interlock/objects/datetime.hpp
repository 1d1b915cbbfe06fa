// datetime: a day and a time, of Python's module datetime.
#pragma once

#include <interlock/objects/date.hpp>
#include <interlock/objects/time.hpp>

INTERLOCK_BEGIN

class datetime : public date {
public:
    using date::date;
    static constexpr const char* kind_name = "datetime";
    owned<datetime> unbind() const&;
    owned<datetime> unbind() &&;
    static bool is_kind(PyObject* object) noexcept {
        return detail::is_datetime_kind(object, detail::datetime_kind::datetime);
    }

    // Throw python_error (ValueError: no such day or time).
    static datetime of(python py, int year, int month, int day, int hour = 0, int minute = 0,
                       int second = 0, int microsecond = 0);
    static datetime of(python py, int year, int month, int day, int hour, int minute, int second,
                       int microsecond, const class tzinfo& zone, int fold = 0);
    // In local time without a zone, and in a zone.
    static datetime now(python py);
    static datetime now(python py, const class tzinfo& zone);
    // Seconds since 1970, in local time without a zone, and in a zone.
    static datetime from_timestamp(python py, double seconds);
    static datetime from_timestamp(python py, double seconds, const class tzinfo& zone);

    int hour() const;
    int minute() const;
    int second() const;
    int microsecond() const;
    int fold() const;
    std::optional<class tzinfo> tzinfo() const;
    double timestamp() const;
};
INTERLOCK_KIND_UNBIND(datetime)

INTERLOCK_END
