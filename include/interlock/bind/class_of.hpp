// The Python class that a C++ type is.
#pragma once

#include <interlock/convert/convert.hpp>
#include <interlock/objects/kinds.hpp>

INTERLOCK_BEGIN

// The Python class of an aggregate that is registered as a named tuple or dataclass. Needs an attached thread. Throws
// python_error.
template <class T>
type class_of(python) {
    static_assert(detail::categorize<T>() == detail::category::aggregate,
                  "interlock: il::class_of<T> is for aggregates that are registered with "
                  "il::named_tuple or il::dataclass");
    return type(detail::adopt_t{},
                Py_NewRef(detail::class_of_aggregate(detail::conversion<T>::site)));
}

INTERLOCK_END
