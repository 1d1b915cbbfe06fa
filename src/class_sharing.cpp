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
#include "class_records.hpp"

#include <interlock/bind/abi_tag.hpp>
#include <interlock/objects/special_errors.hpp>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <limits>
#include <span>

INTERLOCK_BEGIN
namespace detail {

namespace {

extern interlock_abi_core this_core;

std::atomic<const char*> extension_name{nullptr};
std::atomic<const char*> extension_tag{nullptr};

const char* tag_of_this() noexcept {
    const char* told = extension_tag.load(std::memory_order_acquire);
    return told != nullptr ? told : abi_tag;
}
const char* name_of_this() noexcept {
    const char* told = extension_name.load(std::memory_order_acquire);
    return told != nullptr ? told : "(a program with Python inside)";
}

class registry_lock {
public:
#if defined(Py_GIL_DISABLED)
    static_assert(sizeof(PyMutex) == sizeof(interlock_abi_registry::mutex));
    explicit registry_lock(interlock_abi_registry& of) noexcept
        : mutex_(reinterpret_cast<PyMutex*>(&of.mutex)) {
        PyMutex_Lock(mutex_);
    }
    ~registry_lock() { PyMutex_Unlock(mutex_); }

private:
    PyMutex* mutex_;

public:
#else
    explicit registry_lock(interlock_abi_registry&) noexcept {}
    ~registry_lock() {}  // not defaulted: a variable of it then counts as used
#endif
    registry_lock(const registry_lock&) = delete;
    registry_lock& operator=(const registry_lock&) = delete;
};

std::span<const interlock_abi_core*> cores_of(const interlock_abi_registry& r) noexcept {
    return {r.cores, static_cast<std::size_t>(r.core_count)};
}
std::span<interlock_abi_entry> classes_of(const interlock_abi_registry& r) noexcept {
    return {r.classes, static_cast<std::size_t>(r.class_count)};
}

std::uint64_t hash_of_name(const char* name) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (; *name != '\0'; ++name) {
        hash = (hash ^ static_cast<unsigned char>(*name)) * 0x100000001B3ULL;
    }
    return hash;
}

// ---- names ---------------------------------------------------------------------------------------------------------------------

// Types that each file has for itself have the same names in all.
bool is_internal(const char* name) noexcept {
    return std::strstr(name, "_GLOBAL__N_") != nullptr || std::strncmp(name, "ZL", 2) == 0 ||
           std::strstr(name, "anonymous namespace") != nullptr;
}

// Whether a type is made of those of the language and of the standard library alone: whoever binds std::vector<int> does so for
// itself.
bool is_everybodys(const class_site& site) {
    const char* raw = site.info->name();
    if (std::strncmp(raw, "St", 2) != 0 && std::strncmp(raw, "NSt", 3) != 0 &&
        std::strstr(raw, "std::") == nullptr) {
        return false;
    }
    const std::string name = readable_name(*site.info);
    const auto is_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    };
    static constexpr std::string_view words[] = {
        "bool",  "char",     "char8_t", "char16_t", "char32_t", "wchar_t",  "short",
        "int",   "long",     "float",   "double",   "signed",   "unsigned", "void",
        "const", "__int128", "class",   "struct",   "enum",     "__int64",  "volatile",
        "true",  "false",    "ul",      "__cdecl"};
    for (std::size_t at = 0; at < name.size();) {
        if (!is_word(name[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < name.size() && is_word(name[end])) {
            ++end;
        }
        const std::string_view word(name.data() + at, end - at);
        const bool in_std = word == "std" && name.compare(end, 2, "::") == 0;
        while (in_std && name.compare(end, 2, "::") == 0) {
            end += 2;
            while (end < name.size() && is_word(name[end])) {
                ++end;
            }
        }
        // A member of a template of the standard library: std::map<...>::value_type.
        const bool is_member = at >= 2 && name.compare(at - 2, 2, "::") == 0;
        if (!in_std && !is_member && std::isdigit(static_cast<unsigned char>(word[0])) == 0 &&
            std::find(std::begin(words), std::end(words), word) == std::end(words)) {
            return false;
        }
        at = end;
    }
    return true;
}

bool is_local(const class_building& building) {
    return building.has(class_option::module_local) ||
           is_internal(building.traits.site->info->name()) || is_everybodys(*building.traits.site);
}

// ---- the registry ----------------------------------------------------------------------------------------------------------------

void give_back(interlock_abi_registry* registry) noexcept {
    {
        const registry_lock lock(*registry);
        if (--registry->references != 0) {
            return;
        }
    }
    PyMem_RawFree(static_cast<void*>(registry->cores));
    PyMem_RawFree(registry->classes);
    PyMem_RawFree(registry);
}

void end_registry(PyObject* capsule) noexcept {
    if (void* registry = PyCapsule_GetPointer(capsule, INTERLOCK_ABI_REGISTRY)) {
        give_back(static_cast<interlock_abi_registry*>(registry));
    }
}

// With room for one more.
template <class T>
void grow(T*& table, std::uint64_t count, std::uint64_t& room) {
    if (count < room) {
        return;
    }
    const std::uint64_t wanted = room < 8 ? 16 : 2 * room;
    // An array of pointers is one of const pointers.
    void* larger = PyMem_RawRealloc(const_cast<void*>(static_cast<const void*>(table)),
                                    static_cast<std::size_t>(wanted) * sizeof(T));
    if (larger == nullptr) {
        throw std::bad_alloc();
    }
    table = static_cast<T*>(larger);
    room = wanted;
}

// The registry of this interpreter, as it hangs in its dictionary; null where there is no memory, or no dictionary any more.
interlock_abi_registry* find_registry() noexcept {
    const keep_error kept;
    PyObject* dict = is_finalizing() ? nullptr : interpreter_dict(attached_state()->interp);
    const reference key(dict == nullptr ? nullptr : PyUnicode_FromString(INTERLOCK_ABI_REGISTRY));
    if (key.pointer == nullptr) {
        PyErr_Clear();
        return nullptr;
    }
    PyObject* known = PyDict_GetItemWithError(dict, key.pointer);
    if (known == nullptr && PyErr_Occurred() == nullptr) {
        auto* fresh = static_cast<interlock_abi_registry*>(
            PyMem_RawCalloc(1, sizeof(interlock_abi_registry)));
        if (fresh == nullptr) {
            return nullptr;
        }
        fresh->struct_size = sizeof(interlock_abi_registry);
        fresh->version = INTERLOCK_ABI_VERSION;
        fresh->references = 1;
        const reference capsule(PyCapsule_New(fresh, INTERLOCK_ABI_REGISTRY, &end_registry));
        if (capsule.pointer == nullptr) {
            PyMem_RawFree(fresh);
        } else {
            known = PyDict_SetDefault(dict, key.pointer, capsule.pointer);
        }
    }
    void* registry =
        known == nullptr ? nullptr : PyCapsule_GetPointer(known, INTERLOCK_ABI_REGISTRY);
    PyErr_Clear();
    return static_cast<interlock_abi_registry*>(registry);
}

// Joins on first use. Throws std::bad_alloc.
interlock_abi_registry* registry_of(class_store& store) {
    if (auto* known = store.registry.load(std::memory_order_acquire)) {
        return known;
    }
    interlock_abi_registry* registry = find_registry();
    if (registry == nullptr) {
        return nullptr;
    }
    const registry_lock lock(*registry);
    if (store.registry.load(std::memory_order_relaxed) == nullptr) {
        grow(registry->cores, registry->core_count, registry->core_room);
        registry->cores[registry->core_count++] = &this_core;
        ++registry->references;
        if (registry->class_count != 0) {
            store.others.store(true, std::memory_order_relaxed);
        }
        store.registry.store(registry, std::memory_order_release);
    }
    return registry;
}

// The class that is to be found by a name, of another extension. The registry is locked.
const interlock_abi_class* find_by_name(const interlock_abi_registry& registry,
                                        const char* name) noexcept {
    const std::uint64_t hash = hash_of_name(name);
    for (const interlock_abi_entry& entry : classes_of(registry)) {
        if (entry.hash == hash && entry.of->core != &this_core &&
            (entry.of->properties & interlock_abi_local) == 0 &&
            std::strcmp(entry.of->cpp_name, name) == 0) {
            return entry.of;
        }
    }
    return nullptr;
}

bool has_same_tag(const interlock_abi_core& core) noexcept {
    return std::strcmp(core.tag(), tag_of_this()) == 0;
}

bool fits(const interlock_abi_class& of, const class_site& site) noexcept {
    return has_same_tag(*of.core) && site.size == std::min<std::uint64_t>(of.size, 65535) &&
           site.alignment == std::min<std::uint64_t>(of.alignment, 255);
}

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

void raise_own(class_record& record, unsigned char flags) noexcept {
    for (class_site* site : {record.traits.site, record.asked_as.load(std::memory_order_acquire)}) {
        if (site != nullptr) {
            site->flags.fetch_or(flags, std::memory_order_relaxed);
        }
    }
    if (record.owner != nullptr && (flags & class_site::mapped) != 0 && !record.mapped_from_start) {
        // There may be instances already: each is entered when it is met, and no short cut is taken past that.
        record.enters_late.store(true, std::memory_order_relaxed);
        if (class_site* site = record.asked_as.load(std::memory_order_acquire)) {
            site->type.store(nullptr, std::memory_order_relaxed);
        }
    }
}

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

// With what derives from it and from its bases. The registry is locked.
class_record& meet_with_derived(class_store& store, const interlock_abi_registry& registry,
                                const interlock_abi_class& of) {
    class_record& record = meet_one(store, of);
    for (bool more = true; more;) {
        more = false;
        for (const interlock_abi_entry& entry : classes_of(registry)) {
            if (record_of(store, entry.of) == nullptr && has_met_a_base(store, *entry.of)) {
                meet_one(store, *entry.of);
                more = true;
            }
        }
    }
    return record;
}

// From now on the record is what the site means in this interpreter.
void ask_as(class_store& store, class_record& record, class_site& site) {
    site.flags.fetch_or(record.stand_in->flags.load(std::memory_order_relaxed),
                        std::memory_order_relaxed);
    site.shown.store(record.stand_in->shown.load(std::memory_order_relaxed),
                     std::memory_order_release);
    record.asked_as.store(&site, std::memory_order_release);
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
        if (asked != nullptr) {
            ask_as(*store, meet_with_derived(*store, registry, *made), *asked);
        } else if (has_met_a_base(*store, *made)) {
            meet_with_derived(*store, registry, *made);
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
        raise_own(*record, static_cast<unsigned char>(flags));
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

int begin_work_here(PyObject* self, int writes) noexcept {
    const class_record* record = record_of_own(joined_store(), self);
    return record == nullptr || begin_work(self, *record->traits.site, writes != 0) ? 1 : 0;
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
};

// Calls each of the other extensions, with no lock held.
template <class F>
void each_other(class_store& store, F call) {
    interlock_abi_registry* registry = store.registry.load(std::memory_order_acquire);
    for (std::size_t i = 0; registry != nullptr; ++i) {
        const interlock_abi_core* core = nullptr;
        {
            const registry_lock lock(*registry);
            if (i >= registry->core_count) {
                return;
            }
            core = registry->cores[i];
        }
        if (core != &this_core && !call(*core)) {
            return;
        }
    }
}

std::string refusal_of_second(const interlock_abi_class& other, const class_building& building) {
    return "the C++ class " + readable_name(*building.traits.site->info) +
           " is bound by two extensions: by the module '" + std::string(other.module) + "' as " +
           other.shown + ", and by this one as " + building.shown +
           ". Leave it out here and import '" + other.module +
           "', whose class this module's functions then use; or bind it with il::module_local in "
           "one of the two, which keeps that class to the extension that binds it";
}

}  // namespace

// ---- what this extension calls ---------------------------------------------------------------------------------------------------

void note_extension(const char* module, const char* tag) noexcept {
    const char* none = nullptr;
    if (extension_name.compare_exchange_strong(none, module, std::memory_order_acq_rel)) {
        extension_tag.store(tag, std::memory_order_release);
    }
}

void refuse_second_binding(class_store& store, const class_building& building) {
    interlock_abi_registry* registry = is_local(building) ? nullptr : registry_of(store);
    if (registry == nullptr) {
        return;
    }
    std::string why;
    {
        const registry_lock lock(*registry);
        if (const interlock_abi_class* other =
                find_by_name(*registry, building.traits.site->info->name())) {
            why = refusal_of_second(*other, building);
        }
    }
    if (!why.empty()) {
        throw import_error(why);
    }
}

void share_class(class_store& store, class_record& record, const class_building& building) {
    interlock_abi_registry* registry = registry_of(store);
    if (registry == nullptr) {
        return;
    }
    auto made = std::make_unique<published_class>();
    for (const class_member& member : record.members) {
        made->members.push_back({member.traverse, member.clear});
    }
    bool has_others_base = false;
    for (const class_base& base : record.bases) {
        if (base.record->identity != nullptr) {
            made->bases.push_back({base.record->identity, base.upcast, base.moves ? 1U : 0U});
        }
        has_others_base |= base.record->shared.load(std::memory_order_relaxed);
    }
    const class_site& site = *record.traits.site;
    const bool local = is_local(building);
    made->module = name_of_this();
    made->shown = record.shown;
    if (record.module != nullptr) {
        made->module = module_name(record.module).as<std::string>();
        made->shown = made->module + "." + record.shown;
    }
    const auto property = [](bool is, interlock_abi_property one) { return is ? one : 0U; };
    interlock_abi_class& abi = made->abi;
    abi.struct_size = sizeof(interlock_abi_class);
    abi.version = INTERLOCK_ABI_VERSION;
    abi.core = &this_core;
    abi.cpp_name = site.info->name();
    abi.type_info = site.info;
    abi.shown = made->shown.c_str();
    abi.module = made->module.c_str();
    abi.type = record.type;
    abi.size = record.traits.size;
    abi.alignment = site.alignment;
    abi.offset = record.traits.offset;
    abi.head = record.head;
    abi.thread_offset = record.thread_offset;
    abi.dict_offset = record.dict_offset;
    abi.weaklist_offset = record.weaklist_offset;
    abi.extended = record.extended;
    abi.properties = property(local, interlock_abi_local) |
                     property(record.traits.in_place, interlock_abi_in_place) |
                     property(record.outside, interlock_abi_outside) |
                     property(record.managed_dict, interlock_abi_managed_dict) |
                     property(record.collected, interlock_abi_collected) |
                     property(record.release_before_destroy, interlock_abi_release_before_destroy) |
                     property(site.has(class_site::mapped), interlock_abi_mapped_from_start) |
                     property(record.traits.is_abstract, interlock_abi_abstract) |
                     property(record.traits.is_polymorphic, interlock_abi_polymorphic);
    abi.base_count = static_cast<std::uint32_t>(made->bases.size());
    abi.bases = made->bases.data();
    abi.member_count = made->members.size();
    abi.members = made->members.data();
    record.published = std::move(made);
    record.identity = &abi;
    if (has_others_base) {
        record.shared.store(true, std::memory_order_relaxed);
    }
    {
        const class_store::lock lock(store);
        store.by_identity.set(&abi, &record);
    }
    {
        const registry_lock lock(*registry);
        const std::uint64_t hash = hash_of_name(abi.cpp_name);
        for (const interlock_abi_entry& entry : classes_of(*registry)) {
            // One of ours, which a module that is imported anew has made before.
            if (!local && entry.of->core == &this_core && entry.hash == hash &&
                std::strcmp(entry.of->cpp_name, abi.cpp_name) == 0) {
                const_cast<interlock_abi_class*>(entry.of)->properties |= interlock_abi_local;
            }
        }
        grow(registry->classes, registry->class_count, registry->class_room);
        registry->classes[registry->class_count++] = {hash, &abi};
    }
    bool done = true;
    each_other(store, [&](const interlock_abi_core& other) {
        done = other.note_class(&abi) == 0;
        return done;
    });
    if (!done) {
        throw std::bad_alloc();
    }
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
        const interlock_abi_class* found = find_by_name(*registry, site.info->name());
        if (found == nullptr || !fits(*found, site)) {
            return nullptr;
        }
        record = &meet_with_derived(store, *registry, *found);
        // Sites are variables of this extension's.
        ask_as(store, *record, const_cast<class_site&>(site));
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
            return &meet_with_derived(store, *registry, *entry.of);
        }
    }
    return nullptr;
}

std::string why_not_met(class_store& store, const class_site& site) {
    interlock_abi_registry* registry = registry_of(store);
    if (registry == nullptr || !store.others.load(std::memory_order_relaxed) ||
        is_internal(site.info->name())) {
        return {};
    }
    const registry_lock lock(*registry);
    const interlock_abi_class* found = find_by_name(*registry, site.info->name());
    if (found == nullptr || fits(*found, site)) {
        return {};
    }
    std::string text = std::string(found->shown) + " is bound by the module '" + found->module +
                       "', which was built otherwise than '" + name_of_this() +
                       "': its C++ objects cannot be used here. ";
    if (!has_same_tag(*found->core)) {
        return text + "There: " + found->core->tag() + "; here: " + tag_of_this();
    }
    return text + "There it has " + std::to_string(found->size) + " bytes, aligned to " +
           std::to_string(found->alignment) + "; here " + std::to_string(site.size) +
           ", aligned to " + std::to_string(site.alignment);
}

std::string shown_elsewhere(const class_site& site) {
    class_store* store = attached_state() == nullptr ? nullptr : store_of_classes();
    interlock_abi_registry* registry =
        store == nullptr || is_internal(site.info->name()) ? nullptr : registry_of(*store);
    if (registry == nullptr) {
        return {};
    }
    const registry_lock lock(*registry);
    const interlock_abi_class* found = find_by_name(*registry, site.info->name());
    return found == nullptr ? std::string() : std::string(found->shown);
}

void raise_flags(class_store& store, class_record& record, unsigned char flags) noexcept {
    raise_own(record, flags);
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

void leave_registry(class_store& store) noexcept {
    interlock_abi_registry* registry = store.registry.exchange(nullptr, std::memory_order_acq_rel);
    if (registry == nullptr) {
        return;
    }
    {
        const registry_lock lock(*registry);
        const auto classes = classes_of(*registry);
        const auto other = std::remove_if(classes.begin(), classes.end(), [](const auto& entry) {
            return entry.of->core == &this_core;
        });
        registry->class_count = static_cast<std::uint64_t>(other - classes.begin());
        const auto cores = cores_of(*registry);
        registry->core_count = static_cast<std::uint64_t>(
            std::remove(cores.begin(), cores.end(), &this_core) - cores.begin());
    }
    give_back(registry);
}

}  // namespace detail
INTERLOCK_END
