// The registry where extensions meet: who is in it, which classes there are, and which are the same. See abi.h.
#include "class_registry.hpp"
#include "decimal.hpp"
#include "texts.hpp"

#include <interlock/bind/abi_tag.hpp>
#include <interlock/objects/special_errors.hpp>

#include <algorithm>
#include <cctype>
#include <cstring>

INTERLOCK_BEGIN
namespace detail {

std::atomic<const interlock_abi_core*> joined_core{nullptr};

// ---- names ---------------------------------------------------------------------------------------------------------------------

bool is_internal(const char* name) noexcept {
    return std::strstr(name, "_GLOBAL__N_") != nullptr || std::strncmp(name, "ZL", 2) == 0 ||
           std::strstr(name, "anonymous namespace") != nullptr;
}

namespace {

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
    constexpr std::string_view words =
        " "
        "bool char char8_t char16_t char32_t wchar_t short int long float double signed "
        "unsigned void const __int128 class struct enum __int64 volatile true false ul "
        "__cdecl ";
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
            !is_word_of(words, word)) {
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

std::uint64_t hash_of_name(const char* name) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (; *name != '\0'; ++name) {
        hash = (hash ^ static_cast<unsigned char>(*name)) * 0x100000001B3ULL;
    }
    return hash;
}

void give_back(interlock_abi_registry* registry) noexcept {
    {
        const registry_lock lock(*registry);
        if (--registry->references != 0) {
            return;
        }
    }
    free_shared(static_cast<void*>(registry->cores));
    free_shared(registry->classes);
    free_shared(registry);
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
    void* larger = enlarge_shared(const_cast<void*>(static_cast<const void*>(table)),
                                  // NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers
                                  static_cast<std::size_t>(wanted) * sizeof(T));
    if (larger == nullptr) {
        throw std::bad_alloc();
    }
    table = static_cast<T*>(larger);
    room = wanted;
}

// The interpreter's dictionary and the registry's key; one is null where there is no memory, or no dictionary any more.
struct place_of_registry {
    place_of_registry() noexcept
        : dict(is_finalizing() ? nullptr : interpreter_dict(interpreter_of(attached_state()))),
          key(dict == nullptr ? nullptr : PyUnicode_FromString(INTERLOCK_ABI_REGISTRY)) {}
    PyObject* find() const noexcept {
        return key.pointer == nullptr ? nullptr : PyDict_GetItemWithError(dict, key.pointer);
    }
    PyObject* dict;
    reference key;
};

interlock_abi_registry* registry_in(PyObject* capsule) noexcept {
    void* registry =
        capsule == nullptr ? nullptr : PyCapsule_GetPointer(capsule, INTERLOCK_ABI_REGISTRY);
    PyErr_Clear();
    return static_cast<interlock_abi_registry*>(registry);
}

// The registry of this interpreter, as it hangs in its dictionary, made where there is none; null where there is no memory, or no
// dictionary any more.
interlock_abi_registry* make_or_find_registry() noexcept {
    const keep_error kept;
    const place_of_registry place;
    PyObject* known = place.find();
    if (known == nullptr && place.key.pointer != nullptr && PyErr_Occurred() == nullptr) {
        auto* fresh =
            static_cast<interlock_abi_registry*>(allocate_shared(sizeof(interlock_abi_registry)));
        if (fresh == nullptr) {
            return nullptr;
        }
        fresh->struct_size = sizeof(interlock_abi_registry);
        fresh->version = INTERLOCK_ABI_VERSION;
        fresh->references = 1;
        const reference capsule(PyCapsule_New(fresh, INTERLOCK_ABI_REGISTRY, &end_registry));
        if (capsule.pointer == nullptr) {
            free_shared(fresh);
        } else {
            known = PyDict_SetDefault(place.dict, place.key.pointer, capsule.pointer);
        }
    }
    return registry_in(known);
}

}  // namespace

interlock_abi_registry* known_registry() noexcept {
    const keep_error kept;
    return registry_in(place_of_registry().find());
}

interlock_abi_registry* registry_of(class_store& store) {
    if (auto* known = store.registry.load(std::memory_order_acquire)) {
        return known;
    }
    interlock_abi_registry* registry = make_or_find_registry();
    if (registry == nullptr) {
        return nullptr;
    }
    const registry_lock lock(*registry);
    if (store.registry.load(std::memory_order_relaxed) == nullptr) {
        grow(registry->cores, registry->core_count, registry->core_room);
        registry->cores[registry->core_count++] = &this_core;
        joined_core.store(&this_core, std::memory_order_relaxed);
        ++registry->references;
        store.leave = &leave_registry;
        if (registry->class_count != 0) {
            store.others.store(true, std::memory_order_relaxed);
        }
        store.registry.store(registry, std::memory_order_release);
    }
    return registry;
}

