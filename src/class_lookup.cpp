// Which record belongs to which class, type and instance; loading an instance from Python. See class_records.hpp.
#include "class_registry.hpp"
#include "enum_records.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#if defined(__GNUC__)
#include <cxxabi.h>
#endif

INTERLOCK_BEGIN
namespace detail {

// ---- the table -------------------------------------------------------------------------------------------------------------

void* address_table::find(const void* key) const noexcept {
    const slots* table = current_.load(std::memory_order_acquire);
    if (table == nullptr) {
        return nullptr;
    }
    for (std::size_t i = hash_of_address(key);; ++i) {
        const void* there = table->keys[i & table->mask].load(std::memory_order_acquire);
        if (there == key) {
            return table->values[i & table->mask].load(std::memory_order_acquire);
        }
        if (there == nullptr) {
            return nullptr;
        }
    }
}

// ---- records ---------------------------------------------------------------------------------------------------------------

class_store* store_of_classes() noexcept {
    interpreter_record* record = record_here();
    if (record == nullptr) {
        return nullptr;
    }
    class_store* store = record->classes.load(std::memory_order_acquire);
    return store != nullptr ? store : make_store_of_classes(*record);
}

class_record* record_of_type(const class_store& store, PyTypeObject* type) noexcept {
    for (; type != nullptr; type = type_base(type)) {
        if (void* found = store.by_type.find(type)) {
            return static_cast<class_record*>(found);
        }
    }
    return nullptr;
}

INTERLOCK_COLD class_record* make_or_meet(class_store& store, const class_site& site) {
    const counted<class_building> building = find_pending(
        store, store.pending,
        [&](const class_building& one) { return one.is_described_here(site) && !one.under_way; });
    if (building != nullptr) {
        make_type(store, *building);
        return static_cast<class_record*>(store.by_site.find(&site));
    }
    return meet_class(store, site);
}

INTERLOCK_NOINLINE void* cast_up(const class_record& record, void* value,
                                 const class_site& site) noexcept {
    if (is_class_of(record, site)) {
        return value;
    }
    for (const class_base& base : record.bases) {
        if (void* found = cast_up(*base.record, base.upcast(value), site)) {
            return found;
        }
    }
    return nullptr;
}

INTERLOCK_NOINLINE bool derives_from(const class_record& record, const class_site& site) noexcept {
    if (is_class_of(record, site)) {
        return true;
    }
    for (const class_base& base : record.bases) {
        if (derives_from(*base.record, site)) {
            return true;
        }
    }
    return false;
}

INTERLOCK_COLD std::string readable_name(const std::type_info& info) {
#if defined(__GNUC__)
    int status = 0;
    char* readable = abi::__cxa_demangle(info.name(), nullptr, nullptr, &status);
    if (readable != nullptr) {
        std::string name = readable;
        std::free(readable);
        return name;
    }
#endif
    return info.name();
}

INTERLOCK_COLD std::string name_of_site(const class_site& site) {
    if (const char* shown = site.shown.load(std::memory_order_acquire)) {
        return shown;
    }
    if (std::string elsewhere = site.elsewhere_name(site); !elsewhere.empty()) {
        return elsewhere;
    }
    return readable_name(*site.info);
}

// ---- instances as arguments --------------------------------------------------------------------------------------------------

// Why an instance has no value, in words.
const char* state_of_empty(class_store& store, const class_record& record,
                           PyObject* object) noexcept {
    if (record.owner != nullptr) {
        return record.owner->why_empty(object);
    }
    // Where the object was moved out, what is left of it lies where others refer to it.
    const bool emptied = is_emptied(store, object);
    const outside_value* outside = emptied ? nullptr : record.outside_of(object);
    return emptied || (outside != nullptr && outside->what == outside_value::kind::given_away)
               ? "was given away to C++ and is empty now"
               : "was not initialized: __init__() of its class has not run; a class that derives "
                 "from it calls super().__init__()";
}

void* value_of_empty(class_store& store, const class_record& record, PyObject* object, bool writes,
                     bool& refused) noexcept {
    if (record.owner != nullptr) {
        int is_refused = 0;
        void* value = record.owner->value_of_empty(object, writes ? 1 : 0, &is_refused);
        refused = is_refused != 0;
        return value;
    }
    void* value = value_at_work(store, object, writes, refused);
    if (value == nullptr && !refused) {
        // The work may have ended meanwhile, where there is no GIL.
        value = record.head_of(object)->value.load(std::memory_order_acquire);
    }
    if (value == nullptr && !refused) {
        value = value_lent_to_override(object);
    }
    return value;
}

PyObject* convert_implicitly(class_store& store, const class_site& to, PyObject* from) {
    for (const implicit_conversion* one = store.implicit.first(); one != nullptr;
         one = store.implicit.following(*one)) {
        if (one->to != &to || !one->accepts(from)) {
            continue;
        }
        class_record* record = record_of_site(store, to);
        if (record == nullptr) {
            return nullptr;
        }
        PyObject* made = run_python(
            [&] { return PyObject_CallOneArg(reinterpret_cast<PyObject*>(record->type), from); });
        if (made != nullptr) {
            return made;
        }
        if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) {
            return nullptr;
        }
        PyErr_Clear();
    }
    return nullptr;
}

