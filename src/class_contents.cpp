// What a class holds: methods as method descriptors of CPython's own, whose definitions live for the process, properties as
// getset descriptors, static properties under a metaclass. Setting them as attributes makes CPython fill the slots of the names
// with double underscores.
#include "class_contents.hpp"
#include "function_records.hpp"

#include <algorithm>
#include <cstddef>

INTERLOCK_BEGIN
namespace detail {

void check_done(int status) {
    if (status != 0) [[unlikely]] {
        throw_python_error();
    }
}

PyObject* refuse_construction(PyTypeObject* type, PyObject*, PyObject*) {
    PyErr_Format(PyExc_TypeError, "%s cannot be constructed from Python: it has no il::init",
                 type_name(type).c_str());
    return nullptr;
}

namespace {

// ---- the root of classes whose values lie outside ------------------------------------------------------------------------------

void free_root(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    INTERLOCK_TYPE_SLOT(type, tp_free, freefunc)(self);
    Py_DECREF(type);
}

}  // namespace

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

namespace {

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
    const type_mro all(reinterpret_cast<PyTypeObject*>(type));
    PyObject* mro = all.tuple;
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
#if INTERLOCK_LIMITED_API
    const auto* record =
        static_cast<const class_record*>(store == nullptr ? nullptr : store->by_type.find(type));
    if (record != nullptr && record->immutable) {
        PyErr_Format(PyExc_TypeError, "cannot set '%U' attribute of immutable type '%s'", name,
                     type_name(record->type).c_str());
        return -1;
    }
#endif
    if (found != nullptr && store != nullptr && Py_TYPE(found) == store->static_property &&
        value != nullptr) {
        return set_static(found, nullptr, value);
    }
    return INTERLOCK_TYPE_SLOT(&PyType_Type, tp_setattro, setattrofunc)(type, name, value);
}

}  // namespace

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

namespace {

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
    if (is_operator_name(definition.name.c_str())) {
        all->refuse_operand = &refuse_empty_operand;
    }
    return all;
}

// A function that takes the object as its first argument, as a method.
PyObject* make_instance_method(PyObject* function) {
#if INTERLOCK_LIMITED_API
    const object functools(
        adopt_t{}, check_new(run_python([] { return PyImport_ImportModule("functools"); })));
    return run_python(
        [&] { return PyObject_CallMethod(functools.ptr(), "partialmethod", "O", function); });
#else
    return PyInstanceMethod_New(function);
#endif
}

object method_of_all(class_record& record, const class_definition& definition,
                     function_record* record_of_all) {
    const method_kind kind = definition.kind;
    PyTypeObject* type = record.type;
    bool is_c_function = take_joint_function(*record_of_all, definition.all, true);
    if (!is_c_function) {
        if (const PyCFunction pooled = take_pooled_function(record_of_all)) {
            record_of_all->definition[0].ml_meth = pooled;
            is_c_function = true;
        }
    }
    if (is_c_function) {
        return object(adopt_t{},
                      check_new(kind == method_kind::class_method
                                    ? PyDescr_NewClassMethod(type, record_of_all->definition)
                                    : PyDescr_NewMethod(type, record_of_all->definition)));
    }
    record_of_all->is_method = true;
    record_of_all->is_class_method = kind == method_kind::class_method;
    const object function =
        overloaded_function(record, record_of_all, reinterpret_cast<PyObject*>(type));
    return object(adopt_t{}, check_new(kind == method_kind::class_method
                                           ? PyClassMethod_New(function.ptr())
                                           : make_instance_method(function.ptr())));
}

object make_method(class_record& record, const class_definition& definition) {
    const collected_functions& all = definition.all.functions;
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
    return method_of_all(record, definition, overloaded(record, definition));
}

// __init__ as a class of C has it, a slot wrapper: inspect.signature looks for those. Called for classes that are derived in
// Python; the class itself is called through tp_vectorcall.
struct initializer {
#if !INTERLOCK_LIMITED_API
    wrapperbase base{};
#endif
    function_record* all = nullptr;
    bool direct = false;
};

