// list: a Python list, by reference.
#pragma once

#include <interlock/objects/call.hpp>
#include <interlock/objects/iterate.hpp>

INTERLOCK_BEGIN

class list : public object {
public:
    INTERLOCK_KIND(list)
    static bool is_kind(PyObject* object) noexcept { return PyList_Check(object) != 0; }

    // A new list of the values, each converted. Throws python_error.
    template <class... Ts>
    static list of(python py, Ts&&... values);

    template <class T>
    void append(T&& value) const {
        detail::require_attached("il::list::append");
        const object converted(detail::adopt_t{}, detail::to_python(std::forward<T>(value)));
        detail::list_append(pointer_, converted.ptr());
    }
};
INTERLOCK_KIND_UNBIND(list)

template <class... Ts>
list list::of(python, Ts&&... values) {
    detail::require_attached("il::list::of");
    list made(detail::adopt_t{}, detail::check_new(PyList_New(0)));
    (made.append(std::forward<Ts>(values)), ...);
    return made;
}

INTERLOCK_END
