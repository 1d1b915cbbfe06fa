// mapping: what has items by key and keys(): dict, and classes that are made so.
#pragma once

#include <interlock/objects/dict.hpp>

INTERLOCK_BEGIN
namespace detail {

bool is_mapping(PyObject* object) noexcept;

}  // namespace detail

class mapping : public object {
public:
    INTERLOCK_KIND(mapping)
    // Registered as collections.abc.Mapping, or of a class with __getitem__ and keys() that is not registered as a sequence.
    // Asks the class and runs nothing of the object's own.
    static bool is_kind(PyObject* object) noexcept { return detail::is_mapping(object); }

    // All throw python_error with what the object raises.
    std::size_t size() const { return len(*this); }
    template <class Key>
    object get(Key&& key) const {
        detail::require_attached("il::mapping::get");
        return (*this)[std::forward<Key>(key)].get();
    }
    // The value for the key, or `otherwise`, converted, where there is none.
    template <class Key, class Otherwise>
    object get(Key&& key, Otherwise&& otherwise) const {
        constexpr const char* operation = "il::mapping::get";
        detail::require_attached(operation);
        const object& k = detail::as_key(std::forward<Key>(key), operation);
        const object& o = detail::as_object(std::forward<Otherwise>(otherwise), operation);
        return get_or(k, o);
    }
    template <class Key, class T>
    void set(Key&& key, T&& value) const {
        detail::require_attached("il::mapping::set");
        (*this)[std::forward<Key>(key)] = std::forward<T>(value);
    }
    template <class Key>
    void erase(Key&& key) const {
        detail::require_attached("il::mapping::erase");
        delitem(*this, std::forward<Key>(key));
    }
    list keys() const;
    list values() const;
    list items() const;
    dict to_dict() const;

    // for (auto [key, value] : m), over the items as they were when the loop began; those of a class's own items().
    dict_iterator begin() const { return dict_iterator(items()); }

private:
    object get_or(const object& key, const object& otherwise) const;
};
INTERLOCK_KIND_UNBIND(mapping)

INTERLOCK_END
