// Named tuples and dataclasses of C++ aggregates: their classes, and the objects of their fields. See convert/aggregates.hpp.
#include "class_records.hpp"
#include "python_call.hpp"

#include <interlock/convert/aggregates.hpp>
#include <interlock/convert/convert.hpp>
#include <interlock/objects/kinds.hpp>

#include <cstring>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

aggregate_record::~aggregate_record() {
    Py_XDECREF(type);
    Py_XDECREF(names);
    Py_XDECREF(keywords);
}

namespace {

bool is_same_class(const aggregate_site& a, const aggregate_site& b) noexcept {
    if (a.kind != b.kind || a.frozen != b.frozen || a.count != b.count ||
        a.required != b.required || a.positional != b.positional ||
        std::strcmp(a.name, b.name) != 0) {
        return false;
    }
    for (unsigned i = 0; i < a.count; ++i) {
        if (std::strcmp(a.names[i], b.names[i]) != 0) {
            return false;
        }
    }
    return true;
}

class class_maker {
public:
    explicit class_maker(const aggregate_site& site)
        : site_(site),
          full_(site.name),
          module_(full_.substr(0, full_.rfind('.'))),
          name_(full_.substr(module_.size() + 1)) {}

    tuple names() const {
        const list all = list::of(py_);
        for (unsigned i = 0; i < site_.count; ++i) {
            all.append(object(adopt_t{}, check_new(PyUnicode_InternFromString(site_.names[i]))));
        }
        return tuple(adopt_t{}, check_new(PyList_AsTuple(all.ptr())));
    }

    // The class that the module has already, with these fields; empty: it has none.
    std::optional<object> find(const tuple& fields) const {
        const dict modules = py_.import("sys").attr("modules").as<dict>();
        if (!modules.contains(module_)) {
            return std::nullopt;
        }
        const object none = py_.none();
        const object found = getattr(modules[module_].get(), name_, none);
        if (!PyType_Check(found.ptr())) {
            return std::nullopt;
        }
        if (site_.kind == aggregate_kind::named_tuple) {
            const bool fits = PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(found.ptr()),
                                               &PyTuple_Type) != 0 &&
                              (getattr(found, "_fields", none) == fields);
            return fits ? std::optional(found) : std::nullopt;
        }
        const object dataclasses = py_.import("dataclasses");
        if (!dataclasses.call_method("is_dataclass", found).as<bool>()) {
            return std::nullopt;
        }
        const list theirs = list::of(py_);
        for (const object& one : dataclasses.call_method("fields", found)) {
            if (one.attr("init").as<bool>()) {
                theirs.append(one.attr("name"));
            }
        }
        const tuple all(adopt_t{}, check_new(PyList_AsTuple(theirs.ptr())));
        return all == fields ? std::optional(found) : std::nullopt;
    }

    object make(const tuple& fields) const {
        const object made =
            site_.kind == aggregate_kind::named_tuple ? make_tuple(fields) : make_dataclass();
        made.attr("__module__") = module_;
        made.attr("__qualname__") = name_;
        return made;
    }

private:
    object make_tuple(const tuple& fields) const {
        const list defaults = list::of(py_);
        const dict annotations = dict::make(py_);
        for (unsigned i = 0; i < site_.count; ++i) {
            if (i >= site_.required) {
                defaults.append(object(adopt_t{}, check_new(site_.make_default(i))));
            }
            annotations[site_.names[i]] = annotation(i);
        }
        const object made = py_.import("collections")
                                .call_method("namedtuple", name_, fields, kw("defaults") = defaults,
                                             kw("module") = module_);
        made.attr("__annotations__") = annotations;
        return made;
    }

