// Modules: initialization in two phases, and what becomes of the definitions in their bodies.
#include "class_records.hpp"
#include "function_records.hpp"
#include "python_call.hpp"

#include <cstring>

INTERLOCK_BEGIN
namespace detail {

namespace {

std::atomic<std::uint64_t> buildings{0};

// ---- module state ----------------------------------------------------------------------------------------------------------

module_state*& state_place(PyObject* module) noexcept {
    return *static_cast<module_state**>(PyModule_GetState(module));
}

int traverse_module(PyObject* module, visitproc visit, void* arg) {
    auto** place = static_cast<module_state**>(PyModule_GetState(module));
    if (place == nullptr || *place == nullptr) {
        return 0;
    }
    Py_VISIT((*place)->record_type);
    for (const kept_default_value& kept : (*place)->defaults) {
        Py_VISIT(kept.value);
    }
    return 0;
}

int clear_module(PyObject* module) {
    auto** place = static_cast<module_state**>(PyModule_GetState(module));
    if (place == nullptr || *place == nullptr) {
        return 0;
    }
    module_state& state = **place;
    Py_CLEAR(state.record_type);
    const std::vector<kept_default_value> defaults = std::move(state.defaults);
    state.defaults.clear();
    for (const kept_default_value& kept : defaults) {
        Py_DECREF(kept.value);
    }
    return 0;
}

// The module's functions are gone: each of them held it.
void free_module(void* module) {
    clear_module(static_cast<PyObject*>(module));
    auto** place = static_cast<module_state**>(PyModule_GetState(static_cast<PyObject*>(module)));
    if (place == nullptr || *place == nullptr) {
        return;
    }
    module_state* state = std::exchange(*place, nullptr);
    for (const auto& [where, name] : state->names) {
        // First the address, then the string: see remember_name.
        where->store(nullptr, std::memory_order_relaxed);
        Py_DECREF(name);
    }
    delete state;
}

module_definition submodule_definition = describe_module("submodule", nullptr);

}  // namespace

void module_state::keep_name(std::atomic<PyObject*>& place, PyObject* name) {
    // Memory first: nothing may be allocated under this lock.
    std::vector<std::pair<std::atomic<PyObject*>*, PyObject*>> room;
    for (;;) {
        names_lock.lock();
        if (names.size() < names.capacity()) {
            PyObject* expected = nullptr;
            if (place.compare_exchange_strong(expected, name, std::memory_order_relaxed)) {
                names.emplace_back(&place, Py_NewRef(name));
            }
            names_lock.unlock();
            return;
        }
        const std::size_t size = names.capacity();
        if (room.capacity() > size) {
            room.assign(names.begin(), names.end());
            names.swap(room);
            names_lock.unlock();
            continue;
        }
        names_lock.unlock();
        room.clear();
        room.reserve(size * 2 + 8);
    }
}

module_state* state_of_module(PyObject* module) noexcept {
    const PyModuleDef* definition = definition_of_module(module);
    return definition != nullptr && find_definition(definition) != nullptr ? state_place(module)
                                                                           : nullptr;
}

const hint* hint_of_letter(char letter) noexcept {
    switch (letter) {
        case 'f':
        case 'g':
            return &hint_float;
        case 'u':
            return &hint_str;
        case 'b':
            return &hint_bool;
        case 'n':
            return &hint_nothing;
        default:
            return &hint_int;
    }
}

// ---- definitions -----------------------------------------------------------------------------------------------------------

namespace {

#if !defined(Py_GIL_DISABLED)
// As PyModule_AddFunctions, which sets attributes: each time it asks module's type, and all that it derives from, whether they
// have one of that name.
void install_directly(PyObject* module, PyObject* owner, PyMethodDef* definition, PyObject* self) {
    const object name(adopt_t{}, check_new(PyUnicode_InternFromString(definition->ml_name)));
    const object function(adopt_t{}, check_new(PyCFunction_NewEx(definition, self, owner)));
    check_status(PyDict_SetItem(PyModule_GetDict(module), name.ptr(), function.ptr()));
}
#endif

// Adds the function that the definition describes: with the module as its self, or with the record's object. owner: the module's
// name.
void install(PyObject* module, [[maybe_unused]] PyObject* owner, function_record* record,
             PyObject* self) {
#if !defined(Py_GIL_DISABLED)
    if (PyModule_CheckExact(module)) {
        install_directly(module, owner, record->definition, self == nullptr ? module : self);
        return;
    }
#endif
    if (self == nullptr) {
        check_status(PyModule_AddFunctions(module, record->definition));
        return;
    }
    // PyModule_AddFunctions knows how a function is to be made (on free-threaded builds, so that its count is not contended).
    check_status(PyModule_AddFunctions(self, record->definition));
    PyObject* found =
        check_new(PyDict_GetItemString(PyModule_GetDict(self), record->definition[0].ml_name));
    check_status(PyModule_AddObjectRef(module, record->definition[0].ml_name, found));
}

}  // namespace

std::string documentation_of_overloads(const std::string& name, const char* self,
                                       const collected_name& all) {
    // A method that is alone is called like overloads where its callable has state, and has one signature.
    if (all.functions.size() == 1) {
        return all.functions[0].record->definition[0].ml_doc;
    }
    std::string doc;
    if (is_ascii(name)) {
        doc = name + "(" + (self == nullptr ? "" : self) +
              (self == nullptr ? "*args, **kwargs)\n--\n\n" : ", *args, **kwargs)\n--\n\n");
    }
    for (const collected_function& one : all.functions) {
        const std::string_view whole = one.record->definition[0].ml_doc;
        const std::size_t begin = whole.find("\n--\n\n");
        doc += begin == std::string_view::npos ? whole : whole.substr(begin + 5);
        doc += "\n\n";
    }
    doc.resize(doc.size() - 2);
    return doc;
}

namespace {

void install_overloads(PyObject* module, module_state& state, const std::string& name,
                       const collected_name& all) {
    const std::string doc = documentation_of_overloads(name, "$module", all);
    function_record* record = make_overloaded_record(name, doc, all);
    const object self(adopt_t{}, make_record_object(&state, module, record));
    take_joint_function(*record, all, false);
    PyObject* held = check_new(PyTuple_New(static_cast<Py_ssize_t>(all.functions.size())));
    for (std::size_t i = 0; i < all.functions.size(); ++i) {
        PyTuple_SET_ITEM(
            held, static_cast<Py_ssize_t>(i),
            Py_NewRef(all.functions[i].self != nullptr ? all.functions[i].self : Py_None));
    }
    part_of_record_object(self.ptr()).held = held;
    install(module, module_name(module).ptr(), record, self.ptr());
}

}  // namespace

void keep_python_defaults(module_state* state, const function_record& record, PyObject* self,
                          const function_description& d,
                          void (*keep_elsewhere)(const kept_default_value&)) {
    if (d.names == nullptr) {
        return;
    }
    PyObject* held = nullptr;
    for (unsigned i = 0; i < d.shape.parameters; ++i) {
        if (!record.parameters[i].python_default) {
            continue;
        }
        const kept_default_value value{record.number + i, d.names[i].value};
        if (state != nullptr) {
            state->defaults.push_back(value);
            Py_INCREF(value.value);
            continue;
        }
        if (self == nullptr) {
            // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): without a self there is one
            keep_elsewhere(value);
            continue;
        }
        if (held == nullptr) {
            held = check_new(PyTuple_New(d.shape.parameters));
            part_of_record_object(self).held = held;
        }
        PyTuple_SET_ITEM(held, i, Py_NewRef(d.names[i].value));
    }
}

void define_plain(PyObject* module, const char* name, void (*function)(), function_site& site,
                  std::size_t parameters, const hint* const* hints, const char* doc) {
    function_description d;
    d.name = name;
    d.function = reinterpret_cast<PyCFunction>(function);
    d.flags = parameters == 1 ? METH_O : METH_FASTCALL;
    const auto n = static_cast<unsigned short>(parameters);
    d.shape = {n, n, n, false, false};
    d.site = &site;
    d.hints = hints;
    d.doc = doc;
    define_function(module, d);
}

void define_plain(PyObject* module, const char* name, void (*function)(), function_site& site,
                  const char* letters, const char* doc) {
    const hint* few[16];
    std::vector<const hint*> many;
    const std::size_t n = std::strlen(letters);
    const hint** hints = few;
    if (n > 16) {
        many.resize(n);
        hints = many.data();
    }
    for (std::size_t i = 0; i < n; ++i) {
        hints[i] = hint_of_letter(letters[i]);
    }
    define_plain(module, name, function, site, n - 1, hints, doc);
}

namespace {

void install_all(building& body) {
    module_state& state = *state_of_module(body.module);
    const object owner = module_name(body.module);
    for (const auto& [name, collected] : body.names) {
        if (collected.functions.size() == 1) {
            install(body.module, owner.ptr(), collected.functions[0].record,
                    collected.functions[0].self);
        } else {
            install_overloads(body.module, state, name, collected);
        }
    }
}

}  // namespace

void define_function(PyObject* module, function_description& d) {
    require_attached("il::module::def");
    if (module == nullptr) {
        throw_empty_handle("il::module::def");
    }
    const object_lock lock(module);
    module_state* state = state_of_module(module);
    building* body = state == nullptr ? nullptr : state->under_way;
    function_record* record = nullptr;
    if (body != nullptr && !d.has_state) {
        record = shared_record(d, body->id);
    }
    object self(adopt_t{}, nullptr);
    if (record == nullptr) {
        record = make_record(d);
        self = object(adopt_t{}, make_record_object(state, module, record));
    }
    keep_python_defaults(state, *record, self.ptr(), d);
    if (body == nullptr) {
        install(module, module_name(module).ptr(), record, self.ptr());
        return;
    }
    body->finish = &install_all;
    body->names[record->definition[0].ml_name].functions.push_back({record, self.ptr()});
    static_cast<void>(self.release());
}

void require_module_body(PyObject* module) {
    require_attached("il::module::def");
    if (module == nullptr) {
        throw_empty_handle("il::module::def");
    }
    const object_lock lock(module);
    const module_state* state = state_of_module(module);
    if (state == nullptr || state->under_way == nullptr) {
        throw std::logic_error(
            "interlock: il::module::def: several callables under one name are overloads, which are "
            "made when the body of INTERLOCK_MODULE ends: this module has none that is running");
    }
}

void join_functions(PyObject* module, const char* name, const joint_function& joint) {
    const object_lock lock(module);
    state_of_module(module)->under_way->names[name].join(joint);
}

namespace {

// For each part of a module's body that this interpreter has; none as long as there is neither class nor enumeration.
template <class Call>
void for_each_hook(const Call& call) {
    const interpreter_record* record = record_here();
    const class_store* store =
        record == nullptr ? nullptr : record->classes.load(std::memory_order_acquire);
    if (store == nullptr) {
        return;
    }
    for (const std::atomic<const body_hooks*>& one : store->hooks) {
        if (const body_hooks* hooks = one.load(std::memory_order_relaxed)) {
            call(*hooks);
        }
    }
}

// A module body under way, with those of its submodules.
struct body_scope {
    explicit body_scope(PyObject* module) { begin(module, buildings.fetch_add(1) + 1); }
    ~body_scope() {
        for (const std::unique_ptr<building>& body : all) {
            if (module_state* state = state_of_module(body->module)) {
                state->under_way = nullptr;
            }
            for (const auto& [name, collected] : body->names) {
                for (const collected_function& one : collected.functions) {
                    Py_XDECREF(one.self);
                }
            }
            Py_DECREF(body->module);
        }
    }
    body_scope(const body_scope&) = delete;
    body_scope& operator=(const body_scope&) = delete;

