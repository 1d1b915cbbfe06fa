// Classes that several extensions use: how they meet, and what each keeps of the others'. See abi.h.
//
// An extension has a record of its own for each class of another one that it has met, made of what that has entered into the
// registry; with that record most of the core works as with its own. What an owner keeps beside its instances (which are at work,
// which were given away, where each one's C++ object is) is asked of the owner.
//
// A type's nearest record tells where the parts of its instances lie. So whoever has a record of a class has one of each class
// that derives from it, in whichever extension: they are met together (meet_with_derived), and each new one is told to all (note_class).
//
// Locks: the registry's is taken before a store's, and neither is held while Python code may run.
#include "class_registry.hpp"
#include "error_translation.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

namespace {

// The store, where this extension is in the registry of this interpreter.
class_store* joined_store() noexcept {
    const interpreter_record* record = record_here();
    class_store* store =
        record == nullptr ? nullptr : record->classes.load(std::memory_order_acquire);
    return store != nullptr && store->registry.load(std::memory_order_acquire) != nullptr ? store
                                                                                          : nullptr;
}

class_record* record_of(const class_store& store, const interlock_abi_class* of) noexcept {
    return static_cast<class_record*>(store.by_identity.find(of));
}

// ---- records of other extensions' classes ----------------------------------------------------------------------------------------

}  // namespace

void raise_own_flags(class_record& record, unsigned char flags) noexcept {
    // In this order, as ask_as has the other one: one of the two sees the other.
    record.traits.site->flags.fetch_or(flags);
    if (class_site* site = record.asked_as.load()) {
        site->flags.fetch_or(flags);
    }
    if (record.owner != nullptr && (flags & class_site::mapped) != 0 && !record.mapped_from_start) {
        // There may be instances already: each is entered when it is met, and no short cut is taken past that.
        record.enters_late.store(true, std::memory_order_relaxed);
        if (class_site* site = record.asked_as.load(std::memory_order_acquire)) {
            site->type.store(nullptr, std::memory_order_relaxed);
        }
    }
}

