// What bound vectors do that does not depend on their elements: list's methods, on a table of functions. See bind/vector.hpp.
//
// Arguments are converted first, then the vector is locked and found, then changed or read; results are made, and what was taken
// out is destroyed, when the lock is given back. Between two elements of a longer walk Python code may run: the vector is
// found anew, and an index that is too large ends the walk.
#include "class_records.hpp"
#include "core_types.hpp"

#include <interlock/bind/vector.hpp>

#include <algorithm>

INTERLOCK_BEGIN
namespace detail {

namespace {

using method = container_method;

// A vector of the same type that belongs to a call. Throws std::bad_alloc.
struct temporary {
    explicit temporary(table_ref t) : table(t), value(t.make()) {}
    ~temporary() { table.destroy(value); }
    temporary(const temporary&) = delete;
    temporary& operator=(const temporary&) = delete;
    std::size_t size() const noexcept { return table.size(value); }
    table_ref table;
    void* value;
};

// The vector of an object, locked; false: the error is set.
struct locked {
    locked(table_ref t, PyObject* self) noexcept
        : lock(self, *t.site), value(self_pointer(self, *t.site)), table(t) {}
    explicit operator bool() const noexcept { return value != nullptr; }
    Py_ssize_t size() const noexcept { return static_cast<Py_ssize_t>(table.size(value)); }
    self_lock lock;
    void* value;
    table_ref table;
};

// Both, of the same class.
struct both_locked {
    both_locked(table_ref t, PyObject* one, PyObject* other) noexcept
#if defined(Py_GIL_DISABLED)
        : held_(t.site->has(class_site::locked))
#endif
    {
#if defined(Py_GIL_DISABLED)
        if (held_) {
            PyCriticalSection2_Begin(&section_, one, other);
        }
#endif
        first = self_pointer(one, *t.site);
        second = first == nullptr ? nullptr : self_pointer(other, *t.site);
    }
    ~both_locked() {
#if defined(Py_GIL_DISABLED)
        if (held_) {
            PyCriticalSection2_End(&section_);
        }
#endif
    }
    both_locked(const both_locked&) = delete;
    both_locked& operator=(const both_locked&) = delete;
    explicit operator bool() const noexcept { return second != nullptr; }
    void* first = nullptr;
    void* second = nullptr;

private:
#if defined(Py_GIL_DISABLED)
    bool held_;
    PyCriticalSection2 section_;
#endif
};

const char* name_of(table_ref table) noexcept { return table.site->shown.load(); }

const function_site& site_of_method(table_ref table, vector_method which) noexcept {
    return table.sites[static_cast<std::size_t>(which)];
}

bool has(table_ref table, unsigned char what) noexcept { return (table.has & what) != 0; }

bool may_resize_it(table_ref table, PyObject* self) noexcept {
    return may_resize(self, *table.site);
}

// What the method's argument says, into the temporary. False: refused, with the error set.
bool load_items_of(table_ref table, PyObject* self, PyObject* items, temporary& into,
                   vector_method which, unsigned index) {
    if (has(table, method::copies) && is_instance_of(items, *table.site)) {
        const locked other(table, items);
        if (!other) {
            return false;
        }
        table.slice(other.value, 0, 1, table.size(other.value), into.value);
        return true;
    }
    loading l;
    start_loading(l, self);
    return table.load(items, into.value, l) ||
           refuse_argument(self, site_of_method(table, which), index, l);
}

bool load_value_of(table_ref table, PyObject* self, PyObject* value, temporary& into,
                   vector_method which, unsigned index) {
    loading l;
    start_loading(l, self);
    return table.load_one(value, into.value, l) ||
           refuse_argument(self, site_of_method(table, which), index, l);
}

// A slice, when the vector's size is known.
struct span_of_elements {
    std::size_t start;
    std::ptrdiff_t step;
    std::size_t count;
};
struct slice_bounds {
    Py_ssize_t start = 0;
    Py_ssize_t stop = 0;
    Py_ssize_t step = 1;

