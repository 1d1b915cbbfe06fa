// Who works on an instance: see convert/instance_use.hpp.
//
// An instance at work has no value of its own: the table keeps it, with one entry for each call that works on the instance. It is
// looked up where a value was missing, so that nobody else pays for it. The table is divided by address, each part under a lock of
// its own that is held for a few comparisons.
#include "class_records.hpp"

#include <algorithm>

INTERLOCK_BEGIN
namespace detail {

namespace {

constexpr const char* at_work_elsewhere =
    "the %s object is at work on another thread, in a function that runs with the interpreter "
    "released "
    "(il::allow_threads), and %s";

bool refuse_work(PyObject* object, bool writes) noexcept {
    PyErr_Format(PyExc_RuntimeError, at_work_elsewhere, Py_TYPE(object)->tp_name,
                 writes ? "may not be changed until it returns"
                        : "may not be read while that may change it");
    return false;
}

// Whether the thread may use the object beside those that work on it: by its own thread, and by readers among readers.
bool agree(const work_table::part& in, const PyObject* object, bool writes) noexcept {
    const unsigned long me = PyThread_get_thread_ident();
    return std::none_of(in.entries.begin(), in.entries.end(), [&](const work_entry& entry) {
        return entry.object == object && entry.thread != me && (writes || entry.writes);
    });
}

const work_entry* find_entry(const work_table::part& in, const PyObject* object) noexcept {
    const auto found = std::find_if(in.entries.begin(), in.entries.end(),
                                    [&](const work_entry& one) { return one.object == object; });
    return found == in.entries.end() ? nullptr : &*found;
}

}  // namespace

outside_value* begin_use(PyObject* self, const void* value) noexcept {
    PyObject* object = real_self(self);
    const auto* begin = reinterpret_cast<const char*>(object);
    const auto* at = static_cast<const char*>(value);
    if (at >= begin && at < begin + Py_TYPE(object)->tp_basicsize) {
        return nullptr;
    }
    const class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr ||
        record->head_of(object)->value.load(std::memory_order_relaxed) == nullptr) {
        return nullptr;
    }
    outside_value* outside = record->outside_of(object);
    if (outside == nullptr || outside->what != outside_value::kind::owned) {
        return nullptr;
    }
    outside->uses.fetch_add(1, std::memory_order_relaxed);
    return outside;
}

bool begin_work(PyObject* object, const class_site&, bool writes) noexcept {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr) {
        return true;
    }
    if (record->owner != nullptr) {
        return record->owner->begin_work(object, writes ? 1 : 0) != 0;
    }
    // Whoever is in the middle of a call without leaving is let finish first, where there is no GIL.
    const object_lock exclusive(object);
    std::atomic<void*>& value = record->head_of(object)->value;
    bool refused = false;
    bool missing = false;
    try {
        work_table::part& part = store->work.of(object);
        const work_table::lock lock(part);
        refused = !agree(part, object, writes);
        if (!refused) {
            const work_entry* known = find_entry(part, object);
            void* real = known != nullptr ? known->value : value.load(std::memory_order_relaxed);
            missing = real == nullptr;
            if (!missing) {
                part.entries.push_back({object, real, PyThread_get_thread_ident(), writes});
                record->traits.site->flags.fetch_or(class_site::emptied, std::memory_order_relaxed);
                value.store(nullptr, std::memory_order_release);
            }
        }
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
    if (missing && value_lent_to_override(object) == nullptr) {
        // Another thread was faster, where there is no GIL.
        PyErr_Format(PyExc_TypeError, "the %s object was given away to C++ and is empty now",
                     Py_TYPE(object)->tp_name);
        return false;
    }
    return !refused || refuse_work(object, writes);
}

void end_work(PyObject* object) noexcept {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr) {
        return;
    }
    if (record->owner != nullptr) {
        record->owner->end_work(object);
        return;
    }
    work_table::part& part = store->work.of(object);
    const work_table::lock lock(part);
    const unsigned long me = PyThread_get_thread_ident();
    // The last that this thread has begun.
    for (std::size_t i = part.entries.size(); i-- > 0;) {
        const work_entry entry = part.entries[i];
        if (entry.object == object && entry.thread == me) {
            part.entries.erase(part.entries.begin() + static_cast<std::ptrdiff_t>(i));
            if (find_entry(part, object) == nullptr) {
                record->head_of(object)->value.store(entry.value, std::memory_order_release);
            }
            return;
        }
    }
}

void* value_at_work(class_store& store, PyObject* object, bool writes, bool& refused) noexcept {
    work_table::part& part = store.work.of(object);
    void* value = nullptr;
    {
        const work_table::lock lock(part);
        const work_entry* known = find_entry(part, object);
        if (known == nullptr) {
            return nullptr;
        }
        refused = !agree(part, object, writes);
        value = known->value;
    }
    // C++, which works on it, calls an override of it on this thread.
    if (refused && value_lent_to_override(object) != nullptr) {
        refused = false;
    }
    if (refused) {
        refuse_work(object, writes);
        return nullptr;
    }
    return value;
}

bool is_at_work(class_store& store, const PyObject* object) noexcept {
    work_table::part& part = store.work.of(object);
    const work_table::lock lock(part);
    return find_entry(part, object) != nullptr;
}

bool may_write(PyObject* object) noexcept {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr ||
        record->head_of(object)->value.load(std::memory_order_acquire) != nullptr) {
        return true;
    }
    if (record->owner != nullptr) {
        return record->owner->may_write(object) != 0;
    }
    bool refused = false;
    value_at_work(*store, object, true, refused);
    return !refused;
}

}  // namespace detail
INTERLOCK_END