namespace {

// The registry is locked.
class_record& meet_one(class_store& store, const interlock_abi_class& of) {
    if (class_record* known = record_of(store, &of)) {
        return *known;
    }
    auto made = std::make_unique<class_record>();
    class_record& record = *made;
    record.stand_in =
        std::make_unique<class_site>(static_cast<const std::type_info*>(of.type_info));
    record.traits.site = record.stand_in.get();
    record.traits.size = static_cast<std::size_t>(of.size);
    record.traits.offset = static_cast<std::size_t>(of.offset);
    const auto has = [&of](interlock_abi_property one) { return (of.properties & one) != 0; };
    record.traits.in_place = has(interlock_abi_in_place);
    record.traits.is_abstract = has(interlock_abi_abstract);
    record.traits.is_polymorphic = has(interlock_abi_polymorphic);
    record.head = static_cast<std::size_t>(of.head);
    record.thread_offset = static_cast<Py_ssize_t>(of.thread_offset);
    record.dict_offset = static_cast<Py_ssize_t>(of.dict_offset);
    record.weaklist_offset = static_cast<Py_ssize_t>(of.weaklist_offset);
    record.extended = of.extended;
    record.outside = has(interlock_abi_outside);
    record.managed_dict = has(interlock_abi_managed_dict);
    record.collected = has(interlock_abi_collected);
    record.release_before_destroy = has(interlock_abi_release_before_destroy);
    record.shown = of.shown;
    record.owner = of.core;
    record.identity = &of;
    record.mapped_from_start = has(interlock_abi_mapped_from_start);
    record.shared.store(true, std::memory_order_relaxed);
    record.type = of.type;
    for (std::uint64_t i = 0; i < of.member_count; ++i) {
        record.members.push_back({of.members[i].traverse, of.members[i].clear});
    }
    for (std::uint32_t i = 0; i < of.base_count; ++i) {
        const interlock_abi_base& base = of.bases[i];
        class_record& met = meet_one(store, *base.of);
        record.bases.push_back({met.traits.site, &met, base.upcast, base.moves != 0});
    }
    record.stand_in->shown.store(keep_class_name(record.shown), std::memory_order_release);
    record.stand_in->flags.store(static_cast<unsigned char>(of.core->flags(&of)),
                                 std::memory_order_relaxed);
    {
        const class_store::lock lock(store);
        store.records.push_back(std::move(made));
        Py_INCREF(reinterpret_cast<PyObject*>(of.type));
        // First what leads from an instance to its parts, then what leads to the class.
        store.by_type.set(of.type, &record);
        store.by_info.set(of.type_info, &record);
        store.by_identity.set(&of, &record);
    }
    for (const class_base& base : record.bases) {
        base.record->shared.store(true, std::memory_order_relaxed);
        if (base.moves) {
            mark_adjusted(*base.record);
        }
    }
    return record;
}

bool has_met_a_base(const class_store& store, const interlock_abi_class& of) noexcept {
    return std::any_of(of.bases, of.bases + of.base_count, [&](const interlock_abi_base& base) {
        return record_of(store, base.of) != nullptr;
    });
}

// Whether all that it derives from can be read: at the end of an interpreter an extension may have left the registry, and its
// memory with it, while classes that derive from its own are still there. Addresses are compared before anything is read.
bool has_all_bases(const class_store& store, const interlock_abi_registry& registry,
                   const interlock_abi_class& of) noexcept {
    return std::all_of(of.bases, of.bases + of.base_count, [&](const interlock_abi_base& base) {
        const auto classes = classes_of(registry);
        return record_of(store, base.of) != nullptr ||
               (std::any_of(classes.begin(), classes.end(),
                            [&](const auto& entry) { return entry.of == base.of; }) &&
                has_all_bases(store, registry, *base.of));
    });
}

// With what derives from it and from its bases; null where a base is gone. The registry is locked.
class_record* meet_with_derived(class_store& store, const interlock_abi_registry& registry,
                                const interlock_abi_class& of) {
    if (!has_all_bases(store, registry, of)) {
        return nullptr;
    }
    class_record& record = meet_one(store, of);
    for (bool more = true; more;) {
        more = false;
        for (const interlock_abi_entry& entry : classes_of(registry)) {
            if (record_of(store, entry.of) == nullptr && has_met_a_base(store, *entry.of) &&
                has_all_bases(store, registry, *entry.of)) {
                meet_one(store, *entry.of);
                more = true;
            }
        }
    }
    return &record;
}

// From now on the record is what the site means in this interpreter.
void ask_as(class_store& store, class_record& record, class_site& site) {
    record.asked_as.store(&site);
    site.flags.fetch_or(record.stand_in->flags.load() | class_site::elsewhere);
    site.shown.store(record.stand_in->shown.load(std::memory_order_relaxed),
                     std::memory_order_release);
    // Where every use has to look closer, the type is in no site, so that no short cut finds it.
    const bool is_special = record.head != 0 || record.thread_offset != 0 ||
                            record.enters_late.load(std::memory_order_relaxed);
    site.type.store(is_special ? nullptr : record.type, std::memory_order_release);
    const class_store::lock lock(store);
    store.by_site.set(&site, &record);
}

// ---- what others call --------------------------------------------------------------------------------------------------------------

int note_class(const interlock_abi_class* made) noexcept {
    class_store* store = joined_store();
    if (store == nullptr) {
        return 0;
    }
    store->others.store(true, std::memory_order_relaxed);
    if (!has_same_tag(*made->core)) {
        return 0;  // nothing derives from it that we could use
    }
    try {
        interlock_abi_registry& registry = *store->registry.load(std::memory_order_acquire);
        const registry_lock lock(registry);
        // A module that is imported anew makes its classes anew.
        class_site* asked = nullptr;
        if ((made->properties & interlock_abi_local) == 0) {
            const class_store::lock store_lock(*store);
            for (const std::unique_ptr<class_record>& record : store->records) {
                class_site* site = record->asked_as.load(std::memory_order_relaxed);
                if (record->owner == made->core && site != nullptr &&
                    std::strcmp(site->info->name(), made->cpp_name) == 0) {
                    asked = site;
                }
            }
        }
        if (asked != nullptr || has_met_a_base(*store, *made)) {
            class_record* met = meet_with_derived(*store, registry, *made);
            if (met != nullptr && asked != nullptr) {
                ask_as(*store, *met, *asked);
            }
        }
        return 0;
    } catch (const std::bad_alloc&) {
        return -1;
    }
}

std::uint32_t flags_of(const interlock_abi_class* of) noexcept {
    const class_store* store = joined_store();
    const class_record* record = store == nullptr ? nullptr : record_of(*store, of);
    return record == nullptr ? 0U
                             : record->traits.site->flags.load(std::memory_order_relaxed) &
                                   ~static_cast<unsigned>(class_site::emptied);
}

void raise_flags_of(const interlock_abi_class* of, std::uint32_t flags) noexcept {
    const class_store* store = joined_store();
    if (class_record* record = store == nullptr ? nullptr : record_of(*store, of)) {
        raise_own_flags(*record, static_cast<unsigned char>(flags));
    }
}

PyObject* find_here(const interlock_abi_class* of, const void* value) noexcept {
    class_store* store = joined_store();
    const class_record* record = store == nullptr ? nullptr : record_of(*store, of);
    return record == nullptr ? nullptr : find_in_map(*store, value, *record->traits.site);
}

// The record of an instance whose type is ours.
class_record* record_of_own(class_store* store, PyObject* self) noexcept {
    return store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(self));
}

