// Makes the Python type of a bound class.
//
// A heap type of this interpreter (invariant 8), from a spec with the few slots that every class has; what is in it: see
// class_contents.cpp.
#include "class_contents.hpp"
#include "texts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

INTERLOCK_BEGIN
namespace detail {

namespace {

std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

// ---- the type ----------------------------------------------------------------------------------------------------------------

object find_bases(class_store& store, class_record& record, class_building& building) {
    std::vector<PyObject*> bases;
    for (class_base& base : building.bases) {
        base.record = record_of_site(store, *base.site);
        if (base.record == nullptr) {
            if (const std::string why = why_not_met(store, *base.site); !why.empty()) {
                throw cast_error(concatenated({"interlock: the class ", building.shown,
                                               " has a base that cannot be used: ", why}));
            }
            throw_logic_error(
                {"the class ", building.shown, " derives from ", name_of_site(*base.site),
                 ", which is not bound: bind it first, import the module that binds it (in the "
                 "module's body, m.py().import(\"...\")), or leave it out of il::class_"});
        }
        bases.push_back(reinterpret_cast<PyObject*>(base.record->type));
        if (building.bases.size() > 1 && !base.record->outside && base.record->owner != nullptr) {
            throw_logic_error(
                {"the class ", building.shown, " has several bases, and ", base.record->shown,
                 ", which another extension binds, has its values inside of the Python objects: "
                 "bind it there with a holder, il::class_<T, std::unique_ptr<T>>"});
        }
        if (building.bases.size() > 1 && !base.record->outside) {
            throw_logic_error(
                {"the class ", building.shown, " has several bases, and ", base.record->shown,
                 " is made already with its value inside of the Python object: define the derived "
                 "class before the type of its base is needed"});
        }
    }
    record.bases = building.bases;
    if (building.extended != nullptr) {
        bases.push_back(building.extended);
    } else if (bases.empty() && record.outside) {
        bases.push_back(reinterpret_cast<PyObject*>(root_type(store)));
    }
    if (bases.empty()) {
        bases.push_back(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
    }
    object made(adopt_t{}, check_new(PyTuple_New(static_cast<Py_ssize_t>(bases.size()))));
    for (std::size_t i = 0; i < bases.size(); ++i) {
        PyTuple_SET_ITEM(made.ptr(), static_cast<Py_ssize_t>(i), Py_NewRef(bases[i]));
    }
    return made;
}

// Where its parts lie in an instance, behind what its bases have.
struct layout {
    std::size_t size = 0;
    Py_ssize_t dict = 0;
    Py_ssize_t weaklist = 0;
    Py_ssize_t thread = 0;
};

layout lay_out(class_record& record, const class_building& building, PyObject* bases) {
    std::size_t base_size = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); ++i) {
        auto* base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(bases, i));
        base_size = std::max(base_size, static_cast<std::size_t>(type_basic_size(base)));
    }
    if (building.extended != nullptr) {
        auto* base = reinterpret_cast<PyTypeObject*>(building.extended);
        if (type_item_size(base) != 0) {
            throw_logic_error({"the class ", building.shown, " cannot extend ",
                               type_name(base).c_str(), ", whose objects are of different sizes"});
        }
        record.head = round_up(base_size, 16) - sizeof(PyObject);
        record.extended = reinterpret_cast<PyTypeObject*>(building.extended);
    } else if (!building.bases.empty()) {
        record.head = building.bases[0].record->head;
        record.extended = building.bases[0].record->extended;
    }
    layout made;
    made.size = std::max(base_size, record.head + sizeof(instance_with_outside));
    const bool in_place = !record.outside && record.head == 0;
    if (in_place) {
        made.size = std::max(made.size, record.traits.offset + record.traits.size);
    }
    // A base's word, which lies behind the base's value: this class's own value may take its place.
    const auto is_covered = [&](Py_ssize_t at) {
        return in_place && at != 0 &&
               static_cast<std::size_t>(at) < record.traits.offset + record.traits.size;
    };
    const auto add_word = [&made] {
        made.size = round_up(made.size, sizeof(void*));
        const auto at = static_cast<Py_ssize_t>(made.size);
        made.size += sizeof(void*);
        return at;
    };
    const class_record* base = building.bases.empty() ? nullptr : building.bases[0].record;
    if ((building.has(class_option::weak_referenceable) &&
         (base == nullptr || base->weaklist_offset == 0) &&
         (record.extended == nullptr || !type_has_weakrefs(record.extended))) ||
        (base != nullptr && is_covered(base->weaklist_offset))) {
        made.weaklist = add_word();
    }
    if (building.has(class_option::thread_bound) ||
        (base != nullptr && is_covered(base->thread_offset))) {
        made.thread = add_word();
    } else if (base != nullptr) {
        record.thread_offset = base->thread_offset;
    }
    const bool has_dict = base != nullptr && (base->managed_dict || base->dict_offset != 0);
    if (building.has(class_option::dynamic_attr) && !has_dict &&
        (record.extended == nullptr || !type_has_dict(record.extended))) {
#if INTERLOCK_HAS_MANAGED_DICT
        record.managed_dict = true;
#else
        made.dict = add_word();
#endif
    } else if (base != nullptr) {
        record.managed_dict = base->managed_dict;
        record.dict_offset = base->dict_offset;
        if (is_covered(base->dict_offset)) {
            made.dict = add_word();
        }
    }
    record.weaklist_offset = made.weaklist != 0 ? made.weaklist
                             : base != nullptr  ? base->weaklist_offset
                                                : 0;
    record.thread_offset = made.thread != 0 ? made.thread : record.thread_offset;
    record.dict_offset = made.dict != 0 ? made.dict : record.dict_offset;
    return made;
}

