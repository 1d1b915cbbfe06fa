// What else is done with instances: giving away, collection, copying. Apart from instances.cpp, which calls spend time in: this file is
// compiled for size.
#include "class_records.hpp"
#include "texts.hpp"

#include <interlock/bind/buffer_export.hpp>
#include <interlock/objects/unraisable.hpp>

#include <algorithm>

INTERLOCK_BEGIN
namespace detail {

// ---- giving away -------------------------------------------------------------------------------------------------------------

namespace {

struct given_away_value final : outside_value {
    constexpr given_away_value() noexcept : outside_value(kind::given_away) {}
    void end() noexcept override {}
};
// Nothing is done with it but asking what it is.
constinit given_away_value given_away;

}  // namespace

void throw_null_factory(const class_site& site) {
    throw cast_error(concatenated({"interlock: the factory of ", name_of_site(site),
                                   " returned a null pointer: an object was expected"}));
}

namespace {

constexpr const char* nothing_to_give =
    "the object that is to be given away as a std::unique_ptr is empty: it was not initialized, or "
    "was given away before";

// Why the object of an instance of this extension's cannot be given away; empty where it can. Under the instance's lock.
std::string why_kept(class_store& store, const class_record& record, PyObject* object) {
    void* value = record.head_of(object)->value.load(std::memory_order_relaxed);
    if (value == nullptr && !is_at_work(store, object)) {
        return nothing_to_give;
    }
    const auto refuse = [&](const char* why) {
        return concatenated({"a ", type_name(Py_TYPE(object)).c_str(),
                             " object cannot be given away as a std::unique_ptr: ", why});
    };
    if (value == nullptr) {
        return refuse("a function works on it with the interpreter released");
    }
    if (record.traits.site->exports.load(std::memory_order_relaxed) != 0 && find_export(object)) {
        return refuse("Python views its memory (a memoryview, a numpy array): release that first");
    }
    if (is_part_exported(store, value, record.traits.size) ||
        is_part_exported_elsewhere(store, value, record.traits.size)) {
        return refuse(
            "Python views the memory of a part of it (a memoryview, a numpy array): release that "
            "first");
    }
    if (record.is_in_place(object, value)) {
        {
            const class_store::lock lock(store);
            if (store.parted.count(object) != 0) {
                return refuse("Python has a part of it");
            }
        }
        return record.traits.move_new != nullptr
                   ? std::string()
                   : refuse(
                         "it lies inside of the Python object and its class cannot be moved. Bind "
                         "it as il::class_<T, std::unique_ptr<T>>, so that it does not");
    }
    const outside_value* outside = record.outside_of(object);
    if (outside->what == outside_value::kind::shared) {
        return refuse("a std::shared_ptr holds it");
    }
    if (outside->parent != nullptr || outside->what == outside_value::kind::borrowed) {
        return refuse("it belongs to C++ or is a part of another object");
    }
    if (outside->uses.load(std::memory_order_acquire) != 0) {
        return refuse(
            "a bound function works on it, a std::shared_ptr in C++ keeps it, or Python has a part "
            "of it");
    }
    return outside->can_let_go() ? std::string() : refuse("its holder does not give it up");
}

}  // namespace

void look_before_taking(PyObject* const* instances, std::size_t count) {
    class_store* store = store_of_classes();
    for (std::size_t i = 0; store != nullptr && i < count; ++i) {
        PyObject* object = instances[i];
        if (object == nullptr) {
            continue;
        }
        if (std::find(instances, instances + i, object) != instances + i) {
            throw cast_error(std::string("interlock: the same ") +
                             type_name(Py_TYPE(object)).c_str() +
                             " object is given twice, and can be given away once");
        }
        const class_record* record = record_of_type(*store, Py_TYPE(object));
        if (record == nullptr || record->owner != nullptr) {
            continue;  // whoever takes it is told
        }
        const object_lock_if_free exclusive(object);
        if (const std::string why = why_kept(*store, *record, object); !why.empty()) {
            throw cast_error("interlock: " + why);
        }
    }
}

void* take_from_instance(PyObject* object, const class_site& site) {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(object));
    if (record == nullptr) {
        throw cast_error(std::string("interlock: ") + nothing_to_give);
    }
    if (record->owner != nullptr) {
        void* taken = record->owner->take(object);
        if (taken == nullptr) {
            throw_python_error();
        }
        return cast_up(*record, taken, site);
    }
    const object_lock_if_free exclusive(object);
    if (const std::string why = why_kept(*store, *record, object); !why.empty()) {
        throw cast_error("interlock: " + why);
    }
    void* value = record->head_of(object)->value.load(std::memory_order_relaxed);
    void* taken = value;
    if (record->is_in_place(object, value)) {
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
        outside->let_go();
        leave_map(*store, value, object);
        record->head_of(object)->value.store(nullptr, std::memory_order_release);
        record->outside_of(object) = &given_away;
        end_outside(outside);
    }
    return cast_up(*record, taken, site);
}

// ---- collection ----------------------------------------------------------------------------------------------------------------------

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
        new_instance made(allocate_of(*record, Py_TYPE(self)));
        if (made.self == nullptr) {
            return nullptr;
        }
        {
            // The copy constructor works on the object as any method does.
            const class_site& site = *record->traits.site;
            const self_lock lock(self, site);
            void* value = find_self(self, site, false);
            if (value == nullptr) {
                return nullptr;
            }
            const instance_use use(self, value, record->place_of(self));
            if (!record->outside && record->head == 0) {
                record->traits.copy(record->place_of(made.self), value, record->traits.size);
                record->head_of(made.self)->value.store(record->place_of(made.self),
                                                        std::memory_order_release);
                if (site.has(class_site::mapped)) {
                    enter_instance(made.self, site);
                }
            } else {
                void* copied = nullptr;
                outside_value* outside = copy_outside(record->traits, value, copied);
                fill_outside(made.self, copied, outside, site);
            }
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
        // They may lead back to the object.
        const reference number(PyLong_FromVoidPtr(self));
        if (number.pointer == nullptr ||
            (memo != Py_None && PyObject_SetItem(memo, number.pointer, made.pointer) != 0)) {
            return nullptr;
        }
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
