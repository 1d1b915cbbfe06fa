// Exceptions that nobody can be given: from a destructor, a callback that a foreign thread called, a tp_traverse.
#pragma once

#include <interlock/attach/config.hpp>

#include <exception>
#include <string_view>

INTERLOCK_BEGIN

// Reports the exception that is being handled to sys.unraisablehook: in a `catch (...)` whose function cannot throw. Any type
// of exception, python_error and what is nested included; `where` says what it came from, and is the object that the hook is
// told. Does nothing outside of a handler.
//
// On any thread: enters the interpreter by itself, and leaves an error that is set there as it is. Inside of a tp_traverse,
// where nothing of Python may be touched, it is reported when the thread enters the interpreter the next time, or by CPython's
// next pending call. Where the interpreter is closed it is written to stderr.
void report_unraisable(std::string_view where = {}) noexcept;

// The same for an exception at hand.
void report_unraisable(const std::exception& error, std::string_view where) noexcept;
void report_unraisable(const std::exception_ptr& error, std::string_view where) noexcept;

INTERLOCK_END