PyObject* call_initializer(PyObject* self, PyObject* arguments, void* wrapped, PyObject* names) {
    const auto& init = *static_cast<initializer*>(wrapped);
    const Py_ssize_t given = PyTuple_GET_SIZE(arguments);
    const Py_ssize_t named = names == nullptr ? 0 : PyDict_GET_SIZE(names);
#if INTERLOCK_LIMITED_API
    constexpr Py_ssize_t usual = 8;
    if (named == 0 && given <= usual) {
        PyObject* few[usual];
        for (Py_ssize_t i = 0; i < given; ++i) {
            few[i] = PyTuple_GET_ITEM(arguments, i);
        }
        return call_initializers(*init.all, init.direct, self, few, given, nullptr);
    }
#else
    PyObject* const* first = reinterpret_cast<PyTupleObject*>(arguments)->ob_item;
    if (named == 0) {
        return call_initializers(*init.all, init.direct, self, first, given, nullptr);
    }
#endif
    try {
#if INTERLOCK_LIMITED_API
        std::vector<PyObject*> all;
        for (Py_ssize_t i = 0; i < given; ++i) {
            all.push_back(PyTuple_GET_ITEM(arguments, i));
        }
        if (named == 0) {
            return call_initializers(*init.all, init.direct, self, all.data(), given, nullptr);
        }
#else
        std::vector<PyObject*> all(first, first + given);
#endif
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

#if INTERLOCK_LIMITED_API

// There is no slot wrapper to be had but those that CPython makes of a slot, and tp_init is told the object alone: each class
// takes a C function of its own.
constexpr std::size_t pool_size = 512;
std::atomic<initializer*> pool[pool_size];

template <std::size_t I>
int pooled(PyObject* self, PyObject* arguments, PyObject* names) {
    initializer* init = pool[I].load(std::memory_order_relaxed);
    if (init->all == nullptr) {
        PyErr_SetString(PyExc_SystemError, "interlock: a class is used that is not made yet");
        return -1;
    }
    PyObject* done = call_initializer(self, arguments, init, names);
    Py_XDECREF(done);
    return done == nullptr ? -1 : 0;
}
template <std::size_t... I>
initproc pooled_at(std::size_t i, std::index_sequence<I...>) noexcept {
    static constexpr initproc all[] = {&pooled<I>...};
    return all[i];
}

#endif

void fill_initializer(initializer& init, class_record& record, const class_definition& definition) {
    init.all = overloaded(record, definition);
    init.direct = definition.all.functions.size() == 1 && definition.all.functions[0].direct;
    if (!init.direct) {
        record.init = init.all;
    }
}
const char* doc_of_initializer(const initializer& init, const class_definition& definition) {
    return definition.all.functions.size() == 1
               ? definition.all.functions[0].record->definition[0].ml_doc
               : init.all->definition[0].ml_doc;
}

#if INTERLOCK_LIMITED_API

void add_initializer(class_record& record, const class_definition& definition) {
    auto* type = reinterpret_cast<PyObject*>(record.type);
    const collected_functions& all = definition.all.functions;
    if (auto* init = static_cast<initializer*>(record.initializer)) {
        fill_initializer(*init, record, definition);
        // For stubs: what CPython says of its wrapper is the same for all classes.
        const object doc(adopt_t{},
                         check_new(PyUnicode_FromString(doc_of_initializer(*init, definition))));
        set_attribute_of(type, "_interlock_init", doc.ptr());
        return;
    }
    // All are taken: a method as the others are. What a plain constructor's definition names is no C function of Python's.
    if (all.size() == 1 && all[0].direct && all[0].record->constructor == nullptr) {
        const object method(adopt_t{},
                            check_new(PyDescr_NewMethod(record.type, all[0].record->definition)));
        set_attribute_of(type, "__init__", method.ptr());
        return;
    }
    record.init = overloaded(record, definition);
    set_attribute_of(type, "__init__", method_of_all(record, definition, record.init).ptr());
}

#else

void add_initializer(class_record& record, const class_definition& definition) {
    // As long-lived as the class, which nobody can tell.
    auto* init = new initializer;
    fill_initializer(*init, record, definition);
    init->base.name = "__init__";
    init->base.wrapper =
        reinterpret_cast<wrapperfunc>(reinterpret_cast<void (*)()>(&call_initializer));
    init->base.doc = doc_of_initializer(*init, definition);
    init->base.flags = PyWrapperFlag_KEYWORDS;
    const object method(adopt_t{}, check_new(PyDescr_NewWrapper(record.type, &init->base, init)));
    set_attribute_of(reinterpret_cast<PyObject*>(record.type), "__init__", method.ptr());
}

#endif

// "-> int (set: float)", and what the author says of it.
void document(class_property& property) {
    const property_record& record = property.record;
    std::string head = "-> ";
    append_hint(head, *property.type);
    if (record.type != nullptr && record.type != property.type) {
        head += " (set: ";
        append_hint(head, *record.type);
        head += ")";
    }
    property.doc.insert(0, property.doc.empty() ? head : head + "\n\n");
    property.definition.doc = property.doc.c_str();
}

bool defines(const class_building& building, std::string_view name) {
    return std::any_of(building.definitions.begin(), building.definitions.end(),
                       [&](const class_definition& one) { return one.name == name; });
}

}  // namespace

void set_attribute_of(PyObject* type, const char* name, PyObject* value) {
    check_done(run_python([&] { return PyObject_SetAttrString(type, name, value); }));
}

#if INTERLOCK_LIMITED_API
initproc take_initializer(class_record& record) {
    for (std::size_t i = 0; i < pool_size; ++i) {
        if (pool[i].load(std::memory_order_relaxed) != nullptr) {
            continue;
        }
        auto made = std::make_unique<initializer>();
        initializer* free = nullptr;
        if (pool[i].compare_exchange_strong(free, made.get(), std::memory_order_acq_rel)) {
            record.initializer = made.release();  // as long-lived as the class
            return pooled_at(i, std::make_index_sequence<pool_size>{});
        }
    }
    return nullptr;
}
#endif

void add_contents(class_store& store, class_record& record, class_building& building) {
    auto* type = reinterpret_cast<PyObject*>(record.type);
    for (const class_definition& definition : building.definitions) {
        if (definition.kind == method_kind::init) {
            add_initializer(record, definition);
            continue;
        }
        const object method = make_method(record, definition);
        set_attribute_of(type, definition.name.c_str(), method.ptr());
    }
    for (const std::unique_ptr<class_property>& property : building.properties) {
        document(*property);
        if (property->is_static) {
            auto* made = PyObject_New(static_property, static_property_type(store));
            check_new(reinterpret_cast<PyObject*>(made));
            made->property = property.get();
            const object descriptor(adopt_t{}, reinterpret_cast<PyObject*>(made));
            // Past the metaclass, which would set the property.
            check_done(INTERLOCK_TYPE_SLOT(&PyType_Type, tp_setattro, setattrofunc)(
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

}  // namespace detail
INTERLOCK_END
