// The records of bound functions: how they are made, shared and freed, and the objects that carry those with a state of their own.
//
// A record that stands in its function's site lives as long as the process, is made once, and serves every interpreter whose
// module body says the same (invariant 8: nothing in it is a Python object). Whatever differs, has state, or binds the same
// callable a second time gets a record of its own, which belongs to an object of that interpreter.
#include "function_records.hpp"
#include "hints.hpp"
#include "python_call.hpp"

#include <cstdlib>
#include <cstring>

INTERLOCK_BEGIN
namespace detail {

using namespace std::string_view_literals;

namespace {

std::atomic<unsigned> default_numbers{1};

}  // namespace

namespace {

// Texts and arrays of a record, in one piece of memory.
class arena {
public:
    explicit arena(std::size_t size)
        : memory_(static_cast<char*>(std::calloc(1, size))), at_(memory_) {
        if (memory_ == nullptr) {
            throw std::bad_alloc();
        }
    }
    char* memory() const noexcept { return memory_; }
    template <class T>
    T* array(std::size_t n) noexcept {
        char* place = at_;
        at_ += n * sizeof(T);
        return reinterpret_cast<T*>(place);
    }
    const char* text(std::string_view value) noexcept {
        char* place = at_;
        std::memcpy(place, value.data(), value.size());
        place[value.size()] = '\0';
        at_ += value.size() + 1;
        return place;
    }

private:
    char* memory_;
    char* at_;
};

std::string text_of(PyObject* value) {
    const object text(adopt_t{}, check_new(run_python([value] { return PyObject_Repr(value); })));
    return text.as<std::string>();
}

}  // namespace

namespace {

// The whole docstring: the form for inspect.signature, the mark that ends it, the readable form, the text.
struct documentation {
    explicit documentation(const function_description& d) {
        std::vector<std::string> shown(d.names != nullptr ? d.shape.parameters : 0);
        for (std::size_t i = 0; d.names != nullptr && i < shown.size(); ++i) {
            if (d.names[i].value != nullptr) {
                shown[i] = text_of(d.names[i].value);
            }
        }
        if (append_text_signature(written, d, shown)) {
            written.add("\n--\n\n"sv);
        }
        begin = written.size();
        if (d.signature != nullptr) {
            written.add(d.signature);
        } else {
            append_typed_signature(written, d, shown);
        }
        end = written.size();
        if (d.doc != nullptr && *d.doc != '\0') {
            written.add("\n\n"sv);
            written.add(d.doc);
        }
        if (d.deprecated != nullptr) {
            written.add("\n\nDeprecated: "sv);
            written.add(d.deprecated);
        }
    }
    std::string_view text() const noexcept { return written.text(); }
    std::string_view signature() const noexcept { return text().substr(begin, end - begin); }
    // Nothing follows the signature.
    bool ends_with_signature() const noexcept { return end == written.size(); }
    text_builder written;
    std::size_t begin;
    std::size_t end;
};

}  // namespace

function_record* make_record(function_description& d) {
    const unsigned n = d.shape.parameters;
    const documentation doc(d);
    const std::size_t shown_size =
        std::strlen(d.name) + (d.owner == nullptr ? 0 : std::strlen(d.owner) + 1);
    std::size_t texts = std::strlen(d.name) + 1 + shown_size + 1 + doc.signature().size() + 1 +
                        doc.text().size() + 1 +
                        (d.deprecated != nullptr ? std::strlen(d.deprecated) + 1 : 0);
    for (unsigned i = 0; d.names != nullptr && i < n; ++i) {
        texts += std::strlen(d.names[i].name) + 1;
    }
    arena memory(sizeof(function_record) + (n + (d.shape.args_typed ? 1 : 0)) * sizeof(parameter) +
                 n * sizeof(std::atomic<PyObject*>) +
                 (d.constructor != nullptr ? sizeof(constructor_record) : 0) + texts);
    auto* record = ::new (static_cast<void*>(memory.array<function_record>(1))) function_record{};
    record->memory = memory.memory();
    auto* parameters = memory.array<parameter>(n + (d.shape.args_typed ? 1U : 0U));
    record->parameters = parameters;
    record->interned = memory.array<std::atomic<PyObject*>>(n);
    for (unsigned i = 0; i < n; ++i) {
        ::new (static_cast<void*>(record->interned + i)) std::atomic<PyObject*>(nullptr);
    }
    if (d.constructor != nullptr) {
        record->constructor = ::new (static_cast<void*>(memory.array<constructor_record>(1)))
            constructor_record(*d.constructor);
    }
    record->shape = d.shape;
    record->site = d.site;
    record->where = d.where;
    if (d.shape.args_typed) {
        ::new (static_cast<void*>(parameters + n))
            parameter{nullptr, d.hints[n + 1], false, false, true};
    }
    for (unsigned i = 0; i < n; ++i) {
        auto* p = ::new (static_cast<void*>(parameters + i)) parameter{};
        p->type = d.hints[i];
        p->accepts_none = true;
        if (d.names != nullptr) {
            p->name = memory.text(d.names[i].name);
            p->accepts_none = d.names[i].accepts_none;
            if (!p->accepts_none) {
                p->type = &without_none(*p->type);
            }
            p->has_default = d.names[i].value != nullptr;
            p->python_default = p->has_default && d.names[i].is_python;
        }
    }
    const char* name = memory.text(d.name);
    record->shown = d.owner == nullptr ? name : memory.text(std::string(d.owner) + "." + d.name);
    record->deprecated = d.deprecated != nullptr ? memory.text(d.deprecated) : nullptr;
    record->definition[0] = {name, d.function, d.flags, memory.text(doc.text())};
    record->signature = doc.ends_with_signature() ? record->definition[0].ml_doc + doc.begin
                                                  : memory.text(doc.signature());
    record->number = default_numbers.fetch_add(n, std::memory_order_relaxed);
    record->state = std::exchange(d.state, nullptr);
    record->defaults = std::exchange(d.defaults, nullptr);
    record->destroy = std::exchange(d.destroy, nullptr);
    return record;
}

void free_record(function_record* record) noexcept {
    if (record->destroy != nullptr) {
        record->destroy(record->state, record->defaults);
    }
    delete[] record->alternatives;
    std::free(record->memory);
}

namespace {

// ---- record objects --------------------------------------------------------------------------------------------------------

int traverse_record_object(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(part_of_record_object(self).module);
    Py_VISIT(part_of_record_object(self).held);
    return INTERLOCK_TYPE_SLOT(&PyModule_Type, tp_traverse, traverseproc)(self, visit, arg);
}

int clear_record_object(PyObject* self) {
    // The record and the module stay: the function may be called until it dies.
    return INTERLOCK_TYPE_SLOT(&PyModule_Type, tp_clear, inquiry)(self);
}

void free_record_object(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    record_part part = part_of_record_object(self);
    INTERLOCK_TYPE_SLOT(&PyModule_Type, tp_dealloc, destructor)(self);
    Py_XDECREF(part.module);
    Py_XDECREF(part.held);
    if (part.record != nullptr) {
        for (unsigned i = 0; i < part.record->shape.parameters; ++i) {
            Py_XDECREF(part.record->interned[i].load(std::memory_order_relaxed));
        }
        free_record(part.record);
    }
    Py_DECREF(type);
}

}  // namespace

bool is_record_object(PyObject* object) noexcept {
    return INTERLOCK_TYPE_SLOT(Py_TYPE(object), tp_dealloc, destructor) == &free_record_object;
}

namespace {

PyObject* make_record_type() {
#if INTERLOCK_LIMITED_API
    if (record_offset == 0) {
        record_offset = static_cast<std::size_t>(type_basic_size(&PyModule_Type));
    }
#endif
    PyType_Slot slots[] = {
        {Py_tp_dealloc, reinterpret_cast<void*>(&free_record_object)},
        {Py_tp_traverse, reinterpret_cast<void*>(&traverse_record_object)},
        {Py_tp_clear, reinterpret_cast<void*>(&clear_record_object)},
        {Py_tp_doc,
         const_cast<char*>("What a function that was bound with a state of its own belongs to.")},
        {0, nullptr},
    };
    PyType_Spec spec = {
        "interlock.bound_function",
        static_cast<int>(record_offset + sizeof(record_part)),
        0,
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
        slots,
    };
    return check_new(PyType_FromSpecWithBases(&spec, reinterpret_cast<PyObject*>(&PyModule_Type)));
}

}  // namespace

PyObject* make_record_object(module_state* state, PyObject* module, function_record* record) {
    struct owner {
        function_record* record;
        ~owner() {
            if (record != nullptr) {
                free_record(record);
            }
        }
    } owned{record};
    object type(adopt_t{}, nullptr);
    if (state != nullptr && state->record_type != nullptr) {
        type = object(adopt_t{}, Py_NewRef(state->record_type));
    } else {
        type = object(adopt_t{}, make_record_type());
        if (state != nullptr && state->record_type == nullptr) {
            state->record_type = Py_NewRef(type.ptr());
        }
    }
    const object name = module_name(module);
    PyObject* made =
        check_new(run_python([&] { return PyObject_CallOneArg(type.ptr(), name.ptr()); }));
    record_part& part = part_of_record_object(made);
    part.record = std::exchange(owned.record, nullptr);
    part.record->has_object = true;
    part.module = Py_NewRef(module);
    part.held = nullptr;
    return made;
}

namespace {

// Whether a record that stands in its site says what this definition says.
bool says_the_same(const function_record& record, const function_description& d) {
    // Default values of C++ cannot be compared; those of Python are each interpreter's own, and read as they are shown.
    if (d.defaults != nullptr || record.defaults != nullptr) {
        return false;
    }
    for (unsigned i = 0; i < d.shape.parameters && d.names != nullptr; ++i) {
        if (record.parameters[i].accepts_none != d.names[i].accepts_none) {
            return false;
        }
    }
    // Everything else that can differ between two bindings of one callable with the same options stands in the docstring.
    return record.definition[0].ml_doc == documentation(d).text();
}

}  // namespace

function_record* shared_record(function_description& d, std::uint64_t building_id) {
    function_record* first = d.site->first.load(std::memory_order_acquire);
    if (first == nullptr) {
        function_record* made = make_record(d);
        made->building.store(building_id, std::memory_order_relaxed);
        if (d.site->first.compare_exchange_strong(first, made, std::memory_order_acq_rel)) {
            return made;
        }
        // Another interpreter was faster.
        d.state = std::exchange(made->state, nullptr);
        d.defaults = std::exchange(made->defaults, nullptr);
        d.destroy = std::exchange(made->destroy, nullptr);
        free_record(made);
    }
    if (!says_the_same(*first, d) ||
        first->building.exchange(building_id, std::memory_order_relaxed) == building_id) {
        return nullptr;
    }
    return first;
}

namespace {

alternative describe_alternative(function_record& record) {
    const PyMethodDef& definition = record.definition[0];
    alternative one{};
    one.record = &record;
    one.function = reinterpret_cast<void (*)()>(definition.ml_meth);
    one.how = record.constructor != nullptr ? alternative::convention::plain_constructor
              : (definition.ml_flags & METH_KEYWORDS) != 0 ? alternative::convention::names
              : definition.ml_flags == METH_NOARGS         ? alternative::convention::none
              : definition.ml_flags == METH_O              ? alternative::convention::one
                                                           : alternative::convention::array;
    one.most = record.shape.takes_args ? 0xFFFF : record.shape.positional;
    const hint* type = record.shape.parameters > 0 ? record.parameters[0].type : nullptr;
    one.first = type == &hint_int     ? first_is_int
                : type == &hint_float ? first_is_float
                : type == &hint_str   ? first_is_str
                : type == &hint_bool  ? first_is_bool
                                      : first_is_anything;
    return one;
}

}  // namespace

function_record* make_overloaded_record(const std::string& name, const std::string& doc,
                                        const collected_name& all) {
    arena memory(sizeof(function_record) + name.size() + doc.size() + 2);
    auto* record = ::new (static_cast<void*>(memory.array<function_record>(1))) function_record{};
    record->memory = memory.memory();
    record->definition[0] = {memory.text(name),
                             reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&dispatch)),
                             METH_FASTCALL | METH_KEYWORDS, nullptr};
    record->definition[0].ml_doc = memory.text(doc);
    record->shown = record->definition[0].ml_name;
    record->signature = record->definition[0].ml_name;
    record->alternatives = new alternative[all.functions.size()];
    for (const collected_function& one : all.functions) {
        record->alternatives[record->alternative_count++] = describe_alternative(*one.record);
    }
    return record;
}

bool take_joint_function(function_record& record, const collected_name& all,
                         bool of_methods) noexcept {
    const joint_function& joint = all.joint;
    // One that takes a single argument says itself how many others were given.
    if (joint.function == nullptr ||
        (joint.flags == METH_O && all.functions.size() != joint.count)) {
        return false;
    }
    function_record* none = nullptr;
    if (of_methods &&
        !joint.site->first.compare_exchange_strong(none, &record, std::memory_order_relaxed)) {
        return false;
    }
    record.definition[0].ml_meth = reinterpret_cast<PyCFunction>(joint.function);
    record.definition[0].ml_flags = joint.flags;
    return true;
}

}  // namespace detail
INTERLOCK_END
