// set: a Python set, by reference. The operators | & - ^ and the comparisons are those of every object.
#pragma once

#include <interlock/objects/tuple.hpp>

INTERLOCK_BEGIN
namespace detail {

void set_add(PyObject* set, PyObject* value);
bool set_discard(PyObject* set, PyObject* value);

}  // namespace detail

class set : public object {
public:
    INTERLOCK_KIND(set)
    static bool is_kind(PyObject* object) noexcept { return PySet_Check(object) != 0; }

    // A new set of the values, each converted. Throws python_error (TypeError for what has no hash).
    template <class... Ts>
    static set of(python, Ts&&... values) {
        return set(detail::adopt_t{}, detail::make_of(
                                          "il::set::of",
                                          [](PyObject** items, std::size_t count) {
                                              return detail::make_set(items, count, false);
                                          },
                                          std::forward<Ts>(values)...));
    }
    static set make(python py) { return of(py); }
    // set(iterable). Throws python_error.
    static set from(python py, const object& iterable);

    std::size_t size() const;
    template <class T>
    void add(T&& value) const {
        constexpr const char* operation = "il::set::add";
        detail::require_attached(operation);
        const object& converted = detail::as_key(std::forward<T>(value), operation);
        detail::set_add(pointer_, converted.ptr());
    }
    // Takes the value out; whether it was there.
    template <class T>
    bool discard(T&& value) const {
        constexpr const char* operation = "il::set::discard";
        detail::require_attached(operation);
        const object& converted = detail::as_key(std::forward<T>(value), operation);
        return detail::set_discard(pointer_, converted.ptr());
    }
    // The same, but throws python_error (KeyError) where it was not there.
    template <class T>
    void remove(T&& value) const {
        detail::require_attached("il::set::remove");
        static_cast<void>(call_method("remove", std::forward<T>(value)));
    }
    // Takes any one out. Throws python_error (KeyError) of an empty set.
    object pop() const;
    void clear() const;
    set copy() const;

    // With any iterable. In place:
    void update(const object& iterable) const;
    // As new sets: | & - ^
    set unite(const object& iterable) const;
    set intersect(const object& iterable) const;
    set subtract(const object& iterable) const;
    set symmetric_difference(const object& iterable) const;
    bool is_subset_of(const object& iterable) const;
    bool is_superset_of(const object& iterable) const;
    bool is_disjoint_from(const object& iterable) const;
};
INTERLOCK_KIND_UNBIND(set)

INTERLOCK_END
