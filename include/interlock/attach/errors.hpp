// What the doors throw: no_interpreter when one cannot enter, not_attached when one is used without having entered.
//
// Both are C++ exceptions with no Python object inside, so they may be made, copied and destroyed on any thread.
#pragma once

#include <interlock/attach/config.hpp>

#include <source_location>
#include <stdexcept>
#include <string>

INTERLOCK_BEGIN

// Why a thread was not let in.
enum class refusal : unsigned char {
    never_started,       // no interpreter runs in this process
    finalizing,          // it is shutting down, or has shut down
    garbage_collection,  // the thread is inside a tp_traverse, where nothing of Python may be touched
};

// Thrown by with_gil and by the end of allow_threads when the thread cannot be attached.
class no_interpreter : public std::runtime_error {
public:
    no_interpreter(refusal why, const std::string& what) : std::runtime_error(what), why_(why) {}
    refusal reason() const noexcept { return why_; }

private:
    refusal why_;
};

// Thrown by every operation on a token or a bound object when the thread is not attached to the interpreter.
class not_attached : public std::runtime_error {
public:
    not_attached(const char* operation, std::source_location detached_at, const std::string& what)
        : std::runtime_error(what), operation_(operation), detached_at_(detached_at) {}

    // The operation that was refused, as the user writes it: "il::object::attr".
    const char* operation() const noexcept { return operation_; }

    // Where the allow_threads that the thread is in was entered; line() is 0 where none of this extension's is, and
    // where it has more than twelve arguments.
    const std::source_location& detached_at() const noexcept { return detached_at_; }

private:
    const char* operation_;
    std::source_location detached_at_;
};

// Thrown when a handle of one interpreter is used under another one.
class wrong_interpreter : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

INTERLOCK_END
