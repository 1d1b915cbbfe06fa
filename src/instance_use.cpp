// Who works on an instance: see convert/instance_use.hpp.
//
// An instance at work released has no value of its own: the table keeps it, with one entry for each call that works on the
// instance. It is looked up where a value was missing, so that nobody else pays for it. Calls that may run Python code are
// entered too, without taking the value away: only who wants to mark the instance asks for them. The table is divided by address,
// each part under a lock of its own that is held for a few comparisons.
#include "class_records.hpp"

#include <algorithm>

INTERLOCK_BEGIN
namespace detail {

void work_table::part::add_beyond(const work_entry& entry) {
    std::vector<work_entry>* known = find_beyond(entry.object);
    (known != nullptr       ? *known
     : entries.size() < few ? entries
                            : others[entry.object])
        .push_back(entry);
}

std::vector<work_entry>* work_table::part::find_in_others(const PyObject* object) noexcept {
    const auto found = others.find(object);
    return found == others.end() ? nullptr : &found->second;
}

namespace {

constexpr const char* at_work_elsewhere =
    "the %s object is at work on another thread, in a function that runs with the interpreter "
    "released "
    "(il::allow_threads), and %s";

constexpr const char* in_a_call_elsewhere =
    "the %s object is in use on another thread, by a function that runs Python code meanwhile, and "
    "%s with the interpreter released (il::allow_threads) until it returns";

INTERLOCK_COLD bool refuse_work(PyObject* object, bool writes) noexcept {
    PyErr_Format(PyExc_RuntimeError, at_work_elsewhere, type_name(Py_TYPE(object)).c_str(),
                 writes ? "may not be changed until it returns"
                        : "may not be read while that may change it");
    return false;
}

// Without a GIL another thread may have been faster.
INTERLOCK_COLD bool refuse_given_away(PyObject* object) noexcept {
    PyErr_Format(PyExc_TypeError, "the %s object was given away to C++ and is empty now",
                 type_name(Py_TYPE(object)).c_str());
    return false;
}

INTERLOCK_COLD bool refuse_in_a_call(PyObject* object, bool writes) noexcept {
    PyErr_Format(PyExc_RuntimeError, in_a_call_elsewhere, type_name(Py_TYPE(object)).c_str(),
                 writes ? "may not be changed" : "may not be read");
    return false;
}

// What tells this thread from others: the address of its own variable.
const void* this_thread_mark() noexcept { return static_cast<const void*>(&thread_place); }

enum class obstacle : unsigned char { none, released, attached };

// Whether the thread may use the object beside those that work on it: by its own thread, and by readers among readers. Calls
// that have not left are in the way of nobody but who wants to work on it released.
INTERLOCK_NOINLINE obstacle obstacle_to(const work_table::part& in, const PyObject* object,
                                        bool writes, bool released) noexcept {
    const void* me = this_thread_mark();
    obstacle worst = obstacle::none;
    in.for_each(object, [&](const work_entry& entry) {
        if (entry.thread != me && (writes || entry.writes)) {
            if (entry.released) {
                worst = obstacle::released;
            } else if (released) {
                worst = obstacle::attached;
            }
        }
        return worst != obstacle::released;
    });
    return worst;
}

// Of a call that works on the object released.
INTERLOCK_NOINLINE std::optional<work_entry> find_entry(const work_table::part& in,
                                                        const PyObject* object) noexcept {
    std::optional<work_entry> found;
    in.for_each(object, [&found](const work_entry& entry) {
        if (entry.released) {
            found = entry;
        }
        return !found;
    });
    return found;
}

// For a call that has not left.
bool enter_attached(work_table::part& part, const PyObject* object, bool writes) noexcept {
    try {
        const work_table::lock lock(part);
        part.add({object, nullptr, this_thread_mark(), writes, false});
        return true;
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
}

// Ends the last that this thread has begun; without a record, the last of those that have not left.
void leave_part(work_table::part& part, PyObject* object, const class_record* record) noexcept {
    const work_table::lock lock(part);
    const std::optional<work_entry> ended =
        part.take_last(object, [&, me = this_thread_mark()](const work_entry& entry) {
            return entry.thread == me && (record != nullptr || !entry.released);
        });
    if (ended && ended->released && !find_entry(part, object)) {
        record->head_of(object)->value.store(ended->value, std::memory_order_release);
    }
}

}  // namespace

namespace {

bool is_in_memory_of(PyObject* object, const void* address) noexcept {
    const auto* begin = reinterpret_cast<const char*>(object);
    const auto* at = static_cast<const char*>(address);
    return at >= begin && at < begin + type_basic_size(Py_TYPE(object));
}

// By what an object is held that does not lie in its instance; null for one that does. `value`: of the object itself, not of a part.
outside_value* holder_of(PyObject* object, const void* value) noexcept {
    if (is_in_memory_of(object, value)) {
        return nullptr;
    }
    const class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    return record == nullptr ? nullptr : record->outside_of(object);
}

}  // namespace

outside_value* begin_use(PyObject* self, const void* value) noexcept {
    outside_value* outside = holder_of(real_self(self), value);
    if (outside == nullptr || outside->what != outside_value::kind::owned) {
        return nullptr;
    }
    outside->uses.fetch_add(1, std::memory_order_relaxed);
    return outside;
}

held_whole hold_whole(PyObject* self, const void* part) noexcept {
    PyObject* whole = real_self(self);
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(whole));
    if (record == nullptr || record->owner != nullptr) {
        return {};
    }
    const object_lock_if_free exclusive(whole);
    const void* value = record->head_of(whole)->value.load(std::memory_order_acquire);
    if (value == nullptr) {
        work_table::part& part_of_table = store->work.of(whole);
        const work_table::lock lock(part_of_table);
        const std::optional<work_entry> known = find_entry(part_of_table, whole);
        value = known ? known->value : nullptr;
    }
    if (value == nullptr) {
        return {};
    }
    if (!record->is_in_place(whole, value)) {
        outside_value* outside = record->outside_of(whole);
        if (outside->what != outside_value::kind::owned) {
            return {};  // not given away at all
        }
        outside->uses.fetch_add(1, std::memory_order_relaxed);
        return {outside, nullptr};
    }
    // What is in the instance stays there when its object is moved out.
    if (is_in_memory_of(whole, part)) {
        return {};
    }
    try {
        const class_store::lock lock(*store);
        ++store->parted[whole];
    } catch (const std::bad_alloc&) {
        return {};
    }
    return {nullptr, whole};
}

void let_whole_go(const held_whole& held) noexcept {
    if (held.outside != nullptr) {
        end_use(held.outside);
    }
    class_store* store = held.instance == nullptr ? nullptr : store_of_classes();
    if (store != nullptr) {
        const class_store::lock lock(*store);
        const auto found = store->parted.find(held.instance);
        if (found != store->parted.end() && --found->second == 0) {
            store->parted.erase(found);
        }
    }
}

bool begin_keeping(PyObject* object, const void* value, outside_value*& used) noexcept {
    const object_lock_if_free lock(object);
    used = begin_use(object, value);
    const outside_value* outside = holder_of(object, value);
    return outside == nullptr || outside->what != outside_value::kind::given_away;
}

bool begin_work(PyObject* object, int how) noexcept {
    const bool writes = (how & work_writes) != 0;
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr) {
        return true;
    }
    if (record->owner != nullptr) {
        return record->owner->begin_work(object, how) != 0;
    }
    if ((how & work_attached) != 0) {
        return enter_attached(store->work.of(object), object, writes);
    }
    // Whoever is in the middle of a call without leaving is let finish first, where there is no GIL.
    const object_lock_if_free exclusive(object);
    std::atomic<void*>& value = record->head_of(object)->value;
    auto refused = obstacle::none;
    bool missing = false;
    try {
        work_table::part& part = store->work.of(object);
        const work_table::lock lock(part);
        refused = obstacle_to(part, object, writes, true);
        if (refused == obstacle::none) {
            const std::optional<work_entry> known = find_entry(part, object);
            void* real = known ? known->value : value.load(std::memory_order_relaxed);
            missing = real == nullptr;
            if (!missing) {
                part.add({object, real, this_thread_mark(), writes, true});
                record->traits.site->flags.fetch_or(class_site::emptied, std::memory_order_relaxed);
                value.store(nullptr, std::memory_order_release);
            }
        }
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
    if (missing && value_lent_to_override(object) == nullptr) {
        return refuse_given_away(object);
    }
    if (refused == obstacle::attached) {
        return refuse_in_a_call(object, writes);
    }
    return refused == obstacle::none || refuse_work(object, writes);
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
    leave_part(store->work.of(object), object, record);
}

void* value_at_work(class_store& store, PyObject* object, bool writes, bool& refused) noexcept {
    work_table::part& part = store.work.of(object);
    void* value = nullptr;
    {
        const work_table::lock lock(part);
        const std::optional<work_entry> known = find_entry(part, object);
        if (!known) {
            return nullptr;
        }
        refused = obstacle_to(part, object, writes, false) != obstacle::none;
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
    return find_entry(part, object).has_value();
}

void instances_of_call::mark() {
    require_attached("il::python::allow_threads");
    while (marked_ < count_) {
        const one& next = list_[marked_];
        if (!begin_work(next.object, next.writes ? work_writes : work_reads)) {
            throw_python_error();
        }
        ++marked_;
    }
    if (kept_ != nullptr && !kept_->mark_instances()) {
        throw_python_error();
    }
}

bool instances_of_call::enter(PyObject* object, const class_site& site, bool writes) noexcept {
    class_store* store = nullptr;
    if (only_one_interpreter() && !site.has(class_site::elsewhere) &&
        Py_TYPE(object) == site.type.load(std::memory_order_relaxed)) [[likely]] {
        store = main_interpreter.load(std::memory_order_relaxed)
                    ->classes.load(std::memory_order_relaxed);
    } else {
        store = store_of_classes();
        const class_record* record =
            store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
        if (record == nullptr) {
            return true;
        }
        if (record->owner != nullptr) {
            if (record->owner->begin_work(
                    object, work_attached | (writes ? work_writes : work_reads)) == 0) {
                return false;
            }
            list_[count_++] = {object, nullptr, writes};
            return true;
        }
    }
    work_table::part& part = store->work.of(object);
    if (!enter_attached(part, object, writes)) {
        return false;
    }
    list_[count_++] = {object, &part, writes};
    return true;
}

void instances_of_call::end() noexcept {
    // Turned away: the interpreter is gone, and the table may be. The word alone does not say so: another library may have
    // attached inside of an allow_threads of ours, and called.
    if ((thread_word() & word_detached) != 0 && attached_state() == nullptr) {
        return;
    }
    for (unsigned i = 0; i < count_; ++i) {
        const one& entered = list_[i];
        if (i < marked_) {
            end_work(entered.object);
        }
        if (entered.part != nullptr) {
            leave_part(*static_cast<work_table::part*>(entered.part), entered.object, nullptr);
        } else {
            end_work(entered.object);
        }
    }
}

// ---- instances that pointers in containers refer to ------------------------------------------------------------------------

namespace {

// One that a call keeps. The keeper has its reference.
struct kept_instance {
    PyObject* object;
    const void* value;  // as one of the site's class
    const class_site* site;
    outside_value* used;
    unsigned place;  // of the parameter
    bool writes;
    bool entered;  // as one of a call that may run Python code
    bool marked;
};

}  // namespace

struct keeper::instance_list {
    std::vector<kept_instance> all;
};

bool keeper::keep_instance(PyObject* object, const void* value, const class_site& site, bool writes,
                           loading& l) {
    if (instances_ == nullptr) {
        instances_ = new instance_list();
    }
    keep(object);
    instances_->all.push_back({object, value, &site, nullptr, place_, writes, false, false});
    if (!begin_keeping(object, value, instances_->all.back().used)) {
        return l.refuse_text(loading::mismatch, "the %s object was given away to C++ meanwhile",
                             type_name(Py_TYPE(object)).c_str());
    }
    return true;
}

std::size_t keeper::instances() const noexcept {
    return instances_ == nullptr ? 0 : instances_->all.size();
}

void keeper::forget_instances(std::size_t behind) noexcept {
    if (instances_ == nullptr) {
        return;
    }
    for (; instances_->all.size() > behind; instances_->all.pop_back()) {
        if (outside_value* used = instances_->all.back().used) {
            end_use(used);
        }
    }
}

bool keeper::instances_are_there(loading& l, unsigned& place) noexcept {
    if (instances_ == nullptr) {
        return true;
    }
    for (const kept_instance& kept : instances_->all) {
        place = kept.place;
        void* found = nullptr;
        if (!has_value_at_once(kept.object, *kept.site)) {
            if (!load_instance(kept.object, *kept.site, found, nullptr, l)) {
                return false;
            }
            if (kept.writes && !may_write(kept.object)) {
                return l.raise();
            }
        } else {
            found = as_instance(kept.object)->value.load(std::memory_order_relaxed);
        }
        if (found != kept.value) {
            return l.refuse_text(loading::mismatch, "the %s object was initialized anew meanwhile",
                                 type_name(Py_TYPE(kept.object)).c_str());
        }
    }
    return true;
}

bool keeper::begin_work_on_instances(int how) noexcept {
    if (instances_ == nullptr) {
        return true;
    }
    const bool attached = (how & work_attached) != 0;
    for (kept_instance& kept : instances_->all) {
        bool& begun = attached ? kept.entered : kept.marked;
        if (begun || !kept.site->has(class_site::locked)) {
            continue;
        }
        if (!begin_work(kept.object, how | (kept.writes ? work_writes : work_reads))) {
            return false;
        }
        begun = true;
    }
    return true;
}
bool keeper::mark_instances() noexcept { return begin_work_on_instances(0); }
bool keeper::enter_instances() noexcept { return begin_work_on_instances(work_attached); }

void keeper::end_instances() noexcept {
    if (instances_ == nullptr) {
        return;
    }
    // From the last one, which is found at once.
    // NOLINTNEXTLINE(modernize-loop-convert): std::views::reverse needs a header that costs more than it gives
    for (auto kept = instances_->all.rbegin(); kept != instances_->all.rend(); ++kept) {
        for (int times = int{kept->entered} + int{kept->marked}; times > 0; --times) {
            end_work(kept->object);
        }
        if (kept->used != nullptr) {
            end_use(kept->used);
        }
    }
    delete instances_;
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

bool is_empty_instance(PyObject* object) noexcept {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr ||
        record->head_of(object)->value.load(std::memory_order_acquire) != nullptr) {
        return false;
    }
    if (record->owner != nullptr) {
        int refused = 0;
        if (record->owner->value_of_empty(object, 0, &refused) != nullptr) {
            return false;
        }
        if (refused != 0) {
            PyErr_Clear();
        }
        return refused == 0;
    }
    // The value comes back before the object is no longer at work.
    return !is_at_work(*store, object) &&
           record->head_of(object)->value.load(std::memory_order_acquire) == nullptr;
}

}  // namespace detail

void attachment::mark_instances() const { call_->mark(); }

INTERLOCK_END
