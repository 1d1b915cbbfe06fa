// slice: start, stop and step, as in xs[1:10:2].
#pragma once

#include <interlock/objects/call.hpp>

#include <optional>

INTERLOCK_BEGIN

// A slice of a sequence of known length: `count` places from `start` on, `step` apart.
struct slice_indices {
    std::ptrdiff_t start;
    std::ptrdiff_t stop;
    std::ptrdiff_t step;
    std::size_t count;
};

class slice : public object {
public:
    INTERLOCK_KIND(slice)
    static bool is_kind(PyObject* object) noexcept { return PySlice_Check(object) != 0; }

    // What is left out is None.
    static slice of(python py, std::optional<std::ptrdiff_t> start,
                    std::optional<std::ptrdiff_t> stop,
                    std::optional<std::ptrdiff_t> step = std::nullopt);
    static slice of(python py, std::ptrdiff_t stop) { return of(py, std::nullopt, stop); }

    object start() const;
    object stop() const;
    object step() const;
    // What it selects of a sequence of that length. Throws python_error (ValueError: a step of zero).
    slice_indices indices(std::size_t length) const;
};
INTERLOCK_KIND_UNBIND(slice)

INTERLOCK_END
