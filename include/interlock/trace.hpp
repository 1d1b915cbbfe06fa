// Trace points of the doors: when each thread waited for the interpreter, held it, and worked without it.
//
// They stand in the core and cost nothing unless the core is built with INTERLOCK_TRACE=1 (CMake: -DINTERLOCK_TRACE=ON).
#pragma once

#include <interlock/attach/config.hpp>

#include <cstdint>
#include <source_location>
#include <vector>

INTERLOCK_BEGIN
namespace trace {

enum class kind : std::uint8_t {
    waiting,  // begins to wait for the interpreter: with_gil from outside, or the end of allow_threads
    attached,  // has it
    detached,  // an allow_threads begins
    released,  // the outermost with_gil has left
};

struct event {
    trace::kind kind;
    std::uint32_t thread;  // numbered from 0 in the order in which the threads were first seen
    std::int64_t time_ns;  // on the steady clock
    std::source_location where;  // the door
};

// Whether this build has the trace points.
bool available() noexcept;

// Records the trace points of all threads from its construction to its destruction. Throws std::logic_error where the
// build has none or another recorder runs. Needs no attachment. Cost: about 50 ns a point.
class recorder {
public:
    recorder();
    ~recorder();  // NOLINT(performance-trivially-destructible): only where trace points are compiled out
    recorder(const recorder&) = delete;
    recorder& operator=(const recorder&) = delete;

    // What was recorded since the last call, by time.
    [[nodiscard]] std::vector<event> take();
};

}  // namespace trace
INTERLOCK_END