    bool unpack(PyObject* slice) noexcept {
        return run_python([&] { return PySlice_Unpack(slice, &start, &stop, &step); }) == 0;
    }
    span_of_elements in(Py_ssize_t size) const noexcept {
        Py_ssize_t from = start;
        Py_ssize_t to = stop;
        const Py_ssize_t count = PySlice_AdjustIndices(size, &from, &to, step);
        return {static_cast<std::size_t>(from), step, static_cast<std::size_t>(count)};
    }
};

bool unpack_index(PyObject* key, Py_ssize_t& index) noexcept {
    index = run_python([&] { return PyNumber_AsSsize_t(key, PyExc_IndexError); });
    return index != -1 || PyErr_Occurred() == nullptr;
}
// As list.insert and list.index take it: too large is the end.
bool unpack_position(PyObject* key, Py_ssize_t& index) noexcept {
    if (PyIndex_Check(key) == 0) {
        PyErr_Format(PyExc_TypeError, "'%s' object cannot be interpreted as an integer",
                     type_name(Py_TYPE(key)).c_str());
        return false;
    }
    index = run_python([&] { return PyNumber_AsSsize_t(key, nullptr); });
    return index != -1 || PyErr_Occurred() == nullptr;
}

PyObject* refuse_key(table_ref table, PyObject* key) noexcept {
    return PyErr_Format(PyExc_TypeError, "%s indices must be integers or slices, not %s",
                        name_of(table), type_name(Py_TYPE(key)).c_str());
}

// The element, or null: with or without an error.
PyObject* element_at(table_ref table, PyObject* self, Py_ssize_t i) noexcept {
    const locked vector(table, self);
    return vector ? table.at(vector.value, static_cast<std::size_t>(i)) : nullptr;
}

// All elements. Throws python_error.
object list_of(table_ref table, PyObject* self) {
    object all(adopt_t{}, check_new(PyList_New(0)));
    for (Py_ssize_t i = 0;; ++i) {
        const reference item(element_at(table, self, i));
        if (item.pointer == nullptr) {
            if (PyErr_Occurred() != nullptr) {
                throw_python_error();
            }
            return all;
        }
        if (PyList_Append(all.ptr(), item.pointer) != 0) {
            throw_python_error();
        }
    }
}

// The elements of a vector as often as that, into an empty temporary. Throws std::bad_alloc.
void repeat_into(temporary& into, const void* vector, std::size_t times) {
    table_ref table = into.table;
    const std::size_t size = table.size(vector);
    if (size == 0 || times == 0) {
        return;
    }
    if (times > static_cast<std::size_t>(PY_SSIZE_T_MAX) / size) {
        throw std::bad_alloc();
    }
    table.reserve(into.value, size * times);
    for (std::size_t i = 0; i < times; ++i) {
        table.slice(vector, 0, 1, size, into.value);
    }
}

PyObject* copy_of(table_ref table, PyObject* self, std::size_t times) {
    temporary made(table);
    {
        const locked vector(table, self);
        if (!vector) {
            return nullptr;
        }
        repeat_into(made, vector.value, times);
    }
    return table.wrap(made.value);
}

// Puts the temporary's elements behind the others.
bool append_all(table_ref table, PyObject* self, temporary& items) {
    const locked vector(table, self);
    if (!vector) {
        return false;
    }
    if (items.size() != 0) {
        if (!may_resize_it(table, self)) {
            return false;
        }
        table.replace(vector.value, table.size(vector.value), 0, items.value);
    }
    return true;
}

bool assign_slice(table_ref table, PyObject* self, const slice_bounds& bounds, temporary& items,
                  bool deletes) {
    const locked vector(table, self);
    if (!vector) {
        return false;
    }
    const span_of_elements part = bounds.in(vector.size());
    const std::size_t fresh = items.size();
    if (part.step != 1 && !deletes && fresh != part.count) {
        PyErr_Format(PyExc_ValueError,
                     "attempt to assign sequence of size %zd to extended slice of size %zd",
                     static_cast<Py_ssize_t>(fresh), static_cast<Py_ssize_t>(part.count));
        return false;
    }
    if (fresh != part.count && !may_resize_it(table, self)) {
        return false;
    }
    if (part.step == 1) {
        table.replace(vector.value, part.start, part.count, items.value);
    } else if (!deletes) {
        table.exchange(vector.value, part.start, part.step, part.count, items.value);
    } else if (part.count != 0) {
        // From the front, whichever way the slice goes.
        const std::ptrdiff_t span = static_cast<std::ptrdiff_t>(part.count - 1) * part.step;
        const std::size_t first =
            part.step > 0 ? part.start : part.start + static_cast<std::size_t>(span);
        table.remove(vector.value, first,
                     static_cast<std::size_t>(part.step > 0 ? part.step : -part.step), part.count,
                     items.value);
    }
    return true;
}

int delete_at(table_ref table, PyObject* self, PyObject* key) {
    temporary out(table);
    if (PySlice_Check(key)) {
        slice_bounds bounds;
        return bounds.unpack(key) && assign_slice(table, self, bounds, out, true) ? 0 : -1;
    }
    Py_ssize_t i = 0;
    if (PyIndex_Check(key) == 0) {
        refuse_key(table, key);
        return -1;
    }
    if (!unpack_index(key, i)) {
        return -1;
    }
    const locked vector(table, self);
    if (!vector) {
        return -1;
    }
    i += i < 0 ? vector.size() : 0;
    if (i < 0 || i >= vector.size()) {
        refuse_index(*table.site, "assignment index out of range");
        return -1;
    }
    if (!may_resize_it(table, self)) {
        return -1;
    }
    table.replace(vector.value, static_cast<std::size_t>(i), 1, out.value);
    return 0;
}

constexpr Py_ssize_t not_there = -1;
constexpr Py_ssize_t failed = -2;

// A value as an element, in a temporary. False where it is none, so that Python has to compare; an error is set then where the value has
// raised one that is no answer.
bool load_wanted(table_ref table, PyObject* value, temporary& wanted) {
    loading l = loading::plain();
    l.quiet = true;
    if (table.load_one(value, wanted.value, l)) {
        return true;
    }
    // That it is not of the type is an answer.
    if (l.problem == loading::raised && (PyErr_ExceptionMatches(PyExc_TypeError) != 0 ||
                                         PyErr_ExceptionMatches(PyExc_ValueError) != 0 ||
                                         PyErr_ExceptionMatches(PyExc_OverflowError) != 0)) {
        PyErr_Clear();
    }
    return false;
}

Py_ssize_t find_in(table_ref table, const locked& vector, const temporary& wanted, Py_ssize_t from,
                   Py_ssize_t to) {
    const std::size_t found = table.find(vector.value, wanted.value, static_cast<std::size_t>(from),
                                         static_cast<std::size_t>(to));
    return found == static_cast<std::size_t>(-1) ? not_there : static_cast<Py_ssize_t>(found);
}

Py_ssize_t locate_by_python(table_ref table, PyObject* self, PyObject* value, Py_ssize_t from = 0,
                            Py_ssize_t to = PY_SSIZE_T_MAX) {
    for (Py_ssize_t i = from; i < to; ++i) {
        const reference item(element_at(table, self, i));
        if (item.pointer == nullptr) {
            return PyErr_Occurred() != nullptr ? failed : not_there;
        }
        const int same =
            run_python([&] { return PyObject_RichCompareBool(item.pointer, value, Py_EQ); });
        if (same != 0) {
            return same < 0 ? failed : i;
        }
    }
    return not_there;
}

// Where a value is between two places, compared by C++ where it converts, and else by Python: a float among ints, say.
Py_ssize_t locate(table_ref table, PyObject* self, PyObject* value, Py_ssize_t from,
                  Py_ssize_t to) {
    temporary wanted(table);
    if (load_wanted(table, value, wanted)) {
        const locked vector(table, self);
        return vector ? find_in(table, vector, wanted, from, to) : failed;
    }
    return PyErr_Occurred() != nullptr ? failed : locate_by_python(table, self, value, from, to);
}

PyObject* bool_or_error(int status) noexcept {
    return status < 0 ? nullptr : Py_NewRef(status != 0 ? Py_True : Py_False);
}

PyObject* none_or_error(bool done) noexcept { return done ? Py_NewRef(Py_None) : nullptr; }

// ---- the iterator ------------------------------------------------------------------------------------------------------------

struct vector_iterator {
    PyObject head;
    const vector_table* table;
    PyObject* owner;
    std::atomic<Py_ssize_t> index;  // -1: at the end, for ever
    std::atomic<bool> backwards;
};

vector_iterator& parts_of(PyObject* self) noexcept {
    return *reinterpret_cast<vector_iterator*>(self);
}

PyObject* next_of_vector_iterator(PyObject* object) {
    vector_iterator& self = parts_of(object);
    table_ref table = *self.table;
    const self_lock lock(self.owner, *table.site);
    const Py_ssize_t i = self.index.load(std::memory_order_relaxed);
    if (i < 0) {
        return nullptr;
    }
    const void* vector = self_pointer(self.owner, *table.site);
    if (vector == nullptr) {
        return nullptr;
    }
    PyObject* item = table.at(vector, static_cast<std::size_t>(i));
    self.index.store(item == nullptr                                  ? -1
                     : self.backwards.load(std::memory_order_relaxed) ? i - 1
                                                                      : i + 1,
                     std::memory_order_relaxed);
    return item;
}

int traverse_vector_iterator(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(parts_of(self).owner);
    return 0;
}

void free_vector_iterator(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_DECREF(parts_of(self).owner);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

PyObject* length_hint(PyObject* object, PyObject*) {
    const vector_iterator& self = parts_of(object);
    const Py_ssize_t i = self.index.load(std::memory_order_relaxed);
    const locked vector(*self.table, self.owner);
    if (!vector) {
        return nullptr;
    }
    const Py_ssize_t left = i < 0                   ? 0
                            : self.backwards.load() ? i + 1
                                                    : std::max<Py_ssize_t>(vector.size() - i, 0);
    return PyLong_FromSsize_t(left);
}

// As list's iterators are copied and pickled: iter(v), or reversed(v), and where it is.
PyObject* reduce_iterator(PyObject* object, PyObject*) {
    const vector_iterator& self = parts_of(object);
    const Py_ssize_t i = self.index.load(std::memory_order_relaxed);
    const reference builtins(PyImport_ImportModule("builtins"));
    const reference maker(
        builtins.pointer == nullptr
            ? nullptr
            : PyObject_GetAttrString(builtins.pointer, self.backwards ? "reversed" : "iter"));
    if (maker.pointer == nullptr) {
        return nullptr;
    }
    return i < 0 ? Py_BuildValue("O(())", maker.pointer)
                 : Py_BuildValue("O(O)n", maker.pointer, self.owner, i);
}

PyObject* set_iterator_state(PyObject* object, PyObject* state) {
    const Py_ssize_t i = PyLong_AsSsize_t(state);
    if (i == -1 && PyErr_Occurred() != nullptr) {
        return nullptr;
    }
    parts_of(object).index.store(std::max<Py_ssize_t>(i, -1));
    return Py_NewRef(Py_None);
}

PyMethodDef methods_of_iterator[] = {
    {"__length_hint__", &length_hint, METH_NOARGS, "How many elements are left."},
    {"__reduce__", &reduce_iterator, METH_NOARGS, "For copy and pickle."},
    {"__setstate__", &set_iterator_state, METH_O, "For copy and pickle."},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot slots_of_iterator[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(&free_vector_iterator)},
    {Py_tp_traverse, reinterpret_cast<void*>(&traverse_vector_iterator)},
    {Py_tp_iter, reinterpret_cast<void*>(&PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(&next_of_vector_iterator)},
    {Py_tp_methods, static_cast<void*>(methods_of_iterator)},
    {Py_tp_doc, const_cast<char*>("Walks over a bound vector.")},
    {0, nullptr},
};
PyType_Spec spec_of_iterator = {
    "interlock.vector_iterator",
    sizeof(vector_iterator),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
        Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots_of_iterator,
};

PyObject* make_iterator(table_ref table, PyObject* owner, bool backwards) {
    Py_ssize_t at = 0;
    {
        const locked vector(table, owner);
        if (!vector) {
            return nullptr;
        }
        at = backwards ? vector.size() - 1 : 0;
    }
    PyTypeObject* type = get_core_type(type_of_vector_iterators, spec_of_iterator);
    auto* made = PyObject_GC_New(vector_iterator, type);
    if (made == nullptr) {
        return nullptr;
    }
    made->table = &table;
    made->owner = Py_NewRef(owner);
    ::new (static_cast<void*>(&made->index)) std::atomic<Py_ssize_t>(at);
    ::new (static_cast<void*>(&made->backwards)) std::atomic<bool>(backwards);
    PyObject_GC_Track(reinterpret_cast<PyObject*>(made));
    return reinterpret_cast<PyObject*>(made);
}

}  // namespace

PyObject* refuse_index(const class_site& site, const char* what) noexcept {
    return PyErr_Format(PyExc_IndexError, "%s %s", site.shown.load(), what);
}

// ---- items -------------------------------------------------------------------------------------------------------------------

PyObject* vector_length(table_ref table, PyObject* self) noexcept {
    const locked vector(table, self);
    return vector ? PyLong_FromSsize_t(vector.size()) : nullptr;
}

PyObject* vector_get_item(table_ref table, PyObject* self, PyObject* key) noexcept {
    return guarded_object([&]() -> PyObject* {
        if (PyIndex_Check(key) != 0) {
            Py_ssize_t i = 0;
            if (!unpack_index(key, i)) {
                return nullptr;
            }
            const locked vector(table, self);
            if (!vector) {
                return nullptr;
            }
            i += i < 0 ? vector.size() : 0;
            if (i < 0 || i >= vector.size()) {
                return refuse_index(*table.site, "index out of range");
            }
            return table.at(vector.value, static_cast<std::size_t>(i));
        }
        if (!PySlice_Check(key)) {
            return refuse_key(table, key);
        }
        if (!has(table, method::copies)) {
            return refuse_copy_of_element(*table.site);
        }
        slice_bounds bounds;
        if (!bounds.unpack(key)) {
            return nullptr;
        }
        temporary made(table);
        {
            const locked vector(table, self);
            if (!vector) {
                return nullptr;
            }
            const span_of_elements part = bounds.in(vector.size());
            table.slice(vector.value, part.start, part.step, part.count, made.value);
        }
        return table.wrap(made.value);
    });
}

int vector_assign(table_ref table, PyObject* self, PyObject* key, PyObject* value) noexcept {
    return guarded_status([&] {
        if (value == nullptr) {
            return delete_at(table, self, key);
        }
        if (PyIndex_Check(key) != 0) {
            Py_ssize_t i = 0;
            return unpack_index(key, i) ? table.store(self, i, value) : -1;
        }
        if (!PySlice_Check(key)) {
            refuse_key(table, key);
            return -1;
        }
        slice_bounds bounds;
        temporary items(table);
        return bounds.unpack(key) &&
                       load_items_of(table, self, value, items, vector_method::set_item, 1) &&
                       assign_slice(table, self, bounds, items, false)
                   ? 0
                   : -1;
    });
}

PyObject* vector_set_item(table_ref table, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t given) noexcept {
    if (given != 2) {
        return refuse_count(self, site_of_method(table, vector_method::set_item), given);
    }
    return none_or_error(vector_assign(table, self, arguments[0], arguments[1]) == 0);
}

PyObject* vector_delete_item(table_ref table, PyObject* self, PyObject* key) noexcept {
    return none_or_error(vector_assign(table, self, key, nullptr) == 0);
}

int vector_has(table_ref table, PyObject* self, PyObject* value) noexcept {
    return guarded_status([&] {
        const Py_ssize_t found = locate(table, self, value, 0, PY_SSIZE_T_MAX);
        return found == failed ? -1 : static_cast<int>(found != not_there);
    });
}

PyObject* vector_contains(table_ref table, PyObject* self, PyObject* value) noexcept {
    return bool_or_error(vector_has(table, self, value));
}

PyObject* vector_iterate(table_ref table, PyObject* self) noexcept {
    return guarded_object([&] { return make_iterator(table, self, false); });
}

PyObject* vector_iterate_backwards(table_ref table, PyObject* self) noexcept {
    return guarded_object([&] { return make_iterator(table, self, true); });
}

PyObject* vector_represent(table_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        const int inside = Py_ReprEnter(self);
        if (inside != 0) {
            return inside < 0 ? nullptr : PyUnicode_FromFormat("%s([...])", name_of(table));
        }
        struct leave {
            PyObject* self;
            ~leave() { Py_ReprLeave(self); }
        } const left{self};
        if (!has(table, method::copies)) {
            const locked vector(table, self);
            return vector
                       ? PyUnicode_FromFormat("<%s of %zd elements>", name_of(table), vector.size())
                       : nullptr;
        }
        const object all = list_of(table, self);
        const reference text(run_python([&] { return PyObject_Repr(all.ptr()); }));
        return text.pointer == nullptr
                   ? nullptr
                   : PyUnicode_FromFormat("%s(%U)", name_of(table), text.pointer);
    });
}

// ---- operators ---------------------------------------------------------------------------------------------------------------

PyObject* vector_rich_compare(table_ref table, PyObject* self, PyObject* other,
                              int operation) noexcept {
    return guarded_object([&]() -> PyObject* {
        const bool by_order = operation != Py_EQ && operation != Py_NE;
        if (!is_instance_of(other, *table.site) || (by_order && !has(table, method::order))) {
            return Py_NewRef(Py_NotImplemented);
        }
        const both_locked vectors(table, self, other);
        if (!vectors) {
            return nullptr;
        }
        if (!by_order) {
            return PyBool_FromLong(table.equal(vectors.first, vectors.second) ==
                                   (operation == Py_EQ));
        }
        const std::size_t one = table.size(vectors.first);
        const std::size_t two = table.size(vectors.second);
        std::size_t i = 0;
        bool before = false;
        bool after = false;
        for (; i < one && i < two && !before && !after; ++i) {
            before = table.less(vectors.first, i, vectors.second, i);
            after = !before && table.less(vectors.second, i, vectors.first, i);
        }
        if (!before && !after) {
            before = one < two;
            after = two < one;
        }
        return PyBool_FromLong(operation == Py_LT   ? before
                               : operation == Py_LE ? !after
                               : operation == Py_GT ? after
                                                    : !before);
    });
}

template <int Operation>
PyObject* vector_compare(table_ref table, PyObject* self, PyObject* other) noexcept {
    return vector_rich_compare(table, self, other, Operation);
}
template PyObject* vector_compare<Py_EQ>(table_ref, PyObject*, PyObject*) noexcept;
template PyObject* vector_compare<Py_NE>(table_ref, PyObject*, PyObject*) noexcept;
template PyObject* vector_compare<Py_LT>(table_ref, PyObject*, PyObject*) noexcept;
template PyObject* vector_compare<Py_LE>(table_ref, PyObject*, PyObject*) noexcept;
template PyObject* vector_compare<Py_GT>(table_ref, PyObject*, PyObject*) noexcept;
template PyObject* vector_compare<Py_GE>(table_ref, PyObject*, PyObject*) noexcept;

PyObject* vector_add(table_ref table, PyObject* self, PyObject* other) noexcept {
    return guarded_object([&]() -> PyObject* {
        if (!is_instance_of(other, *table.site)) {
            return Py_NewRef(Py_NotImplemented);
        }
        temporary made(table);
        {
            const both_locked vectors(table, self, other);
            if (!vectors) {
                return nullptr;
            }
            table.slice(vectors.first, 0, 1, table.size(vectors.first), made.value);
            table.slice(vectors.second, 0, 1, table.size(vectors.second), made.value);
        }
        return table.wrap(made.value);
    });
}

PyObject* vector_add_in_place(table_ref table, PyObject* self, PyObject* other) noexcept {
    return guarded_object([&]() -> PyObject* {
        temporary items(table);
        if (!load_items_of(table, self, other, items, vector_method::add_in_place, 0) ||
            !append_all(table, self, items)) {
            return nullptr;
        }
        return Py_NewRef(self);
    });
}

namespace {

// How often, or false: with an error, or without one where it is no integer.
bool unpack_times(PyObject* times, std::size_t& n) noexcept {
    if (PyIndex_Check(times) == 0) {
        return false;
    }
    const Py_ssize_t value =
        run_python([&] { return PyNumber_AsSsize_t(times, PyExc_OverflowError); });
    n = value < 0 ? 0 : static_cast<std::size_t>(value);
    return value != -1 || PyErr_Occurred() == nullptr;
}

PyObject* not_implemented_or_error() noexcept {
    return PyErr_Occurred() != nullptr ? nullptr : Py_NewRef(Py_NotImplemented);
}

}  // namespace

PyObject* vector_repeat(table_ref table, PyObject* self, PyObject* times) noexcept {
    return guarded_object([&]() -> PyObject* {
        std::size_t n = 0;
        return unpack_times(times, n) ? copy_of(table, self, n) : not_implemented_or_error();
    });
}

PyObject* vector_repeat_in_place(table_ref table, PyObject* self, PyObject* times) noexcept {
    return guarded_object([&]() -> PyObject* {
        std::size_t n = 0;
        if (!unpack_times(times, n)) {
            return not_implemented_or_error();
        }
        temporary made(table);
        {
            const locked vector(table, self);
            if (!vector) {
                return nullptr;
            }
            const std::size_t size = table.size(vector.value);
            if (size == 0 || n == 1) {
                return Py_NewRef(self);
            }
            if (!may_resize_it(table, self)) {
                return nullptr;
            }
            repeat_into(made, vector.value, n);
            table.replace(vector.value, 0, size, made.value);
        }
        return Py_NewRef(self);
    });
}

// ---- list's methods ------------------------------------------------------------------------------------------------------------

PyObject* vector_extend(table_ref table, PyObject* self, PyObject* items) noexcept {
    return guarded_object([&] {
        temporary loaded(table);
        return none_or_error(load_items_of(table, self, items, loaded, vector_method::extend, 0) &&
                             append_all(table, self, loaded));
    });
}

PyObject* vector_insert(table_ref table, PyObject* self, PyObject* const* arguments,
                        Py_ssize_t given) noexcept {
    return guarded_object([&]() -> PyObject* {
        if (given != 2) {
            return refuse_count(self, site_of_method(table, vector_method::insert), given);
        }
        Py_ssize_t i = 0;
        temporary value(table);
        if (!unpack_position(arguments[0], i) ||
            !load_value_of(table, self, arguments[1], value, vector_method::insert, 1)) {
            return nullptr;
        }
        const locked vector(table, self);
        if (!vector || !may_resize_it(table, self)) {
            return nullptr;
        }
        const Py_ssize_t size = vector.size();
        i = i < 0 ? std::max<Py_ssize_t>(i + size, 0) : std::min(i, size);
        table.replace(vector.value, static_cast<std::size_t>(i), 0, value.value);
        return Py_NewRef(Py_None);
    });
}

PyObject* vector_pop(table_ref table, PyObject* self, PyObject* const* arguments,
                     Py_ssize_t given) noexcept {
    return guarded_object([&]() -> PyObject* {
        if (given > 1) {
            return refuse_count(self, site_of_method(table, vector_method::pop), given);
        }
        Py_ssize_t i = -1;
        if (given == 1 && PyIndex_Check(arguments[0]) == 0) {
            return PyErr_Format(PyExc_TypeError, "'%s' object cannot be interpreted as an integer",
                                type_name(Py_TYPE(arguments[0])).c_str());
        }
        if (given == 1 && !unpack_index(arguments[0], i)) {
            return nullptr;
        }
        temporary out(table);
        {
            const locked vector(table, self);
            if (!vector) {
                return nullptr;
            }
            const Py_ssize_t size = vector.size();
            if (size == 0) {
                return PyErr_Format(PyExc_IndexError, "pop from empty %s", name_of(table));
            }
            i += i < 0 ? size : 0;
            if (i < 0 || i >= size) {
                return PyErr_Format(PyExc_IndexError, "pop index out of range of %s",
                                    name_of(table));
            }
            if (!may_resize_it(table, self)) {
                return nullptr;
            }
            table.replace(vector.value, static_cast<std::size_t>(i), 1, out.value);
        }
        return table.take(out.value);
    });
}

PyObject* vector_remove(table_ref table, PyObject* self, PyObject* value) noexcept {
    return guarded_object([&]() -> PyObject* {
        temporary out(table);
        temporary wanted(table);
        Py_ssize_t i = not_there;
        const bool by_cpp = load_wanted(table, value, wanted);
        if (!by_cpp) {
            i = PyErr_Occurred() != nullptr ? failed : locate_by_python(table, self, value);
        }
        if (i == failed) {
            return nullptr;
        }
        const locked vector(table, self);
        if (!vector) {
            return nullptr;
        }
        // C++ compares while nobody else can change the vector. What Python has found may stand elsewhere by now, as in a list.
        if (by_cpp) {
            i = find_in(table, vector, wanted, 0, PY_SSIZE_T_MAX);
        }
        if (i == not_there || i >= vector.size()) {
            return PyErr_Format(PyExc_ValueError, "%s.remove(): %R is not in it", name_of(table),
                                value);
        }
        if (!may_resize_it(table, self)) {
            return nullptr;
        }
        table.replace(vector.value, static_cast<std::size_t>(i), 1, out.value);
        return Py_NewRef(Py_None);
    });
}

PyObject* vector_clear(table_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        temporary out(table);
        const locked vector(table, self);
        if (!vector) {
            return nullptr;
        }
        if (vector.size() != 0) {
            if (!may_resize_it(table, self)) {
                return nullptr;
            }
            table.replace(vector.value, 0, table.size(vector.value), out.value);
        }
        return Py_NewRef(Py_None);
    });
}

