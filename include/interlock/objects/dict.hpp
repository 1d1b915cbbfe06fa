// dict: a Python dict, by reference.
#pragma once

#include <interlock/objects/list.hpp>

INTERLOCK_BEGIN
namespace detail {

PyObject* dict_get_or_null(PyObject* dict, PyObject* key);
PyObject* dict_items(PyObject* dict);

}  // namespace detail

class dict : public object {
public:
    INTERLOCK_KIND(dict)
    static bool is_kind(PyObject* object) noexcept { return PyDict_Check(object) != 0; }

    // A new, empty dict.
    static dict make(python) {
        detail::require_attached("il::dict::make");
        return dict(detail::adopt_t{}, detail::check_new(PyDict_New()));
    }

    // The value for the key, or `otherwise`.
    template <class Key>
    object get(Key&& key, object otherwise) const {
        detail::require_attached("il::dict::get");
        const object converted(detail::adopt_t{}, detail::to_python(std::forward<Key>(key)));
        PyObject* found = detail::dict_get_or_null(pointer_, converted.ptr());
        return found != nullptr ? object(detail::adopt_t{}, found) : std::move(otherwise);
    }
};
INTERLOCK_KIND_UNBIND(dict)

// for (auto [key, value] : d) walks over the items as they were when the loop began.
struct dict_entry : private detail::bound_tag {
    object key;
    object value;
    dict_entry(object k, object v) : key(std::move(k)), value(std::move(v)) {}

    template <std::size_t I>
    const object& get() const noexcept {
        static_assert(I < 2);
        if constexpr (I == 0) {
            return key;
        } else {
            return value;
        }
    }
};

class dict_iterator : private detail::bound_tag {
public:
    using value_type = dict_entry;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    explicit dict_iterator(object items) : items_(std::move(items)), size_(len(items_)) {}
    dict_entry operator*() const {
        const object pair(detail::adopt_t{}, detail::list_or_tuple_item(items_.ptr(), index_));
        return {object(detail::adopt_t{}, detail::list_or_tuple_item(pair.ptr(), 0)),
                object(detail::adopt_t{}, detail::list_or_tuple_item(pair.ptr(), 1))};
    }
    dict_iterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    void operator++(int) noexcept { ++index_; }
    friend bool operator==(const dict_iterator& at, std::default_sentinel_t) noexcept {
        return at.index_ >= at.size_;
    }

private:
    object items_;
    std::size_t index_ = 0;
    std::size_t size_;
};

inline dict_iterator begin(const dict& mapping) {
    return dict_iterator(object(detail::adopt_t{}, detail::dict_items(mapping.ptr())));
}

INTERLOCK_END

template <>
struct std::tuple_size<interlock::dict_entry> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, interlock::dict_entry> {
    using type = const interlock::object;
};