bool any_base_is_collected(PyObject* bases) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); ++i) {
        if (PyType_IS_GC(reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(bases, i))) &&
            PyTuple_GET_ITEM(bases, i) != reinterpret_cast<PyObject*>(&PyBaseObject_Type)) {
            return true;
        }
    }
    return false;
}

constexpr PyGetSetDef dict_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyTypeObject* make_heap_type_of(class_record& record, class_building& building, PyObject* bases,
                                const layout& laid_out, PyTypeObject* metatype) {
    std::string name = building.name;
    if (building.module != nullptr) {
        name = concatenated({module_name(building.module).as<std::string>(), ".", building.name});
    }
    const std::string doc = documentation_of(building);
    PyMemberDef members[3] = {};
    std::size_t at = 0;
    if (laid_out.weaklist != 0) {
        members[at++] = offset_member("__weaklistoffset__", laid_out.weaklist);
    }
    if (laid_out.dict != 0) {
        members[at++] = offset_member("__dictoffset__", laid_out.dict);
    }
    const bool has_init =
        std::any_of(building.definitions.begin(), building.definitions.end(),
                    [](const class_definition& one) { return one.kind == method_kind::init; });
    std::vector<PyType_Slot> slots = {
        {Py_tp_dealloc, reinterpret_cast<void*>(record.traits.deallocate)},
        {Py_tp_new, has_init ? reinterpret_cast<void*>(&new_instance_of_type)
                             : reinterpret_cast<void*>(&refuse_construction)},
        {Py_tp_doc, const_cast<char*>(doc.c_str())},
    };
    if (at != 0) {
        slots.push_back({Py_tp_members, static_cast<void*>(members)});
    }
    if (record.collected) {
        slots.push_back({Py_tp_traverse, reinterpret_cast<void*>(&traverse_instance)});
        slots.push_back({Py_tp_clear, reinterpret_cast<void*>(&clear_instance)});
    }
    if (building.has(class_option::dynamic_attr) && (record.managed_dict || laid_out.dict != 0)) {
        slots.push_back({Py_tp_getset, const_cast<PyGetSetDef*>(dict_getset)});
    }
#if INTERLOCK_LIMITED_API
    if (const initproc init = has_init ? take_initializer(record) : nullptr) {
        slots.push_back({Py_tp_init, reinterpret_cast<void*>(init)});
    }
    // Py_tp_vectorcall is a slot from 3.14 on; earlier versions call the class through tp_new and __init__.
    if (Py_Version >= 0x030E0000 && building.vectorcall != nullptr && metatype == nullptr) {
        const auto init =
            std::find_if(building.definitions.begin(), building.definitions.end(),
                         [](const class_definition& one) { return one.kind == method_kind::init; });
        const bool is_one = init != building.definitions.end() && init->all.functions.size() == 1 &&
                            init->all.functions[0].direct;
        if (!is_one) {
            slots.push_back({slot_of_vectorcall, reinterpret_cast<void*>(&call_overloaded_class)});
        } else if (record.extended == nullptr) {
            slots.push_back({slot_of_vectorcall, reinterpret_cast<void*>(building.vectorcall)});
        }
    }
#endif
    slots.insert(slots.end(), building.slots.begin(), building.slots.end());
    slots.push_back({0, nullptr});
    unsigned flags = Py_TPFLAGS_DEFAULT;
    if (!building.has(class_option::is_final)) {
        flags |= Py_TPFLAGS_BASETYPE;
    }
    if (record.collected) {
        flags |= Py_TPFLAGS_HAVE_GC;
    }
#if INTERLOCK_HAS_MANAGED_DICT
    if (record.managed_dict) {
        flags |= Py_TPFLAGS_MANAGED_DICT;
    }
#endif
    PyType_Spec spec = {name.c_str(), static_cast<int>(laid_out.size), 0, flags, slots.data()};
    return reinterpret_cast<PyTypeObject*>(check_new(
        run_python([&] { return make_heap_type(metatype, building.module, &spec, bases); })));
}