PyObject* vector_index(table_ref table, PyObject* self, PyObject* const* arguments,
                       Py_ssize_t given) noexcept {
    return guarded_object([&]() -> PyObject* {
        if (given < 1 || given > 3) {
            return refuse_count(self, site_of_method(table, vector_method::index), given);
        }
        Py_ssize_t from = 0;
        Py_ssize_t to = PY_SSIZE_T_MAX;
        if ((given > 1 && !unpack_position(arguments[1], from)) ||
            (given > 2 && !unpack_position(arguments[2], to))) {
            return nullptr;
        }
        if (from < 0 || to < 0) {
            const locked vector(table, self);
            if (!vector) {
                return nullptr;
            }
            from = from < 0 ? std::max<Py_ssize_t>(from + vector.size(), 0) : from;
            to = to < 0 ? std::max<Py_ssize_t>(to + vector.size(), 0) : to;
        }
        const Py_ssize_t found = locate(table, self, arguments[0], from, to);
        if (found == failed) {
            return nullptr;
        }
        return found == not_there ? PyErr_Format(PyExc_ValueError, "%s.index(): %R is not in it",
                                                 name_of(table), arguments[0])
                                  : PyLong_FromSsize_t(found);
    });
}

PyObject* vector_count(table_ref table, PyObject* self, PyObject* value) noexcept {
    return guarded_object([&]() -> PyObject* {
        Py_ssize_t n = 0;
        for (Py_ssize_t at = 0;; ++at, ++n) {
            at = locate(table, self, value, at, PY_SSIZE_T_MAX);
            if (at == failed) {
                return nullptr;
            }
            if (at == not_there) {
                return PyLong_FromSsize_t(n);
            }
        }
    });
}

