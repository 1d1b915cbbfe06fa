// How many handles hold something: the leak report as a number.
#pragma once

#include <interlock/attach/config.hpp>

#include <cstddef>

INTERLOCK_BEGIN

// How many il::owned handles hold an object now, of all interpreters and threads, of those that were made while il::report_leaks was
// on: 0 where it has been off throughout. For programs that watch themselves. Needs no attachment. Cost: a walk over all of them.
std::size_t held_handles() noexcept;

INTERLOCK_END