void set_site(class_record& record, const class_building& building, bool is_plain) {
    class_site& site = *record.traits.site;
    unsigned char flags =
        site.flags.load(std::memory_order_relaxed) &
        static_cast<unsigned char>(class_site::mapped | class_site::adjusted | class_site::emptied);
    if (!is_plain) {
        flags |= class_site::special;
    }
    if (record.thread_offset != 0) {
        flags |= class_site::thread_bound;
    }
    if (record.release_before_destroy) {
        flags |= class_site::cared_for;
    }
    if (record.head != 0) {
        flags |= class_site::adjusted | class_site::cared_for;
    }
    if (!building.has(class_option::frozen) && !building.has(class_option::thread_safe)) {
        flags |= class_site::locked;
    }
    for (const class_base& base : record.bases) {
        flags = static_cast<decltype(flags)>(
            flags | (base.site->flags.load(std::memory_order_relaxed) & class_site::mapped));
        if (base.moves) {
            mark_adjusted(*base.record);
        }
    }
    site.flags.store(flags, std::memory_order_relaxed);
    // Where every use has to look closer, the type is in no site, so that no short cut finds it.
    const bool is_special = record.head != 0 || record.thread_offset != 0;
    record.keeps_instances = keep_instances(site, record.type, is_plain && !is_special);
    site.type.store(is_special ? nullptr : record.type, std::memory_order_release);
}

// Whether the type is, or derives from, a C++ class that the instance would not be an object of.
const class_record* find_other_class(class_store& store, const class_record& record,
                                     PyTypeObject* type) {
    auto* found = static_cast<const class_record*>(store.by_type.find(type));
    if (found == nullptr && record.shared.load(std::memory_order_relaxed)) {
        found = meet_type(store, type);
    }
    return found != nullptr && !derives_from(record, *found->traits.site) ? found : nullptr;
}

}  // namespace

void mark_adjusted(class_record& base) noexcept {
    raise_own_flags(base, class_site::adjusted);
    for (const class_base& each : base.bases) {
        mark_adjusted(*each.record);
    }
}

PyObject* new_instance_of_type(PyTypeObject* type, PyObject*, PyObject*) {
    class_store* store = store_of_classes();
    const class_record* record = store == nullptr ? nullptr : record_of_type(*store, type);
    if (record == nullptr) {
        PyErr_Format(PyExc_TypeError, "%s: its C++ class is not bound any more",
                     type_name(type).c_str());
        return nullptr;
    }
    // A class that Python derives from two C++ classes would be an object of neither.
    const type_mro all(type);
    PyObject* mro = all.tuple;
    for (Py_ssize_t i = 0; mro != nullptr && i < PyTuple_GET_SIZE(mro); ++i) {
        const class_record* found = nullptr;
        try {
            found = find_other_class(*store, *record,
                                     reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(mro, i)));
        } catch (const std::bad_alloc&) {
            return PyErr_NoMemory();
        }
        if (found != nullptr) {
            PyErr_Format(PyExc_TypeError,
                         "%s derives from two C++ classes, %s and %s: an object can be one of them "
                         "alone. Derive a class from both in C++ and bind that",
                         type_name(type).c_str(), record->shown.c_str(), found->shown.c_str());
            return nullptr;
        }
    }
    PyObject* self = nullptr;
    if (record->extended != nullptr) {
        const reference nothing(PyTuple_New(0));
        self = nothing.pointer == nullptr ? nullptr
                                          : INTERLOCK_TYPE_SLOT(record->extended, tp_new, newfunc)(
                                                type, nothing.pointer, nullptr);
    } else {
        self = INTERLOCK_TYPE_SLOT(type, tp_alloc, allocfunc)(type, 0);
    }
    if (self != nullptr && record->thread_offset != 0) {
        *reinterpret_cast<unsigned long*>(reinterpret_cast<char*>(self) + record->thread_offset) =
            PyThread_get_thread_ident();
    }
    return self;
}

PyObject* call_overloaded_class(PyObject* type, PyObject* const* arguments, std::size_t counted,
                                PyObject* names) {
    const class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, reinterpret_cast<PyTypeObject*>(type));
    if (record == nullptr || record->init == nullptr) {
        PyErr_SetString(PyExc_SystemError, "interlock: a class without constructors was called");
        return nullptr;
    }
    PyObject* self = new_instance_of_type(record->type, nullptr, nullptr);
    if (self == nullptr) {
        return nullptr;
    }
    PyObject* done =
        dispatch_method(*record->init, self, arguments, PyVectorcall_NARGS(counted), names);
    if (done == nullptr) {
        Py_DECREF(self);
        return nullptr;
    }
    Py_DECREF(done);
    return self;
}

