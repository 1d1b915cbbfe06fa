// Classes under construction: what il::class_ is told, until the type is made. See class_types.cpp for that.
#include "enum_records.hpp"
#include "texts.hpp"

#include <algorithm>
#include <cstring>

INTERLOCK_BEGIN
namespace detail {

namespace {

// Names that sites refer to: as many as there are classes, for as long as the process lives.
struct kept_text {
    std::string text;
    kept_text* next;
};
std::atomic<kept_text*> kept_texts{nullptr};

std::string text_attribute(PyObject* of, const char* name) {
    const object found(adopt_t{}, check_new(PyObject_GetAttrString(of, name)));
    return found.as<std::string>();
}

constexpr std::string_view operator_names =
    " "
    "__add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ "
    "__matmul__ __rmatmul__ __imatmul__ __truediv__ __rtruediv__ __itruediv__ "
    "__floordiv__ __rfloordiv__ __ifloordiv__ __mod__ __rmod__ __imod__ __divmod__ "
    "__rdivmod__ __pow__ __rpow__ __ipow__ __lshift__ __rlshift__ __ilshift__ "
    "__rshift__ __rrshift__ __irshift__ __and__ __rand__ __iand__ __or__ __ror__ "
    "__ior__ __xor__ __rxor__ __ixor__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ ";

}  // namespace

bool is_operator_name(const char* name) noexcept {
    return name[0] == '_' && is_word_of(operator_names, name);
}

class_building::~class_building() {
    Py_XDECREF(scope);
    Py_XDECREF(module);
    Py_XDECREF(metatype);
    Py_XDECREF(extended);
    Py_XDECREF(type);
    for (const auto& [attribute, value] : attributes) {
        Py_DECREF(value);
    }
    for (const class_definition& definition : definitions) {
        for (const collected_function& one : definition.all.functions) {
            Py_XDECREF(one.self);
        }
    }
}

void require_open(const class_building& of) {
    require_attached("il::class_::def");
    if (of.type != nullptr || of.under_way) {
        throw_logic_error({"the type ", of.shown,
                           " is made already (it was needed, or the module's body is over): "
                           "nothing can be defined in it any more"});
    }
}

namespace {

const char* keep_text(const std::string& text) {
    auto* made = new kept_text{text, kept_texts.load(std::memory_order_relaxed)};
    while (!kept_texts.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
    }
    return made->text.c_str();
}

}  // namespace

const char* keep_class_name(const std::string& text) {
    for (const kept_text* t = kept_texts.load(std::memory_order_acquire); t != nullptr;
         t = t->next) {
        if (t->text == text) {
            return t->text.c_str();
        }
    }
    return keep_text(text);
}

void name_site(class_site& site, const std::string& shown) {
    // The list is gone through only for one that is bound anew under another name: a module may bind thousands.
    const char* known = site.shown.load(std::memory_order_acquire);
    if (known == nullptr) {
        site.shown.store(keep_text(shown), std::memory_order_release);
    } else if (shown != known) {
        site.shown.store(keep_class_name(shown), std::memory_order_release);
    }
}

scope_of_class look_at_scope(class_store& store, const class_scope& where, const char* name,
                             const char* operation) {
    if (where.outer != nullptr) {
        const class_building& outer = **where.outer;
        return {concatenated({outer.shown, ".", name}), outer.module, outer.body};
    }
    PyObject* scope = where.python;
    if (scope == nullptr) {
        throw_empty_handle(operation);
    }
    scope_of_class found{name, nullptr, 0};
    if (PyType_Check(scope)) {
        found.shown = concatenated({text_attribute(scope, "__qualname__"), ".", name});
        const class_record* outer = record_of_type(store, reinterpret_cast<PyTypeObject*>(scope));
        found.module = outer == nullptr ? nullptr : outer->module;
    } else if (PyModule_Check(scope)) {
        found.module = scope;
    } else {
        throw cast_error(
            concatenated({"interlock: ", operation, ": the scope is a module or a class, not a ",
                          type_name(Py_TYPE(scope)).c_str(), " object"}));
    }
    if (const module_state* state =
            found.module == nullptr ? nullptr : state_of_module(found.module);
        state != nullptr && state->under_way != nullptr) {
        found.body = state->under_way->id;
    }
    return found;
}

void enter_in_scope(class_store& store, PyObject* scope, class_building* outer, const char* name,
                    PyObject* value) {
    if (outer != nullptr) {
        const auto* record =
            static_cast<const class_record*>(store.by_site.find(outer->traits.site));
        if (record == nullptr) {
            outer->attributes.emplace_back(name, Py_NewRef(value));
            return;
        }
        scope = reinterpret_cast<PyObject*>(record->type);
    }
    // il::immutable closes a class to Python, and not to this.
#if INTERLOCK_LIMITED_API
    const auto* record = static_cast<const class_record*>(
        PyType_Check(scope) != 0 ? store.by_type.find(scope) : nullptr);
    if (record != nullptr && record->immutable) {
        const object key(adopt_t{}, check_new(PyUnicode_InternFromString(name)));
        check_status(run_python([&] {
            return INTERLOCK_TYPE_SLOT(&PyType_Type, tp_setattro, setattrofunc)(scope, key.ptr(),
                                                                                value);
        }));
        return;
    }
    check_status(run_python([&] { return PyObject_SetAttrString(scope, name, value); }));
#else
    auto* type = PyType_Check(scope) ? reinterpret_cast<PyTypeObject*>(scope) : nullptr;
    const unsigned long closed = type == nullptr ? 0 : type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE;
    if (closed != 0) {
        type->tp_flags &= ~closed;
    }
    const int status = run_python([&] { return PyObject_SetAttrString(scope, name, value); });
    if (closed != 0) {
        type->tp_flags |= closed;
    }
    check_status(status);
#endif
}

namespace {

void finish_classes(std::uint64_t building_id);
void forget_classes(std::uint64_t building_id) noexcept;
constexpr body_hooks hooks_of_classes{&finish_classes, &forget_classes};

}  // namespace

counted<class_building> begin_class(const class_scope& scope, const char* name,
                                    const class_facts& facts) {
    require_attached("il::class_");
    static_cast<void>(current_interpreter());
    class_store* store = store_of_classes();
    if (store == nullptr) {
        throw std::bad_alloc();
    }
    auto made = make_counted<class_building>();
    class_traits& traits = made->traits;
    if (facts.functions != nullptr) {
        static_cast<class_functions&>(traits) = *facts.functions;
    }
    if (facts.is_bytes) {
        treat_as_bytes(traits);
    }
    traits.site = facts.site;
    traits.size = facts.size;
    traits.offset = facts.offset;
    traits.in_place = facts.in_place;
    traits.is_abstract = facts.is_abstract;
    traits.is_polymorphic = facts.is_polymorphic;
    traits.deallocate = facts.deallocate;
    made->name = name;
    const scope_of_class where = look_at_scope(*store, scope, name, "il::class_");
    made->shown = where.shown;
    made->module = Py_XNewRef(where.module);
    made->scope = Py_XNewRef(scope.python);
    made->outer = scope.outer == nullptr ? nullptr : *scope.outer;
    made->body = where.body;
    // What was never bound has no name yet.
    const counted<class_building> other =
        traits.site->shown.load(std::memory_order_acquire) == nullptr
            ? nullptr
            : find_pending(*store, store->pending, [&](const class_building& one) {
                  return one.is_described_here(*traits.site) && one.body == made->body;
              });
    if (other != nullptr) {
        throw_logic_error({"the C++ class ", name_of_site(*traits.site), " is bound twice, as ",
                           other->shown, " and as ", made->shown});
    }
    name_site(*traits.site, made->shown);
    const class_store::lock lock(*store);
    store->pending.push_back(made);
    store->hook(body_part::classes, hooks_of_classes);
    return made;
}

class_handle::class_handle(const class_scope& scope, const char* name, const class_facts& facts)
    : building_(begin_class(scope, name, facts)), uncaught_(std::uncaught_exceptions()) {}

class_handle::~class_handle() noexcept(false) {
    if (building_ == nullptr) {
        return;
    }
    if (std::uncaught_exceptions() == uncaught_) {
        end_of_class_handle(*building_);
    } else if (building_->body == 0 && attached_state() != nullptr) {
        // What an exception cut short outside of a module's body, which forgets all of its own, is never made.
        if (class_store* store = store_of_classes()) {
            forget_pending(*store, store->pending,
                           [&](const class_building& one) { return &one == building_.get(); });
        }
    }
}

void set_class_doc(class_building& of, const char* text) {
    if (text != nullptr) {
        of.doc = text;
    }
}

void set_class_option(class_building& of, class_option option) {
    of.options |= 1U << static_cast<unsigned>(option);
}

void set_metaclass(class_building& of, PyObject* type) {
    if (type == nullptr || PyType_Check(type) == 0) {
        throw cast_error("interlock: il::metaclass: a class is expected");
    }
    of.metatype = Py_NewRef(type);
}

void set_extended(class_building& of, PyObject* type) {
    if (type == nullptr || PyType_Check(type) == 0) {
        throw cast_error("interlock: il::extends: a class is expected");
    }
    of.extended = Py_NewRef(type);
    set_class_option(of, class_option::outside);
}

void add_slots(class_building& of, const PyType_Slot* slots, std::size_t count) {
    of.slots.insert(of.slots.end(), slots, slots + count);
}

void add_base(class_building& of, class_site& base, void* (*upcast)(void*), bool moves) {
    of.bases.push_back({&base, nullptr, upcast, moves});
    if (of.bases.size() < 2) {
        return;
    }
    // Python lets a class have two bases only if one of them adds nothing to an object's layout: values lie outside then.
    set_class_option(of, class_option::outside);
    class_store* store = store_of_classes();
    for (const class_base& each : of.bases) {
        const counted<class_building> pending =
            find_pending(*store, store->pending, [&](const class_building& one) {
                return one.is_described_here(*each.site) && one.type == nullptr;
            });
        if (pending != nullptr) {
            set_class_option(*pending, class_option::outside);
        }
    }
}

void set_traverse(class_building& of, int (*traverse)(void*, visitproc, void*),
                  void (*clear)(void*)) {
    if (of.sees_all_members) {
        return;
    }
    for (const class_member& known : of.members) {
        if (known.traverse == traverse) {
            return;  // the same member, bound twice
        }
    }
    of.members.push_back({traverse, clear});
}

void set_traverse_of_all(class_building& of, int (*traverse)(void*, visitproc, void*),
                         void (*clear)(void*)) {
    of.members.assign(1, {traverse, clear});
    of.sees_all_members = true;
}

// ---- definitions -----------------------------------------------------------------------------------------------------------

namespace {

// A default of a method of a class that is outside of modules of ours.
void keep_in_store(const kept_default_value& value) {
    class_store* store = store_of_classes();
    if (store == nullptr) {
        throw std::bad_alloc();
    }
    const class_store::lock lock(*store);
    store->defaults.push_back(value);
    Py_INCREF(value.value);
}

}  // namespace

void define_method(class_building& of, method_kind kind, function_description& d) {
    require_open(of);
    d.owner = of.shown.c_str();
    d.self = kind == method_kind::static_method  ? nullptr
             : kind == method_kind::class_method ? "$type"
                                                 : "$self";
    module_state* state = of.module == nullptr ? nullptr : state_of_module(of.module);
    function_record* record = d.has_state ? nullptr : shared_record(d, of.body);
    object self(adopt_t{}, nullptr);
    if (record == nullptr) {
        record = make_record(d);
        // It has to belong to something: to the object that a function without an instance is called with, or to nobody but the
        // process. Classes that are bound anew in other interpreters reuse the shared ones.
        if (kind == method_kind::static_method) {
            self = object(
                adopt_t{},
                make_record_object(state, of.module != nullptr ? of.module : of.scope, record));
        }
    }
    keep_python_defaults(state, *record, self.ptr(), d, &keep_in_store);
    const bool direct = self.ptr() == nullptr && record->site->first.load() == record;
    for (class_definition& known : of.definitions) {
        if (known.name == d.name) {
            if (known.by_default) {
                for (const collected_function& one : known.all.functions) {
                    Py_XDECREF(one.self);
                }
                known.all.functions.clear();
                known.by_default = false;
                known.kind = kind;
            }
            if ((known.kind == method_kind::static_method) !=
                (kind == method_kind::static_method)) {
                throw_logic_error(
                    {of.shown, ".", known.name, " is defined as a method and as a static one"});
            }
            known.all.functions.push_back({record, self.ptr(), direct});
            static_cast<void>(self.release());
            return;
        }
    }
    const bool makes = std::string_view(d.name) == "__new__";
    for (const class_definition& known : of.definitions) {
        if ((makes && known.kind == method_kind::init) ||
            (kind == method_kind::init && known.name == "__new__")) {
            throw_logic_error({of.shown,
                               " has il::init and il::new_: calling the class either constructs "
                               "an object or gives what il::new_ makes"});
        }
    }
    of.definitions.push_back({d.name, {}, kind});
    of.definitions.back().all.functions.push_back({record, self.ptr(), direct});
    static_cast<void>(self.release());
}

void join_methods(class_building& of, const char* name, const joint_function& joint) {
    for (class_definition& known : of.definitions) {
        if (known.name == name) {
            known.all.join(joint);
            return;
        }
    }
}

namespace {

void define_plain(class_building& of, method_kind kind, const char* name, void (*function)(),
                  function_site& site, std::size_t parameters, const hint* const* hints,
                  const char* doc, const constructor_record* constructor) {
    function_description d;
    d.constructor = constructor;
    d.name = name;
    d.function = reinterpret_cast<PyCFunction>(function);
    d.flags = parameters == 1                                  ? METH_O
              : parameters == 0 && kind == method_kind::method ? METH_NOARGS
                                                               : METH_FASTCALL;
    const auto n = static_cast<unsigned short>(parameters);
    d.shape = {n, n, n, false, false};
    d.site = &site;
    d.hints = hints;
    d.doc = doc;
    define_method(of, kind, d);
}

void define_by_letters(class_building& of, method_kind kind, const char* name, void (*function)(),
                       function_site& site, const char* letters, const char* doc,
                       const constructor_record* constructor) {
    std::vector<const hint*> hints;
    const std::size_t n = std::strlen(letters);
    hints.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        hints.push_back(hint_of_letter(letters[i]));
    }
    define_plain(of, kind, name, function, site, n - 1, hints.data(), doc, constructor);
}

}  // namespace

