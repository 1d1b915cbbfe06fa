// for (il::object item : xs): any iterable as a C++ range.
//
// The range holds the Python iterator; reaching the end costs no exception, and an error that the iterator raises is thrown
// as python_error. It is a std::ranges::input_range: generators are walked over once, like every iterator.
#pragma once

#include <interlock/objects/call.hpp>

#include <iterator>

INTERLOCK_BEGIN
// The place in such a range: copies share the Python iterator. Moving on throws python_error and not_attached.
class item_iterator : private detail::bound_tag {
public:
    using value_type = object;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    item_iterator() noexcept = default;
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
    object current_{detail::adopt_t{}, nullptr};  // null: the end
};

inline item_iterator object::begin() const {
    return item_iterator(object(detail::adopt_t{}, detail::iterate(pointer_)));
}

// What stands for an object is fetched once for a loop.
template <class Derived>
item_iterator proxy<Derived>::begin() const {
    return self().get().begin();
}

INTERLOCK_END