PyObject* make_type(class_store& store, class_building& building) {
    // A class whose making fails is forgotten, so that nobody tries again.
    const auto is_this = [&building](const class_building& one) { return &one == &building; };
    const auto forget = [&] { forget_pending(store, store.pending, is_this); };
    const counted<class_building> held = find_pending(store, store.pending, is_this);
    building.under_way = true;
    try {
        refuse_second_binding(store, building);
        auto made = std::make_unique<class_record>();
        class_record& record = *made;
        record.published = std::make_unique<published_class>();
        record.identity = &record.published->abi;
        record.traits = building.traits;
        record.shown = building.shown;
        record.members = building.members;
        record.outside = building.has(class_option::outside) || !building.traits.in_place;
        const object bases = find_bases(store, record, building);
        // The destructor of a derived class runs that of its base.
        record.release_before_destroy =
            building.has(class_option::release_before_destroy) ||
            std::any_of(record.bases.begin(), record.bases.end(),
                        [](const class_base& base) { return base.record->release_before_destroy; });
        const layout laid_out = lay_out(record, building, bases.ptr());
        record.collected = !record.members.empty() || record.managed_dict ||
                           record.dict_offset != 0 || any_base_is_collected(bases.ptr());
        auto* metatype = reinterpret_cast<PyTypeObject*>(building.metatype);
        const bool has_static = std::any_of(building.properties.begin(), building.properties.end(),
                                            [](const auto& one) { return one->is_static; });
        if (metatype == nullptr &&
            (has_static || (INTERLOCK_LIMITED_API != 0 && building.has(class_option::immutable)))) {
            metatype = static_metaclass(store);
        } else if (INTERLOCK_LIMITED_API != 0 && building.has(class_option::immutable)) {
            throw_logic_error({building.shown,
                               ": under the stable ABI a class cannot be il::immutable and "
                               "have an il::metaclass of its own"});
        }
        PyTypeObject* type = make_heap_type_of(record, building, bases.ptr(), laid_out, metatype);
        const object type_held(adopt_t{}, reinterpret_cast<PyObject*>(type));
        record.type = type;
        record.module = Py_XNewRef(building.module);
        {
            const object qualified(adopt_t{},
                                   check_new(PyUnicode_FromString(building.shown.c_str())));
            set_attribute_of(type_held.ptr(), "__qualname__", qualified.ptr());
        }
        {
            const class_store::lock lock(store);
            // First what keeps it, then what leads to it.
            store.records.push_back(std::move(made));
            Py_INCREF(type_held.ptr());  // the record's
            store.by_type.set(type, &record);
            store.by_site.set(building.traits.site, &record);
            store.by_info.set(building.traits.site->info, &record);
        }
        record.is_bare = !record.collected && record.head == 0 && record.extended == nullptr &&
                         record.thread_offset == 0 && record.weaklist_offset == 0 &&
                         record.dict_offset == 0 &&
                         INTERLOCK_TYPE_SLOT(type, tp_alloc, allocfunc) == &PyType_GenericAlloc;
        const bool is_plain = !record.collected && !record.outside && record.head == 0 &&
                              record.thread_offset == 0 && record.weaklist_offset == 0;
        add_contents(store, record, building);
        add_match_args(building, type_held.ptr());
        finish_comparisons(type, building);
        finish_arithmetic(record, building);
        if (building.finish_container != nullptr) {
            building.finish_container(type, building);
        }
#if INTERLOCK_LIMITED_API
        record.immutable = building.has(class_option::immutable);
#else
        if (building.vectorcall != nullptr && metatype == nullptr) {
            type->tp_vectorcall = record.init != nullptr                   ? &call_overloaded_class
                                  : is_plain || record.extended == nullptr ? building.vectorcall
                                                                           : nullptr;
        }
        if (building.has(class_option::immutable)) {
            type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
            PyType_Modified(type);
        }
#endif
        set_site(record, building, is_plain);
        share_class(store, record, building);
        enter_in_scope(store, building.scope, building.outer.get(), building.name.c_str(),
                       type_held.ptr());
        building.type = Py_NewRef(type_held.ptr());
        forget();
        building.under_way = false;
        // Properties' closures and methods' records are read for as long as the type lives, which nobody knows: they stay.
        for (std::unique_ptr<class_property>& property : building.properties) {
            static_cast<void>(property.release());
        }
        building.properties.clear();
        return building.type;
    } catch (...) {
        building.under_way = false;
        forget();
        throw;
    }
}

}  // namespace detail
INTERLOCK_END
