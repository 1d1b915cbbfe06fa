// for (il::object item : xs): any iterable as a C++ range.
//
// The range holds the Python iterator; reaching the end costs no exception, and an error that the iterator raises is thrown
// as python_error.
#pragma once

#include <interlock/objects/object.hpp>

#include <iterator>

INTERLOCK_BEGIN
namespace detail {

void list_append(PyObject* list, PyObject* value);
PyObject* list_or_tuple_item(PyObject* sequence, std::size_t index);

}  // namespace detail

class item_iterator : private detail::bound_tag {
public:
    using value_type = object;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    // At the end, of nothing.
    item_iterator() = default;
    explicit item_iterator(object iterator) : iterator_(std::move(iterator)) { ++*this; }

    const object& operator*() const noexcept { return current_; }
    item_iterator& operator++() {
        current_ = object(detail::adopt_t{}, detail::next_or_null(iterator_.ptr()));
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const item_iterator& at, std::default_sentinel_t) noexcept {
        return at.current_.ptr() == nullptr;
    }

private:
    object iterator_{detail::adopt_t{}, nullptr};
    object current_{detail::adopt_t{}, nullptr};  // empty at the end
};

inline item_iterator begin(const object& iterable) {
    return item_iterator(object(detail::adopt_t{}, detail::iterate(iterable.ptr())));
}
inline std::default_sentinel_t end(const object&) noexcept { return std::default_sentinel; }

INTERLOCK_END
