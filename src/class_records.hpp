// Bound classes, inside the core. Internal.
//
// Who may touch what:
//
//   class_site                 flags and shown: when the class is defined; type: when it is made and when it dies
//   class_record               written before its type can be reached; afterwards read alone
//   class_store's tables       grown under the store's lock, read without one
//   class_store's maps         under the store's lock; instances enter and leave them on attached threads alone
//   class_building             the thread that describes the class: to others it is not bound before its type is made
//
// The store hangs on the interpreter's record and goes with it (invariant 8).
#pragma once

#include "abi.h"
#include "function_records.hpp"
#include "instance_map.hpp"
#include "run.hpp"
#include "spin_mutex.hpp"

#include <interlock/bind/class_operators.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

INTERLOCK_BEGIN
namespace detail {

// From addresses to addresses: grows, is read at any time by anybody.
class address_table {
public:
    void* find(const void* key) const noexcept;
    // Under a lock of the caller's. A null value takes the key out. Throws std::bad_alloc.
    void set(const void* key, void* value);

private:
    struct slots {
        explicit slots(std::size_t capacity)
            : mask(capacity - 1),
              keys(new std::atomic<const void*>[capacity]()),
              values(new std::atomic<void*>[capacity]()) {}
        std::size_t mask;
        std::unique_ptr<std::atomic<const void*>[]> keys;
        std::unique_ptr<std::atomic<void*>[]> values;
    };
    static bool put(slots& to, const void* key, void* value) noexcept;
    std::atomic<slots*> current_{nullptr};
    std::vector<std::unique_ptr<slots>> all_;
    std::size_t count_ = 0;
};

struct class_base {
    class_site* site;
    struct class_record* record;
    void* (*upcast)(void*);
    bool moves;
};

using class_member = interlock_abi_member;

// What other extensions read of a class of ours; see abi.h.
struct published_class {
    interlock_abi_class abi{};
    std::vector<interlock_abi_base> bases;
    std::vector<interlock_abi_member> members;
    std::string shown;
    std::string module;
};

// What of class_facts is read later.
struct class_traits : class_functions {
    class_site* site = nullptr;
    std::size_t size = 0;
    std::size_t offset = 0;  // of the value in an instance
    bool in_place = false;
    bool is_abstract = false;
    bool is_polymorphic = false;
    destructor deallocate = nullptr;
};

// A class in one interpreter: one of ours, or one that another extension has bound (class_sharing.cpp).
struct class_record {
    class_traits traits{};
    PyTypeObject* type = nullptr;  // owned
    PyObject* module = nullptr;    // owned
    std::vector<class_base> bases;
    std::vector<class_member> members;
    std::size_t head = 0;          // how far behind the object's beginning struct instance is
    Py_ssize_t thread_offset = 0;  // of the thread that made the instance; 0: it is not kept
    Py_ssize_t dict_offset = 0;    // before 3.12
    Py_ssize_t weaklist_offset = 0;
    PyTypeObject* extended = nullptr;  // the builtin that it extends
    function_record* init = nullptr;   // where there are several
    bool outside = false;
    bool managed_dict = false;
    bool collected = false;
    bool release_before_destroy = false;
    bool is_bare =
        false;  // instances are not collected, and have no words of their own beside the value
    std::uint32_t calculates = 0;  // a bit for each operator that stands in its type's own slot
#if INTERLOCK_LIMITED_API
    bool immutable = false;       // its metaclass refuses attributes
    void* initializer = nullptr;  // what its tp_init calls; see class_contents.cpp
#endif
    std::string shown;

    const interlock_abi_core* owner = nullptr;      // the extension that bound it; null: this one
    const interlock_abi_class* identity = nullptr;  // null: no other extension can meet it
    std::unique_ptr<published_class> published;     // where it is ours
    std::unique_ptr<class_site> stand_in;           // where it is not: traits.site
    std::atomic<class_site*> asked_as{nullptr};     // and the site of ours, once it is used
    // Classes of another extension derive from it, or it is another extension's itself.
    std::atomic<bool> shared{false};
    bool mapped_from_start = false;  // where it is another extension's
    bool keeps_instances = false;    // the memory of its instances, in its site
    // And instances may not be in its map of addresses that have to be.
    std::atomic<bool> enters_late{false};