PyObject* vector_reverse(table_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        const locked vector(table, self);
        if (!vector) {
            return nullptr;
        }
        table.reverse(vector.value);
        return Py_NewRef(Py_None);
    });
}

namespace {

// Stable, and never outside of the numbers, whatever the comparison says: std::sort relies on one that makes sense, and users'
// types may hold NaN.
template <class Less>
void merge_sort(std::vector<std::size_t>& order, const Less& less) {
    std::vector<std::size_t> merged(order.size());
    for (std::size_t width = 1; width < order.size(); width *= 2) {
        for (std::size_t begin = 0; begin < order.size(); begin += 2 * width) {
            const std::size_t middle = std::min(begin + width, order.size());
            const std::size_t end = std::min(begin + 2 * width, order.size());
            std::size_t one = begin;
            std::size_t two = middle;
            for (std::size_t to = begin; to < end; ++to) {
                const bool second = one == middle || (two < end && less(order[two], order[one]));
                merged[to] = second ? order[two++] : order[one++];
            }
        }
        order.swap(merged);
    }
}

// In the vector's own memory; a comparison that throws leaves it as it was.
void sort_by_order(table_ref table, const locked& vector, bool reverse) {
    std::vector<std::size_t> order(static_cast<std::size_t>(vector.size()));
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    merge_sort(order, [&](std::size_t a, std::size_t b) {
        return reverse ? table.less(vector.value, b, vector.value, a)
                       : table.less(vector.value, a, vector.value, b);
    });
    table.permute(vector.value, order.data());
}

// By Python: with a key, or where C++ has no order.
bool sort_by_python(table_ref table, PyObject* self, PyObject* key, PyObject* reverse) {
    const object all = list_of(table, self);
    const object names(adopt_t{},
                       check_new(Py_BuildValue("{s:O,s:O}", "key", key, "reverse", reverse)));
    const object sort(adopt_t{}, check_new(PyObject_GetAttrString(all.ptr(), "sort")));
    const object nothing(adopt_t{}, check_new(PyTuple_New(0)));
    const object done(adopt_t{}, check_new(run_python([&] {
                          return PyObject_Call(sort.ptr(), nothing.ptr(), names.ptr());
                      })));
    temporary sorted(table);
    loading l = loading::plain();
    if (!table.load(all.ptr(), sorted.value, l)) {
        l.set_error("sort()");
        return false;
    }
    const locked vector(table, self);
    if (!vector) {
        return false;
    }
    if (table.size(vector.value) != sorted.size()) {
        PyErr_Format(PyExc_ValueError, "%s modified during sort", name_of(table));
        return false;
    }
    table.replace(vector.value, 0, sorted.size(), sorted.value);
    return true;
}

}  // namespace