    void begin(PyObject* module, std::uint64_t id) {
        auto body = std::make_unique<building>();
        body->id = id;
        body->module = Py_NewRef(module);
        body->submodules = &all;
        all.push_back(std::move(body));
        state_of_module(module)->under_way = all.back().get();
    }
    std::vector<std::unique_ptr<building>> all;
};

void forget_submodules(const body_scope& scope) noexcept {
    const keep_error kept;
    PyObject* modules = PyImport_GetModuleDict();
    for (std::size_t i = 1; i < scope.all.size(); ++i) {
        PyObject* name = PyModule_GetNameObject(scope.all[i]->module);
        if (name == nullptr || PyDict_DelItem(modules, name) != 0) {
            PyErr_Clear();
        }
        Py_XDECREF(name);
    }
}

// Turns the error that is set into an ImportError with that as its cause; what ends a program stays what it is.
void set_import_error(PyObject* module) noexcept {
    if (PyErr_ExceptionMatches(PyExc_ImportError) != 0 ||
        PyErr_ExceptionMatches(PyExc_Exception) == 0) {
        return;
    }
    PyObject* cause = take_error();
    PyObject* name = PyModule_GetNameObject(module);
    PyErr_Clear();
    PyObject* message =
        PyUnicode_FromFormat("the initialization of module '%V' failed: %S", name, "?", cause);
    PyErr_Clear();
    PyErr_SetImportError(message != nullptr ? message : Py_None, name, nullptr);
    PyObject* error = take_error();
    if (error != nullptr && cause != nullptr) {
        PyException_SetContext(error, Py_NewRef(cause));
        PyException_SetCause(error, cause);
    } else {
        Py_XDECREF(cause);
    }
    put_error(error);
    Py_XDECREF(message);
    Py_XDECREF(name);
}

// As execute_module, for a module that may have anything.
int execute_with_all(PyObject* object_of_module,
                     bool (*run)(interlock::module&) noexcept) noexcept {
    PyObject* error_of_body = nullptr;
    try {
        // The interpreter's record, and the gate that closes at its exit, are made here: threads that come later find them.
        static_cast<void>(current_interpreter());
        module_state*& place = state_place(object_of_module);
        if (place == nullptr) {
            place = new module_state;
        }
        body_scope scope(object_of_module);
        const std::uint64_t id = scope.all.front()->id;
        bool done = false;
        try {
            interlock::module handle(adopt_t{}, Py_NewRef(object_of_module));
            if (run(handle)) {
                for_each_hook([id](const body_hooks& hooks) { hooks.finish(id); });
                for (const std::unique_ptr<building>& one : scope.all) {
                    if (one->finish != nullptr) {
                        one->finish(*one);
                    }
                    check_status(add_all(one->module));
                }
                done = true;
            }
        } catch (const std::exception& error) {
            translate(error);
        } catch (...) {
            translate_unknown();
        }
        if (done) {
            return 0;
        }
        // Put back when all is gone that the body has made: whoever destroys something of it may call Python.
        error_of_body = take_error();
        for_each_hook([id](const body_hooks& hooks) noexcept { hooks.forget(id); });
        forget_submodules(scope);
    } catch (const std::exception& error) {
        translate(error);
    } catch (...) {
        translate_unknown();
    }
    if (error_of_body != nullptr) {
        put_error(error_of_body);
    }
    set_import_error(object_of_module);
    return -1;
}

constexpr module_parts parts{sizeof(module_state*), &traverse_module, &clear_module, &free_module,
                             &execute_with_all};
[[maybe_unused]] const bool is_told = (all_module_parts = &parts) != nullptr;

}  // namespace

bool body_threw(const std::exception& error) noexcept {
    translate(error);
    return false;
}
bool body_threw() noexcept {
    translate_unknown();
    return false;
}

void add_to_module(PyObject* module, const char* name, PyObject* value) {
    if (module == nullptr) {
        throw_empty_handle("il::module::add");
    }
    check_status(PyModule_AddObjectRef(module, name, value));
}

void set_module_doc(PyObject* module, const char* text) {
    require_attached("il::module::doc");
    if (module == nullptr) {
        throw_empty_handle("il::module::doc");
    }
    check_status(PyModule_SetDocString(module, text));
}

PyObject* add_submodule(PyObject* module, const char* name, const char* doc) {
    require_attached("il::module::submodule");
    if (module == nullptr) {
        throw_empty_handle("il::module::submodule");
    }
    module_state* state = state_of_module(module);
    describe_to_python(submodule_definition, nullptr);
    const object full_name(
        adopt_t{}, check_new(PyUnicode_FromFormat("%U.%s", module_name(module).ptr(), name)));
    const object machinery(  // what importlib.machinery has, without what that imports
        adopt_t{}, check_new(PyImport_ImportModule("_frozen_importlib")));
    const object spec(adopt_t{}, check_new(run_python([&] {
                          return PyObject_CallMethod(machinery.ptr(), "ModuleSpec", "OO",
                                                     full_name.ptr(), Py_None);
                      })));
    object made(adopt_t{},
                check_new(PyModule_FromDefAndSpec(&submodule_definition.definition, spec.ptr())));
    check_status(PyModule_ExecDef(made.ptr(), &submodule_definition.definition));
    state_place(made.ptr()) = new module_state;
    check_status(PyModule_AddObjectRef(made.ptr(), "__spec__", spec.ptr()));
    if (doc != nullptr) {
        check_status(PyModule_SetDocString(made.ptr(), doc));
    }
    check_status(PyObject_SetItem(PyImport_GetModuleDict(), full_name.ptr(), made.ptr()));
    if (state != nullptr && state->under_way != nullptr) {
        building& outer = *state->under_way;
        auto body = std::make_unique<building>();
        body->id = outer.id;
        body->module = Py_NewRef(made.ptr());
        body->submodules = outer.submodules;
        state_of_module(made.ptr())->under_way = body.get();
        outer.submodules->push_back(std::move(body));
    }
    check_status(PyModule_AddObjectRef(module, name, made.ptr()));
    return made.release();
}

}  // namespace detail
INTERLOCK_END
