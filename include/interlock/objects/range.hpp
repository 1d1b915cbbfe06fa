// range_: Python's range(start, stop, step).
#pragma once

#include <interlock/objects/iterate.hpp>

INTERLOCK_BEGIN

class range_ : public object {
public:
    INTERLOCK_KIND(range_)
    static bool is_kind(PyObject* object) noexcept { return PyRange_Check(object) != 0; }

    // Throw python_error (ValueError: a step of zero).
    static range_ of(python py, std::ptrdiff_t stop) { return of(py, 0, stop); }
    static range_ of(python py, std::ptrdiff_t start, std::ptrdiff_t stop, std::ptrdiff_t step = 1);

    // Python's ints, which may be of any size. Throw python_error (OverflowError) where std::ptrdiff_t is too small.
    std::ptrdiff_t start() const;
    std::ptrdiff_t stop() const;
    std::ptrdiff_t step() const;
    std::size_t size() const;
};
INTERLOCK_KIND_UNBIND(range_)

INTERLOCK_END
