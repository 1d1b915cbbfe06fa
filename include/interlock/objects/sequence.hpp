// sequence: what has a length and items by index: list, tuple, str, bytes, range, array, and classes that are made so.
#pragma once

#include <interlock/objects/list.hpp>

INTERLOCK_BEGIN
namespace detail {

bool is_sequence(PyObject* object) noexcept;

}  // namespace detail

class sequence : public object {
public:
    INTERLOCK_KIND(sequence)
    // Registered as collections.abc.Sequence, or str, bytes or bytearray, or of a class with __getitem__ and __len__ that is
    // no mapping (no keys()). Asks the class and runs nothing of the object's own.
    static bool is_kind(PyObject* object) noexcept { return detail::is_sequence(object); }

    // All throw python_error with what the object raises. A negative index counts from the end.
    std::size_t size() const { return len(*this); }
    object get(std::ptrdiff_t index) const;
    template <class T>
    void set(std::ptrdiff_t index, T&& value) const {
        detail::require_attached("il::sequence::set");
        (*this)[index] = std::forward<T>(value);
    }
    void erase(std::ptrdiff_t index) const {
        detail::require_attached("il::sequence::erase");
        delitem(*this, index);
    }
    object slice(std::ptrdiff_t from, std::ptrdiff_t to = PTRDIFF_MAX) const;
    // The place of the first one that is equal; ValueError where there is none.
    template <class T>
    std::size_t index(T&& value) const {
        constexpr const char* operation = "il::sequence::index";
        detail::require_attached(operation);
        return index_of(detail::as_object(std::forward<T>(value), operation));
    }
    template <class T>
    std::size_t count(T&& value) const {
        constexpr const char* operation = "il::sequence::count";
        detail::require_attached(operation);
        return count_of(detail::as_object(std::forward<T>(value), operation));
    }
    object concat(const object& other) const;
    object repeat(std::ptrdiff_t times) const;
    list to_list() const;
    tuple to_tuple() const;

private:
    std::size_t index_of(const object& value) const;
    std::size_t count_of(const object& value) const;
};
INTERLOCK_KIND_UNBIND(sequence)

INTERLOCK_END
