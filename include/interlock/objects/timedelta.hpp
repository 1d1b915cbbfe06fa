// timedelta: a length of time, of Python's module datetime.
//
// The module is imported in an interpreter when the first of its kinds is needed there; what is known of it hangs on the
// interpreter's record (invariant 8).
#pragma once

#include <interlock/objects/call.hpp>

#include <cstdint>

INTERLOCK_BEGIN
namespace detail {

enum class datetime_kind : unsigned char { date, datetime, time, timedelta, tzinfo };

// Imports the module where it is not yet; false also where that fails.
bool is_datetime_kind(PyObject* object, datetime_kind kind) noexcept;

}  // namespace detail

class timedelta : public object {
public:
    INTERLOCK_KIND(timedelta)
    static bool is_kind(PyObject* object) noexcept {
        return detail::is_datetime_kind(object, detail::datetime_kind::timedelta);
    }

    // The sum of the parts, each of any sign. Throw python_error (OverflowError).
    static timedelta of(python py, int days, int seconds = 0, int microseconds = 0);
    static timedelta of_microseconds(python py, std::int64_t microseconds);

    // Days of any sign, and what is added to them: seconds below a day, microseconds below a second.
    int days() const;
    int seconds() const;
    int microseconds() const;
    // Everything in microseconds. Throws std::overflow_error beyond 292,277 years.
    std::int64_t total_microseconds() const;
};
INTERLOCK_KIND_UNBIND(timedelta)

INTERLOCK_END
