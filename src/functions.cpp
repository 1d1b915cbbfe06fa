// What a generated C function leaves to the core: names and defaults, errors, overloads. See bind/record.hpp.
//
// Nothing here is on the way of a call whose arguments fit by position.
#include "class_records.hpp"
#include "decimal.hpp"
#include "python_call.hpp"

#include <cstdio>
#include <cstring>
#include <string>

#if INTERLOCK_LIMITED_API
// Opaque there; only the address of the one below is ever looked at.
struct _typeobject {};  // NOLINT(bugprone-reserved-identifier)
#endif

INTERLOCK_BEGIN
namespace detail {

PyTypeObject attempt_type{};
#if INTERLOCK_LIMITED_API
std::size_t record_offset = 0;
#else
const std::size_t record_offset = static_cast<std::size_t>(PyModule_Type.tp_basicsize);
#endif

namespace {

inline bool is_attempt(PyObject* self) noexcept { return Py_TYPE(self) == &attempt_type; }
inline attempt& attempt_of(PyObject* self) noexcept { return *reinterpret_cast<attempt*>(self); }

// 0xFFFF is their number. Further ones of *args than that all count as the same.
inline unsigned short index_of_attempt(unsigned index) noexcept {
    return static_cast<unsigned short>(index < 0xFFFE ? index : 0xFFFE);
}

// The first pass over overloads, which nobody reads about.
inline bool refuses_at_once(PyObject* self, unsigned index, bool is_of_type) noexcept {
    if (!is_attempt(self) || !attempt_of(self).exact || is_of_type) {
        return false;
    }
    attempt_of(self).refused = true;
    attempt_of(self).index = index_of_attempt(index);
    return true;
}

// Null for one that has none, as any of *args.
const char* name_of_parameter(const function_record& record, unsigned index) noexcept {
    return index < record.shape.parameters ? record.parameters[index].name : nullptr;
}

// As a caller counts them: any of *args stands behind those that are given by position, in front of those that are given by name alone.
unsigned number_of_argument(const function_record& record, unsigned index) noexcept {
    const call_shape& shape = record.shape;
    return (index < shape.parameters ? index : index - shape.parameters + shape.positional) + 1;
}

// "f(): argument 'x'", for messages.
void describe_argument(const function_record& record, unsigned index, char* to,
                       std::size_t room) noexcept {
    if (const char* name = name_of_parameter(record, index)) {
        std::snprintf(to, room, "%s(): argument '%s'", record.shown, name);
    } else {
        std::snprintf(to, room, "%s(): argument %u", record.shown,
                      number_of_argument(record, index));
    }
}

// Puts the signature under the message of the error that is set.
void add_signature(const function_record& record) noexcept {
    PyObject* error = take_error();
    PyObject* arguments = PyObject_GetAttrString(error, "args");
    PyObject* message =
        arguments != nullptr && PyTuple_Check(arguments) && PyTuple_GET_SIZE(arguments) == 1
            ? PyTuple_GET_ITEM(arguments, 0)
            : nullptr;
    if (message != nullptr && PyUnicode_Check(message)) {
        PyObject* longer = PyUnicode_FromFormat("%U\n  signature: %s", message, record.signature);
        PyObject* packed = longer == nullptr ? nullptr : PyTuple_Pack(1, longer);
        if (packed == nullptr || PyObject_SetAttrString(error, "args", packed) != 0) {
            PyErr_Clear();
        }
        Py_XDECREF(packed);
        Py_XDECREF(longer);
    }
    Py_XDECREF(arguments);
    PyErr_Clear();
    put_error(error);
}

}  // namespace

INTERLOCK_COLD std::string describe_parameter(const function_record& record, unsigned index) {
    std::string text = "argument ";
    if (const char* name = name_of_parameter(record, index)) {
        text += '\'';
        text += name;
        text += '\'';
    } else {
        text += decimal(number_of_argument(record, index));
    }
    return text;
}

namespace {

void set_count_error(const function_record& record, Py_ssize_t given) {
    const call_shape& shape = record.shape;
    unsigned required = 0;
    while (required < shape.positional && !record.parameters[required].has_default) {
        ++required;
    }
    if (static_cast<unsigned>(given) < required) {
        // Which ones are missing is more than how many.
        std::string missing;
        for (auto i = static_cast<unsigned>(given); i < required; ++i) {
            missing += missing.empty() ? "" : ", ";
            missing += describe_parameter(record, i);
        }
        PyErr_Format(PyExc_TypeError, "%s(): %s missing (%zd given)\n  signature: %s", record.shown,
                     missing.c_str(), given, record.signature);
        return;
    }
    PyErr_Format(PyExc_TypeError,
                 "%s(): takes %s%u positional argument%s, but %zd %s given\n  signature: %s",
                 record.shown, required < shape.positional ? "at most " : "",
                 unsigned{shape.positional}, shape.positional == 1 ? "" : "s", given,
                 given == 1 ? "was" : "were", record.signature);
}

}  // namespace

function_record* find_record(PyObject* self, const function_site& site) noexcept {
    if (is_attempt(self)) {
        return attempt_of(self).record;
    }
    // A module whose class was replaced from Python, a class, an instance: the record is the one of the callable's site.
    return is_record_object(self) ? part_of_record_object(self).record
                                  : site.first.load(std::memory_order_acquire);
}

void start_loading(loading& l, PyObject* self) noexcept {
    l.exact = is_attempt(self) && attempt_of(self).exact;
    l.quiet = is_attempt(self) && attempt_of(self).quiet;
    l.keep = nullptr;
    l.tries = nullptr;
    l.depth = 0;
}

bool hold_kept_instances(PyObject* self, const function_site& site, keeper& kept) noexcept {
    loading l;
    start_loading(l, self);
    l.exact = true;
    unsigned place = 0;
    return kept.instances_are_there(l, place) || refuse_argument(self, site, place, l);
}

PyObject* module_of(PyObject* self) noexcept {
    if (is_attempt(self)) {
        return attempt_of(self).module;
    }
    if (PyModule_Check(self)) {
        return is_record_object(self) ? part_of_record_object(self).module : self;
    }
    // A method's object, or the class of one.
    PyTypeObject* type = PyType_Check(self) ? reinterpret_cast<PyTypeObject*>(self) : Py_TYPE(self);
    const class_store* store = store_of_classes();
    const class_record* record = store == nullptr ? nullptr : record_of_type(*store, type);
    return record == nullptr ? self : record->module;
}

// ---- refusals ------------------------------------------------------------------------------------------------------------

INTERLOCK_COLD bool refuse_argument(PyObject* self, const function_site& site, unsigned index,
                                    const loading& why) noexcept {
    if (is_attempt(self) && why.problem != loading::raised) [[unlikely]] {
        attempt& trial = attempt_of(self);
        trial.refused = true;
        trial.index = index_of_attempt(index);
        if (!trial.quiet) {
            *trial.why = why;
        }
        return false;
    }
    const function_record& record = *record_of(self, site);
    char where[160];
    describe_argument(record, index, where, sizeof where);
    why.set_error(where);
    if (why.problem != loading::raised && !is_attempt(self)) {
        add_signature(record);
    }
    return false;
}

INTERLOCK_COLD bool refuse_kind(PyObject* self, const function_site& site, unsigned index,
                                PyObject* got) noexcept {
    if (refuses_at_once(self, index, false)) {
        return false;
    }
    loading l;
    start_loading(l, self);
    const function_record& record = *record_of(self, site);
    // Behind the parameters stands that of each of *args.
    const unsigned last = record.shape.parameters;
    l.refuse(*record.parameters[index < last ? index : last].type, got);
    return refuse_argument(self, site, index, l);
}

INTERLOCK_COLD bool refuse_none(PyObject* self, const function_site& site, unsigned index,
                                PyObject* got) noexcept {
    const function_record& record = *record_of(self, site);
    if (record.parameters[index].accepts_none) {
        return true;
    }
    return refuse_kind(self, site, index, got);
}

INTERLOCK_COLD PyObject* refuse_count(PyObject* self, const function_site& site,
                                      Py_ssize_t given) noexcept {
    if (is_attempt(self)) {
        attempt& trial = attempt_of(self);
        trial.refused = true;
        trial.index = 0xFFFF;
        if (!trial.quiet) {
            trial.why->refuse_text(loading::mismatch, "%zd argument%s given", given,
                                   given == 1 ? "" : "s");
        }
        return nullptr;
    }
    const function_record& record = *record_of(self, site);
    try {
        set_count_error(record, given);
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    }
    return nullptr;
}

bool load_integer_argument(PyObject* self, const function_site& site, unsigned index,
                           PyObject* from, void* to, integer_code code) noexcept {
    if (refuses_at_once(self, index, PyLong_CheckExact(from))) {
        return false;
    }
    loading l;
    start_loading(l, self);
    return load_integer(from, to, code, l) || refuse_argument(self, site, index, l);
}

bool load_float_argument(PyObject* self, const function_site& site, unsigned index, PyObject* from,
                         double& to) noexcept {
    if (refuses_at_once(self, index, PyFloat_Check(from))) {
        return false;
    }
    loading l;
    start_loading(l, self);
    return load_float(from, to, l) || refuse_argument(self, site, index, l);
}

bool load_text_argument(PyObject* self, const function_site& site, unsigned index, PyObject* from,
                        utf8_view& to) noexcept {
    if (refuses_at_once(self, index, PyUnicode_Check(from))) {
        return false;
    }
    loading l;
    start_loading(l, self);
    return load_utf8(from, to, l) || refuse_argument(self, site, index, l);
}

bool load_arguments(PyObject* self, const function_site& site, PyObject* const* arguments,
                    Py_ssize_t given, unsigned char* places, const char* letters) noexcept {
    if (given != static_cast<Py_ssize_t>(std::strlen(letters)) - 1) {
        refuse_count(self, site, given);
        return false;
    }
    void* place = places;
    for (unsigned i = 0; letters[i + 1] != '\0'; ++i) {
        PyObject* from = arguments[i];
        loading l;
        start_loading(l, self);
        bool fits = false;
        std::size_t size = 8;
        switch (letters[i]) {
            case 'f':
                fits = load_float(from, *static_cast<double*>(place), l);
                break;
            case 'g':
                fits = load_single(from, *static_cast<float*>(place), l);
                break;
            case 'b':
                fits = load_bool(from, *static_cast<bool*>(place), l);
                break;
            case 'u':
                fits = load_utf8(from, *static_cast<utf8_view*>(place), l);
                size = sizeof(utf8_view);
                break;
            default:
                fits = load_integer(from, place, static_cast<integer_code>(letters[i] - 'A'), l);
                break;
        }
        if (!fits) {
            return refuse_argument(self, site, i, l);
        }
        place = static_cast<unsigned char*>(place) + size;
    }
    return true;
}

// ---- names and defaults ----------------------------------------------------------------------------------------------------

namespace {

// Keeps the address of a name that was met, so that the next call compares addresses alone. The string is held for as long as
// its address stands there: by the record's own object, or, for a record that outlives every object, by the module.
void remember_name(PyObject* self, const function_record& record, std::atomic<PyObject*>& place,
                   PyObject* name) noexcept {
    if (!is_interned(name) || place.load(std::memory_order_relaxed) != nullptr) {
        return;
    }
    if (record.has_object) {
        PyObject* expected = nullptr;
        if (place.compare_exchange_strong(expected, name, std::memory_order_relaxed)) {
            Py_INCREF(name);
        }
        return;
    }
    module_state* state = state_of_module(module_of(self));
    if (state == nullptr) {
        return;
    }
    try {
        state->keep_name(place, name);
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
        // Then the next call compares the text again.
    }
}

// The parameter of that name, or the number of parameters.
unsigned find_name(PyObject* self, const function_record& record, PyObject* name) noexcept {
    const call_shape& shape = record.shape;
    for (unsigned i = shape.positional_only; i < shape.parameters; ++i) {
        if (record.interned[i].load(std::memory_order_relaxed) == name) {
            return i;
        }
    }
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(name, &size);
    if (text == nullptr) {
        PyErr_Clear();
        return shape.parameters;
    }
    for (unsigned i = shape.positional_only; i < shape.parameters; ++i) {
        const parameter& p = record.parameters[i];
        if (std::strncmp(p.name, text, static_cast<std::size_t>(size)) == 0 &&
            p.name[size] == '\0') {
            remember_name(self, record, record.interned[i], name);
            return i;
        }
    }
    return shape.parameters;
}

}  // namespace

bool refuse_names(PyObject* self, const function_record& record, const char* format,
                  const char* name) noexcept {
    if (is_attempt(self)) {
        attempt& trial = attempt_of(self);
        trial.refused = true;
        trial.index = 0xFFFF;
        if (!trial.quiet) {
            trial.why->refuse_text(loading::mismatch, format, name);
        }
        return false;
    }
    char text[200];
    std::snprintf(text, sizeof text, format, name);
    PyErr_Format(PyExc_TypeError, "%s(): %s\n  signature: %s", record.shown, text,
                 record.signature);
    return false;
}

bool arrange(PyObject* self, const function_site& site, PyObject* const* arguments,
             Py_ssize_t given, PyObject* names, PyObject** slots) noexcept {
    const function_record& record = *record_of(self, site);
    const call_shape& shape = record.shape;
    const auto positional = static_cast<Py_ssize_t>(shape.positional);
    const Py_ssize_t placed = given < positional ? given : positional;
    for (Py_ssize_t i = 0; i < placed; ++i) {
        slots[i] = arguments[i];
    }
    for (Py_ssize_t i = placed; i < shape.parameters; ++i) {
        slots[i] = nullptr;
    }
    if (shape.takes_args) {
        PyObject* rest = PyTuple_New(given - placed);
        if (rest == nullptr) {
            return false;
        }
        slots[shape.parameters] = rest;
        for (Py_ssize_t i = placed; i < given; ++i) {
            PyTuple_SET_ITEM(rest, i - placed, Py_NewRef(arguments[i]));
        }
    } else if (given > positional) {
        refuse_count(self, site, given);
        return false;
    }
    if (shape.takes_kwargs) {
        slots[shape.parameters + 1] = PyDict_New();
        if (slots[shape.parameters + 1] == nullptr) {
            return false;
        }
    }
    const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t k = 0; k < named; ++k) {
        PyObject* name = PyTuple_GET_ITEM(names, k);
        PyObject* value = arguments[given + k];
        const unsigned i = find_name(self, record, name);
        if (i == shape.parameters) {
            if (shape.takes_kwargs) {
                if (PyDict_SetItem(slots[shape.parameters + 1], name, value) != 0) {
                    return false;
                }
                continue;
            }
            const char* text = PyUnicode_AsUTF8(name);
            if (text == nullptr) {
                PyErr_Clear();
                text = "?";
            }
            for (unsigned p = 0; p < shape.positional_only; ++p) {
                if (record.parameters[p].name != nullptr &&
                    std::strcmp(record.parameters[p].name, text) == 0) {
                    return refuse_names(
                        self, record,
                        "argument '%s' is given by keyword, and can be given by position alone",
                        text);
                }
            }
            return refuse_names(self, record, "there is no argument '%s'", text);
        }
        if (slots[i] != nullptr) {
            return refuse_names(self, record,
                                "argument '%s' is given twice, by position and by keyword",
                                record.parameters[i].name);
        }
        slots[i] = value;
    }
    for (unsigned i = 0; i < shape.parameters; ++i) {
        if (slots[i] == nullptr && !record.parameters[i].has_default) {
            if (record.parameters[i].name == nullptr) {
                refuse_count(self, site, given);
                return false;
            }
            return refuse_names(self, record,
                                i < shape.positional ? "argument '%s' is missing"
                                                     : "keyword argument '%s' is missing",
                                record.parameters[i].name);
        }
    }
    return true;
}

PyObject* python_default(PyObject* self, const function_site& site, unsigned index) noexcept {
    const function_record& record = *record_of(self, site);
    PyObject* module = module_of(self);
    if (module_state* state = state_of_module(module)) {
        const object_lock lock(module);
        for (const kept_default_value& kept : state->defaults) {
            if (kept.number == record.number + index) {
                return kept.value;
            }
        }
    } else if (is_record_object(self)) {
        return PyTuple_GET_ITEM(part_of_record_object(self).held, index);
    } else if (class_store* store = store_of_classes()) {
        const class_store::lock lock(*store);
        for (const kept_default_value& kept : store->defaults) {
            if (kept.number == record.number + index) {
                return kept.value;
            }
        }
    }
    PyErr_Format(PyExc_SystemError,
                 "%s(): the default of argument %u is gone: its module was cleared", record.shown,
                 index + 1);
    return nullptr;
}

bool warn_deprecated(PyObject* self, const function_site& site) noexcept {
    const function_record& record = *record_of(self, site);
    return run_python([&] {
               return PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "%s() is deprecated: %s",
                                       record.shown, record.deprecated);
           }) == 0;
}

}  // namespace detail
INTERLOCK_END
