// What bound maps do that does not depend on their keys and values: dict's methods, on a table of functions. See bind/map.hpp;
// iterators and views are in map_views.cpp.
#include "class_records.hpp"

#include <interlock/bind/map.hpp>

INTERLOCK_BEGIN
namespace detail {

namespace {

using method = container_method;

struct temporary {
    explicit temporary(map_ref t) : table(t), value(t.make()) {}
    ~temporary() { table.destroy(value); }
    temporary(const temporary&) = delete;
    temporary& operator=(const temporary&) = delete;
    map_ref table;
    void* value;
};

struct locked {
    locked(map_ref t, PyObject* self) noexcept
        : lock(self, *t.site), value(self_pointer(self, *t.site)) {}
    explicit operator bool() const noexcept { return value != nullptr; }
    self_lock lock;
    void* value;
};

const char* name_of(map_ref table) noexcept { return table.site->shown.load(); }
const function_site& site_of_method(map_ref table, map_method which) noexcept {
    return table.sites[static_cast<std::size_t>(which)];
}
bool has(map_ref table, unsigned char what) noexcept { return (table.has & what) != 0; }
PyObject* none_or_error(bool done) noexcept { return done ? Py_NewRef(Py_None) : nullptr; }

bool copy_into(map_ref table, PyObject* from, temporary& into) {
    const locked map(table, from);
    if (!map) {
        return false;
    }
    table.copy(map.value, into.value);
    return true;
}

bool merge_all(map_ref table, PyObject* self, temporary& items) {
    const locked map(table, self);
    if (!map) {
        return false;
    }
    table.merge(map.value, items.value);
    return true;
}

bool has_attribute(PyObject* object, const char* name) {
    const reference key(check_new(PyUnicode_InternFromString(name)));
    PyObject* found = nullptr;
    const int status =
        run_python([&] { return get_optional_attribute(object, key.pointer, &found); });
    Py_XDECREF(found);
    if (status < 0) {
        throw_python_error();
    }
    return status > 0;
}

// A mapping, or pairs of key and value, as dict() takes them. False: it does not fit, and the loading says why.
bool load_items(map_ref table, PyObject* from, void* into, loading& l) {
    if (PyDict_Check(from) || has_attribute(from, "items")) {
        return table.load(from, into, l);
    }
    const object dict(adopt_t{}, check_new(PyDict_New()));
    const bool is_mapping = has_attribute(from, "keys");
    const int status = run_python([&] {
        return is_mapping ? PyDict_Update(dict.ptr(), from)
                          : PyDict_MergeFromSeq2(dict.ptr(), from, 1);
    });
    return status == 0 ? table.load(dict.ptr(), into, l) : l.raise();
}

// The named values of a call, which have text as their keys.
bool load_names(map_ref table, PyObject* self, const function_site& site, PyObject* const* values,
                PyObject* names, void* into) {
    const object dict(adopt_t{}, check_new(PyDict_New()));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        if (PyDict_SetItem(dict.ptr(), PyTuple_GET_ITEM(names, i), values[i]) != 0) {
            throw_python_error();
        }
    }
    loading l;
    start_loading(l, self);
    return table.load(dict.ptr(), into, l) || refuse_argument(self, site, 0, l);
}

}  // namespace

PyObject* refuse_missing_key(PyObject* key) noexcept {
    // A tuple as the key would be taken for the exception's arguments.
    const reference packed(PyTuple_Pack(1, key));
    if (packed.pointer != nullptr) {
        PyErr_SetObject(PyExc_KeyError, packed.pointer);
    }
    return nullptr;
}

PyObject* pair_of(PyObject* key, PyObject* value) noexcept {
    const reference held_key(key);
    const reference held_value(value);
    return key == nullptr || value == nullptr ? nullptr : PyTuple_Pack(2, key, value);
}

bool load_map(map_ref table, PyObject* self, const function_site& site, PyObject* const* arguments,
              Py_ssize_t given, PyObject* names, void* into) {
    if (given > 1) {
        refuse_count(self, site, given);
        return false;
    }
    if (given == 1) {
        if (has(table, method::copies) && is_instance_of(arguments[0], *table.site)) {
            const locked other(table, arguments[0]);
            if (!other) {
                return false;
            }
            table.copy(other.value, into);
        } else {
            loading l;
            start_loading(l, self);
            if (!load_items(table, arguments[0], into, l)) {
                return refuse_argument(self, site, 0, l);
            }
        }
    }
    if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {
        temporary named(table);
        if (!load_names(table, self, site, arguments + given, names, named.value)) {
            return false;
        }
        table.merge(into, named.value);
    }
    return true;
}