    object make_dataclass() const {
        const object dataclasses = py_.import("dataclasses");
        const list all = list::of(py_);
        for (unsigned i = 0; i < site_.count; ++i) {
            const dict options = dict::make(py_);
            if (i >= site_.required) {
                add_default(options, object(adopt_t{}, check_new(site_.make_default(i))));
            }
            if (i >= site_.positional) {
                options["kw_only"] = true;
            }
            all.append(tuple::of(py_, site_.names[i], annotation(i),
                                 dataclasses.attr("field")(unpack_kw(options))));
        }
        const dict scope = dict::make(py_);
        scope["__module__"] = module_;
        return dataclasses.call_method("make_dataclass", name_, all, kw("namespace") = scope,
                                       kw("frozen") = site_.frozen);
    }

    // What can be changed is copied for each instance; dataclasses refuses it as a default.
    void add_default(const dict& options, const object& value) const {
        if (PyObject_HasAttrString(value.ptr(), "__hash__") != 0 &&
            !value.attr("__hash__").get().is_none()) {
            options["default"] = value;
        } else {
            options["default_factory"] =
                py_.import("functools")
                    .call_method("partial", py_.import("copy").attr("deepcopy"), value);
        }
    }

    // The type of a field, or its text where that cannot be evaluated yet.
    object annotation(unsigned i) const {
        std::string text;
        append_hint(text, *site_.hints[i]);
        try {
            return py_.import("builtins")
                .call_method("eval", text, dict::make(py_), py_.import("sys").attr("modules"));
        } catch (const python_error&) {
            return py_.make(text);
        }
    }

    python py_ = token_inside;
    const aggregate_site& site_;
    std::string_view full_;
    std::string_view module_;
    std::string_view name_;
};

PyObject* keywords_of(const aggregate_site& site, PyObject* names) {
    return site.positional == site.count
               ? nullptr
               : check_new(PyTuple_GetSlice(names, site.positional, site.count));
}

aggregate_record* find_known(const class_store& store, const aggregate_site& site) {
    for (const std::unique_ptr<aggregate_record>& one : store.aggregates) {
        if (is_same_class(*one->site, site)) {
            return one.get();
        }
    }
    return nullptr;
}

// Python runs while the class is made, and with it other threads: the first to have it wins.
aggregate_record* make_record(class_store& store, const aggregate_site& site) {
    auto made = std::make_unique<aggregate_record>();
    aggregate_record* known = nullptr;
    {
        const class_store::lock lock(store);
        known = find_known(store, site);
    }
    if (known == nullptr) {
        const class_maker maker(site);
        const tuple names = maker.names();
        std::optional<object> type = maker.find(names);
        if (!type) {
            type = maker.make(names);
            made->is_plain_tuple = site.kind == aggregate_kind::named_tuple;
        }
        made->site = &site;
        made->type = Py_NewRef(type->ptr());
        made->names = Py_NewRef(names.ptr());
        made->keywords = keywords_of(site, names.ptr());
    }
    const class_store::lock lock(store);
    known = find_known(store, site);
    if (known == nullptr) {
        store.aggregates.push_back(std::move(made));
        known = store.aggregates.back().get();
    }
    store.aggregates_by_site.set(&site, known);
    return known;
}

aggregate_record& record_of_aggregate(const aggregate_site& site) {
    static_cast<void>(current_interpreter());
    class_store* store = store_of_classes();
    if (store == nullptr) {
        throw std::bad_alloc();
    }
    if (void* found = store->aggregates_by_site.find(&site)) [[likely]] {
        return *static_cast<aggregate_record*>(found);
    }
    return *make_record(*store, site);
}

// Of an instance, or of another object that has the attributes. Null where it has not, and no error is set.
bool read_attributes(PyObject* from, const aggregate_record& record, PyObject** fields,
                     bool is_instance, const hint& expected, loading& l) {
    for (unsigned i = 0; i < record.site->count; ++i) {
        PyObject* name = PyTuple_GET_ITEM(record.names, i);
        fields[i] = run_python([&] { return PyObject_GetAttr(from, name); });
        if (fields[i] != nullptr) {
            continue;
        }
        if (!is_instance && PyErr_ExceptionMatches(PyExc_AttributeError) != 0) {
            PyErr_Clear();
            return l.refuse(expected, from);
        }
        l.raise();
        return l.at_field(record.site->names[i]);
    }
    return true;
}

