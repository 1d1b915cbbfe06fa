// The registry where extensions tell one another of their classes (abi.h), inside the core. Internal.
#pragma once

#include "class_records.hpp"

#include <span>

INTERLOCK_BEGIN
namespace detail {

// What this extension does for others: class_sharing.cpp.
extern interlock_abi_core this_core;

// The same, once this extension has joined a registry; null before. Who asks nothing but who that is need not know the rest.
extern std::atomic<const interlock_abi_core*> joined_core;

const char* tag_of_this() noexcept;
const char* name_of_this() noexcept;

// Taken before a store's lock, and held while nothing of Python's runs.
class registry_lock : spin_lock {
public:
    static_assert(sizeof(spin_mutex) == sizeof(interlock_abi_registry::mutex));
    explicit registry_lock(interlock_abi_registry& of) noexcept
        : spin_lock(reinterpret_cast<spin_mutex&>(of.mutex)) {}
};

inline std::span<const interlock_abi_core*> cores_of(const interlock_abi_registry& r) noexcept {
    return {r.cores, static_cast<std::size_t>(r.core_count)};
}
inline std::span<interlock_abi_entry> classes_of(const interlock_abi_registry& r) noexcept {
    return {r.classes, static_cast<std::size_t>(r.class_count)};
}

// The registry of this interpreter as it is, without joining it: null where nobody has made one.
interlock_abi_registry* known_registry() noexcept;
// The registry of this interpreter, which is joined on first use; null where there is none any more. Throws std::bad_alloc.
interlock_abi_registry* registry_of(class_store& store);
// Types that each file has for itself have the same names in all.
bool is_internal(const char* name) noexcept;
// The class of another extension that has the name of the site's: one that fits, if there is any. The registry is locked.
const interlock_abi_class* find_by_name(const interlock_abi_registry& registry,
                                        const class_site& site) noexcept;
bool has_same_tag(const interlock_abi_core& core) noexcept;
// Whether objects of the class are what this extension means by the site's.
bool fits(const interlock_abi_class& of, const class_site& site) noexcept;

// Calls each of the other extensions, with no lock held.
template <class F>
void each_other(interlock_abi_registry* registry, F call) {
    for (std::size_t i = 0; registry != nullptr; ++i) {
        const interlock_abi_core* core = nullptr;
        {
            const registry_lock lock(*registry);
            if (i >= registry->core_count) {
                return;
            }
            core = registry->cores[i];
        }
        if (core != joined_core.load(std::memory_order_relaxed) && !call(*core)) {
            return;
        }
    }
}
template <class F>
void each_other(class_store& store, F call) {
    each_other(store.registry.load(std::memory_order_acquire), call);
}

}  // namespace detail
INTERLOCK_END
