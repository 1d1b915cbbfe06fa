// The leak report: which references C++ still held when an interpreter ended. Off unless asked for.
#pragma once

#include <interlock/attach/config.hpp>

#include <cstddef>

INTERLOCK_BEGIN

// Turns the leak report on or off for il::owned handles that are made from now on. It is on from the start where the
// environment has INTERLOCK_LEAKS, neither empty nor 0. When an interpreter has ended, what is still held of it is told on
// stderr: how many handles, and for each object its type and repr; nothing where there is none. Handles in static data are
// among them. Needs no attachment. Cost: a test of a flag while it is off; while on, a lock and a table look-up for each handle made and
// released.
void report_leaks(bool on) noexcept;

namespace detail {

// Whether handles are counted. Changed while nobody makes any, or a few of them are missed.
extern bool counts_handles;

// Tell of a handle that is made and of one that gives its reference up.
void count_handle(const void* object, const void* interpreter) noexcept;
void uncount_handle(const void* object) noexcept;

}  // namespace detail
INTERLOCK_END