bool load_pairs(map_ref table, PyObject* pairs, void* into, loading& l) {
    // Not by way of a dict, whose keys have to be hashable.
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); ++i) {
        PyObject* pair = PyList_GET_ITEM(pairs, i);
        if (PyTuple_Check(pair) == 0 || PyTuple_GET_SIZE(pair) != 2) {
            return l.refuse_text(loading::mismatch, "a pair of key and value is expected");
        }
        if (!table.load_pair(PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1), into, l)) {
            return l.at_item(static_cast<std::size_t>(i));
        }
    }
    return true;
}

// ---- by key --------------------------------------------------------------------------------------------------------------------

PyObject* map_length(map_ref table, PyObject* self) noexcept {
    const locked map(table, self);
    return map ? PyLong_FromSize_t(table.size(map.value)) : nullptr;
}

PyObject* map_get_item(map_ref table, PyObject* self, PyObject* key) noexcept {
    PyObject* value = nullptr;
    return table.look_up(self, key, &value) == 0 ? refuse_missing_key(key) : value;
}

int map_assign(map_ref table, PyObject* self, PyObject* key, PyObject* value) noexcept {
    if (value != nullptr) {
        return table.store(self, key, value);
    }
    const int there = table.take(self, key, nullptr);
    if (there == 0) {
        refuse_missing_key(key);
    }
    return there == 1 ? 0 : -1;
}

PyObject* map_set_item(map_ref table, PyObject* self, PyObject* const* arguments,
                       Py_ssize_t given) noexcept {
    if (given != 2) {
        return refuse_count(self, site_of_method(table, map_method::set_item), given);
    }
    return none_or_error(table.store(self, arguments[0], arguments[1]) == 0);
}

PyObject* map_delete_item(map_ref table, PyObject* self, PyObject* key) noexcept {
    return none_or_error(map_assign(table, self, key, nullptr) == 0);
}

PyObject* map_contains(map_ref table, PyObject* self, PyObject* key) noexcept {
    const int there = table.look_up(self, key, nullptr);
    return there < 0 ? nullptr : Py_NewRef(there != 0 ? Py_True : Py_False);
}

PyObject* map_get(map_ref table, PyObject* self, PyObject* const* arguments,
                  Py_ssize_t given) noexcept {
    if (given < 1 || given > 2) {
        return refuse_count(self, site_of_method(table, map_method::get), given);
    }
    PyObject* value = nullptr;
    const int there = table.look_up(self, arguments[0], &value);
    return there == 0 ? Py_NewRef(given == 2 ? arguments[1] : Py_None) : value;
}

PyObject* map_set_default(map_ref table, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t given) noexcept {
    if (given < 1 || given > 2) {
        return refuse_count(self, site_of_method(table, map_method::set_default), given);
    }
    if (given == 1) {
        // None goes in only where the key is not there.
        PyObject* value = nullptr;
        if (table.look_up(self, arguments[0], &value) != 0) {
            return value;
        }
    }
    return table.set_default(self, arguments[0], given == 2 ? arguments[1] : Py_None);
}

PyObject* map_pop(map_ref table, PyObject* self, PyObject* const* arguments,
                  Py_ssize_t given) noexcept {
    if (given < 1 || given > 2) {
        return refuse_count(self, site_of_method(table, map_method::pop), given);
    }
    PyObject* value = nullptr;
    const int there = table.take(self, arguments[0], &value);
    if (there != 0) {
        return value;
    }
    return given == 2 ? Py_NewRef(arguments[1]) : refuse_missing_key(arguments[0]);
}

// ---- dict's methods ------------------------------------------------------------------------------------------------------------

PyObject* map_pop_item(map_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        temporary out(table);
        {
            const locked map(table, self);
            if (!map) {
                return nullptr;
            }
            if (!table.take_one(map.value, out.value)) {
                return PyErr_Format(PyExc_KeyError, "popitem(): %s is empty", name_of(table));
            }
        }
        return table.pair(out.value);
    });
}

