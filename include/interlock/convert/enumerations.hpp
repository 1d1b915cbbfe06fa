// Enumerations: members of the enum.Enum that il::enum_ made, both ways.
//
// A member goes in as its C++ value; an int too where the enumeration is an il::int_enum or an il::int_flag. A C++ value that
// has no member is a ValueError on its way out; combinations of flags are members by themselves.
#pragma once

#include <interlock/convert/class_site.hpp>
#include <interlock/convert/scalars.hpp>

INTERLOCK_BEGIN
namespace detail {

template <class T>
inline constexpr hint hint_of_enumeration{nullptr, nullptr, '?', &site_of<T>};

// The value with the bits of the underlying type, extended by its sign.
bool load_enumeration(PyObject* from, const class_site& site, long long& to, loading& l) noexcept;
PyObject* make_enumeration(const class_site& site, long long value) noexcept;

template <class T>
struct conversion<T, category::enumeration> : loaded_value<T> {
    static constexpr const hint& in = hint_of_enumeration<T>;
    static constexpr const hint& out = hint_of_enumeration<T>;
    static constexpr loader loads = by_load;

    static bool load(PyObject* from, T& to, loading& l) noexcept {
        to = T{};
        long long value = 0;
        if (!load_enumeration(from, site_of<T>, value, l)) {
            return false;
        }
        to = static_cast<T>(value);
        return true;
    }
    static PyObject* make(T value) noexcept {
        return make_enumeration(
            site_of<T>, static_cast<long long>(static_cast<std::underlying_type_t<T>>(value)));
    }
};

}  // namespace detail
INTERLOCK_END