int refuse_at_end() noexcept {
    PyErr_SetString(PyExc_RuntimeError, "the interpreter is at its end");
    return -1;
}

int enter_here(PyObject* self) noexcept {
    class_store* store = joined_store();
    const class_record* record = record_of_own(store, self);
    if (record == nullptr) {
        return refuse_at_end();
    }
    const void* value = record->head_of(self)->value.load(std::memory_order_relaxed);
    return value == nullptr || enter_map(*store, value, self, true) ? 0 : -1;
}

void* value_of_empty_here(PyObject* self, int writes, int* refused) noexcept {
    class_store* store = joined_store();
    const class_record* record = record_of_own(store, self);
    bool is_refused = false;
    void* value = record == nullptr
                      ? nullptr
                      : value_of_empty(*store, *record, self, writes != 0, is_refused);
    *refused = is_refused ? 1 : 0;
    return value;
}

const char* why_empty_here(PyObject* self) noexcept {
    class_store* store = joined_store();
    const class_record* record = record_of_own(store, self);
    return record == nullptr ? "has no C++ object any more" : state_of_empty(*store, *record, self);
}

int begin_work_here(PyObject* self, int how) noexcept {
    const class_record* record = record_of_own(joined_store(), self);
    return record == nullptr || begin_work(self, how) ? 1 : 0;
}

int may_write_here(PyObject* self) noexcept { return may_write(self) ? 1 : 0; }

void* take_here(PyObject* self) noexcept {
    const class_record* record = record_of_own(joined_store(), self);
    if (record == nullptr) {
        refuse_at_end();
        return nullptr;
    }
    try {
        return take_from_instance(self, *record->traits.site);
    } catch (const std::exception& error) {
        translate(error);
    } catch (...) {
        translate_unknown();
    }
    return nullptr;
}

int keep_alive_here(PyObject* nurse, PyObject* patient) noexcept {
    return keep_alive_by(nurse, patient) ? 1 : 0;
}

PyObject* convert_here(const interlock_abi_class* to, PyObject* from) noexcept {
    class_store* store = joined_store();
    const class_record* record = store == nullptr ? nullptr : record_of(*store, to);
    if (record == nullptr) {
        return nullptr;
    }
    try {
        return convert_implicitly(*store, *record->traits.site, from);
    } catch (const std::exception& error) {
        return translate(error);
    } catch (...) {
        return translate_unknown();
    }
}

PyObject* class_of_thrown_here(const void* error) noexcept {
    auto* find = thrown_for_others.load(std::memory_order_acquire);
    return find == nullptr ? nullptr : find(*static_cast<const std::exception*>(error));
}
PyObject* class_of_exception_here(const char* cpp_name) noexcept {
    auto* find = classes_for_others.load(std::memory_order_acquire);
    return find == nullptr ? nullptr : find(cpp_name);
}

int views_part_here(const void* begin, std::uint64_t size) noexcept {
    class_store* store = store_of_classes();
    return store != nullptr && is_part_exported(*store, begin, static_cast<std::size_t>(size)) ? 1
                                                                                               : 0;
}

}  // namespace

constinit interlock_abi_core this_core{
    .struct_size = sizeof(interlock_abi_core),
    .version = INTERLOCK_ABI_VERSION,
    .tag = &tag_of_this,
    .name = &name_of_this,
    .note_class = &note_class,
    .flags = &flags_of,
    .raise_flags = &raise_flags_of,
    .find = &find_here,
    .enter = &enter_here,
    .value_of_empty = &value_of_empty_here,
    .why_empty = &why_empty_here,
    .begin_work = &begin_work_here,
    .end_work = &end_work,
    .may_write = &may_write_here,
    .take = &take_here,
    .keep_alive = &keep_alive_here,
    .convert = &convert_here,
    .class_of_thrown = &class_of_thrown_here,
    .class_of_exception = &class_of_exception_here,
    .views_part = &views_part_here,
};

// ---- what this extension calls ---------------------------------------------------------------------------------------------------