bool refuse_other_keys(PyObject* from, const aggregate_record& record, loading& l) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(from, &at, &key, &value) != 0;) {
        const reference held(Py_NewRef(key));
        const int known = PySequence_Contains(record.names, held.pointer);
        if (known < 0) {
            return l.raise();
        }
        if (known == 0) {
            l.refuse_text(loading::mismatch, "%s has no such field", record.site->name);
            return l.at_key(held.pointer);
        }
    }
    return l.refuse_text(loading::mismatch, "%s has other fields", record.site->name);
}

bool read_mapping(PyObject* from, const aggregate_record& record, PyObject** fields,
                  const hint& expected, loading& l) {
    PyObject* made = nullptr;
    PyObject* dict = open_mapping(from, made, expected, l);
    const reference held(made);
    if (dict == nullptr) {
        return false;
    }
    Py_ssize_t found = 0;
    for (unsigned i = 0; i < record.site->count; ++i) {
        fields[i] = Py_XNewRef(PyDict_GetItemWithError(dict, PyTuple_GET_ITEM(record.names, i)));
        if (fields[i] != nullptr) {
            ++found;
        } else if (PyErr_Occurred() != nullptr) {
            return l.raise();
        } else if (i < record.site->required) {
            return l.refuse_text(loading::mismatch, "field '%s' of %s is missing",
                                 record.site->names[i], record.site->name);
        }
    }
    return found == PyDict_GET_SIZE(dict) || refuse_other_keys(dict, record, l);
}

}  // namespace

PyObject* class_of_aggregate(const aggregate_site& site) {
    require_attached("il::class_of");
    return record_of_aggregate(site).type;
}

bool open_aggregate(PyObject* from, const aggregate_site& site, PyObject** fields, loading& l) {
    const aggregate_record& record = record_of_aggregate(site);
    const hint expected(site.name);
    const bool is_instance =
        PyType_IsSubtype(Py_TYPE(from), reinterpret_cast<PyTypeObject*>(record.type)) != 0;
    if (l.exact && !is_instance) {
        return l.refuse(expected, from);
    }
    if (site.kind == aggregate_kind::named_tuple) {
        const reference items(open_tuple(from, site.count, expected, l));
        for (unsigned i = 0; items.pointer != nullptr && i < site.count; ++i) {
            fields[i] = Py_NewRef(PyTuple_GET_ITEM(items.pointer, i));
        }
        return items.pointer != nullptr;
    }
    if (is_instance) {
        return read_attributes(from, record, fields, true, expected, l);
    }
    if (PyType_Check(from)) {
        return l.refuse(expected, from);  // has defaults of fields as attributes
    }
    if (PyDict_Check(from) ||
        (PyMapping_Check(from) != 0 && PyObject_HasAttrString(from, "keys") != 0)) {
        return read_mapping(from, record, fields, expected, l);
    }
    return read_attributes(from, record, fields, false, expected, l);
}

PyObject* make_aggregate(const aggregate_site& site, PyObject** fields) {
    const aggregate_record& record = record_of_aggregate(site);
    if (!record.is_plain_tuple) {
        return run_python([&] {
            return PyObject_Vectorcall(record.type, fields, site.positional, record.keywords);
        });
    }
    const reference items(PyTuple_New(static_cast<Py_ssize_t>(site.count)));
    if (items.pointer == nullptr) {
        return nullptr;
    }
    for (unsigned i = 0; i < site.count; ++i) {
        PyTuple_SET_ITEM(items.pointer, static_cast<Py_ssize_t>(i),
                         std::exchange(fields[i], nullptr));
    }
    const reference arguments(PyTuple_Pack(1, items.pointer));
    return arguments.pointer == nullptr
               ? nullptr
               : INTERLOCK_TYPE_SLOT(&PyTuple_Type, tp_new, newfunc)(
                     reinterpret_cast<PyTypeObject*>(record.type), arguments.pointer, nullptr);
}

}  // namespace detail
INTERLOCK_END
