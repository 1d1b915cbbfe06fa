// tuple: a Python tuple.
#pragma once

#include <interlock/objects/call.hpp>
#include <interlock/objects/iterate.hpp>

INTERLOCK_BEGIN
namespace detail {

// Of references that somebody holds.
PyObject* make_tuple(PyObject* const* items, std::size_t count);
PyObject* make_list(PyObject* const* items, std::size_t count);
PyObject* make_set(PyObject* const* items, std::size_t count, bool frozen);

// Throws python_error: an IndexError.
[[noreturn]] void throw_tuple_index();

// Converts the values from left to right and makes one of these of them.
template <class Make, class... Ts>
PyObject* make_of(const char* operation, Make make, Ts&&... values) {
    require_attached(operation);
    reference_array<sizeof...(Ts)> held;
    std::size_t at = 0;
    (held.set(at++, to_python(std::forward<Ts>(values)), operation), ...);
    return make(held.data(), sizeof...(Ts));
}

}  // namespace detail

class tuple : public object {
public:
    INTERLOCK_KIND(tuple)
    static bool is_kind(PyObject* object) noexcept { return PyTuple_Check(object) != 0; }

    // A new tuple of the values, each converted. Throws python_error.
    template <class... Ts>
    static tuple of(python, Ts&&... values) {
        return tuple(detail::adopt_t{}, detail::make_of("il::tuple::of", detail::make_tuple,
                                                        std::forward<Ts>(values)...));
    }
    static tuple make(python py) { return of(py); }
    // tuple(iterable). Throws python_error.
    static tuple from(python py, const object& iterable);

    std::size_t size() const;
    object get(
        std::ptrdiff_t index) const;  // negative: from the end. Throws python_error (IndexError)
    // self[from:to]; negative places count from the end, places beyond the ends stand for these.
    tuple slice(std::ptrdiff_t from, std::ptrdiff_t to = PTRDIFF_MAX) const;
    template <class T>
    std::size_t index(T&& value) const {  // throws python_error (ValueError) where there is none
        detail::require_attached("il::tuple::index");
        return call_method("index", std::forward<T>(value)).template as<std::size_t>();
    }
    template <class T>
    std::size_t count(T&& value) const {
        detail::require_attached("il::tuple::count");
        return call_method("count", std::forward<T>(value)).template as<std::size_t>();
    }
};
INTERLOCK_KIND_UNBIND(tuple)

INTERLOCK_END