    instance* head_of(PyObject* object) const noexcept {
        return reinterpret_cast<instance*>(reinterpret_cast<char*>(object) + head);
    }
    outside_value*& outside_of(PyObject* object) const noexcept {
        return reinterpret_cast<instance_with_outside*>(head_of(object))->outside;
    }
    void* place_of(PyObject* object) const noexcept {
        return reinterpret_cast<char*>(head_of(object)) + traits.offset;
    }
    bool is_in_place(PyObject* object, const void* value) const noexcept {
        return !outside && value == place_of(object);
    }
};

struct implicit_conversion {
    const class_site* to;
    bool (*accepts)(PyObject*) noexcept;
    std::atomic<implicit_conversion*> next{nullptr};
};
// In the order in which they were added. Grows under the store's lock, is read without one: also by somebody who calls Python
// between two of them, which may add more.
class implicit_conversions {
public:
    implicit_conversions() = default;
    implicit_conversions(const implicit_conversions&) = delete;
    implicit_conversions& operator=(const implicit_conversions&) = delete;
    ~implicit_conversions() {
        for (const implicit_conversion* one = first(); one != nullptr;) {
            const std::unique_ptr<const implicit_conversion> ended(one);
            one = following(*one);
        }
    }

    const implicit_conversion* first() const noexcept {
        return first_.load(std::memory_order_acquire);
    }
    static const implicit_conversion* following(const implicit_conversion& one) noexcept {
        return one.next.load(std::memory_order_acquire);
    }
    // Under the lock; known ones stay as they are. Throws std::bad_alloc.
    void add(const class_site& to, bool (*accepts)(PyObject*) noexcept) {
        std::atomic<implicit_conversion*>* place = &first_;
        while (implicit_conversion* known = place->load(std::memory_order_relaxed)) {
            if (known->to == &to && known->accepts == accepts) {
                return;
            }
            place = &known->next;
        }
        place->store(new implicit_conversion{&to, accepts}, std::memory_order_release);
    }

private:
    std::atomic<implicit_conversion*> first_{nullptr};
};

// An enumeration in one interpreter.
struct enum_record {
    PyObject* type = nullptr;                          // owned
    std::unordered_map<long long, PyObject*> members;  // owned
    std::unordered_map<PyObject*, long long> values;
    bool accepts_int = false;
    bool is_flag = false;
    bool is_signed = true;
    enum_members few;  // what `known` refers to, where it does
    std::atomic<const enum_members*>* known = nullptr;

    enum_record() = default;
    ~enum_record();
    enum_record(const enum_record&) = delete;
    enum_record& operator=(const enum_record&) = delete;
};
class enum_building;

// A named tuple or dataclass in one interpreter; see aggregates.cpp.
struct aggregate_record {
    const struct aggregate_site* site = nullptr;  // the first of those that it is for
    PyObject* type = nullptr;                     // owned
    PyObject* names = nullptr;                    // owned: a tuple
    PyObject* keywords = nullptr;                 // owned: those that are given by name; or null
    bool is_plain_tuple = false;  // made by us: an instance is a tuple with another class

    aggregate_record() = default;
    ~aggregate_record();
    aggregate_record(const aggregate_record&) = delete;
    aggregate_record& operator=(const aggregate_record&) = delete;
};

// Functions that work on instances with the interpreter released, or may run Python code; see instance_use.cpp.
struct work_entry {
    const PyObject* object;
    void* value;  // the instance's own, while it is marked; null in a call that has not left
    const void* thread;
    bool writes;
    bool released;
};
struct work_table {
    struct part {
        // In the order in which they began. Few at a time, but for calls with containers of pointers: what is beyond those few is found
        // by its object. An object's entries there are younger than its others.
        static constexpr std::size_t few = 32;
        std::vector<work_entry> entries;
        std::unordered_map<const PyObject*, std::vector<work_entry>> others;
        spin_mutex mutex;

