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

// The members of an enumeration, as long as there is one interpreter and they are few: to be found without a search for it.
struct enum_members {
    static constexpr std::size_t most = 16;
    std::size_t count = 0;
    PyObject* members[most];  // borrowed: the enumeration's record holds them
    long long values[most];
};
template <class T>
inline constinit std::atomic<const enum_members*> members_of{nullptr};

// The value with the bits of the underlying type, extended by its sign.
bool load_enumeration(PyObject* from, const class_site& site, long long& to, loading& l) noexcept;
PyObject* make_enumeration(const class_site& site, long long value) noexcept;

template <class T>
struct conversion<T, category::enumeration> : loaded_value<T> {
    static constexpr const hint& in = hint_of_enumeration<T>;
    static constexpr const hint& out = hint_of_enumeration<T>;
    static constexpr loader loads = by_load;

    INTERLOCK_INLINE static bool fast(PyObject* from, T& to) noexcept {
        if (const enum_members* known = members_at_hand()) {
            for (std::size_t i = 0; i < known->count; ++i) {
                if (known->members[i] == from) {
                    to = static_cast<T>(known->values[i]);
                    return true;
                }
            }
        }
        return false;
    }
    static bool load(PyObject* from, T& to, loading& l) noexcept {
        to = T{};
        long long value = 0;
        if (!load_enumeration(from, site_of<T>, value, l)) {
            return false;
        }
        to = static_cast<T>(value);
        return true;
    }
    static PyObject* make(T made) noexcept {
        const auto value = static_cast<long long>(static_cast<std::underlying_type_t<T>>(made));
        if (const enum_members* known = members_at_hand()) {
            for (std::size_t i = 0; i < known->count; ++i) {
                if (known->values[i] == value) {
                    return Py_NewRef(known->members[i]);
                }
            }
        }
        return make_enumeration(site_of<T>, value);
    }

private:
    static const enum_members* members_at_hand() noexcept {
        return only_one_interpreter() ? members_of<T>.load(std::memory_order_acquire) : nullptr;
    }
};

}  // namespace detail
INTERLOCK_END
