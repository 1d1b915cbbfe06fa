// Instances: how they are made, found again by the address of their C++ object, and ended. See convert/class_site.hpp.
#include "class_records.hpp"

#include <interlock/bind/buffer_export.hpp>
#include <interlock/objects/unraisable.hpp>

INTERLOCK_BEGIN
namespace detail {

namespace {

struct given_away_value final : outside_value {
    given_away_value() noexcept : outside_value(kind::given_away) {}
    void end() noexcept override {}
};
// Nothing is done with it but comparing and asking what it is.
given_away_value given_away;

class_record* record_of_object(PyObject* object) noexcept {
    const class_store* store = store_of_classes();
    return store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
}

PyObject* allocate_of(const class_record& record, PyTypeObject* type) noexcept {
    PyObject* self = INTERLOCK_TYPE_SLOT(type, tp_alloc, allocfunc)(type, 0);
    if (self != nullptr && record.thread_offset != 0) {
        *reinterpret_cast<unsigned long*>(reinterpret_cast<char*>(self) + record.thread_offset) =
            PyThread_get_thread_ident();
    }
    return self;
}

}  // namespace

// ---- the map of addresses ------------------------------------------------------------------------------------------------------

bool enter_map(class_store& store, const void* value, PyObject* self, bool once) noexcept {
    try {
        allow_new_references(self);
        const class_store::lock lock(store);
        if (once) {
            const auto [begin, end] = store.instances.equal_range(value);
            for (auto it = begin; it != end; ++it) {
                if (it->second == self) {
                    return true;
                }
            }
        }
        store.instances.emplace(value, self);
        return true;
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
}

namespace {

// Into the map of the extension that made the type.
bool enter(class_store& store, const class_record& record, const void* value,
           PyObject* self) noexcept {
    return record.owner != nullptr ? record.owner->enter(self) == 0 : enter_map(store, value, self);
}

void leave_map(class_store& store, const void* value, PyObject* self) noexcept {
    const class_store::lock lock(store);
    const auto [begin, end] = store.instances.equal_range(value);
    for (auto it = begin; it != end; ++it) {
        if (it->second == self) {
            store.instances.erase(it);
            return;
        }
    }
}

}  // namespace

namespace {

PyObject* find_in_locked_map(class_store& store, const void* value,
                             const class_site& site) noexcept {
    const auto [begin, end] = store.instances.equal_range(value);
    for (auto it = begin; it != end; ++it) {
        const class_record* record = record_of_type(store, Py_TYPE(it->second));
        if (record != nullptr && derives_from(*record, site) && try_new_reference(it->second)) {
            return it->second;
        }
    }
    return nullptr;
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
            store.instances.emplace(value, self);
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

PyObject* allocate_instance(const class_site& site) noexcept {
    class_store* store = store_of_classes();
    try {
        const class_record* record = store == nullptr ? nullptr : record_of_site(*store, site);
        return record == nullptr ? refuse_unbound(site) : allocate_of(*record, record->type);
    } catch (const std::exception& error) {
        return translate(error);
    }
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

namespace {

void end_outside(outside_value* outside) noexcept {
    if (outside != nullptr && outside != &given_away) {
        PyObject* parent = std::exchange(outside->parent, nullptr);
        outside->end();
        Py_XDECREF(parent);
    }
}

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

PyObject* refuse_passing(const class_site& site) noexcept {
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

void throw_null_factory(const class_site& site) {
    throw cast_error("interlock: the factory of " + name_of_site(site) +
                     " returned a null pointer: an object was expected");
}

bool is_emptied(class_store& store, const PyObject* object) noexcept {
    const class_store::lock lock(store);
    return store.emptied.count(object) != 0;
}

void* take_from_instance(PyObject* object, const class_site& site) {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record != nullptr && record->owner != nullptr) {
        void* taken = record->owner->take(object);
        if (taken == nullptr) {
            throw_python_error();
        }
        return cast_up(*record, taken, site);
    }
    const object_lock exclusive(object);
    void* value = record == nullptr
                      ? nullptr
                      : record->head_of(object)->value.load(std::memory_order_relaxed);
    if (value == nullptr && record != nullptr && is_at_work(*store, object)) {
        throw cast_error(std::string("interlock: a ") + type_name(Py_TYPE(object)).c_str() +
                         " object cannot be given away as a std::unique_ptr: a function works on "
                         "it with the interpreter released");
    }
    if (value == nullptr) {
        throw cast_error(
            "interlock: the object that is to be given away as a std::unique_ptr is "
            "empty: it was not initialized, or was given away before");
    }
    const auto refuse = [&](const char* why) -> cast_error {
        return cast_error(std::string("interlock: a ") + type_name(Py_TYPE(object)).c_str() +
                          " object cannot be given away as a std::unique_ptr: " + why);
    };
    if (record->traits.site->exports.load(std::memory_order_relaxed) != 0 && find_export(object)) {
        throw refuse("Python views its memory (a memoryview, a numpy array): release that first");
    }
    if (is_part_exported(*store, value, record->traits.size) ||
        is_part_exported_elsewhere(*store, value, record->traits.size)) {
        throw refuse(
            "Python views the memory of a part of it (a memoryview, a numpy array): release that "
            "first");
    }
    void* taken = value;
    if (record->is_in_place(object, value)) {
        if (record->traits.move_new == nullptr) {
            throw refuse(
                "it lies inside of the Python object and its class cannot be moved. Bind it as "
                "il::class_<T, std::unique_ptr<T>>, so that it does not");
        }
        {
            const class_store::lock lock(*store);
            store->emptied.insert(object);
        }
        record->traits.site->flags.fetch_or(class_site::emptied, std::memory_order_relaxed);
        try {
            taken = record->traits.move_new(value, record->traits.size);
        } catch (...) {
            const class_store::lock lock(*store);
            store->emptied.erase(object);
            throw;
        }
        // What is left lives as long as the instance: a method of it may be running (invariant 14).
        leave_map(*store, value, object);
        record->head_of(object)->value.store(nullptr, std::memory_order_release);
    } else {
        outside_value* outside = record->outside_of(object);
        if (outside->what == outside_value::kind::shared) {
            throw refuse("a std::shared_ptr holds it");
        }
        if (outside->parent != nullptr || outside->what == outside_value::kind::borrowed) {
            throw refuse("it belongs to C++ or is a part of another object");
        }
        if (outside->uses.load(std::memory_order_acquire) != 0) {
            throw refuse("a bound function works on it, or a std::shared_ptr in C++ keeps it");
        }
        if (!outside->let_go()) {
            throw refuse("its holder does not give it up");
        }
        leave_map(*store, value, object);
        record->head_of(object)->value.store(nullptr, std::memory_order_release);
        record->outside_of(object) = &given_away;
        end_outside(outside);
    }
    return cast_up(*record, taken, site);
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

// What most instances are: nothing but a value that lies inside.
INTERLOCK_INLINE bool is_plain_instance(PyObject* self, const class_site& site, const void* value,
                                        std::size_t offset) noexcept {
    return Py_TYPE(self) == site.type.load(std::memory_order_relaxed) &&
           !site.has(class_site::special | class_site::mapped | class_site::cared_for |
                     class_site::thread_bound) &&
           value == reinterpret_cast<char*>(self) + offset;
}

INTERLOCK_INLINE void free_plain_instance(PyObject* self) noexcept {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

}  // namespace

void deallocate_bytes(PyObject* self, const class_site& site, std::size_t offset) noexcept {
    const void* value = as_instance(self)->value.load(std::memory_order_relaxed);
    if (is_plain_instance(self, site, value, offset)) [[likely]] {
        free_plain_instance(self);
    } else {
        end_instance(self, site);
    }
}

void deallocate_value(PyObject* self, const class_site& site, std::size_t offset,
                      void (*destroy)(void*) noexcept) noexcept {
    void* value = as_instance(self)->value.load(std::memory_order_relaxed);
    if (is_plain_instance(self, site, value, offset)) [[likely]] {
        end_value(value, destroy);
        free_plain_instance(self);
    } else {
        end_instance(self, site);
    }
}

int traverse_instance(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    const class_record* record = record_of_object(self);
    if (record == nullptr) {
        return 0;
    }
    void* value = record->head_of(self)->value.load(std::memory_order_acquire);
    if (value != nullptr) {
        const auto* outside = record->is_in_place(self, value) ? nullptr : record->outside_of(self);
        // What C++ shares or owns besides is not this instance's to visit.
        if (outside == nullptr || outside->what == outside_value::kind::owned) {
            struct walk {
                visitproc visit;
                void* arg;
                int members(const class_record& of, void* at) const {
                    for (const class_member& member : of.members) {
                        if (const int stop = member.traverse(at, visit, arg)) {
                            return stop;
                        }
                    }
                    for (const class_base& base : of.bases) {
                        if (const int stop = members(*base.record, base.upcast(at))) {
                            return stop;
                        }
                    }
                    return 0;
                }
            };
            if (const int stop = walk{visit, arg}.members(*record, value)) {
                return stop;
            }
        }
        if (outside != nullptr) {
            Py_VISIT(outside->parent);
        }
    }
    if (record->managed_dict) {
        return visit_managed_dict(self, visit, arg);
    }
    if (record->dict_offset != 0) {
        Py_VISIT(
            *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(self) + record->dict_offset));
    }
    const traverseproc traverse =
        record->extended == nullptr
            ? nullptr
            : INTERLOCK_TYPE_SLOT(record->extended, tp_traverse, traverseproc);
    return traverse != nullptr ? traverse(self, visit, arg) : 0;
}

namespace {

void clear_members(const class_record& record, void* value) {
    for (const class_member& member : record.members) {
        if (member.clear != nullptr) {
            member.clear(value);
        }
    }
    for (const class_base& base : record.bases) {
        clear_members(*base.record, base.upcast(value));
    }
}

}  // namespace

int clear_instance(PyObject* self) {
    const class_record* record = record_of_object(self);
    if (record == nullptr) {
        return 0;
    }
    if (void* value = record->head_of(self)->value.load(std::memory_order_acquire)) {
        const auto* outside = record->is_in_place(self, value) ? nullptr : record->outside_of(self);
        if (outside == nullptr || outside->what == outside_value::kind::owned) {
            clear_members(*record, value);
        }
    }
    if (record->managed_dict) {
        clear_managed_dict(self);
    } else if (record->dict_offset != 0) {
        Py_CLEAR(
            *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(self) + record->dict_offset));
    }
    const inquiry clear = record->extended == nullptr
                              ? nullptr
                              : INTERLOCK_TYPE_SLOT(record->extended, tp_clear, inquiry);
    return clear != nullptr ? clear(self) : 0;
}

bool keep_alive_by(PyObject* nurse, PyObject* patient) noexcept {
    if (nurse == nullptr || patient == nullptr || nurse == Py_None || patient == Py_None) {
        return true;
    }
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(nurse));
    if (record == nullptr) {
        PyErr_Format(PyExc_TypeError,
                     "il::keep_alive: only an instance of a bound class can keep something alive, "
                     "not a %s object",
                     type_name(Py_TYPE(nurse)).c_str());
        return false;
    }
    if (record->owner != nullptr) {
        return record->owner->keep_alive(nurse, patient) != 0;
    }
    try {
        const class_store::lock lock(*store);
        store->cared_for[nurse].push_back(patient);
        Py_INCREF(patient);
        record->traits.site->flags.fetch_or(class_site::cared_for, std::memory_order_relaxed);
        return true;
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
}

// ---- copies ------------------------------------------------------------------------------------------------------------------

namespace {

outside_value* copy_outside(const class_traits& traits, const void* value, void*& copied) {
    if (traits.copy_held != nullptr) {
        return traits.copy_held(value, copied);
    }
    copied = traits.copy_new(value, traits.size);
    return own_outside(copied, traits.dispose);
}

PyObject* copy_instance(PyObject* self, PyObject*) {
    class_store* store = store_of_classes();
    const class_record* record = store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(self));
    if (record == nullptr || record->traits.copy == nullptr) {
        PyErr_Format(PyExc_TypeError, "a %s object cannot be copied",
                     type_name(Py_TYPE(self)).c_str());
        return nullptr;
    }
    try {
        const void* value = find_self(self, *record->traits.site, false);
        if (value == nullptr) {
            return nullptr;
        }
        PyTypeObject* type = Py_TYPE(self);
        new_instance made(allocate_of(*record, type));
        if (made.self == nullptr) {
            return nullptr;
        }
        if (!record->outside && record->head == 0) {
            record->traits.copy(record->place_of(made.self), value, record->traits.size);
            record->head_of(made.self)->value.store(record->place_of(made.self),
                                                    std::memory_order_release);
            if (record->traits.site->has(class_site::mapped)) {
                enter_instance(made.self, *record->traits.site);
            }
        } else {
            void* copied = nullptr;
            outside_value* outside = copy_outside(record->traits, value, copied);
            fill_outside(made.self, copied, outside, *record->traits.site);
        }
        // What a class derived in Python, or il::dynamic_attr, has put beside it.
        PyObject* own = nullptr;
        if (const int found =
                get_optional_attribute(self, object(adopt_t{}, string_of("__dict__")).ptr(), &own);
            found > 0) {
            const reference held(own);
            const reference fresh(PyObject_GetAttrString(made.self, "__dict__"));
            if (fresh.pointer == nullptr || PyDict_Update(fresh.pointer, own) != 0) {
                return nullptr;
            }
        } else if (found < 0) {
            return nullptr;
        }
        return made.release();
    } catch (const std::exception& error) {
        return translate(error);
    } catch (...) {
        return translate_unknown();
    }
}

PyObject* deepcopy_instance(PyObject* self, PyObject* memo) {
    const reference made(copy_instance(self, nullptr));
    if (made.pointer == nullptr) {
        return nullptr;
    }
    PyObject* own = nullptr;
    const reference name(PyUnicode_FromString("__dict__"));
    if (name.pointer == nullptr) {
        return nullptr;
    }
    if (get_optional_attribute(made.pointer, name.pointer, &own) > 0) {
        const reference held(own);
        const reference copy(PyImport_ImportModule("copy"));
        const reference deep(copy.pointer == nullptr
                                 ? nullptr
                                 : PyObject_CallMethod(copy.pointer, "deepcopy", "OO", own, memo));
        if (deep.pointer == nullptr || PyDict_Update(own, deep.pointer) != 0) {
            return nullptr;
        }
    }
    PyErr_Clear();
    return Py_NewRef(made.pointer);
}

}  // namespace

PyMethodDef copy_definitions[2] = {
    {"__copy__", &copy_instance, METH_NOARGS,
     "__copy__($self)\n--\n\n__copy__(self) -> typing.Self\n\nA copy, by C++'s copy constructor."},
    {"__deepcopy__", &deepcopy_instance, METH_O,
     "__deepcopy__($self, memo, /)\n--\n\n__deepcopy__(self, memo: dict, /) -> typing.Self\n\nA "
     "copy, by C++'s copy constructor."},
};
PyMethodDef generic_definition = {
    "__class_getitem__", &Py_GenericAlias, METH_O | METH_CLASS,
    "__class_getitem__($type, item, /)\n--\n\nThe class with type arguments, for annotations."};

}  // namespace detail
INTERLOCK_END