        // Throws std::bad_alloc.
        void add(const work_entry& entry) {
            if (others.empty() && entries.size() < few) [[likely]] {
                entries.push_back(entry);
            } else {
                add_beyond(entry);
            }
        }
        // Calls f(entry) for those of the object, until it says false.
        template <class F>
        void for_each(const PyObject* object, const F& f) const {
            for (const work_entry& entry : entries) {
                if (entry.object == object && !f(entry)) {
                    return;
                }
            }
            if (const std::vector<work_entry>* found = find_beyond(object)) {
                for (const work_entry& entry : *found) {
                    if (!f(entry)) {
                        return;
                    }
                }
            }
        }
        // Takes out the youngest of the object that `is` says so of.
        template <class Is>
        std::optional<work_entry> take_last(const PyObject* object, const Is& is) noexcept {
            if (std::vector<work_entry>* found = find_beyond(object)) {
                std::optional<work_entry> taken = take_last_of(*found, object, is);
                if (found->empty()) {
                    others.erase(object);
                }
                if (taken) {
                    return taken;
                }
            }
            return take_last_of(entries, object, is);
        }

    private:
        INTERLOCK_NOINLINE void add_beyond(const work_entry& entry);
        std::vector<work_entry>* find_beyond(const PyObject* object) noexcept {
            return others.empty() ? nullptr : find_in_others(object);
        }
        const std::vector<work_entry>* find_beyond(const PyObject* object) const noexcept {
            return const_cast<part*>(this)->find_beyond(object);
        }
        INTERLOCK_NOINLINE std::vector<work_entry>* find_in_others(const PyObject* object) noexcept;
        template <class Is>
        static std::optional<work_entry> take_last_of(std::vector<work_entry>& from,
                                                      const PyObject* object,
                                                      const Is& is) noexcept {
            for (std::size_t i = from.size(); i-- > 0;) {
                if (from[i].object == object && is(from[i])) {
                    const work_entry taken = from[i];
                    from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
                    return taken;
                }
            }
            return std::nullopt;
        }
    };
    class lock : spin_lock {
    public:
        explicit lock(part& of) noexcept : spin_lock(of.mutex) {}
    };
    part& of(const PyObject* object) noexcept {
        return parts[(reinterpret_cast<std::uintptr_t>(object) >> 4) % parts.size()];
    }
    std::array<part, 16> parts;
};

// What becomes of the types of a module body: they are made, or forgotten.
struct body_hooks {
    void (*finish)(std::uint64_t building_id);
    void (*forget)(std::uint64_t building_id) noexcept;
};
// In this order: a class's constants may be of an enumeration.
enum class body_part : unsigned char { enums, classes, count };

struct class_store {
    // One thread at a time, where there is no GIL that sees to it.
    class lock : spin_lock {
    public:
        explicit lock(class_store& of) noexcept : spin_lock(of.mutex_) {}
    };