PyObject* map_update(map_ref table, PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                     PyObject* names) noexcept {
    return guarded_object([&]() -> PyObject* {
        const function_site& site = site_of_method(table, map_method::update);
        if (names != nullptr && PyTuple_GET_SIZE(names) != 0 && !table.has_text_keys) {
            return PyErr_Format(PyExc_TypeError,
                                "%s.update(): a named value has a text as its key, and the keys of "
                                "%s are none",
                                name_of(table), name_of(table));
        }
        temporary items(table);
        return none_or_error(load_map(table, self, site, arguments, given, names, items.value) &&
                             merge_all(table, self, items));
    });
}

PyObject* map_clear(map_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        temporary out(table);
        const locked map(table, self);
        if (!map) {
            return nullptr;
        }
        table.swap(map.value, out.value);
        return Py_NewRef(Py_None);
    });
}

PyObject* map_copy(map_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        temporary made(table);
        return copy_into(table, self, made) ? table.wrap(made.value) : nullptr;
    });
}

PyObject* map_unite(map_ref table, PyObject* self, PyObject* other) noexcept {
    return guarded_object([&]() -> PyObject* {
        if (!is_instance_of(other, *table.site)) {
            return Py_NewRef(Py_NotImplemented);
        }
        temporary made(table);
        temporary more(table);
        if (!copy_into(table, self, made) || !copy_into(table, other, more)) {
            return nullptr;
        }
        table.merge(made.value, more.value);
        return table.wrap(made.value);
    });
}

PyObject* map_unite_in_place(map_ref table, PyObject* self, PyObject* other) noexcept {
    return guarded_object([&]() -> PyObject* {
        temporary items(table);
        const function_site& site = site_of_method(table, map_method::unite_in_place);
        return load_map(table, self, site, &other, 1, nullptr, items.value) &&
                       merge_all(table, self, items)
                   ? Py_NewRef(self)
                   : nullptr;
    });
}

PyObject* map_rich_compare(map_ref table, PyObject* self, PyObject* other, int operation) noexcept {
    return guarded_object([&]() -> PyObject* {
        if ((operation != Py_EQ && operation != Py_NE) || !is_instance_of(other, *table.site)) {
            return Py_NewRef(Py_NotImplemented);
        }
        // A copy of the other one, so that never two are locked.
        temporary theirs(table);
        if (!copy_into(table, other, theirs)) {
            return nullptr;
        }
        const locked map(table, self);
        return map ? PyBool_FromLong(table.equal(map.value, theirs.value) == (operation == Py_EQ))
                   : nullptr;
    });
}

template <int Operation>
PyObject* map_compare(map_ref table, PyObject* self, PyObject* other) noexcept {
    return map_rich_compare(table, self, other, Operation);
}
template PyObject* map_compare<Py_EQ>(map_ref, PyObject*, PyObject*) noexcept;
template PyObject* map_compare<Py_NE>(map_ref, PyObject*, PyObject*) noexcept;

namespace {

// All items. Throws python_error.
object items_of(map_ref table, PyObject* self) {
    const object view(adopt_t{}, check_new(map_view<map_part::items>(table, self)));
    return object(adopt_t{}, check_new(run_python([&] { return PySequence_List(view.ptr()); })));
}

}  // namespace

PyObject* map_represent(map_ref table, PyObject* self) noexcept {
    return guarded_object([&]() -> PyObject* {
        const int inside = Py_ReprEnter(self);
        if (inside != 0) {
            return inside < 0 ? nullptr : PyUnicode_FromFormat("%s({...})", name_of(table));
        }
        struct leave {
            PyObject* self;
            ~leave() { Py_ReprLeave(self); }
        } const left{self};
        if (!has(table, method::copies)) {
            const locked map(table, self);
            return map ? PyUnicode_FromFormat("<%s of %zd items>", name_of(table),
                                              static_cast<Py_ssize_t>(table.size(map.value)))
                       : nullptr;
        }
        const object all = items_of(table, self);
        std::string text;
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all.ptr()); ++i) {
            PyObject* pair = PyList_GET_ITEM(all.ptr(), i);
            text += text.empty() ? "" : ", ";
            for (Py_ssize_t part = 0; part < 2; ++part) {
                const object shown(adopt_t{}, check_new(run_python([&] {
                                       return PyObject_Repr(PyTuple_GET_ITEM(pair, part));
                                   })));
                text += part == 0 ? "" : ": ";
                text += shown.as<std::string>();
            }
        }
        return PyUnicode_FromFormat("%s({%s})", name_of(table), text.c_str());
    });
}

PyObject* map_get_state(map_ref table, PyObject* self) noexcept {
    return guarded_object([&] {
        return make_pickled_state(object(adopt_t{}, Py_NewRef(self)), 1, items_of(table, self))
            .release();
    });
}

