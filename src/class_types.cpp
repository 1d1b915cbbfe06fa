// Makes the Python type of a bound class.
//
// A heap type of this interpreter (invariant 8), from a spec with the few slots that every class has; methods are put into it as
// method descriptors of CPython's own, whose definitions live for the process, and properties as getset descriptors. Setting
// them as attributes makes CPython fill the slots of the names with double underscores.
#include "class_records.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

INTERLOCK_BEGIN
namespace detail {

namespace {

void check_done(int status) {
    if (status != 0) [[unlikely]] {
        throw_python_error();
    }
}

std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

PyObject* refuse_construction(PyTypeObject* type, PyObject*, PyObject*) {
    PyErr_Format(PyExc_TypeError, "%s cannot be constructed from Python: it has no il::init",
                 type->tp_name);
    return nullptr;
}

// ---- the root of classes whose values lie outside ------------------------------------------------------------------------------

void free_root(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyTypeObject* root_type(class_store& store) {
    if (store.root == nullptr) {
        PyType_Slot slots[] = {
            {Py_tp_dealloc, reinterpret_cast<void*>(&free_root)},
            {Py_tp_new, reinterpret_cast<void*>(&refuse_construction)},
            {Py_tp_doc,
             const_cast<char*>("What objects of C++ are whose Python part only refers to them.")},
            {0, nullptr},
        };
        PyType_Spec spec = {"interlock.object", static_cast<int>(sizeof(instance_with_outside)), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
        store.root = reinterpret_cast<PyTypeObject*>(check_new(PyType_FromSpec(&spec)));
    }
    return store.root;
}

// ---- static properties -----------------------------------------------------------------------------------------------------------

struct static_property {
    PyObject head;
    const class_property* property;
};

PyObject* get_static(PyObject* self, PyObject*, PyObject*) {
    const class_property& p = *reinterpret_cast<static_property*>(self)->property;
    return p.definition.get(nullptr, p.definition.closure);
}
int set_static(PyObject* self, PyObject*, PyObject* value) {
    const class_property& p = *reinterpret_cast<static_property*>(self)->property;
    if (p.definition.set == nullptr) {
        PyErr_Format(PyExc_AttributeError, "%s cannot be set", p.shown.c_str());
        return -1;
    }
    return p.definition.set(nullptr, value, p.definition.closure);
}
PyObject* doc_of_static(PyObject* self, void*) {
    return PyUnicode_FromString(reinterpret_cast<static_property*>(self)->property->doc.c_str());
}
PyGetSetDef static_getset[] = {{"__doc__", &doc_of_static, nullptr, nullptr, nullptr},
                               {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyTypeObject* static_property_type(class_store& store) {
    if (store.static_property == nullptr) {
        PyType_Slot slots[] = {
            {Py_tp_dealloc, reinterpret_cast<void*>(&free_root)},
            {Py_tp_descr_get, reinterpret_cast<void*>(&get_static)},
            {Py_tp_descr_set, reinterpret_cast<void*>(&set_static)},
            {Py_tp_getset, static_getset},
            {0, nullptr},
        };
        PyType_Spec spec = {"interlock.static_property", static_cast<int>(sizeof(static_property)),
                            0, Py_TPFLAGS_DEFAULT, slots};
        store.static_property = reinterpret_cast<PyTypeObject*>(check_new(PyType_FromSpec(&spec)));
    }
    return store.static_property;
}

// Setting an attribute of the class goes to a static property, where there is one of that name.
int set_class_attribute(PyObject* type, PyObject* name, PyObject* value) {
    const class_store* store = store_of_classes();
    PyObject* found = nullptr;
    // Asked of the classes' own dictionaries, without binding.
    PyObject* mro = reinterpret_cast<PyTypeObject*>(type)->tp_mro;
    for (Py_ssize_t i = 0; mro != nullptr && i < PyTuple_GET_SIZE(mro) && found == nullptr; ++i) {
        const reference dict(PyObject_GetAttrString(PyTuple_GET_ITEM(mro, i), "__dict__"));
        if (dict.pointer == nullptr) {
            PyErr_Clear();
            continue;
        }
        found = PyObject_GetItem(dict.pointer, name);
        if (found == nullptr) {
            PyErr_Clear();
        }
    }
    const reference held(found);
    if (found != nullptr && store != nullptr && Py_TYPE(found) == store->static_property &&
        value != nullptr) {
        return set_static(found, nullptr, value);
    }
    return PyType_Type.tp_setattro(type, name, value);
}

PyTypeObject* static_metaclass(class_store& store) {
    if (store.static_metaclass == nullptr) {
        PyType_Slot slots[] = {
            {Py_tp_setattro, reinterpret_cast<void*>(&set_class_attribute)},
            {Py_tp_doc, const_cast<char*>("The class of classes with static properties.")},
            {0, nullptr},
        };
        PyType_Spec spec = {"interlock.class_with_static_properties", 0, 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
        store.static_metaclass = reinterpret_cast<PyTypeObject*>(
            check_new(PyType_FromSpecWithBases(&spec, reinterpret_cast<PyObject*>(&PyType_Type))));
    }
    return store.static_metaclass;
}

// ---- methods -----------------------------------------------------------------------------------------------------------------

object overloaded_function(const class_record& record, function_record* all, PyObject* held) {
    PyObject* home =
        record.module != nullptr ? record.module : reinterpret_cast<PyObject*>(record.type);
    module_state* state = state_of_module(home);
    const object self(adopt_t{}, make_record_object(state, home, all));
    part_of_record_object(self.ptr()).held = Py_XNewRef(held);
    const object name(adopt_t{}, check_new(PyUnicode_FromString(record.shown.c_str())));
    return object(adopt_t{}, check_new(PyCFunction_NewEx(all->definition, self.ptr(), name.ptr())));
}

function_record* overloaded(const class_record& record, const class_definition& definition) {
    const char* self = definition.kind == method_kind::static_method  ? nullptr
                       : definition.kind == method_kind::class_method ? "$type"
                                                                      : "$self";
    const std::string doc = documentation_of_overloads(definition.name, self, definition.all);
    function_record* all = make_overloaded_record(definition.name, doc, definition.all);
    all->shown = definition.all.functions[0].record->shown;
    all->module = record.module;
    all->is_operator = is_operator_name(definition.name.c_str());
    return all;
}

object make_method(class_record& record, const class_definition& definition) {
    const std::vector<collected_function>& all = definition.all.functions;
    PyTypeObject* type = record.type;
    const bool one = all.size() == 1 && all[0].direct;
    if (definition.kind == method_kind::static_method) {
        object function(adopt_t{}, nullptr);
        if (all.size() == 1) {
            PyObject* self =
                all[0].self != nullptr ? all[0].self : reinterpret_cast<PyObject*>(type);
            const object module(adopt_t{}, Py_NewRef(Py_None));
            function =
                object(adopt_t{}, check_new(PyCFunction_New(all[0].record->definition, self)));
        } else {
            const object held(adopt_t{},
                              check_new(PyTuple_New(static_cast<Py_ssize_t>(all.size()))));
            for (std::size_t i = 0; i < all.size(); ++i) {
                PyTuple_SET_ITEM(held.ptr(), static_cast<Py_ssize_t>(i),
                                 Py_NewRef(all[i].self != nullptr ? all[i].self : Py_None));
            }
            function = overloaded_function(record, overloaded(record, definition), held.ptr());
        }
        return object(adopt_t{}, check_new(PyStaticMethod_New(function.ptr())));
    }
    if (one && !is_operator_name(definition.name.c_str())) {
        return object(adopt_t{},
                      check_new(definition.kind == method_kind::class_method
                                    ? PyDescr_NewClassMethod(type, all[0].record->definition)
                                    : PyDescr_NewMethod(type, all[0].record->definition)));
    }
    function_record* record_of_all = overloaded(record, definition);
    if (const PyCFunction pooled = take_pooled_function(record_of_all)) {
        record_of_all->definition[0].ml_meth = pooled;
        return object(adopt_t{},
                      check_new(definition.kind == method_kind::class_method
                                    ? PyDescr_NewClassMethod(type, record_of_all->definition)
                                    : PyDescr_NewMethod(type, record_of_all->definition)));
    }
    record_of_all->is_method = true;
    const object function = overloaded_function(record, record_of_all, nullptr);
    return object(adopt_t{}, check_new(definition.kind == method_kind::class_method
                                           ? PyClassMethod_New(function.ptr())
                                           : PyInstanceMethod_New(function.ptr())));
}

// __init__ as a class of C has it, a slot wrapper: inspect.signature looks for those. Called for classes that are derived in
// Python; the class itself is called through tp_vectorcall.
struct initializer {
    wrapperbase base{};
    function_record* all = nullptr;
    bool direct = false;
};

PyObject* call_initializer(PyObject* self, PyObject* arguments, void* wrapped, PyObject* names) {
    const auto& init = *static_cast<initializer*>(wrapped);
    const Py_ssize_t given = PyTuple_GET_SIZE(arguments);
    const Py_ssize_t named = names == nullptr ? 0 : PyDict_GET_SIZE(names);
    PyObject* const* first = reinterpret_cast<PyTupleObject*>(arguments)->ob_item;
    if (named == 0) {
        return call_initializers(*init.all, init.direct, self, first, given, nullptr);
    }
    try {
        std::vector<PyObject*> all(first, first + given);
        all.reserve(static_cast<std::size_t>(given + named));
        const object keys(adopt_t{}, check_new(PyTuple_New(named)));
        // The values are the caller's, in a dictionary that is this call's own.
        PyObject* key = nullptr;
        PyObject* value = nullptr;
        Py_ssize_t i = 0;
        for (Py_ssize_t at = 0; PyDict_Next(names, &at, &key, &value) != 0; ++i) {
            PyTuple_SET_ITEM(keys.ptr(), i, Py_NewRef(key));
            all.push_back(value);
        }
        return call_initializers(*init.all, init.direct, self, all.data(), given, keys.ptr());
    } catch (const std::exception& error) {
        return translate(error);
    }
}

object make_initializer(class_record& record, const class_definition& definition) {
    // As long-lived as the class, which nobody can tell.
    auto* init = new initializer;
    init->all = overloaded(record, definition);
    init->direct = definition.all.functions.size() == 1 && definition.all.functions[0].direct;
    if (!init->direct) {
        record.init = init->all;
    }
    const PyMethodDef& shown = definition.all.functions.size() == 1
                                   ? definition.all.functions[0].record->definition[0]
                                   : init->all->definition[0];
    init->base.name = "__init__";
    init->base.wrapper =
        reinterpret_cast<wrapperfunc>(reinterpret_cast<void (*)()>(&call_initializer));
    init->base.doc = shown.ml_doc;
    init->base.flags = PyWrapperFlag_KEYWORDS;
    return object(adopt_t{}, check_new(PyDescr_NewWrapper(record.type, &init->base, init)));
}

bool defines(const class_building& building, std::string_view name) {
    return std::any_of(building.definitions.begin(), building.definitions.end(),
                       [&](const class_definition& one) { return one.name == name; });
}

void set_attribute_of(PyObject* type, const char* name, PyObject* value) {
    check_done(run_python([&] { return PyObject_SetAttrString(type, name, value); }));
}

void add_contents(class_store& store, class_record& record, class_building& building) {
    auto* type = reinterpret_cast<PyObject*>(record.type);
    for (const class_definition& definition : building.definitions) {
        const object method = definition.kind == method_kind::init
                                  ? make_initializer(record, definition)
                                  : make_method(record, definition);
        set_attribute_of(type, definition.name.c_str(), method.ptr());
    }
    for (const std::unique_ptr<class_property>& property : building.properties) {
        if (property->is_static) {
            auto* made = PyObject_New(static_property, static_property_type(store));
            check_new(reinterpret_cast<PyObject*>(made));
            made->property = property.get();
            const object descriptor(adopt_t{}, reinterpret_cast<PyObject*>(made));
            // Past the metaclass, which would set the property.
            check_done(PyType_Type.tp_setattro(
                type,
                object(adopt_t{}, check_new(PyUnicode_InternFromString(property->name.c_str())))
                    .ptr(),
                descriptor.ptr()));
        } else {
            const object descriptor(
                adopt_t{}, check_new(PyDescr_NewGetSet(record.type, &property->definition)));
            set_attribute_of(type, property->name.c_str(), descriptor.ptr());
        }
    }
    for (const auto& [name, value] : building.attributes) {
        set_attribute_of(type, name.c_str(), value);
    }
    if (defines(building, "__eq__") && !defines(building, "__hash__")) {
        set_attribute_of(type, "__hash__", Py_None);
    }
    if (record.traits.copy != nullptr && !defines(building, "__copy__")) {
        const object copy(adopt_t{},
                          check_new(PyDescr_NewMethod(record.type, &copy_definitions[0])));
        set_attribute_of(type, "__copy__", copy.ptr());
    }
    if (record.traits.copy != nullptr && !defines(building, "__deepcopy__")) {
        const object copy(adopt_t{},
                          check_new(PyDescr_NewMethod(record.type, &copy_definitions[1])));
        set_attribute_of(type, "__deepcopy__", copy.ptr());
    }
    if (building.has(class_option::generic)) {
        const object get(adopt_t{},
                         check_new(PyDescr_NewClassMethod(record.type, &generic_definition)));
        set_attribute_of(type, "__class_getitem__", get.ptr());
    }
}

// The parameters of the one constructor that are attributes too, for match statements.
void add_match_args(const class_building& building, PyObject* type) {
    if (std::any_of(building.attributes.begin(), building.attributes.end(),
                    [](const auto& one) { return one.first == "__match_args__"; })) {
        return;
    }
    const auto init =
        std::find_if(building.definitions.begin(), building.definitions.end(),
                     [](const class_definition& one) { return one.kind == method_kind::init; });
    if (init == building.definitions.end() || init->all.functions.size() != 1) {
        return;
    }
    const function_record& record = *init->all.functions[0].record;
    std::vector<const char*> names;
    for (unsigned i = 0; i < record.shape.positional; ++i) {
        const char* name = record.parameters[i].name;
        if (name == nullptr ||
            std::none_of(building.properties.begin(), building.properties.end(),
                         [&](const auto& property) { return property->name == name; })) {
            break;
        }
        names.push_back(name);
    }
    const object all(adopt_t{}, check_new(PyTuple_New(static_cast<Py_ssize_t>(names.size()))));
    for (std::size_t i = 0; i < names.size(); ++i) {
        PyTuple_SET_ITEM(all.ptr(), static_cast<Py_ssize_t>(i),
                         check_new(PyUnicode_InternFromString(names[i])));
    }
    set_attribute_of(type, "__match_args__", all.ptr());
}

// The class's own docstring, with the form that inspect.signature reads where there is one constructor.
std::string documentation_of(const class_building& building) {
    std::string text;
    const auto init =
        std::find_if(building.definitions.begin(), building.definitions.end(),
                     [](const class_definition& one) { return one.kind == method_kind::init; });
    if (init != building.definitions.end() && init->all.functions.size() == 1) {
        const std::string_view whole = init->all.functions[0].record->definition[0].ml_doc;
        const std::size_t end = whole.find("\n--\n\n");
        if (end == std::string_view::npos) {
            return building.doc;
        }
        const std::size_t open = whole.find('(');
        std::string_view parameters = whole.substr(open, end - open);
        // "($self, x)" becomes "(x)": it is the class that is called.
        text = building.name + "(";
        parameters.remove_prefix(std::min<std::size_t>(parameters.size(), 6));
        if (parameters.starts_with(", ")) {
            parameters.remove_prefix(2);
        }
        text.append(parameters);
        text += "\n--\n\n";
    }
    return text + building.doc;
}

// ---- the type ----------------------------------------------------------------------------------------------------------------

object find_bases(class_store& store, class_record& record, class_building& building) {
    std::vector<PyObject*> bases;
    for (class_base& base : building.bases) {
        base.record = record_of_site(store, *base.site);
        if (base.record == nullptr) {
            throw std::logic_error(
                "interlock: the class " + building.shown + " derives from " +
                name_of_site(*base.site) +
                ", which is not bound: bind it first, or leave it out of il::class_");
        }
        bases.push_back(reinterpret_cast<PyObject*>(base.record->type));
        if (building.bases.size() > 1 && !base.record->outside) {
            throw std::logic_error(
                "interlock: the class " + building.shown + " has several bases, and " +
                base.record->shown +
                " is made already with its value inside of the Python object: define the derived "
                "class before the type of its base is needed");
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

void mark_adjusted(class_site& site, const class_record& record) noexcept {
    site.flags.fetch_or(class_site::adjusted, std::memory_order_relaxed);
    for (const class_base& base : record.bases) {
        mark_adjusted(*base.site, *base.record);
    }
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
        const auto* base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(bases, i));
        base_size = std::max(base_size, static_cast<std::size_t>(base->tp_basicsize));
    }
    if (building.extended != nullptr) {
        const auto* base = reinterpret_cast<PyTypeObject*>(building.extended);
        if (base->tp_itemsize != 0) {
            throw std::logic_error("interlock: the class " + building.shown + " cannot extend " +
                                   base->tp_name + ", whose objects are of different sizes");
        }
        record.head = round_up(base_size, 16) - sizeof(PyObject);
        record.extended = reinterpret_cast<PyTypeObject*>(building.extended);
    } else if (!building.bases.empty()) {
        record.head = building.bases[0].record->head;
        record.extended = building.bases[0].record->extended;
    }
    layout made;
    made.size = std::max(base_size, record.head + sizeof(instance_with_outside));
    if (!record.outside && record.head == 0) {
        made.size = std::max(made.size, record.traits.offset + record.traits.size);
    }
    const auto add_word = [&made] {
        made.size = round_up(made.size, sizeof(void*));
        const auto at = static_cast<Py_ssize_t>(made.size);
        made.size += sizeof(void*);
        return at;
    };
    const class_record* base = building.bases.empty() ? nullptr : building.bases[0].record;
    if (building.has(class_option::weak_referenceable) &&
        (base == nullptr || base->weaklist_offset == 0) &&
        (record.extended == nullptr || record.extended->tp_weaklistoffset == 0)) {
        made.weaklist = add_word();
    }
    if (building.has(class_option::thread_bound)) {
        made.thread = add_word();
    } else if (base != nullptr) {
        record.thread_offset = base->thread_offset;
    }
    const bool has_dict = base != nullptr && (base->managed_dict || base->dict_offset != 0);
    if (building.has(class_option::dynamic_attr) && !has_dict &&
        (record.extended == nullptr || record.extended->tp_dictoffset == 0)) {
#if INTERLOCK_HAS_MANAGED_DICT
        record.managed_dict = true;
#else
        made.dict = add_word();
#endif
    } else if (base != nullptr) {
        record.managed_dict = base->managed_dict;
        record.dict_offset = base->dict_offset;
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
        name = module_name(building.module).as<std::string>() + "." + building.name;
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
    unsigned char flags = site.flags.load(std::memory_order_relaxed) &
                          static_cast<unsigned char>(class_site::mapped | class_site::adjusted);
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
            mark_adjusted(*base.site, *base.record);
        }
    }
    site.flags.store(flags, std::memory_order_relaxed);
    // Where every use has to look closer, the type is in no site, so that no short cut finds it.
    const bool is_special = record.head != 0 || record.thread_offset != 0;
    site.type.store(is_special ? nullptr : record.type, std::memory_order_release);
}

}  // namespace

PyObject* new_instance_of_type(PyTypeObject* type, PyObject*, PyObject*) {
    const class_store* store = store_of_classes();
    const class_record* record = store == nullptr ? nullptr : record_of_type(*store, type);
    if (record == nullptr) {
        PyErr_Format(PyExc_TypeError, "%s: its C++ class is not bound any more", type->tp_name);
        return nullptr;
    }
    // A class that Python derives from two C++ classes would be an object of neither.
    PyObject* mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != nullptr && i < PyTuple_GET_SIZE(mro); ++i) {
        void* found = store->by_type.find(PyTuple_GET_ITEM(mro, i));
        if (found != nullptr &&
            !derives_from(*record, *static_cast<class_record*>(found)->traits.site)) {
            PyErr_Format(PyExc_TypeError,
                         "%s derives from two C++ classes, %s and %s: an object can be one of them "
                         "alone. Derive a class from both in C++ and bind that",
                         type->tp_name, record->shown.c_str(),
                         static_cast<class_record*>(found)->shown.c_str());
            return nullptr;
        }
    }
    PyObject* self = nullptr;
    if (record->extended != nullptr) {
        const reference nothing(PyTuple_New(0));
        self = nothing.pointer == nullptr
                   ? nullptr
                   : record->extended->tp_new(type, nothing.pointer, nullptr);
    } else {
        self = type->tp_alloc(type, 0);
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
    const auto forget = [&store, &building] {
        const class_store::lock lock(store);
        std::erase_if(store.pending, [&](const auto& one) { return one.get() == &building; });
    };
    std::shared_ptr<class_building> held;
    for (const std::shared_ptr<class_building>& one : store.pending) {
        if (one.get() == &building) {
            held = one;
        }
    }
    building.under_way = true;
    try {
        auto made = std::make_unique<class_record>();
        class_record& record = *made;
        record.traits = building.traits;
        record.shown = building.shown;
        record.members = building.members;
        record.outside = building.has(class_option::outside) || !building.traits.in_place;
        const object bases = find_bases(store, record, building);
        // The destructor of a derived class runs that of its base.
        record.release_before_destroy =
            building.has(class_option::release_before_destroy) ||
            std::any_of(record.bases.begin(), record.bases.end(), [](const class_base& base) {
                return base.record->release_before_destroy;
            });
        const layout laid_out = lay_out(record, building, bases.ptr());
        record.collected = !record.members.empty() || record.managed_dict ||
                           record.dict_offset != 0 || any_base_is_collected(bases.ptr());
        auto* metatype = reinterpret_cast<PyTypeObject*>(building.metatype);
        const bool has_static = std::any_of(building.properties.begin(), building.properties.end(),
                                            [](const auto& one) { return one->is_static; });
        if (metatype == nullptr && has_static) {
            metatype = static_metaclass(store);
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
            store.by_type.set(type, &record);
            store.by_site.set(building.traits.site, &record);
            store.by_info.set(building.traits.site->info, &record);
            store.records.push_back(std::move(made));
        }
        Py_INCREF(type_held.ptr());  // the record's
        const bool is_plain = !record.collected && !record.outside && record.head == 0 &&
                              record.thread_offset == 0 && record.weaklist_offset == 0;
        add_contents(store, record, building);
        add_match_args(building, type_held.ptr());
        if (building.vectorcall != nullptr && metatype == nullptr) {
            type->tp_vectorcall = record.init != nullptr                   ? &call_overloaded_class
                                  : is_plain || record.extended == nullptr ? building.vectorcall
                                                                           : nullptr;
        }
        if (building.has(class_option::immutable)) {
            type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
            PyType_Modified(type);
        }
        set_site(record, building, is_plain);
        {
            // A class that is nested in one which il::immutable closed to Python, and not to this.
            auto* scope = PyType_Check(building.scope)
                              ? reinterpret_cast<PyTypeObject*>(building.scope)
                              : nullptr;
            const unsigned long closed =
                scope == nullptr ? 0 : scope->tp_flags & Py_TPFLAGS_IMMUTABLETYPE;
            if (closed != 0) {
                scope->tp_flags &= ~closed;
            }
            const int status = run_python([&] {
                return PyObject_SetAttrString(building.scope, building.name.c_str(),
                                              type_held.ptr());
            });
            if (closed != 0) {
                scope->tp_flags |= closed;
            }
            check_done(status);
        }
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