namespace {

bool is_of_another_thread(const class_record& record, PyObject* object) noexcept {
    return record.thread_offset != 0 &&
           *reinterpret_cast<unsigned long*>(reinterpret_cast<char*>(object) +
                                             record.thread_offset) != PyThread_get_thread_ident();
}

constexpr const char* other_thread =
    "is bound to the thread that made it (il::thread_bound) and is used on another one";

// Values of other types that the class can be made of.
bool load_implicitly(class_store& store, PyObject* from, const class_site& site, void*& to,
                     PyObject** temporary) {
    PyObject* made =
        store.implicit.first() == nullptr ? nullptr : convert_implicitly(store, site, from);
    const auto* record = static_cast<const class_record*>(store.by_site.find(&site));
    if (made == nullptr && record != nullptr && record->owner != nullptr &&
        PyErr_Occurred() == nullptr) {
        made = record->owner->convert(record->identity, from);
    }
    if (made == nullptr || record == nullptr) {
        return false;
    }
    to = record->head_of(made)->value.load(std::memory_order_relaxed);
    *temporary = made;
    return to != nullptr;
}

// The record of an object that is of the site's class; null where it is not. Throws.
const class_record* find_record(class_store& store, PyObject* object, const class_site& site) {
    const class_record* record = record_of_type(store, Py_TYPE(object));
    if (record != nullptr && derives_from(*record, site)) {
        return record;
    }
    if (store.by_site.find(&site) != nullptr || meet_class(store, site) == nullptr) {
        return nullptr;
    }
    record = record_of_type(store, Py_TYPE(object));
    return record != nullptr && derives_from(*record, site) ? record : nullptr;
}

// Neither the class nor one that it can be made of.
INTERLOCK_COLD bool refuse_class(class_store& store, PyObject* from, const class_site& site,
                                 loading& l) {
    const hint expected{nullptr, nullptr, '?', &site};
    if (!l.quiet && store.by_site.find(&site) == nullptr) {
        if (const std::string why = why_not_met(store, site); !why.empty()) {
            return l.refuse_text(loading::mismatch, "%s", why.c_str());
        }
    }
    return l.refuse(expected, from);
}

}  // namespace

bool load_instance(PyObject* from, const class_site& site, void*& to, PyObject** temporary,
                   loading& l) noexcept {
    class_store* store = store_of_classes();
    if (store == nullptr) {
        const hint expected{nullptr, nullptr, '?', &site};
        return l.refuse(expected, from);
    }
    try {
        if (const class_record* record = find_record(*store, from, site)) {
            void* value = record->head_of(from)->value.load(std::memory_order_relaxed);
            if (value == nullptr) {
                bool refused = false;
                value = value_of_empty(*store, *record, from, false, refused);
                if (refused) {
                    return l.raise();
                }
            }
            if (value == nullptr) {
                return l.refuse_text(loading::mismatch, "the %s object %s",
                                     type_name(Py_TYPE(from)).c_str(),
                                     state_of_empty(*store, *record, from));
            }
            if (is_of_another_thread(*record, from)) {
                PyErr_Format(PyExc_RuntimeError, "the %s object %s",
                             type_name(Py_TYPE(from)).c_str(), other_thread);
                return l.raise();
            }
            if (record->enters_late.load(std::memory_order_relaxed) &&
                record->owner->enter(from) != 0) {
                PyErr_Clear();  // then it is not found again by its address
            }
            to = cast_up(*record, value, site);
            return true;
        }
        if (!l.exact && temporary != nullptr &&
            (store->implicit.first() != nullptr || store->others.load(std::memory_order_relaxed))) {
            if (load_implicitly(*store, from, site, to, temporary)) {
                return true;
            }
            if (PyErr_Occurred() != nullptr) {
                return l.raise();
            }
        }
        return refuse_class(*store, from, site, l);
    } catch (const std::exception& error) {
        translate(error);
        return l.raise();
    }
}