void define_plain_method(class_building& of, method_kind kind, const char* name, void (*function)(),
                         function_site& site, std::size_t parameters, const hint* const* hints,
                         const char* doc) {
    define_plain(of, kind, name, function, site, parameters, hints, doc, nullptr);
}

void define_plain_method(class_building& of, method_kind kind, const char* name, void (*function)(),
                         function_site& site, const char* letters, const char* doc) {
    define_by_letters(of, kind, name, function, site, letters, doc, nullptr);
}

void define_plain_init(class_building& of, vectorcallfunc call, function_site& site,
                       const char* letters, void (*make)(void* place, unsigned char* places),
                       const char* doc) {
    const constructor_record constructor{of.traits.site,    letters,        make,
                                         of.traits.dispose, of.traits.size, of.traits.offset};
    define_by_letters(of, method_kind::init, "__init__",
                      reinterpret_cast<void (*)()>(&initialize_plainly), site, letters, doc,
                      &constructor);
    set_vectorcall(of, call);
}

void set_vectorcall(class_building& of, vectorcallfunc function) { of.vectorcall = function; }

namespace {

void add_property(class_building& of, const char* name, getter get, setter set,
                  const property_record& record, const hint* type, const char* doc,
                  bool is_static) {
    auto made = std::make_unique<class_property>();
    made->record = record;
    require_open(of);
    if (set != nullptr && of.has(class_option::frozen)) {
        throw_logic_error({of.shown, ".", name, " has a setter, and the class is il::frozen"});
    }
    made->name = name;
    made->shown = concatenated({of.shown, ".", name});
    made->type = type;
    made->doc = doc == nullptr ? "" : doc;
    made->record.name = made->shown.c_str();
    made->is_static = is_static;
    made->definition = {made->name.c_str(), get, set, nullptr, &made->record};
    of.properties.push_back(std::move(made));
}

}  // namespace