PyObject* vector_sort(table_ref table, PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                      PyObject* names) noexcept {
    return guarded_object([&]() -> PyObject* {
        PyObject* slots[4];
        if (!arrange(self, site_of_method(table, vector_method::sort), arguments, given, names,
                     slots)) {
            return nullptr;
        }
        PyObject* key = slots[0] == nullptr ? Py_None : slots[0];
        PyObject* backwards = slots[1] == nullptr ? Py_False : slots[1];
        const int reverse = run_python([&] { return PyObject_IsTrue(backwards); });
        if (reverse < 0) {
            return nullptr;
        }
        if (key != Py_None || !has(table, method::order)) {
            if (!has(table, method::copies)) {
                return refuse_copy_of_element(*table.site);
            }
            return none_or_error(
                sort_by_python(table, self, key, reverse != 0 ? Py_True : Py_False));
        }
        const locked vector(table, self);
        if (!vector) {
            return nullptr;
        }
        sort_by_order(table, vector, reverse != 0);
        return Py_NewRef(Py_None);
    });
}

PyObject* vector_copy(table_ref table, PyObject* self) noexcept {
    return guarded_object([&] { return copy_of(table, self, 1); });
}

PyObject* vector_get_state(table_ref table, PyObject* self) noexcept {
    return guarded_object([&] {
        return make_pickled_state(object(adopt_t{}, Py_NewRef(self)), 1, list_of(table, self))
            .release();
    });
}