void* find_self(PyObject* self, const class_site& site, bool writes) noexcept {
    PyObject* object = real_self(self);
    if (object != self && !site.has(class_site::adjusted | class_site::thread_bound)) {
        // What self_pointer asks of an instance that is no attempt.
        if (void* value = as_instance(object)->value.load(std::memory_order_relaxed)) {
            return value;
        }
    }
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr) {
        return refuse_unbound(site);
    }
    void* value = record->head_of(object)->value.load(std::memory_order_relaxed);
    if (value == nullptr) {
        bool refused = false;
        value = value_of_empty(*store, *record, object, writes, refused);
        if (refused) {
            return nullptr;
        }
    }
    if (value == nullptr) {
        PyErr_Format(PyExc_TypeError, "the %s object %s", type_name(Py_TYPE(object)).c_str(),
                     state_of_empty(*store, *record, object));
        return nullptr;
    }
    if (is_of_another_thread(*record, object)) {
        PyErr_Format(PyExc_RuntimeError, "the %s object %s", type_name(Py_TYPE(object)).c_str(),
                     other_thread);
        return nullptr;
    }
    void* found = cast_up(*record, value, site);
    if (found == nullptr) {
        PyErr_Format(PyExc_TypeError, "expected %s, got %s", site.shown.load(),
                     type_name(Py_TYPE(object)).c_str());
    }
    return found;
}

void* access_instance(PyObject* object, const class_site& site) {
    if (object == nullptr) {
        throw_empty_handle("il::instance");
    }
    void* value = nullptr;
    loading l = loading::plain();
    if (!load_instance(object, site, value, nullptr, l)) {
        l.raise_cast_error("il::instance");
    }
    return value;
}

bool is_bound(const class_site& site) noexcept {
    class_store* store = store_of_classes();
    if (store == nullptr) {
        return false;
    }
    try {
        return store->by_site.find(&site) != nullptr ||
               find_pending(*store, store->pending,
                            [&](const class_building& one) {
                                return one.is_described_here(site);
                            }) != nullptr ||
               meet_class(*store, site) != nullptr;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

bool is_instance_of(PyObject* object, const class_site& site) noexcept {
    if (Py_TYPE(object) == site.type.load(std::memory_order_relaxed)) {
        return true;
    }
    class_store* store = store_of_classes();
    try {
        return store != nullptr && find_record(*store, object, site) != nullptr;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

INTERLOCK_COLD PyObject* refuse_unbound(const class_site& site) noexcept {
    try {
        class_store* store = store_of_classes();
        const std::string why = store == nullptr ? std::string() : why_not_met(*store, site);
        if (!why.empty()) {
            PyErr_SetString(PyExc_TypeError, why.c_str());
            return nullptr;
        }
        PyErr_Format(PyExc_TypeError,
                     "the C++ class %s is not bound in this interpreter: bind it with "
                     "il::class_, or import the module that does",
                     name_of_site(site).c_str());
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    }
    return nullptr;
}

namespace {

outside_value* outside_of(PyObject* object) noexcept {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr) {
        return nullptr;
    }
    const void* value = record->head_of(object)->value.load(std::memory_order_relaxed);
    if (value == nullptr) {
        bool refused = false;
        value = record->owner != nullptr ? value_of_empty(*store, *record, object, false, refused)
                                         : value_at_work(*store, object, false, refused);
        if (refused) {
            PyErr_Clear();
        }
    }
    return value == nullptr || record->is_in_place(object, value) ? nullptr
                                                                  : record->outside_of(object);
}

}  // namespace

const outside_value* outside_of_instance(PyObject* object) noexcept { return outside_of(object); }

INTERLOCK_COLD bool refuse_holder(PyObject* object, const std::type_info& pointer,
                                  loading& l) noexcept {
    return l.refuse_text(
        loading::mismatch,
        "the %s object is not held by the smart pointer that is expected (%s): its "
        "class is bound with another il::holder, or with none",
        type_name(Py_TYPE(object)).c_str(), pointer.name());
}

std::shared_ptr<void> shared_of_instance(PyObject* object) noexcept {
    // An object that is held otherwise may be given away meanwhile, and what held it destroyed.
    const object_lock_if_free lock(object);
    outside_value* outside = outside_of(object);
    return outside != nullptr && outside->what == outside_value::kind::shared
               ? static_cast<shared_outside*>(outside)->share()
               : nullptr;
}

bool is_same_type(const std::type_info& a, const std::type_info& b) noexcept {
    // Two files may each have a type of that name which is their own: Clang's operator== takes them for one.
    return &a == &b || (!is_internal(a.name()) && std::strcmp(a.name(), b.name()) == 0);
}

PyObject* instance_of_keeper(const instance_keeper& keeper) {
    // It may be another extension's record of this interpreter: the front is the same in all.
    const interpreter_front* front = peek_interpreter(keeper.instance);
    const PyThreadState* state = attached_state();
    if (front != nullptr && state != nullptr && front->interpreter == interpreter_of(state) &&
        (front->attention.load(std::memory_order_relaxed) & interpreter_front::shut) == 0)
        [[likely]] {
        return Py_NewRef(peek_reference(keeper.instance));
    }
    return keeper.instance.bind(token_inside).release();
}

}  // namespace detail
INTERLOCK_END