    address_table by_type;
    address_table by_site;
    address_table by_info;
    address_table by_identity;  // and those that are in the registry
    std::vector<std::unique_ptr<class_record>> records;
    // Under the lock. Lists: they are taken from the front, one after the other.
    std::list<counted<class_building>> pending;
    // Each once there is one to make: what makes them is no part of a module that has none.
    std::array<std::atomic<const body_hooks*>, static_cast<std::size_t>(body_part::count)> hooks{};
    void hook(body_part part, const body_hooks& to) noexcept {
        hooks[static_cast<std::size_t>(part)].store(&to, std::memory_order_relaxed);
    }
    implicit_conversions implicit;
    instance_map instances;
    std::unordered_map<PyObject*, std::vector<PyObject*>> cared_for;  // patients, owned
    std::unordered_map<PyObject*, std::size_t> exported;  // whose memory Python views, how often
    // The C++ objects of these, address and size, in this order; and how often. Under the lock.
    std::map<std::pair<std::uintptr_t, std::size_t>, std::size_t> exported_values;
    // Instances whose C++ object was moved out and given away; what is left of it lies in them.
    std::unordered_set<const PyObject*> emptied;
    // How many parts Python has of the objects in these, which lie beside the instances' memory. Under the lock.
    std::unordered_map<const PyObject*, unsigned> parted;
    work_table work;
    std::vector<kept_default_value> defaults;  // of classes outside of modules of ours
    address_table enums_by_site;
    std::vector<std::unique_ptr<enum_record>> enums;
    std::list<counted<enum_building>> pending_enums;
    address_table aggregates_by_site;
    std::vector<std::unique_ptr<aggregate_record>> aggregates;
    PyTypeObject* root = nullptr;  // of classes whose values lie outside
    PyTypeObject* static_property = nullptr;
    PyTypeObject* static_metaclass = nullptr;
    // Where extensions meet, once this one has joined; and whether another one has bound anything.
    std::atomic<interlock_abi_registry*> registry{nullptr};
    std::atomic<bool> others{false};
    void (*leave)(class_store&) noexcept = nullptr;  // leave_registry, from then on

private:
    spin_mutex mutex_;
};

// The store of the interpreter that this thread is attached to; null where there is no memory or no interpreter of ours.
class_store* store_of_classes() noexcept;
INTERLOCK_COLD class_store* make_store_of_classes(interpreter_record& record) noexcept;
// The record of the nearest bound class that a type is or derives from, or null.
class_record* record_of_type(const class_store& store, PyTypeObject* type) noexcept;
// The record of a C++ class; its type is made now where its definitions are still collected; it may be another extension's.
// Null: it is not bound. Throws.
class_record* make_or_meet(class_store& store, const class_site& site);
inline class_record* record_of_site(class_store& store, const class_site& site) {
    if (void* known = store.by_site.find(&site)) [[likely]] {
        return static_cast<class_record*>(known);
    }
    return make_or_meet(store, site);
}
class_record* record_of_object(PyObject* object) noexcept;  // of its type; or null
// A new instance without a value; null with the error set.
PyObject* allocate_of(const class_record& record, PyTypeObject* type) noexcept;
// Lets the memory of instances that ended wait for others, where it may: then it is to be given back. The type in the site changes.
bool keep_instances(const class_site& site, PyTypeObject* type, bool are_plain) noexcept;
void free_kept_instances(const class_site& site) noexcept;
// Destroys what an instance has outside of itself, where it owns that.
void end_outside(outside_value* outside) noexcept;
// From an object of the record's class to its part of the site's; null where it has none.
void* cast_up(const class_record& record, void* value, const class_site& site) noexcept;
bool derives_from(const class_record& record, const class_site& site) noexcept;
// Whether it is the site's own class.
inline bool is_class_of(const class_record& record, const class_site& site) noexcept {
    return record.traits.site == &site || record.asked_as.load(std::memory_order_acquire) == &site;
}
// A base whose part of an object may lie elsewhere than the object: it is looked for from now on.
void mark_adjusted(class_record& base) noexcept;
// The C++ object of an instance that has no value, for this thread: at work, or lent to an override. Null where there is none,
// or, with RuntimeError set, where this thread may not use it.
void* value_of_empty(class_store& store, const class_record& record, PyObject* object, bool writes,
                     bool& refused) noexcept;
const char* state_of_empty(class_store& store, const class_record& record,
                           PyObject* object) noexcept;
// By the implicit conversions of this extension. Null, with an error set or without.
PyObject* convert_implicitly(class_store& store, const class_site& to, PyObject* from);
// The map of addresses of this extension. once: it may be in it.
bool enter_map(class_store& store, const void* value, PyObject* self, bool once = false) noexcept;
void leave_map(class_store& store, const void* value, PyObject* self) noexcept;
PyObject* find_in_map(class_store& store, const void* value, const class_site& site) noexcept;
// The C++ object of an instance that a function works on with the interpreter released; null where none does, and, with
// RuntimeError set, where this thread may not use it.
void* value_at_work(class_store& store, PyObject* object, bool writes, bool& refused) noexcept;
bool is_at_work(class_store& store, const PyObject* object) noexcept;
// Whether the instance was emptied by moving its C++ object out.
bool is_emptied(class_store& store, const PyObject* object) noexcept;
// The C++ object of an instance that was given away, on the thread that runs an override of it; null elsewhere.
void* value_lent_to_override(PyObject* self) noexcept;
// Puts the core's own functions for objects that are copied as bytes into the traits of such a class.
void treat_as_bytes(class_functions& functions) noexcept;
// The name of a type in C++.
std::string readable_name(const std::type_info& info);
// The name in messages.
std::string name_of_site(const class_site& site);

// Where a class or an enumeration is defined.
struct scope_of_class {
    std::string shown;   // its qualified name
    PyObject* module;    // borrowed; null where none is known
    std::uint64_t body;  // of the module body that runs; 0: none does
};
scope_of_class look_at_scope(class_store& store, const class_scope& scope, const char* name,
                             const char* operation);
// Enters what was made into the module or the type that it is in, or into what is collected for the class around it, where that
// one is still open.
void enter_in_scope(class_store& store, PyObject* scope, class_building* outer, const char* name,
                    PyObject* value);
// A text that lives as long as the process.
const char* keep_class_name(const std::string& text);
// What a class or an enumeration that is bound here is called.
void name_site(class_site& site, const std::string& shown);

PyObject* make_type(class_store& store, class_building& building);
void register_map_views(PyObject* abc);

// Whether Python views the memory of an instance whose object lies in that memory.
bool is_part_exported(class_store& store, const void* value, std::size_t size) noexcept;
// The same of instances of other extensions' types.
bool is_part_exported_elsewhere(class_store& store, const void* value, std::size_t size) noexcept;

// Slots and definitions that do not depend on a class.
PyObject* new_instance_of_type(PyTypeObject* type, PyObject* arguments, PyObject* names);
int traverse_instance(PyObject* self, visitproc visit, void* arg);
int clear_instance(PyObject* self);
extern PyMethodDef copy_definitions[2];
extern PyMethodDef generic_definition;
PyObject* call_overloaded_class(PyObject* type, PyObject* const* arguments, std::size_t counted,
                                PyObject* names);

// One of several functions of a name, by its own convention; self is what it reads its attempt or its object from.
PyObject* call_by_convention(PyObject* self, const alternative& one, PyObject* const* arguments,
                             Py_ssize_t given, PyObject* names);
// No alternative takes the arguments: a TypeError that says why not, of each. The result of one that takes them after all, where
// the arguments changed meanwhile. Throws std::bad_alloc.
PyObject* refuse_all(const function_record& all, attempt& trial, PyObject* const* arguments,
                     Py_ssize_t given, PyObject* names);
// Whether the operand is of a class that an alternative takes but has no C++ object, as before __init__: then a TypeError says so. It
// would be found too late otherwise: where an operand does not fit, Python names the types alone. Throws std::bad_alloc.
bool refuse_empty_operand(const function_record& all, PyObject* operand);
// A method of a class with several definitions, or with a state.
PyObject* dispatch_method(const function_record& all, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t given, PyObject* names);
// The constructors of a class; direct: the one that there is finds its record by itself.
PyObject* call_initializers(const function_record& all, bool direct, PyObject* self,
                            PyObject* const* arguments, Py_ssize_t given, PyObject* names);
// A C function of METH_FASTCALL|METH_KEYWORDS that calls dispatch_method with the record; null where all are taken.
PyCFunction take_pooled_function(const function_record* record) noexcept;
// There are as many in an extension; a method that finds none left is an instancemethod, and slower. Number i calls dispatch_pooled
// with i.
inline constexpr std::size_t pooled_function_count = 128;
PyCFunction pooled_function(std::size_t i) noexcept;
PyObject* dispatch_pooled(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                          PyObject* names, std::size_t i);
// What a callable like that says where nothing fits: NotImplemented for operators.
bool is_operator_name(const char* name) noexcept;

// ---- classes of other extensions: class_registry.cpp, class_sharing.cpp ------------------------------------------------------------------------------

// Throws import_error where another extension has bound the C++ class, unless one of the two does that for itself alone.
void refuse_second_binding(class_store& store, const class_building& building);
// Makes a class known to the other extensions, before there are instances of it. Throws.
void share_class(class_store& store, class_record& record, const class_building& building);
// The record of a class that another extension has bound, or null. Throws.
class_record* meet_class(class_store& store, const class_site& site);
// The same for the type, where another extension has made it.
class_record* meet_type(class_store& store, PyTypeObject* type);
// Where a class is bound by an extension that was built otherwise, a sentence that says so; or an empty one.
std::string why_not_met(class_store& store, const class_site& site);
// Raises flags of the class, here; and in all extensions that know it.
void raise_own_flags(class_record& record, unsigned char flags) noexcept;
void raise_flags(class_store& store, class_record& record, unsigned char flags) noexcept;
// Asks the other extensions for the instance of a C++ object: a new reference, or null.
PyObject* find_elsewhere(class_store& store, const class_record& record,
                         const void* value) noexcept;
void leave_registry(class_store& store) noexcept;

struct class_definition {
    std::string name;
    collected_name all;
    method_kind kind;
    bool by_default = false;  // of a bound container: a definition of the user's takes its place
};

struct class_property {
    PyGetSetDef definition;
    property_record record;
    const hint* type = nullptr;  // what the getter gives
    std::string name;
    std::string
        doc;  // the author's; of the attribute when the type is made, for the classes in it may be bound later
    std::string shown;
    bool is_static = false;
    ~class_property() {
        if (record.destroy != nullptr) {
            record.destroy(record.get_state, record.set_state);
        }
    }
};

class class_building {
public:
    class_traits traits{};
    std::string name;
    std::string shown;  // qualified
    PyObject* scope =
        nullptr;  // owned: where the name is entered; null where the class is nested in `outer`
    counted<class_building> outer;
    PyObject* module = nullptr;  // owned
    std::uint64_t body = 0;      // of the module body; 0: outside of any
    const std::thread::id thread = std::this_thread::get_id();  // which describes it
    std::string doc;
    unsigned options = 0;
    PyObject* metatype = nullptr;  // owned
    PyObject* extended = nullptr;  // owned
    std::vector<PyType_Slot> slots;
    std::vector<class_base> bases;
    std::vector<class_member> members;
    bool sees_all_members = false;
    std::vector<class_definition> definitions;
    std::vector<std::unique_ptr<class_property>> properties;
    std::vector<std::pair<std::string, PyObject*>> attributes;  // owned
    std::vector<PyType_Slot> late_slots;                        // see set_type_slots
    const char* abstract = nullptr;                             // of collections.abc
    // What those two were told, in the type that is made; null: nothing.
    void (*finish_container)(PyTypeObject* type, const class_building& building) = nullptr;
    richcmpfunc compare = nullptr;  // compares directly what has an entry in `direct`
    struct comparison_table* comparisons = nullptr;  // where those entries are looked for
    std::array<richcmpfunc, 6> direct{};
    std::array<binaryfunc, arithmetic_count> calculate{};  // what stands in the slots of its type
    vectorcallfunc vectorcall = nullptr;
    PyObject* type = nullptr;  // owned; once it is made
    bool under_way = false;

