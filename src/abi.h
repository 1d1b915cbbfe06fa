// What interlock extensions tell one another of the classes that they bind (invariant 12).
//
// Each extension carries a core of its own, built by any compiler and at any time. In each interpreter they meet in one registry,
// a capsule in the interpreter's dictionary, whose name carries the version of all that stands here. There is no type of C++'s
// standard library in it, every struct begins with its size, and what a later version needs is added at an end.
//
// Classes are found by the name that C++ gives their type (std::type_info::name), as text. Memory that is described here belongs
// to the extension that entered it, and stays until that leaves the registry; pointers to a class are its identity, and are
// compared after that too. Functions need a thread that is attached, and speak of the interpreter that it is attached to; they
// throw nothing of C++.
#pragma once

#include <interlock/attach/compat.hpp>

#include <stddef.h>
#include <stdint.h>

extern "C" {

#define INTERLOCK_ABI_VERSION 1
#if INTERLOCK_LIMITED_API
// Extensions for the stable ABI meet among themselves: a registry's memory would be of another allocator.
#define INTERLOCK_ABI_REGISTRY "interlock.classes_1.stable"
#else
#define INTERLOCK_ABI_REGISTRY "interlock.classes_1"
#endif

struct interlock_abi_class;

// What an extension does for the others. It lives as long as the process.
struct interlock_abi_core {
    uint32_t struct_size;
    uint32_t version;
    // What has to be equal for C++ objects to be used by both, as text; and the name of the extension's module.
    const char* (*tag)(void);
    const char* (*name)(void);

    // A class was entered.
    // 0, or -1 where there is no memory.
    int (*note_class)(const struct interlock_abi_class* made);
    // Flags of a class, whoever's it is, as class_site has them: those that the extension knows, and new ones for it.
    uint32_t (*flags)(const struct interlock_abi_class* of);
    void (*raise_flags)(const struct interlock_abi_class* of, uint32_t flags);
    // The instance that a C++ object has in the extension's map of addresses, as one of the class: a new reference, or null.
    // No error is set.
    PyObject* (*find)(const struct interlock_abi_class* of, const void* value);

    // The rest is asked of who made the type of the instance.

    // Enters an instance, whose value is there, into the map of addresses, unless it is in it: 0, or -1 with the error set.
    int (*enter)(PyObject* self);
    // The C++ object of an instance that has no value now, for a thread that may use it: null where there is none, or, with
    // `refused` not 0 and the error set, where it may not.
    void* (*value_of_empty)(PyObject* self, int writes, int* refused);
    // Why there is none, in words.
    const char* (*why_empty)(PyObject* self);
    // See convert/instance_use.hpp, also for the bits of `how`: 1, or 0 with the error set.
    int (*begin_work)(PyObject* self, int how);
    void (*end_work)(PyObject* self);
    int (*may_write)(PyObject* self);
    // The C++ object of an instance, given away: as one of its own class. Null with the error set.
    void* (*take)(PyObject* self);
    int (*keep_alive)(PyObject* nurse, PyObject* patient);
    // A new instance of the class, by the implicit conversions that the extension knows; null, with an error set or without.
    PyObject* (*convert)(const struct interlock_abi_class* to, PyObject* from);

    // The Python class of a C++ exception, a std::exception by its address of which nothing but what it derives from is asked: the most
    // special one that the extension has registered. A new reference, or null without an error. Asked among those with the same tag.
    PyObject* (*class_of_thrown)(const void* error);
    // The Python class of the exception of that name: a new reference, or null without an error.
    PyObject* (*class_of_exception)(const char* cpp_name);
    // Whether Python views the memory of an instance of the extension's types whose object lies in that memory.
    int (*views_part)(const void* begin, uint64_t size);
};

struct interlock_abi_base {
    const struct interlock_abi_class* of;
    void* (*upcast)(void* value);
    uint64_t moves;  // upcast may change the address
};

// For cycle collection.
struct interlock_abi_member {
    int (*traverse)(void* value, visitproc visit, void* arg);
    void (*clear)(void* value);
};

enum interlock_abi_property : uint32_t {
    interlock_abi_local = 1,     // not to be found by its name
    interlock_abi_in_place = 2,  // the C++ type may lie in an instance
    interlock_abi_outside = 4,   // values lie outside of instances
    interlock_abi_managed_dict = 8,
    interlock_abi_collected = 16,
    interlock_abi_release_before_destroy = 32,
    interlock_abi_mapped_from_start = 64,  // every instance is in the map of addresses
    interlock_abi_abstract = 128,
    interlock_abi_polymorphic = 256,
};

struct interlock_abi_class {
    uint32_t struct_size;
    uint32_t version;
    const struct interlock_abi_core* core;
    const char* cpp_name;
    const void* type_info;  // std::type_info, for those with the same tag
    const char* shown;      // "module.Class"
    const char* module;
    PyTypeObject* type;
    uint64_t size;
    uint64_t alignment;
    uint64_t offset;  // of the value in an instance
    uint64_t head;    // of struct instance, behind the object's beginning
    int64_t thread_offset;
    int64_t dict_offset;
    int64_t weaklist_offset;
    PyTypeObject* extended;
    uint32_t properties;
    uint32_t base_count;
    const struct interlock_abi_base* bases;
    uint64_t member_count;
    const struct interlock_abi_member* members;
};

struct interlock_abi_entry {
    uint64_t hash;  // of the name: FNV-1a
    const struct interlock_abi_class* of;
};

// One for each interpreter. Its memory and that of its tables is CPython's (PyMem_RawMalloc; for the stable ABI, PyMem_Malloc); whoever gives the last reference
// back frees it: one for each core in it, one for the capsule.
struct interlock_abi_registry {
    uint32_t struct_size;
    uint32_t version;
    // Taken for everything below, where there is no GIL that sees to it: 1 while somebody has it, who does not detach until it is 0 again
    // (spin_mutex.hpp).
    uint8_t mutex;
    uint8_t reserved[7];
    uint64_t references;
    uint64_t core_count;
    uint64_t core_room;
    const struct interlock_abi_core** cores;
    uint64_t class_count;
    uint64_t class_room;
    struct interlock_abi_entry* classes;
};

#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(struct interlock_abi_core) == 8 + 18 * 8);
static_assert(sizeof(struct interlock_abi_base) == 24);
static_assert(sizeof(struct interlock_abi_member) == 16);
static_assert(sizeof(struct interlock_abi_class) == 152);
static_assert(sizeof(struct interlock_abi_entry) == 16);
static_assert(sizeof(struct interlock_abi_registry) == 72);
#endif
}