// ---- how they are described ----------------------------------------------------------------------------------------------------

constexpr unsigned char changes = method::changes;
constexpr unsigned char equality = method::equality;
constexpr unsigned char order = method::equality | method::order;
constexpr unsigned char copies = method::copies;

const container_method methods_of_vectors[vector_methods] = {
    {"__len__", METH_NOARGS, 0, 0, 0, false, {}, {}, "__len__(self) -> int", nullptr},
    {"__getitem__",
     METH_O,
     0,
     1,
     1,
     false,
     {"index"},
     {},
     "__getitem__(self, index: typing.SupportsIndex, /) -> $O\n"
     "__getitem__(self, index: slice, /) -> $V",
     nullptr},
    {"__setitem__",
     METH_FASTCALL,
     changes,
     2,
     2,
     false,
     {"index", "value"},
     {},
     "__setitem__(self, index: typing.SupportsIndex, value: $I, /) -> None\n"
     "__setitem__(self, index: slice, value: collections.abc.Iterable[$I], /) -> None",
     nullptr},
    {"__delitem__",
     METH_O,
     changes,
     1,
     1,
     false,
     {"index"},
     {},
     "__delitem__(self, index: typing.SupportsIndex | slice, /) -> None",
     nullptr},
    {"__contains__",
     METH_O,
     equality,
     1,
     1,
     false,
     {"value"},
     {},
     "__contains__(self, value: object, /) -> bool",
     nullptr},
    {"__iter__",
     METH_NOARGS,
     0,
     0,
     0,
     false,
     {},
     {},
     "__iter__(self) -> collections.abc.Iterator[$O]",
     nullptr},
    {"__reversed__",
     METH_NOARGS,
     0,
     0,
     0,
     false,
     {},
     {},
     "__reversed__(self) -> collections.abc.Iterator[$O]",
     nullptr},
    {"__repr__", METH_NOARGS, 0, 0, 0, false, {}, {}, "__repr__(self) -> str", nullptr},
    {"__eq__",
     METH_O,
     equality,
     1,
     1,
     false,
     {"other"},
     {},
     "__eq__(self, other: object, /) -> bool",
     nullptr},
    {"__ne__",
     METH_O,
     equality,
     1,
     1,
     false,
     {"other"},
     {},
     "__ne__(self, other: object, /) -> bool",
     nullptr},
    {"__lt__",
     METH_O,
     order,
     1,
     1,
     false,
     {"other"},
     {},
     "__lt__(self, other: $V, /) -> bool",
     nullptr},
    {"__le__",
     METH_O,
     order,
     1,
     1,
     false,
     {"other"},
     {},
     "__le__(self, other: $V, /) -> bool",
     nullptr},
    {"__gt__",
     METH_O,
     order,
     1,
     1,
     false,
     {"other"},
     {},
     "__gt__(self, other: $V, /) -> bool",
     nullptr},
    {"__ge__",
     METH_O,
     order,
     1,
     1,
     false,
     {"other"},
     {},
     "__ge__(self, other: $V, /) -> bool",
     nullptr},
    {"__add__",
     METH_O,
     copies,
     1,
     1,
     false,
     {"other"},
     {},
     "__add__(self, other: $V, /) -> $V",
     nullptr},
    {"__iadd__",
     METH_O,
     changes,
     1,
     1,
     false,
     {"other"},
     {},
     "__iadd__(self, other: collections.abc.Iterable[$I], /) -> typing.Self",
     nullptr},
    {"__mul__",
     METH_O,
     copies,
     1,
     1,
     false,
     {"times"},
     {},
     "__mul__(self, times: typing.SupportsIndex, /) -> $V",
     nullptr},
    {"__rmul__",
     METH_O,
     copies,
     1,
     1,
     false,
     {"times"},
     {},
     "__rmul__(self, times: typing.SupportsIndex, /) -> $V",
     nullptr},
    {"__imul__",
     METH_O,
     changes | copies,
     1,
     1,
     false,
     {"times"},
     {},
     "__imul__(self, times: typing.SupportsIndex, /) -> typing.Self",
     nullptr},
    {"append",
     METH_O,
     changes,
     1,
     1,
     false,
     {"value"},
     {},
     "append(self, value: $I, /) -> None",
     "Puts a value at the end."},
    {"extend",
     METH_O,
     changes,
     1,
     1,
     false,
     {"iterable"},
     {},
     "extend(self, iterable: collections.abc.Iterable[$I], /) -> None",
     "Puts the values of an iterable at the end: all of them, or none where one does not fit."},
    {"insert",
     METH_FASTCALL,
     changes,
     2,
     2,
     false,
     {"index", "value"},
     {},
     "insert(self, index: typing.SupportsIndex, value: $I, /) -> None",
     "Puts a value in front of the index."},
    {"pop",
     METH_FASTCALL,
     changes,
     1,
     1,
     false,
     {"index"},
     {"-1"},
     "pop(self, index: typing.SupportsIndex = -1, /) -> $O",
     "Takes the value at the index out; IndexError where there is none."},
    {"remove",
     METH_O,
     changes | equality,
     1,
     1,
     false,
     {"value"},
     {},
     "remove(self, value: $I, /) -> None",
     "Takes the first such value out; ValueError where there is none."},
    {"clear",
     METH_NOARGS,
     changes,
     0,
     0,
     false,
     {},
     {},
     "clear(self) -> None",
     "Takes all values out."},
    {"index",
     METH_FASTCALL,
     equality,
     3,
     3,
     false,
     {"value", "start", "stop"},
     {nullptr, "0", "size"},
     "index(self, value: $I, start: typing.SupportsIndex = 0, stop: typing.SupportsIndex = ..., /) "
     "-> int",
     "Where the first such value is; ValueError where there is none."},
    {"count",
     METH_O,
     equality,
     1,
     1,
     false,
     {"value"},
     {},
     "count(self, value: $I, /) -> int",
     "How many such values there are."},
    {"sort",
     METH_FASTCALL | METH_KEYWORDS,
     changes,
     0,
     2,
     false,
     {"key", "reverse"},
     {"None", "False"},
     "sort(self, *, key: collections.abc.Callable[[$O], typing.Any] | None = None, reverse: bool = "
     "False) -> None",
     "Brings the values in order; equal ones stay as they are. Without a key, C++ compares them."},
    {"reverse",
     METH_NOARGS,
     changes,
     0,
     0,
     false,
     {},
     {},
     "reverse(self) -> None",
     "Turns the order of the values round."},
    {"copy",
     METH_NOARGS,
     copies,
     0,
     0,
     false,
     {},
     {},
     "copy(self) -> $V",
     "A copy of the vector with copies of its values."},
    {"__getstate__",
     METH_NOARGS,
     copies,
     0,
     0,
     false,
     {},
     {},
     "__getstate__(self) -> object",
     nullptr},
};

}  // namespace detail
INTERLOCK_END
