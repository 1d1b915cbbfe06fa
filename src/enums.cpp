// Enumerations: the classes that il::enum_ makes, and their members as C++ values. See bind/enum.hpp.
#include "enum_records.hpp"

#include <interlock/bind/enum.hpp>

#include <algorithm>

INTERLOCK_BEGIN
namespace detail {

enum_building::~enum_building() {
    Py_XDECREF(scope);
    Py_XDECREF(module);
    Py_XDECREF(type);
}

enum_record::~enum_record() {
    const enum_members* mine = &few;
    if (known != nullptr) {
        known->compare_exchange_strong(mine, nullptr, std::memory_order_relaxed);
    }
    for (const auto& [value, member] : members) {
        Py_DECREF(member);
    }
    Py_XDECREF(type);
}

namespace {

class_store& require_store() {
    class_store* store = store_of_classes();
    if (store == nullptr) {
        throw std::bad_alloc();
    }
    return *store;
}

void require_open(const enum_building& of) {
    require_attached("il::enum_::value");
    if (of.type != nullptr) {
        throw std::logic_error("interlock: the enumeration " + of.shown +
                               " is made already: nothing can be added to it any more");
    }
}

const char* base_of(enum_kind kind) noexcept {
    switch (kind) {
        case enum_kind::integer:
            return "IntEnum";
        case enum_kind::flag:
            return "Flag";
        case enum_kind::integer_flag:
            return "IntFlag";
        default:
            return "Enum";
    }
}

object make_value(const enum_building& of, long long value) {
    return object(adopt_t{}, check_new(of.is_signed ? PyLong_FromLongLong(value)
                                                    : PyLong_FromUnsignedLongLong(
                                                          static_cast<unsigned long long>(value))));
}

void call_enum(class_store& store, enum_building& of, enum_record& record) {
    python py = token_inside;
    const object base = py.import("enum").attr(base_of(of.kind));
    const list members = list::of(py);
    for (const enum_value& one : of.values) {
        members.append(tuple::of(py, one.name, make_value(of, one.value)));
    }
    const std::string module =
        of.module == nullptr ? "builtins" : module_name(of.module).as<std::string>();
    const object made = base(of.name, members, kw("module") = module, kw("qualname") = of.shown);
    if (!of.doc.empty()) {
        made.attr("__doc__") = of.doc;
    }
    for (const enum_value& one : of.values) {
        const object member = made.attr(std::string_view(one.name)).get();
        if (!one.doc.empty()) {
            member.attr("__doc__") = one.doc;
        }
        if (record.members.emplace(one.value, member.ptr()).second) {
            Py_INCREF(member.ptr());
            record.values.emplace(member.ptr(), one.value);
        }
        if (of.exports) {
            enter_in_scope(store, of.scope, of.outer.get(), one.name.c_str(), member.ptr());
        }
    }
    record.type = Py_NewRef(made.ptr());
    enter_in_scope(store, of.scope, of.outer.get(), of.name.c_str(), made.ptr());
}

// The record of an enumeration, made now where its values are still collected; null: it is not bound.
enum_record* record_of_enum(class_store& store, const class_site& site) {
    if (void* found = store.enums_by_site.find(&site)) [[likely]] {
        return static_cast<enum_record*>(found);
    }
    const counted<enum_building> building =
        find_pending(store, store.pending_enums,
                     [&](const enum_building& one) { return one.is_described_here(site); });
    if (building == nullptr) {
        return nullptr;
    }
    make_enum(store, *building);
    return static_cast<enum_record*>(store.enums_by_site.find(&site));
}

enum_record* find_enum(const class_site& site) noexcept {
    try {
        class_store* store = store_of_classes();
        return store == nullptr ? nullptr : record_of_enum(*store, site);
    } catch (const std::exception& error) {
        translate(error);
        return nullptr;
    }
}

bool value_of_int(PyObject* from, const enum_record& record, long long& to) noexcept {
    to = record.is_signed ? PyLong_AsLongLong(from)
                          : static_cast<long long>(PyLong_AsUnsignedLongLong(from));
    if (to == -1 && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        return false;
    }
    return true;
}

void finish_enums(std::uint64_t building_id);
void forget_enums(std::uint64_t building_id) noexcept;
constexpr body_hooks hooks_of_enums{&finish_enums, &forget_enums};

}  // namespace

counted<enum_building> begin_enum(const class_scope& scope, const char* name, class_site& site,
                                  std::atomic<const enum_members*>& members, bool is_signed) {
    require_attached("il::enum_");
    static_cast<void>(current_interpreter());
    class_store& store = require_store();
    auto made = make_counted<enum_building>();
    made->site = &site;
    made->members = &members;
    made->name = name;
    made->is_signed = is_signed;
    const scope_of_class where = look_at_scope(store, scope, name, "il::enum_");
    made->shown = where.shown;
    made->module = Py_XNewRef(where.module);
    made->scope = Py_XNewRef(scope.python);
    made->outer = scope.outer == nullptr ? nullptr : *scope.outer;
    made->body = where.body;
    name_site(site, made->shown);
    const class_store::lock lock(store);
    store.pending_enums.push_back(made);
    store.hook(body_part::enums, hooks_of_enums);
    return made;
}

void set_enum_kind(enum_building& of, enum_kind kind) { of.kind = kind; }
void set_enum_doc(enum_building& of, const char* doc) { of.doc = doc == nullptr ? "" : doc; }

void add_enum_value(enum_building& of, const char* name, long long value, const char* doc) {
    require_open(of);
    if (std::any_of(of.values.begin(), of.values.end(),
                    [&](const enum_value& one) { return one.name == name; })) {
        throw std::logic_error("interlock: the enumeration " + of.shown + " has the value '" +
                               name + "' twice");
    }
    of.values.push_back({name, value, doc == nullptr ? "" : doc});
}

void export_enum_values(enum_building& of) {
    require_open(of);
    of.exports = true;
}

PyObject* type_of_enum(enum_building& of) {
    require_attached("il::enum_");
    if (of.type == nullptr) {
        make_enum(require_store(), of);
    }
    return of.type;
}

void end_of_enum_handle(enum_building& of, bool cut_short) {
    if (of.body != 0 || of.type != nullptr || attached_state() == nullptr) {
        return;
    }
    if (!cut_short) {
        type_of_enum(of);
    } else if (class_store* store = store_of_classes()) {
        forget_pending(*store, store->pending_enums,
                       [&](const enum_building& one) { return &one == &of; });
    }
}

void make_enum(class_store& store, enum_building& of) {
    const counted<enum_building> held = take_pending(
        store, store.pending_enums, [&of](const enum_building& one) { return &one == &of; });
    auto record = std::make_unique<enum_record>();
    record->accepts_int = of.kind == enum_kind::integer || of.kind == enum_kind::integer_flag;
    record->is_flag = of.kind == enum_kind::flag || of.kind == enum_kind::integer_flag;
    record->is_signed = of.is_signed;
    call_enum(store, of, *record);
    of.type = Py_NewRef(record->type);
    const class_store::lock lock(store);
    // First what keeps it, then what leads to it.
    enum_record& kept = *store.enums.emplace_back(std::move(record));
    store.enums_by_site.set(of.site, &kept);
    if (only_one_interpreter() && kept.members.size() <= enum_members::most) {
        for (const auto& [value, member] : kept.members) {
            kept.few.members[kept.few.count] = member;
            kept.few.values[kept.few.count++] = value;
        }
        kept.known = of.members;
        of.members->store(&kept.few, std::memory_order_release);
    }
}

namespace {

void finish_enums(std::uint64_t building_id) {
    class_store* store = store_of_classes();
    while (store != nullptr) {
        const counted<enum_building> one =
            find_pending(*store, store->pending_enums,
                         [&](const enum_building& each) { return each.body == building_id; });
        if (one == nullptr) {
            return;
        }
        make_enum(*store, *one);
    }
}

void forget_enums(std::uint64_t building_id) noexcept {
    if (class_store* store = store_of_classes()) {
        forget_pending(*store, store->pending_enums,
                       [&](const enum_building& one) { return one.body == building_id; });
    }
}

}  // namespace

bool load_enumeration(PyObject* from, const class_site& site, long long& to, loading& l) noexcept {
    const hint expected{nullptr, nullptr, '?', &site};
    const enum_record* record = find_enum(site);
    if (record == nullptr) {
        return PyErr_Occurred() != nullptr ? l.raise() : l.refuse(expected, from);
    }
    if (const auto known = record->values.find(from); known != record->values.end()) {
        to = known->second;
        return true;
    }
    if (reinterpret_cast<PyObject*>(Py_TYPE(from)) == record->type) {
        // A combination of flags, which is no member by name.
        const reference value(PyObject_GetAttrString(from, "_value_"));
        if (value.pointer == nullptr) {
            return l.raise();
        }
        return value_of_int(value.pointer, *record, to) || l.refuse(expected, from);
    }
    if (record->accepts_int && PyLong_CheckExact(from) && !l.exact) {
        if (!value_of_int(from, *record, to) ||
            (!record->is_flag && !record->members.contains(to))) {
            return l.refuse_text(loading::invalid, "the int is no value of %s",
                                 site.shown.load(std::memory_order_acquire));
        }
        return true;
    }
    return l.refuse(expected, from);
}

PyObject* make_enumeration(const class_site& site, long long value) noexcept {
    const enum_record* record = find_enum(site);
    if (record == nullptr) {
        if (PyErr_Occurred() == nullptr) {
            PyErr_Format(PyExc_TypeError,
                         "the C++ enumeration %s is not bound in this interpreter: bind it with "
                         "il::enum_, or import the module that does",
                         site.shown.load() != nullptr ? site.shown.load() : site.info->name());
        }
        return nullptr;
    }
    if (const auto known = record->members.find(value); known != record->members.end()) {
        return Py_NewRef(known->second);
    }
    if (record->is_flag) {
        const reference number(record->is_signed ? PyLong_FromLongLong(value)
                                                 : PyLong_FromUnsignedLongLong(
                                                       static_cast<unsigned long long>(value)));
        if (number.pointer == nullptr) {
            return nullptr;
        }
        try {
            return run_python([&] { return PyObject_CallOneArg(record->type, number.pointer); });
        } catch (const std::exception& error) {
            return translate(error);
        }
    }
    PyErr_Format(PyExc_ValueError,
                 "the C++ value %lld is none of the values that %s was bound with", value,
                 site.shown.load());
    return nullptr;
}

}  // namespace detail
INTERLOCK_END
