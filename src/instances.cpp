// Instances: how they are made, found again by the address of their C++ object, and ended. See convert/class_site.hpp, and
// instance_care.cpp for the rest.
#include "class_records.hpp"

#include <interlock/objects/unraisable.hpp>

#include <cstring>

INTERLOCK_BEGIN
namespace detail {

class_record* record_of_object(PyObject* object) noexcept {
    const class_store* store = store_of_classes();
    return store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
}

PyObject* allocate_of(const class_record& record, PyTypeObject* type) noexcept {
#if !INTERLOCK_LIMITED_API
    // What PyType_GenericAlloc does for those, without its questions.
    if (record.is_bare && type == record.type) [[likely]] {
        PyObject* self = allocate_plain(type);
        if (self == nullptr) {
            return PyErr_NoMemory();
        }
        std::memset(static_cast<void*>(self), 0, static_cast<std::size_t>(type->tp_basicsize));
        begin_plain(self, type);
        return self;
    }
#endif
    PyObject* self = INTERLOCK_TYPE_SLOT(type, tp_alloc, allocfunc)(type, 0);
    if (self != nullptr && record.thread_offset != 0) {
        *reinterpret_cast<unsigned long*>(reinterpret_cast<char*>(self) + record.thread_offset) =
            PyThread_get_thread_ident();
    }
    return self;
}

// ---- the map of addresses ------------------------------------------------------------------------------------------------------

bool enter_map(class_store& store, const void* value, PyObject* self, bool once) noexcept {
    try {
        allow_new_references(self);
        const class_store::lock lock(store);
        if (!once || store.instances.find(value, [self](const PyObject* other) {
                return other == self;
            }) == nullptr) {
            store.instances.add(value, self);
        }
        return true;
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
}

void leave_map(class_store& store, const void* value, PyObject* self) noexcept {
    const class_store::lock lock(store);
    store.instances.remove(value, self);
}

namespace {

// Into the map of the extension that made the type.
bool enter(class_store& store, const class_record& record, const void* value,
           PyObject* self) noexcept {
    return record.owner != nullptr ? record.owner->enter(self) == 0 : enter_map(store, value, self);
}

PyObject* find_in_locked_map(class_store& store, const void* value,
                             const class_site& site) noexcept {
    return store.instances.find(value, [&](PyObject* self) {
        const class_record* record = record_of_type(store, Py_TYPE(self));
        return record != nullptr && derives_from(*record, site) && try_new_reference(self);
    });
}

}  // namespace

// A new reference, or null.
PyObject* find_in_map(class_store& store, const void* value, const class_site& site) noexcept {
    const class_store::lock lock(store);
    return find_in_locked_map(store, value, site);
}

namespace {

// Enters a new instance and gives it back, unless another thread has entered one for that object since it was looked for: then
// that one, in its place. Null with the error set where there is no memory. Takes the reference over.
PyObject* enter_or_find(class_store& store, const class_record& record, const void* value,
                        PyObject* self) noexcept {
    PyObject* entered = nullptr;
    try {
        allow_new_references(self);
        const class_store::lock lock(store);
        entered = find_in_locked_map(store, value, *record.traits.site);
        if (entered == nullptr) {
            store.instances.add(value, self);
            return self;
        }
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    }
    Py_DECREF(self);
    return entered;
}

PyObject* find_anywhere(class_store& store, const class_record& record, const void* value,
                        const class_site& site) noexcept {
    PyObject* found = find_in_map(store, value, site);
    return found == nullptr && record.shared.load(std::memory_order_relaxed)
               ? find_elsewhere(store, record, value)
               : found;
}

}  // namespace

// ---- memory of instances that have ended ----------------------------------------------------------------------------------------
//
// Of a class whose instances are nothing but a value that lies inside, the memory of a few that ended waits for the next ones: they
// are made without CPython's allocator, which takes about as long as all the rest. The list is of the type that stands in the site,
// and is used while that type's interpreter is the only one; what it holds is given back when that interpreter forgets its classes.
// What waits there is no object, and is no part of any count; it keeps its reference to the type, which lives as long anyway. So what is
// process-wide is of one interpreter, as the type in the site is, and nobody looks at it once a second one was met (invariant 8).

namespace {

#if INTERLOCK_KEEPS_INSTANCES
inline constexpr unsigned most_kept = 8;
// Larger ones are not taken from CPython's pools, but from the C library.
inline constexpr Py_ssize_t largest_kept = 512;

INTERLOCK_INLINE PyObject* take_kept(const class_site& site) noexcept {
    instance* kept = site.kept.load(std::memory_order_relaxed);
    if (kept == nullptr || !only_one_interpreter()) [[unlikely]] {
        return nullptr;
    }
    site.kept.store(static_cast<instance*>(kept->value.load(std::memory_order_relaxed)),
                    std::memory_order_relaxed);
    site.room.store(site.room.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return &kept->head;
}

INTERLOCK_INLINE bool keep(PyObject* self, const class_site& site) noexcept {
    const unsigned room = site.room.load(std::memory_order_relaxed);
    if (room == 0 || !only_one_interpreter()) [[unlikely]] {
        return false;
    }
    site.room.store(room - 1, std::memory_order_relaxed);
    as_instance(self)->value.store(site.kept.load(std::memory_order_relaxed),
                                   std::memory_order_relaxed);
    site.kept.store(as_instance(self), std::memory_order_relaxed);
    return true;
}
#else
INTERLOCK_INLINE bool keep(PyObject*, const class_site&) noexcept { return false; }
#endif

PyObject* allocate_by_record(const class_site& site) noexcept {
    class_store* store = store_of_classes();
    try {
        const class_record* record = store == nullptr ? nullptr : record_of_site(*store, site);
        return record == nullptr ? refuse_unbound(site) : allocate_of(*record, record->type);
    } catch (const std::exception& error) {
        return translate(error);
    }
}

}  // namespace

INTERLOCK_COLD void free_kept_instances(const class_site& site) noexcept {
    site.room.store(0, std::memory_order_relaxed);
    while (instance* kept = site.kept.load(std::memory_order_relaxed)) {
        site.kept.store(static_cast<instance*>(kept->value.load(std::memory_order_relaxed)),
                        std::memory_order_relaxed);
        PyTypeObject* type = Py_TYPE(&kept->head);
        PyObject_Free(kept);
        Py_DECREF(type);
    }
}

INTERLOCK_COLD bool keep_instances([[maybe_unused]] const class_site& site,
                                   [[maybe_unused]] PyTypeObject* type,
                                   [[maybe_unused]] bool are_plain) noexcept {
#if INTERLOCK_KEEPS_INSTANCES
    if (!only_one_interpreter()) {
        return false;  // what the list holds is another one's
    }
    // A class that is made anew may be of another size.
    free_kept_instances(site);
    if (are_plain && type->tp_basicsize <= largest_kept && objects_have_plain_memory()) {
        site.room.store(most_kept, std::memory_order_relaxed);
        return true;
    }
#endif
    return false;
}

namespace {

INTERLOCK_NOINLINE PyObject* allocate_anew(const class_site& site) noexcept {
    PyTypeObject* type = site.type.load(std::memory_order_relaxed);
    if (type == nullptr || site.has(class_site::special) || !only_one_interpreter()) [[unlikely]] {
        return allocate_by_record(site);
    }
    PyObject* self = allocate_plain(type);
    if (self == nullptr) [[unlikely]] {
        return PyErr_NoMemory();
    }
    begin_plain(self, type);
    as_instance(self)->value.store(nullptr, std::memory_order_relaxed);
    reinterpret_cast<instance_with_outside*>(self)->outside = nullptr;
    return self;
}

}  // namespace

PyObject* allocate(const class_site& site) noexcept {
#if INTERLOCK_KEEPS_INSTANCES
    if (PyObject* self = take_kept(site)) [[likely]] {
        as_instance(self)->value.store(nullptr, std::memory_order_relaxed);
        reinterpret_cast<instance_with_outside*>(self)->outside = nullptr;
        begin_again(self);
        return self;
    }
#endif
    return allocate_anew(site);
}

bool is_in_place(PyObject* self, const class_site&) noexcept {
    const class_record* record = record_of_object(self);
    return record != nullptr && !record->outside && record->head == 0;
}

void enter_instance(PyObject* self, const class_site&) noexcept {
    if (class_store* store = store_of_classes()) {
        const class_record* record = record_of_type(*store, Py_TYPE(self));
        if (!enter(*store, *record, record->head_of(self)->value.load(std::memory_order_relaxed),
                   self)) {
            PyErr_Clear();  // then it is not found again by its address
        }
    }
}

void fill_outside(PyObject* self, void* value, outside_value* outside, const class_site&) noexcept {
    class_store* store = store_of_classes();
    const class_record* record = record_of_type(*store, Py_TYPE(self));
    record->outside_of(self) = outside;
    record->head_of(self)->value.store(value, std::memory_order_release);
    if (!enter(*store, *record, value, self)) {
        PyErr_Clear();
    }
}

void end_outside(outside_value* outside) noexcept {
    if (outside != nullptr && outside->what != outside_value::kind::given_away) {
        PyObject* parent = std::exchange(outside->parent, nullptr);
        outside->end();
        Py_XDECREF(parent);
    }
}

namespace {

class_record* record_of_info(class_store& store, const std::type_info& info) noexcept {
    if (void* known = store.by_info.find(&info)) {
        return static_cast<class_record*>(known);
    }
    const class_store::lock lock(store);
    for (const std::unique_ptr<class_record>& record : store.records) {
        if (record->type != nullptr && is_same_type(*record->traits.site->info, info)) {
            return record.get();
        }
    }
    return nullptr;
}

// The class that an object was made as, where that is bound and another one than the site's.
class_record* more_special(class_store& store, const class_site& site,
                           const std::type_info& dynamic) noexcept {
    if (&dynamic == site.info || is_same_type(dynamic, *site.info)) {
        return nullptr;
    }
    class_record* special = record_of_info(store, dynamic);
    return special != nullptr && derives_from(*special, site) ? special : nullptr;
}

}  // namespace

PyObject* find_instance(const class_site& site, const void* value, const std::type_info& dynamic,
                        const void* whole) noexcept {
    class_store* store = store_of_classes();
    const auto* record =
        static_cast<const class_record*>(store == nullptr ? nullptr : store->by_site.find(&site));
    if (record == nullptr) {
        return nullptr;
    }
    if (const class_record* special = more_special(*store, site, dynamic)) {
        record = special;
        value = whole;
    }
    return find_anywhere(*store, *record, value, *record->traits.site);
}

INTERLOCK_COLD PyObject* refuse_passing(const class_site& site) noexcept {
    if (!is_bound(site)) {
        return refuse_unbound(site);
    }
    try {
        PyErr_Format(
            PyExc_TypeError,
            "%s: an object that no Python object has is passed to Python by reference, and "
            "it cannot be copied: pass it as std::shared_ptr",
            name_of_site(site).c_str());
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    }
    return nullptr;
}

PyObject* wrap_outside(const class_site& site, void* value, const std::type_info* dynamic,
                       void* whole, outside_value* outside) noexcept {
    class_store* store = store_of_classes();
    class_record* record = nullptr;
    try {
        record = store == nullptr ? nullptr : record_of_site(*store, site);
    } catch (const std::exception& error) {
        translate(error);
        end_outside(outside);
        return nullptr;
    }
    if (record == nullptr) {
        end_outside(outside);
        return refuse_unbound(site);
    }
    if (class_record* special = more_special(*store, site, *dynamic)) {
        record = special;
        value = whole;
        outside->is_of_class = false;
    }
    if (PyObject* known = find_anywhere(*store, *record, value, *record->traits.site)) {
        // It is the same object: what came as its owner is a second one only where that may be (shared, borrowed).
        end_outside(outside);
        return known;
    }
    PyObject* self = allocate_of(*record, record->type);
    if (self == nullptr) {
        end_outside(outside);
        return nullptr;
    }
    record->outside_of(self) = outside;
    record->head_of(self)->value.store(value, std::memory_order_release);
    if (record->owner == nullptr) {
        return enter_or_find(*store, *record, value, self);
    }
    if (!enter(*store, *record, value, self)) {
        Py_DECREF(self);
        return nullptr;
    }
    return self;
}

void note_returned_references(class_site& site) noexcept {
    site.flags.fetch_or(class_site::mapped, std::memory_order_relaxed);
    class_store* store = attached_state() == nullptr ? nullptr : store_of_classes();
    if (store == nullptr) {
        return;
    }
    // By number: others may be met meanwhile, where there is no GIL.
    for (std::size_t i = 0;; ++i) {
        class_record* record = nullptr;
        {
            const class_store::lock lock(*store);
            if (i >= store->records.size()) {
                return;
            }
            record = store->records[i].get();
        }
        if (derives_from(*record, site)) {
            raise_flags(*store, *record, class_site::mapped);
        }
    }
}

bool may_construct(PyObject* self, const class_site& site) noexcept {
    const class_record* record = record_of_object(self);
    if (record == nullptr) {
        refuse_unbound(site);
        return false;
    }
    if (record->traits.site != &site) {
        PyErr_Format(PyExc_TypeError,
                     "%s.__init__() cannot initialize a %s object, which is another C++ class: "
                     "call %s.__init__()",
                     site.shown.load(), type_name(Py_TYPE(self)).c_str(), record->shown.c_str());
        return false;
    }
    class_store* store = store_of_classes();
    if (record->head_of(self)->value.load(std::memory_order_relaxed) != nullptr ||
        is_emptied(*store, self) || is_at_work(*store, self) ||
        record->outside_of(self) != nullptr) {
        PyErr_Format(PyExc_TypeError, "%s.__init__(): the object was initialized before",
                     record->shown.c_str());
        return false;
    }
    return true;
}

bool is_emptied(class_store& store, const PyObject* object) noexcept {
    const class_store::lock lock(store);
    return store.emptied.count(object) != 0;
}

// ---- the end -----------------------------------------------------------------------------------------------------------------

void report_destructor() noexcept { report_unraisable("a C++ destructor"); }

void end_value(void* value, void (*destroy)(void*) noexcept) noexcept {
    if (PyErr_Occurred() == nullptr) [[likely]] {
        destroy(value);
        return;
    }
    const keep_error kept;
    destroy(value);
}

namespace {

void release_cared_for(class_store& store, PyObject* self) noexcept {
    std::vector<PyObject*> patients;
    {
        const class_store::lock lock(store);
        const auto found = store.cared_for.find(self);
        if (found == store.cared_for.end()) {
            return;
        }
        patients = std::move(found->second);
        store.cared_for.erase(found);
    }
    for (PyObject* patient : patients) {
        Py_DECREF(patient);
    }
}

void destroy_detached(void* value, void (*destroy)(void*) noexcept) noexcept {
    const keep_error kept;
    try {
        token_called.allow_threads(unchecked, [&] { destroy(value); });
    } catch (...) {
        park();  // the interpreter is gone, and CPython's frames lie below
    }
}

void end_contents(class_store& store, const class_record& record, PyObject* self) noexcept {
    void* value = record.head_of(self)->value.exchange(nullptr, std::memory_order_acq_rel);
    if (record.traits.site->has(class_site::cared_for)) {
        release_cared_for(store, self);
    }
    if (value == nullptr && record.traits.site->has(class_site::emptied)) {
        const class_store::lock lock(store);
        if (store.emptied.erase(self) != 0) {
            value = record.place_of(self);
        }
    }
    if (value == nullptr) {
        return;
    }
    // Before Python code runs, and whatever becomes of the object: C++ may still refer to it.
    const bool is_inside = record.is_in_place(self, value);
    if (!is_inside || record.traits.site->has(class_site::mapped)) {
        leave_map(store, value, self);
    }
    if (record.thread_offset != 0 &&
        *reinterpret_cast<unsigned long*>(reinterpret_cast<char*>(self) + record.thread_offset) !=
            PyThread_get_thread_ident()) {
        // Not destroyed on another thread: it is leaked, and that is said.
        const keep_error kept;
        PyErr_Format(PyExc_RuntimeError,
                     "a %s object is bound to the thread that made it (il::thread_bound) and ends "
                     "on another one: its C++ object is not destroyed",
                     type_name(Py_TYPE(self)).c_str());
        PyErr_WriteUnraisable(reinterpret_cast<PyObject*>(Py_TYPE(self)));
        return;
    }
    if (is_inside) {
        if (record.release_before_destroy) {
            destroy_detached(value, record.traits.destroy);
        } else {
            end_value(value, record.traits.destroy);
        }
        return;
    }
    outside_value* outside = std::exchange(record.outside_of(self), nullptr);
    if (!record.release_before_destroy && PyErr_Occurred() == nullptr) [[likely]] {
        end_outside(outside);
        return;
    }
    const keep_error kept;
    if (record.release_before_destroy && outside != nullptr && outside->parent == nullptr) {
        destroy_detached(outside, [](void* p) noexcept { static_cast<outside_value*>(p)->end(); });
    } else {
        end_outside(outside);
    }
}

}  // namespace

void end_instance(PyObject* self, const class_site&) noexcept {
    PyTypeObject* type = Py_TYPE(self);
    class_store* store = store_of_classes();
    const class_record* record = store == nullptr ? nullptr : record_of_type(*store, type);
    if (record == nullptr) {
        return;  // the interpreter is at its end: the memory goes with the process
    }
    // The finalizer may make the object live on. Python's own dealloc of derived classes has called it already.
    if (type == record->type && !call_finalizer_of_dying(self, type)) {
        return;
    }
    if (PyType_IS_GC(type)) {
        PyObject_GC_UnTrack(self);
    }
    if (record->weaklist_offset != 0 && type == record->type) {
        PyObject_ClearWeakRefs(self);
    }
    end_contents(*store, *record, self);
    if (record->managed_dict) {
        clear_managed_dict(self);
    } else if (record->dict_offset != 0) {
        Py_CLEAR(
            *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(self) + record->dict_offset));
    }
    if (record->extended != nullptr) {
        // It untracks by itself what it finds tracked.
        if (PyType_IS_GC(record->extended)) {
            PyObject_GC_Track(self);
        }
        INTERLOCK_TYPE_SLOT(record->extended, tp_dealloc, destructor)(self);
    } else {
        INTERLOCK_TYPE_SLOT(type, tp_free, freefunc)(self);
    }
    Py_DECREF(type);
}

namespace {

// What most instances are: nothing but a value that lies inside. A class that can be changed may be given a __del__ at any time.
INTERLOCK_INLINE bool is_plain_instance(PyObject* self, const class_site& site,
                                        const void* value) noexcept {
    return Py_TYPE(self) == site.type.load(std::memory_order_relaxed) &&
           !site.has(class_site::special | class_site::mapped | class_site::cared_for |
                     class_site::thread_bound) &&
           INTERLOCK_TYPE_SLOT(Py_TYPE(self), tp_finalize, destructor) == nullptr &&
           value == reinterpret_cast<char*>(self) + site.place;
}

INTERLOCK_NOINLINE void free_plain_instance(PyObject* self) noexcept {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}
INTERLOCK_INLINE void keep_or_free(PyObject* self, const class_site& site) noexcept {
    if (!keep(self, site)) [[unlikely]] {
        free_plain_instance(self);
    }
}

}  // namespace

void deallocate_bytes(PyObject* self, const class_site& site) noexcept {
    const void* value = as_instance(self)->value.load(std::memory_order_relaxed);
    if (is_plain_instance(self, site, value)) [[likely]] {
        keep_or_free(self, site);
    } else {
        end_instance(self, site);
    }
}

void deallocate_value(PyObject* self, const class_site& site,
                      void (*destroy)(void*) noexcept) noexcept {
    void* value = as_instance(self)->value.load(std::memory_order_relaxed);
    if (is_plain_instance(self, site, value)) [[likely]] {
        end_value(value, destroy);
        keep_or_free(self, site);
    } else {
        end_instance(self, site);
    }
}

}  // namespace detail
INTERLOCK_END
