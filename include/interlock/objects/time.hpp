// time: a time of day, of Python's module datetime.
#pragma once

#include <interlock/objects/tzinfo.hpp>

#include <optional>

INTERLOCK_BEGIN

class time : public object {
public:
    INTERLOCK_KIND(time)
    static bool is_kind(PyObject* object) noexcept {
        return detail::is_datetime_kind(object, detail::datetime_kind::time);
    }

    // Throw python_error (ValueError: no such time).
    static time of(python py, int hour, int minute = 0, int second = 0, int microsecond = 0);
    static time of(python py, int hour, int minute, int second, int microsecond,
                   const class tzinfo& zone, int fold = 0);

    int hour() const;
    int minute() const;
    int second() const;
    int microsecond() const;
    int fold() const;
    std::optional<class tzinfo> tzinfo() const;
};
INTERLOCK_KIND_UNBIND(time)

INTERLOCK_END