    class_building() = default;
    ~class_building();
    class_building(const class_building&) = delete;
    class_building& operator=(const class_building&) = delete;

    bool has(class_option option) const noexcept {
        return (options & (1U << static_cast<unsigned>(option))) != 0;
    }
    // Whether it is the site's class, and this thread describes it.
    bool is_described_here(const class_site& site) const noexcept {
        return traits.site == &site && thread == std::this_thread::get_id();
    }
};

// The first of the classes or enumerations that are being described that `which` accepts; or null. It is called under the
// store's lock and may not call Python.
template <class Building, class Which>
counted<Building> find_pending(class_store& store, const std::list<counted<Building>>& among,
                               const Which& which) {
    const class_store::lock lock(store);
    const auto found =
        std::find_if(among.begin(), among.end(), [&](const auto& one) { return which(*one); });
    return found == among.end() ? nullptr : *found;
}

// The same, taken out.
template <class Building, class Which>
counted<Building> take_pending(class_store& store, std::list<counted<Building>>& among,
                               const Which& which) noexcept {
    counted<Building> taken;
    const class_store::lock lock(store);
    const auto found =
        std::find_if(among.begin(), among.end(), [&](const auto& one) { return which(*one); });
    if (found != among.end()) {
        taken = std::move(*found);
        among.erase(found);
    }
    return taken;
}

// All of them. They end outside of the lock, for they hold Python references.
template <class Building, class Which>
void forget_pending(class_store& store, std::list<counted<Building>>& among,
                    const Which& which) noexcept {
    while (take_pending(store, among, which) != nullptr) {
    }
}

}  // namespace detail
INTERLOCK_END