namespace {

// The C++ library's, and interlock's; not their templates, which derive from what they are given (std::throw_with_nested).
bool is_of_every_extension(std::string_view name) noexcept {
    return (name.starts_with("St") || name.starts_with("NSt") || name.starts_with("class std::") ||
            name.starts_with("struct std::") || name.starts_with("N9interlock5abi_") ||
            name.find("interlock::abi_") != std::string_view::npos) &&
           name.find('I') == std::string_view::npos && name.find('<') == std::string_view::npos;
}

bool knows(const interlock_abi_core& other) noexcept {
    constexpr std::size_t needed =
        offsetof(interlock_abi_core, views_part) + sizeof(other.views_part);
    return other.struct_size >= needed && has_same_tag(other);
}

}  // namespace

bool may_be_known_elsewhere(const std::type_info& type) noexcept {
    return !is_of_every_extension(type.name()) && !is_internal(type.name());
}

PyObject* class_of_thrown_elsewhere(const std::exception& error) noexcept {
    PyObject* found = nullptr;
    // Also for what only this file has: it may derive from what another extension knows.
    if (!is_of_every_extension(typeid(error).name())) {
        each_other(known_registry(), [&](const interlock_abi_core& other) {
            PyObject* one = knows(other) ? other.class_of_thrown(&error) : nullptr;
            // The most special one; of two that are not related, the first.
            if (one != nullptr && found != nullptr &&
                PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(one),
                                 reinterpret_cast<PyTypeObject*>(found)) == 0) {
                Py_DECREF(one);
            } else if (one != nullptr) {
                Py_XDECREF(std::exchange(found, one));
            }
            return true;
        });
    }
    return found;
}

bool is_part_exported_elsewhere(class_store& store, const void* value, std::size_t size) noexcept {
    bool found = false;
    each_other(store, [&](const interlock_abi_core& other) {
        found = knows(other) && other.views_part(value, size) != 0;
        return !found;
    });
    return found;
}

PyObject* class_of_exception_elsewhere(const std::type_info& type) noexcept {
    PyObject* found = nullptr;
    if (may_be_known_elsewhere(type)) {
        each_other(known_registry(), [&](const interlock_abi_core& other) {
            found = knows(other) ? other.class_of_exception(type.name()) : nullptr;
            return found == nullptr;
        });
    }
    return found;
}

class_record* meet_class(class_store& store, const class_site& site) {
    interlock_abi_registry* registry = registry_of(store);
    if (registry == nullptr || !store.others.load(std::memory_order_relaxed) ||
        is_internal(site.info->name())) {
        return nullptr;
    }
    class_record* record = nullptr;
    {
        const registry_lock lock(*registry);
        if (void* known = store.by_site.find(&site)) {
            return static_cast<class_record*>(known);  // another thread was first
        }
        const interlock_abi_class* found = find_by_name(*registry, site);
        if (found == nullptr || !fits(*found, site)) {
            return nullptr;
        }
        record = meet_with_derived(store, *registry, *found);
        if (record == nullptr) {
            return nullptr;
        }
        // Sites are variables of this extension's.
        ask_as(store, *record, const_cast<class_site&>(site));
        // What Python views of them is written down there alone: each time it matters they are asked.
        const_cast<class_site&>(site).exports.fetch_add(1, std::memory_order_relaxed);
        views_of_instances.fetch_add(1, std::memory_order_relaxed);
    }
    if (site.has(class_site::mapped)) {
        note_returned_references(const_cast<class_site&>(site));
    }
    return record;
}

class_record* meet_type(class_store& store, PyTypeObject* type) {
    interlock_abi_registry* registry = store.registry.load(std::memory_order_acquire);
    if (registry == nullptr || !store.others.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    const registry_lock lock(*registry);
    for (const interlock_abi_entry& entry : classes_of(*registry)) {
        if (entry.of->type == type && has_same_tag(*entry.of->core)) {
            return meet_with_derived(store, *registry, *entry.of);
        }
    }
    return nullptr;
}

void raise_flags(class_store& store, class_record& record, unsigned char flags) noexcept {
    raise_own_flags(record, flags);
    if (record.identity != nullptr && store.others.load(std::memory_order_relaxed)) {
        each_other(store, [&](const interlock_abi_core& other) {
            other.raise_flags(record.identity, flags);
            return true;
        });
    }
}

PyObject* find_elsewhere(class_store& store, const class_record& record,
                         const void* value) noexcept {
    PyObject* found = nullptr;
    each_other(store, [&](const interlock_abi_core& other) {
        found = other.find(record.identity, value);
        return found == nullptr;
    });
    return found;
}

}  // namespace detail
INTERLOCK_END