void define_property(class_building& of, const char* name, getter get, setter set,
                     const property_record& record, const hint* type, const char* doc) {
    add_property(of, name, get, set, record, type, doc, false);
}

void define_static_property(class_building& of, const char* name, getter get, setter set,
                            const property_record& record, const hint* type, const char* doc) {
    add_property(of, name, get, set, record, type, doc, true);
}

int refuse_delete(const property_record& record) noexcept {
    PyErr_Format(PyExc_AttributeError, "%s cannot be deleted", record.name);
    return -1;
}

int refuse_value(const property_record& record, const loading& why) noexcept {
    why.set_error(record.name);
    return -1;
}

void add_class_attribute(class_building& of, const char* name, PyObject* value) {
    require_open(of);
    of.attributes.emplace_back(name, Py_NewRef(value));
}

PyObject* refuse_names_in_call(const class_site& site, PyObject* names) noexcept {
    PyErr_Format(PyExc_TypeError, "%s(): no argument can be given by keyword, and '%U' is",
                 site.shown.load(), PyTuple_GET_ITEM(names, 0));
    return nullptr;
}

void add_implicit_conversion(const class_site& to, bool (*accepts)(PyObject*) noexcept) {
    require_attached("il::implicitly_convertible");
    class_store* store = store_of_classes();
    if (store == nullptr) {
        throw std::bad_alloc();
    }
    const class_store::lock lock(*store);
    store->implicit.add(to, accepts);
}

