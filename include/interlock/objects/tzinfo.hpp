// tzinfo: a time zone, of Python's module datetime.
#pragma once

#include <interlock/objects/timedelta.hpp>

INTERLOCK_BEGIN

class tzinfo : public object {
public:
    INTERLOCK_KIND(tzinfo)
    static bool is_kind(PyObject* object) noexcept {
        return detail::is_datetime_kind(object, detail::datetime_kind::tzinfo);
    }

    // timezone.utc
    static tzinfo utc(python py);
    // timezone(offset) and timezone(offset, name): always as far from UTC. Throw python_error (ValueError: a day or more).
    static tzinfo of(python py, const timedelta& offset);
    static tzinfo of(python py, const timedelta& offset, std::string_view name);
};
INTERLOCK_KIND_UNBIND(tzinfo)

INTERLOCK_END
