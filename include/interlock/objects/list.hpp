// list: a Python list, by reference.
//
// Each operation is whole in itself, also without a GIL; two of them in a row are not. Of a class derived from list they work
// on the list that it is, as CPython's own do, except for pop, remove, sort, index and count, which are its methods.
#pragma once

#include <interlock/objects/tuple.hpp>

INTERLOCK_BEGIN
namespace detail {

void list_append(PyObject* list, PyObject* value);
void list_insert(PyObject* list, std::ptrdiff_t index, PyObject* value);
void list_set(PyObject* list, std::ptrdiff_t index, PyObject* value);

}  // namespace detail

class list : public object {
public:
    INTERLOCK_KIND(list)
    static bool is_kind(PyObject* object) noexcept { return PyList_Check(object) != 0; }

    // A new list of the values, each converted. Throws python_error.
    template <class... Ts>
    static list of(python, Ts&&... values) {
        return list(detail::adopt_t{}, detail::make_of("il::list::of", detail::make_list,
                                                       std::forward<Ts>(values)...));
    }
    static list make(python py) { return of(py); }
    // list(iterable). Throws python_error.
    static list from(python py, const object& iterable);

    std::size_t size() const;
    // One item; a negative index counts from the end. Throw python_error (IndexError).
    object get(std::ptrdiff_t index) const;
    template <class T>
    void set(std::ptrdiff_t index, T&& value) const {
        constexpr const char* operation = "il::list::set";
        detail::require_attached(operation);
        const object& converted = detail::as_object(std::forward<T>(value), operation);
        detail::list_set(pointer_, index, converted.ptr());
    }

    template <class T>
    void append(T&& value) const {
        constexpr const char* operation = "il::list::append";
        detail::require_attached(operation);
        const object& converted = detail::as_object(std::forward<T>(value), operation);
        detail::list_append(pointer_, converted.ptr());
    }
    // Before the item at the index; beyond the ends, at the end.
    template <class T>
    void insert(std::ptrdiff_t index, T&& value) const {
        constexpr const char* operation = "il::list::insert";
        detail::require_attached(operation);
        const object& converted = detail::as_object(std::forward<T>(value), operation);
        detail::list_insert(pointer_, index, converted.ptr());
    }
    // Appends what any iterable gives.
    void extend(const object& iterable) const;

    // Takes an item out and returns it. Throws python_error (IndexError).
    object pop(std::ptrdiff_t index = -1) const;
    void erase(std::ptrdiff_t index) const;
    // Takes out the first one that is equal. Throws python_error (ValueError) where there is none.
    template <class T>
    void remove(T&& value) const {
        detail::require_attached("il::list::remove");
        static_cast<void>(call_method("remove", std::forward<T>(value)));
    }
    void clear() const;

    // self[from:to], self[from:to:step], and their assignment; negative places count from the end, places beyond the ends
    // stand for these.
    list slice(std::ptrdiff_t from, std::ptrdiff_t to = PTRDIFF_MAX) const;
    list slice(std::ptrdiff_t from, std::ptrdiff_t to, std::ptrdiff_t step) const;
    void set_slice(std::ptrdiff_t from, std::ptrdiff_t to, const object& iterable) const;
    void erase_slice(std::ptrdiff_t from, std::ptrdiff_t to = PTRDIFF_MAX) const;

    // In place; il::kw("key") = f, il::kw("reverse") = true. Throws python_error.
    template <class... Options>
    void sort(Options&&... options) const {
        detail::require_attached("il::list::sort");
        static_cast<void>(call_method("sort", std::forward<Options>(options)...));
    }
    void reverse() const;

    // The place of the first one that is equal. Throws python_error (ValueError) where there is none.
    template <class T>
    std::size_t index(T&& value) const {
        detail::require_attached("il::list::index");
        return call_method("index", std::forward<T>(value)).template as<std::size_t>();
    }
    template <class T>
    std::size_t count(T&& value) const {
        detail::require_attached("il::list::count");
        return call_method("count", std::forward<T>(value)).template as<std::size_t>();
    }

    list copy() const { return slice(0); }
    tuple to_tuple() const;
};
INTERLOCK_KIND_UNBIND(list)

INTERLOCK_END
