// Iterators and views of bound maps: keys(), values(), items(). See bind/map.hpp.
//
// A view holds the map and asks it anew each time. An iterator holds the last key that it gave, as the C++ map's own type of
// key, and the size that the map had: both under the map's lock, or the iterator's own where the map's class has none.
#include "class_records.hpp"
#include "core_types.hpp"

#include <interlock/bind/map.hpp>

INTERLOCK_BEGIN
namespace detail {

namespace {

struct map_object {
    PyObject head;
    const map_table* table;
    PyObject* owner;
    map_part part;
};
struct map_iterator {
    map_object head;
    void* position;
    Py_ssize_t
        expected;  // how many items the map has; -1: at the end, for ever; -2: it has changed
    Py_ssize_t left;
    bool backwards;
};

map_object& parts_of(PyObject* self) noexcept { return *reinterpret_cast<map_object*>(self); }
map_iterator& iterator_of(PyObject* self) noexcept {
    return *reinterpret_cast<map_iterator*>(self);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(parts_of(self).owner);
    return 0;
}

void free_view(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_DECREF(parts_of(self).owner);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

void free_iterator(PyObject* self) {
    map_iterator& iterator = iterator_of(self);
    if (iterator.position != nullptr) {
        const keep_error kept;
        iterator.head.table->forget(iterator.position);
    }
    free_view(self);
}

template <class Object>
Object* make_object(core_type which, PyType_Spec& spec, map_ref table, PyObject* owner,
                    map_part part) {
    auto* made = PyObject_GC_New(Object, get_core_type(which, spec));
    if (made == nullptr) {
        throw_python_error();
    }
    map_object& head = parts_of(reinterpret_cast<PyObject*>(made));
    head.table = &table;
    head.owner = Py_NewRef(owner);
    head.part = part;
    return made;
}

// The size of the map, or -1 with the error set.
Py_ssize_t size_of(map_ref table, PyObject* owner) noexcept {
    const self_lock lock(owner, *table.site);
    const void* map = self_pointer(owner, *table.site);
    return map == nullptr ? -1 : static_cast<Py_ssize_t>(table.size(map));
}

// ---- iterators ---------------------------------------------------------------------------------------------------------------

PyObject* next_of_map(PyObject* object) {
    map_iterator& self = iterator_of(object);
    map_ref table = *self.head.table;
    PyObject* owner = self.head.owner;
    const object_lock lock(table.site->has(class_site::locked) ? owner : object);
    if (self.expected == -1) {
        return nullptr;
    }
    const void* map = self_pointer(owner, *table.site);
    if (map == nullptr) {
        return nullptr;
    }
    if (self.expected != static_cast<Py_ssize_t>(table.size(map))) {
        self.expected = -2;
        return PyErr_Format(PyExc_RuntimeError, "%s changed size during iteration",
                            table.site->shown.load());
    }
    if (self.left == 0) {
        // In a map whose items stay where they are that is the end by itself.
        self.expected = -1;
        return nullptr;
    }
    --self.left;
    PyObject* made = table.next(map, self.position, self.head.part, self.backwards);
    if (made == nullptr) {
        self.expected = PyErr_Occurred() == nullptr ? -1 : self.expected;
    }
    return made;
}

PyObject* length_hint(PyObject* object, PyObject*) {
    const map_iterator& self = iterator_of(object);
    return PyLong_FromSsize_t(self.expected < 0 ? 0 : self.left);
}

PyMethodDef methods_of_iterator[] = {
    {"__length_hint__", &length_hint, METH_NOARGS, "How many are left."},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot slots_of_iterator[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(&free_iterator)},
    {Py_tp_traverse, reinterpret_cast<void*>(&traverse)},
    {Py_tp_iter, reinterpret_cast<void*>(&PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(&next_of_map)},
    {Py_tp_methods, static_cast<void*>(methods_of_iterator)},
    {Py_tp_doc, const_cast<char*>("Walks over a bound map.")},
    {0, nullptr},
};
constexpr unsigned core_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
                                Py_TPFLAGS_DISALLOW_INSTANTIATION;
PyType_Spec spec_of_iterator = {"interlock.map_iterator", sizeof(map_iterator), 0, core_flags,
                                slots_of_iterator};

PyObject* make_iterator(map_ref table, PyObject* owner, map_part part, bool backwards) {
    if (backwards && (table.has & container_method::backwards) == 0) {
        return PyErr_Format(PyExc_TypeError, "%s is not reversible: its keys have no order",
                            table.site->shown.load());
    }
    const Py_ssize_t size = size_of(table, owner);
    if (size < 0) {
        return nullptr;
    }
    auto* made =
        make_object<map_iterator>(type_of_map_iterators, spec_of_iterator, table, owner, part);
    made->position = nullptr;
    made->expected = size;
    made->left = size;
    made->backwards = backwards;
    PyObject_GC_Track(reinterpret_cast<PyObject*>(made));
    return reinterpret_cast<PyObject*>(made);
}

// ---- views -------------------------------------------------------------------------------------------------------------------

PyObject* iterate_view(PyObject* self) {
    const map_object& view = parts_of(self);
    return guarded_object([&] { return make_iterator(*view.table, view.owner, view.part, false); });
}
PyObject* reverse_view(PyObject* self, PyObject*) {
    const map_object& view = parts_of(self);
    return guarded_object([&] { return make_iterator(*view.table, view.owner, view.part, true); });
}
Py_ssize_t length_of_view(PyObject* self) {
    return size_of(*parts_of(self).table, parts_of(self).owner);
}

int contains_key(PyObject* self, PyObject* key) {
    return parts_of(self).table->look_up(parts_of(self).owner, key, nullptr);
}
int contains_item(PyObject* self, PyObject* item) {
    if (PyTuple_Check(item) == 0 || PyTuple_GET_SIZE(item) != 2) {
        return 0;
    }
    PyObject* value = nullptr;
    const int there =
        parts_of(self).table->look_up(parts_of(self).owner, PyTuple_GET_ITEM(item, 0), &value);
    const reference held(value);
    return there != 1 ? there : run_python([&] {
        return PyObject_RichCompareBool(value, PyTuple_GET_ITEM(item, 1), Py_EQ);
    });
}

PyObject* represent_view(PyObject* self) {
    const map_object& view = parts_of(self);
    const int inside = Py_ReprEnter(self);
    if (inside != 0) {
        return inside < 0 ? nullptr : PyUnicode_FromString("...");
    }
    const reference all(run_python([&] { return PySequence_List(self); }));
    PyObject* text = all.pointer == nullptr ? nullptr : run_python([&] {
        return PyUnicode_FromFormat("%s.%s(%R)", view.table->site->shown.load(),
                                    view.part == map_part::keys     ? "keys"
                                    : view.part == map_part::values ? "values"
                                                                    : "items",
                                    all.pointer);
    });
    Py_ReprLeave(self);
    return text;
}

PyObject* mapping_of_view(PyObject* self, void*) {
    const object owner(adopt_t{}, Py_NewRef(parts_of(self).owner));
    return PyDictProxy_New(owner.ptr());
}

// Whether all that the one gives is in the other: 1, 0, or -1 with an error.
int all_in(PyObject* one, PyObject* other) {
    const reference items(run_python([&] { return PyObject_GetIter(one); }));
    if (items.pointer == nullptr) {
        return -1;
    }
    for (;;) {
        const reference item(run_python([&] { return PyIter_Next(items.pointer); }));
        if (item.pointer == nullptr) {
            return PyErr_Occurred() != nullptr ? -1 : 1;
        }
        const int there = run_python([&] { return PySequence_Contains(other, item.pointer); });
        if (there != 1) {
            return there;
        }
    }
}

bool is_view_like(PyObject* other);

PyObject* compare_views(PyObject* self, PyObject* other, int operation) {
    if (!is_view_like(other)) {
        return Py_NewRef(Py_NotImplemented);
    }
    const Py_ssize_t one = length_of_view(self);
    const Py_ssize_t two = one < 0 ? -1 : run_python([&] { return PyObject_Size(other); });
    if (two < 0) {
        return nullptr;
    }
    int result = 0;
    switch (operation) {
        case Py_EQ:
        case Py_NE:
            result = one == two ? all_in(self, other) : 0;
            if (operation == Py_NE && result >= 0) {
                result = 1 - result;
            }
            break;
        case Py_LT:
        case Py_LE:
            result = (operation == Py_LT ? one < two : one <= two) ? all_in(self, other) : 0;
            break;
        default:
            result = (operation == Py_GT ? one > two : one >= two) ? all_in(other, self) : 0;
            break;
    }
    return result < 0 ? nullptr : PyBool_FromLong(result);
}

// As dict's views: a set of the one, changed by the other.
PyObject* changed_set(PyObject* one, PyObject* other, const char* how) {
    return run_python([&]() -> PyObject* {
        reference set(PySet_New(one));
        if (set.pointer == nullptr) {
            return nullptr;
        }
        const reference done(PyObject_CallMethod(set.pointer, how, "O", other));
        return done.pointer == nullptr ? nullptr : set.release();
    });
}
PyObject* view_minus(PyObject* a, PyObject* b) { return changed_set(a, b, "difference_update"); }
PyObject* view_and(PyObject* a, PyObject* b) { return changed_set(a, b, "intersection_update"); }
PyObject* view_or(PyObject* a, PyObject* b) { return changed_set(a, b, "update"); }
PyObject* view_xor(PyObject* a, PyObject* b) {
    return changed_set(a, b, "symmetric_difference_update");
}
PyObject* is_disjoint(PyObject* self, PyObject* other) {
    return run_python([&]() -> PyObject* {
        const reference set(PySet_New(self));
        return set.pointer == nullptr ? nullptr
                                      : PyObject_CallMethod(set.pointer, "isdisjoint", "O", other);
    });
}

PyMethodDef methods_of_values[] = {
    {"__reversed__", &reverse_view, METH_NOARGS, "From the last one to the first."},
    {nullptr, nullptr, 0, nullptr}};
PyMethodDef methods_of_sets[] = {
    {"__reversed__", &reverse_view, METH_NOARGS, "From the last one to the first."},
    {"isdisjoint", &is_disjoint, METH_O, "Whether nothing is in both."},
    {nullptr, nullptr, 0, nullptr}};
PyGetSetDef mapping_attribute[] = {
    {"mapping", &mapping_of_view, nullptr, "The map, to be read.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

#define VIEW_SLOTS                                               \
    {Py_tp_dealloc, reinterpret_cast<void*>(&free_view)},        \
        {Py_tp_traverse, reinterpret_cast<void*>(&traverse)},    \
        {Py_tp_iter, reinterpret_cast<void*>(&iterate_view)},    \
        {Py_tp_repr, reinterpret_cast<void*>(&represent_view)},  \
        {Py_tp_getset, static_cast<void*>(mapping_attribute)}, { \
        Py_sq_length, reinterpret_cast<void*>(&length_of_view)   \
    }
#define SET_SLOTS                                                            \
    {Py_tp_richcompare, reinterpret_cast<void*>(&compare_views)},            \
        {Py_tp_hash, reinterpret_cast<void*>(&PyObject_HashNotImplemented)}, \
        {Py_nb_subtract, reinterpret_cast<void*>(&view_minus)},              \
        {Py_nb_and, reinterpret_cast<void*>(&view_and)},                     \
        {Py_nb_or, reinterpret_cast<void*>(&view_or)},                       \
        {Py_nb_xor, reinterpret_cast<void*>(&view_xor)}, {                   \
        Py_tp_methods, static_cast<void*>(methods_of_sets)                   \
    }

PyType_Slot slots_of_keys[] = {
    VIEW_SLOTS, SET_SLOTS, {Py_sq_contains, reinterpret_cast<void*>(&contains_key)}, {0, nullptr}};
PyType_Slot slots_of_items[] = {
    VIEW_SLOTS, SET_SLOTS, {Py_sq_contains, reinterpret_cast<void*>(&contains_item)}, {0, nullptr}};
PyType_Slot slots_of_values[] = {
    VIEW_SLOTS, {Py_tp_methods, static_cast<void*>(methods_of_values)}, {0, nullptr}};
#undef VIEW_SLOTS
#undef SET_SLOTS

PyType_Spec spec_of_keys = {"interlock.map_keys", sizeof(map_object), 0, core_flags, slots_of_keys};
PyType_Spec spec_of_values = {"interlock.map_values", sizeof(map_object), 0, core_flags,
                              slots_of_values};
PyType_Spec spec_of_items = {"interlock.map_items", sizeof(map_object), 0, core_flags,
                             slots_of_items};

bool is_view_like(PyObject* other) {
    PyTypeObject* type = Py_TYPE(other);
    return PyAnySet_Check(other) || PyDictKeys_Check(other) || PyDictItems_Check(other) ||
           INTERLOCK_TYPE_SLOT(type, tp_richcompare, richcmpfunc) == &compare_views;
}

}  // namespace

void register_map_views(PyObject* abc) {
    const auto enter = [abc](const char* name, core_type which, PyType_Spec& spec) {
        PyTypeObject* type = get_core_type(which, spec);
        const object base(adopt_t{}, check_new(PyObject_GetAttrString(abc, name)));
        const object done(adopt_t{}, check_new(run_python([&] {
                              return PyObject_CallMethod(base.ptr(), "register", "O", type);
                          })));
    };
    enter("KeysView", type_of_map_keys, spec_of_keys);
    enter("ValuesView", type_of_map_values, spec_of_values);
    enter("ItemsView", type_of_map_items, spec_of_items);
}

PyObject* refuse_changed_keys(const class_site& site) noexcept {
    return PyErr_Format(PyExc_RuntimeError, "the keys of %s changed during iteration",
                        site.shown.load());
}

template <map_part Part, bool Backwards>
PyObject* map_iterate(map_ref table, PyObject* self) noexcept {
    return guarded_object([&] { return make_iterator(table, self, Part, Backwards); });
}
template PyObject* map_iterate<map_part::keys, false>(map_ref, PyObject*) noexcept;
template PyObject* map_iterate<map_part::keys, true>(map_ref, PyObject*) noexcept;

template <map_part Part>
PyObject* map_view(map_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        constexpr core_type which = Part == map_part::keys     ? type_of_map_keys
                                    : Part == map_part::values ? type_of_map_values
                                                               : type_of_map_items;
        PyType_Spec& spec = Part == map_part::keys     ? spec_of_keys
                            : Part == map_part::values ? spec_of_values
                                                       : spec_of_items;
        auto* made =
            reinterpret_cast<PyObject*>(make_object<map_object>(which, spec, table, self, Part));
        PyObject_GC_Track(made);
        return made;
    });
}
template PyObject* map_view<map_part::keys>(map_ref, PyObject*) noexcept;
template PyObject* map_view<map_part::values>(map_ref, PyObject*) noexcept;
template PyObject* map_view<map_part::items>(map_ref, PyObject*) noexcept;

}  // namespace detail
INTERLOCK_END