// ---- the end of a body -------------------------------------------------------------------------------------------------------

PyObject* type_of_class(class_building& of) {
    require_attached("il::class_");
    if (of.type != nullptr) {
        return of.type;
    }
    if (of.under_way) {
        throw_logic_error({"the type ", of.shown, " needs itself while it is made"});
    }
    class_store* store = store_of_classes();
    if (store == nullptr) {
        throw std::bad_alloc();
    }
    return make_type(*store, of);
}

void end_of_class_handle(class_building& of) {
    if (of.body == 0 && of.type == nullptr && !of.under_way && attached_state() != nullptr) {
        type_of_class(of);
    }
}

namespace {

void finish_classes(std::uint64_t building_id) {
    class_store* store = store_of_classes();
    if (store == nullptr) {
        return;
    }
    // Making one may make others.
    for (;;) {
        const counted<class_building> building =
            find_pending(*store, store->pending,
                         [&](const class_building& one) { return one.body == building_id; });
        if (building == nullptr) {
            return;
        }
        make_type(*store, *building);
    }
}

void forget_classes(std::uint64_t building_id) noexcept {
    if (class_store* store = store_of_classes()) {
        forget_pending(*store, store->pending,
                       [&](const class_building& one) { return one.body == building_id; });
    }
}

}  // namespace

}  // namespace detail
INTERLOCK_END