// ---- how they are described ------------------------------------------------------------------------------------------------------

namespace {

constexpr unsigned char changes = method::changes;
constexpr unsigned char equality = method::equality;
constexpr unsigned char copies = method::copies;

constexpr container_method with_none(const char* name, const char* signature,
                                     unsigned char needs = 0, const char* doc = nullptr) {
    return {name, METH_NOARGS, needs, 0, 0, false, {}, {}, signature, doc};
}
constexpr container_method with_one(const char* name, const char* parameter, const char* signature,
                                    unsigned char needs = 0, const char* doc = nullptr) {
    return {name, METH_O, needs, 1, 1, false, {parameter}, {}, signature, doc};
}
constexpr container_method with_two(const char* name, const char* first, const char* second,
                                    const char* otherwise, const char* signature,
                                    unsigned char needs = 0, const char* doc = nullptr) {
    return {
        name, METH_FASTCALL, needs, 2, 2, false, {first, second}, {nullptr, otherwise}, signature,
        doc};
}

}  // namespace

#define MAPPING "collections.abc.Mapping[$K, $I]"
#define ITEMS MAPPING " | collections.abc.Iterable[tuple[$K, $I]]"

const container_method methods_of_maps[map_methods] = {
    with_none("__len__", "__len__(self) -> int"),
    with_one("__getitem__", "key", "__getitem__(self, key: $K, /) -> $O"),
    with_two("__setitem__", "key", "value", nullptr,
             "__setitem__(self, key: $K, value: $I, /) -> None", changes),
    with_one("__delitem__", "key", "__delitem__(self, key: $K, /) -> None", changes),
    with_one("__contains__", "key", "__contains__(self, key: object, /) -> bool"),
    with_none("__iter__", "__iter__(self) -> collections.abc.Iterator[$L]"),
    with_none("__reversed__", "__reversed__(self) -> collections.abc.Iterator[$L]",
              method::backwards),
    with_none("__repr__", "__repr__(self) -> str"),
    with_one("__eq__", "other", "__eq__(self, other: object, /) -> bool", equality),
    with_one("__ne__", "other", "__ne__(self, other: object, /) -> bool", equality),
    with_one("__or__", "other", "__or__(self, other: $V, /) -> $V", copies),
    with_one("__ior__", "other", "__ior__(self, other: $V | " ITEMS ", /) -> typing.Self", changes),
    with_two("get", "key", "default", "None",
             "get(self, key: $K, default: None = None, /) -> $O | None\n"
             "get(self, key: $K, default: $O, /) -> $O\n"
             "get[T](self, key: $K, default: T, /) -> $O | T",
             0, "The value of a key, or the default where it has none."),
    with_two("setdefault", "key", "default", "...",
             "setdefault(self, key: $K, default: $I = ..., /) -> $O", changes,
             "The value of a key, which gets the default where it has none."),
    with_two("pop", "key", "default", "...",
             "pop(self, key: $K, /) -> $O\npop(self, key: $K, default: $O, /) -> $O\n"
             "pop[T](self, key: $K, default: T, /) -> $O | T",
             changes,
             "Takes a key out and gives its value; without a default a missing key is a KeyError."),
    with_none(
        "popitem", "popitem(self) -> tuple[$L, $O]", changes,
        "Takes an item out, the last one where keys have an order; KeyError where there is none."),
    {"update",
     METH_FASTCALL | METH_KEYWORDS,
     changes,
     1,
     1,
     true,
     {"items"},
     {"()"},
     "update(self, items: " ITEMS " = (), /, **kwargs: $I) -> None",
     "Puts in the items of a mapping, or pairs: all of them, or none where one does not fit."},
    with_none("clear", "clear(self) -> None", changes, "Takes all items out."),
    with_none("keys", "keys(self) -> collections.abc.KeysView[$L]", 0, "A view of the keys."),
    with_none("values", "values(self) -> collections.abc.ValuesView[$O]", 0,
              "A view of the values."),
    with_none("items", "items(self) -> collections.abc.ItemsView[$L, $O]", 0,
              "A view of the items, as pairs."),
    with_none("copy", "copy(self) -> $V", copies, "A copy of the map with copies of its values."),
    with_none("__getstate__", "__getstate__(self) -> object", copies),
};

#undef ITEMS
#undef MAPPING

}  // namespace detail
INTERLOCK_END
