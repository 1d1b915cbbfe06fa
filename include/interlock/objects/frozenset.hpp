// frozenset: a Python set that does not change, and has a hash.
#pragma once

#include <interlock/objects/tuple.hpp>

INTERLOCK_BEGIN

class frozenset : public object {
public:
    INTERLOCK_KIND(frozenset)
    static bool is_kind(PyObject* object) noexcept { return PyFrozenSet_Check(object) != 0; }

    // A new one of the values, each converted. Throws python_error (TypeError for what has no hash).
    template <class... Ts>
    static frozenset of(python, Ts&&... values) {
        return frozenset(detail::adopt_t{}, detail::make_of(
                                                "il::frozenset::of",
                                                [](PyObject** items, std::size_t count) {
                                                    return detail::make_set(items, count, true);
                                                },
                                                std::forward<Ts>(values)...));
    }
    static frozenset make(python py) { return of(py); }
    // frozenset(iterable). Throws python_error.
    static frozenset from(python py, const object& iterable);

    std::size_t size() const;

    // With any iterable, as new ones: | & - ^
    frozenset unite(const object& iterable) const;
    frozenset intersect(const object& iterable) const;
    frozenset subtract(const object& iterable) const;
    frozenset symmetric_difference(const object& iterable) const;
    bool is_subset_of(const object& iterable) const;
    bool is_superset_of(const object& iterable) const;
    bool is_disjoint_from(const object& iterable) const;
};
INTERLOCK_KIND_UNBIND(frozenset)

INTERLOCK_END
