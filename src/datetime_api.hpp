// The C API of Python's module datetime, in the interpreter of this thread. Internal.
#pragma once

#include "run.hpp"

#if INTERLOCK_LIMITED_API
#include "datetime_classes.hpp"
#else
#include <datetime.h>
#endif

INTERLOCK_BEGIN
namespace detail {

// Imports the module where it is not yet. Null with an error set where it cannot be had. Needs an attached thread.
PyDateTime_CAPI* datetime_api() noexcept;

}  // namespace detail
INTERLOCK_END
