// iterator: what iter() gives, generators among them. A for loop walks over it like over every object.
#pragma once

#include <interlock/objects/iterate.hpp>

INTERLOCK_BEGIN

class iterator : public object {
public:
    INTERLOCK_KIND(iterator)
    static bool is_kind(PyObject* object) noexcept { return PyIter_Check(object) != 0; }
    // iter(iterable). Throws python_error (TypeError).
    static iterator from(python py, const object& iterable);

    // The next item, or nothing at the end. Throws python_error with what the iterator raised.
    std::optional<object> next() const;
    // Of generators: sends a value in, and gives the next item or nothing at the end. Throws python_error.
    template <class T>
    std::optional<object> send(T&& value) const {
        constexpr const char* operation = "il::iterator::send";
        detail::require_attached(operation);
        const object& converted = detail::as_object(std::forward<T>(value), operation);
        return send_object(converted);
    }

private:
    std::optional<object> send_object(const object& value) const;
};
INTERLOCK_KIND_UNBIND(iterator)

// iter(o). Throws python_error (TypeError).
inline iterator iter(const object& iterable) {
    return iterator(detail::adopt_t{}, detail::iterate(iterable.ptr()));
}

INTERLOCK_END