const interlock_abi_class* find_by_name(const interlock_abi_registry& registry,
                                        const class_site& site) noexcept {
    const char* name = site.info->name();
    const std::uint64_t hash = hash_of_name(name);
    const interlock_abi_class* found = nullptr;
    for (const interlock_abi_entry& entry : classes_of(registry)) {
        if (entry.hash == hash && entry.of->core != &this_core &&
            (entry.of->properties & interlock_abi_local) == 0 &&
            std::strcmp(entry.of->cpp_name, name) == 0) {
            if (fits(*entry.of, site)) {
                return entry.of;
            }
            found = entry.of;
        }
    }
    return found;
}

bool has_same_tag(const interlock_abi_core& core) noexcept {
    return std::strcmp(core.tag(), tag_of_this()) == 0;
}

bool fits(const interlock_abi_class& of, const class_site& site) noexcept {
    return has_same_tag(*of.core) && site.size == std::min<std::uint64_t>(of.size, 65535) &&
           site.alignment == std::min<std::uint64_t>(of.alignment, 255);
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

// ---- entering, and what others entered -----------------------------------------------------------------------------------------

namespace {

std::string refusal_of_second(const interlock_abi_class& other, const class_building& building) {
    const std::string here = building.module == nullptr
                                 ? std::string(name_of_this())
                                 : module_name(building.module).as<std::string>();
    return concatenated(
        {"the C++ class ", readable_name(*building.traits.site->info),
         " is bound by two extensions: by the module '", other.module, "' as ", other.shown,
         ", and by the module '", here, "' as ", here, ".", building.shown, ". Leave it out in '",
         here, "' and import '", other.module,
         "', whose class its functions then use; or bind it with il::module_local in "
         "one of the two, which keeps that class to the extension that binds it"});
}

}  // namespace

void refuse_second_binding(class_store& store, const class_building& building) {
    interlock_abi_registry* registry = is_local(building) ? nullptr : registry_of(store);
    if (registry == nullptr) {
        return;
    }
    const interlock_abi_class* other = nullptr;
    {
        const registry_lock lock(*registry);
        other = find_by_name(*registry, *building.traits.site);
    }
    // Where they are not alike, they are two types of one name.
    if (other != nullptr && fits(*other, *building.traits.site)) {
        throw import_error(refusal_of_second(*other, building));
    }
}

void share_class(class_store& store, class_record& record, const class_building& building) {
    interlock_abi_registry* registry = registry_of(store);
    if (registry == nullptr) {
        return;
    }
    published_class* made = record.published.get();
    made->members = record.members;
    made->bases = std::vector<interlock_abi_base>(record.bases.size());
    std::uint32_t known_bases = 0;
    bool has_others_base = false;
    for (const class_base& base : record.bases) {
        if (base.record->identity != nullptr) {
            made->bases[known_bases++] = {base.record->identity, base.upcast, base.moves ? 1U : 0U};
        }
        has_others_base |= base.record->shared.load(std::memory_order_relaxed);
    }
    const class_site& site = *record.traits.site;
    const bool local = is_local(building);
    made->module = name_of_this();
    made->shown = record.shown;
    if (record.module != nullptr) {
        made->module = module_name(record.module).as<std::string>();
        made->shown = concatenated({made->module, ".", record.shown});
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
    abi.base_count = known_bases;
    abi.bases = made->bases.data();
    abi.member_count = made->members.size();
    abi.members = made->members.data();
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
            if (entry.hash == hash && !local && entry.of->core == &this_core &&
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

std::string why_not_met(class_store& store, const class_site& site) {
    interlock_abi_registry* registry = registry_of(store);
    if (registry == nullptr || !store.others.load(std::memory_order_relaxed) ||
        is_internal(site.info->name())) {
        return {};
    }
    const registry_lock lock(*registry);
    const interlock_abi_class* found = find_by_name(*registry, site);
    if (found == nullptr || fits(*found, site)) {
        return {};
    }
    const std::string text = concatenated({found->shown, " is bound by the module '", found->module,
                                           "', which was built otherwise than '", name_of_this(),
                                           "': its C++ objects cannot be used here. "});
    if (!has_same_tag(*found->core)) {
        return concatenated({text, "There: ", found->core->tag(), "; here: ", tag_of_this()});
    }
    return concatenated({text, "There it has ", decimal(found->size), " bytes, aligned to ",
                         decimal(found->alignment), "; here ", decimal(site.size), ", aligned to ",
                         decimal(site.alignment)});
}

std::string shown_elsewhere(const class_site& site) {
    class_store* store = attached_state() == nullptr ? nullptr : store_of_classes();
    interlock_abi_registry* registry =
        store == nullptr || is_internal(site.info->name()) ? nullptr : registry_of(*store);
    if (registry == nullptr) {
        return {};
    }
    const registry_lock lock(*registry);
    const interlock_abi_class* found = find_by_name(*registry, site);
    return found == nullptr || !fits(*found, site) ? std::string() : std::string(found->shown);
}

}  // namespace detail
INTERLOCK_END
