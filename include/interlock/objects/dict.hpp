// dict: a Python dict, by reference.
//
// for (auto [key, value] : d) walks over the items as they were when the loop began: whatever the loop or another thread
// does to the dict meanwhile, the loop goes on and its objects live. Keys that are written as literals are made into Python
// strings once per interpreter. Of a class derived from dict the operations work on the dict that it is.
#pragma once

#include <interlock/objects/list.hpp>

#include <optional>

INTERLOCK_BEGIN
namespace detail {

PyObject* dict_get_or_null(PyObject* dict, PyObject* key);
PyObject* dict_default(PyObject* dict, PyObject* key, PyObject* value);
PyObject* dict_take_or_null(PyObject* dict, PyObject* key, const char* operation);
void dict_put(PyObject* dict, PyObject* key, PyObject* value);
PyObject* dict_items(PyObject* dict);
// New references to both halves of one of the pairs of such a list.
void dict_item_at(PyObject* items, std::size_t index, PyObject** key, PyObject** value);
[[noreturn]] void throw_key_error(PyObject* key);

}  // namespace detail

class dict : public object {
public:
    INTERLOCK_KIND(dict)
    static bool is_kind(PyObject* object) noexcept { return PyDict_Check(object) != 0; }

    // A new, empty dict.
    static dict make(python py);
    // A new dict of the keywords: il::dict::of(py, il::kw("a") = 1). Throws python_error.
    template <class... Ts>
        requires(detail::is_keyword<std::remove_cvref_t<Ts>> && ...)
    static dict of(python py, Ts&&... items) {
        dict made = make(py);
        (made.put(items.name, std::forward<decltype(items.value)>(items.value)), ...);
        return made;
    }
    // dict(source), of a mapping or of an iterable of pairs. Throws python_error.
    static dict from(python py, const object& source);

    std::size_t size() const;

    // The value for the key, if there is one. Throws python_error: unhashable keys, what __eq__ raises.
    template <class Key>
    std::optional<object> get(Key&& key) const {
        constexpr const char* operation = "il::dict::get";
        detail::require_attached(operation);
        const object& converted = detail::as_key(std::forward<Key>(key), operation);
        PyObject* found = detail::dict_get_or_null(pointer_, converted.ptr());
        return found != nullptr ? std::optional<object>(std::in_place, detail::adopt_t{}, found)
                                : std::nullopt;
    }
    // The value for the key, or `otherwise`, which is converted.
    template <class Key, class Otherwise>
    object get(Key&& key, Otherwise&& otherwise) const {
        std::optional<object> found = get(std::forward<Key>(key));
        return found
                   ? *std::move(found)
                   : object(detail::as_object(std::forward<Otherwise>(otherwise), "il::dict::get"));
    }
    // The value for the key, which is put there where there is none: whole in itself.
    template <class Key, class T>
    object setdefault(Key&& key, T&& value) const {
        constexpr const char* operation = "il::dict::setdefault";
        detail::require_attached(operation);
        const object& k = detail::as_key(std::forward<Key>(key), operation);
        const object& v = detail::as_object(std::forward<T>(value), operation);
        return object(detail::adopt_t{}, detail::dict_default(pointer_, k.ptr(), v.ptr()));
    }
    template <class Key, class T>
    void set(Key&& key, T&& value) const {
        constexpr const char* operation = "il::dict::set";
        detail::require_attached(operation);
        const object& k = detail::as_key(std::forward<Key>(key), operation);
        const object& v = detail::as_object(std::forward<T>(value), operation);
        detail::dict_put(pointer_, k.ptr(), v.ptr());
    }

    // Takes the value out. Throws python_error (KeyError); with a second argument returns that instead, converted.
    template <class Key>
    object pop(Key&& key) const {
        constexpr const char* operation = "il::dict::pop";
        detail::require_attached(operation);
        const object& converted = detail::as_key(std::forward<Key>(key), operation);
        PyObject* taken = detail::dict_take_or_null(pointer_, converted.ptr(), operation);
        if (taken == nullptr) {
            detail::throw_key_error(converted.ptr());
        }
        return object(detail::adopt_t{}, taken);
    }
    template <class Key, class Otherwise>
    object pop(Key&& key, Otherwise&& otherwise) const {
        constexpr const char* operation = "il::dict::pop";
        detail::require_attached(operation);
        const object& converted = detail::as_key(std::forward<Key>(key), operation);
        PyObject* taken = detail::dict_take_or_null(pointer_, converted.ptr(), operation);
        return taken != nullptr
                   ? object(detail::adopt_t{}, taken)
                   : object(detail::as_object(std::forward<Otherwise>(otherwise), operation));
    }
    // Whether there was one.
    template <class Key>
    bool erase(Key&& key) const {
        constexpr const char* operation = "il::dict::erase";
        detail::require_attached(operation);
        const object& converted = detail::as_key(std::forward<Key>(key), operation);
        PyObject* taken = detail::dict_take_or_null(pointer_, converted.ptr(), operation);
        const object released(detail::adopt_t{}, taken);
        return taken != nullptr;
    }
    void clear() const;

    // Puts the items of another mapping, or of an iterable of pairs, in. Throws python_error.
    void update(const object& other) const;
    // The same without replacing what is there; of a mapping.
    void update_missing(const object& other) const;

    // Copies, as lists of this moment.
    list keys() const;
    list values() const;
    list items() const;
    dict copy() const;

    class dict_iterator begin() const;

private:
    template <class T>
    void put(const detail::name& key, T&& value) const {
        const object k(detail::adopt_t{}, detail::string_of(key));
        const object& v = detail::as_object(std::forward<T>(value), "il::dict::of");
        detail::dict_put(pointer_, k.ptr(), v.ptr());
    }
};
INTERLOCK_KIND_UNBIND(dict)

// One item of a dict: auto [key, value].
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
        PyObject* key = nullptr;
        PyObject* value = nullptr;
        detail::dict_item_at(items_.ptr(), index_, &key, &value);
        return {object(detail::adopt_t{}, key), object(detail::adopt_t{}, value)};
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

inline dict_iterator dict::begin() const {
    return dict_iterator(object(detail::adopt_t{}, detail::dict_items(pointer_)));
}

INTERLOCK_END

template <>
struct std::tuple_size<interlock::dict_entry> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, interlock::dict_entry> {
    using type = const interlock::object;
};
