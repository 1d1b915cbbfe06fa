// Overloaded functions: which of several C functions takes the arguments. See bind/record.hpp.
//
// First all are asked for what they take as it is, but for those that the kind of the first argument rules out; then for what they
// convert; then for the words that say why not. An alternative that does not fit throws nothing.
#include "class_records.hpp"

#include <string>

INTERLOCK_BEGIN
namespace detail {

namespace {

std::string kind_of(PyObject* value) {
    return value == Py_None ? std::string("None") : type_name(Py_TYPE(value)).c_str();
}

PyObject* call_by_convention(PyObject* self, const alternative& one, PyObject* const* arguments,
                             Py_ssize_t given, PyObject* names) {
    using one_t = PyObject* (*)(PyObject*, PyObject*);
    using array_t = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
    using names_t = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
    using convention = alternative::convention;
    if (one.how == convention::one && given == 1 && names == nullptr) [[likely]] {
        return reinterpret_cast<one_t>(one.function)(self, arguments[0]);
    }
    if (one.how == convention::names) {
        return reinterpret_cast<names_t>(one.function)(self, arguments, given, names);
    }
    if (names != nullptr) [[unlikely]] {
        refuse_names(self, *one.record, "no argument can be given by keyword", "");
        return nullptr;
    }
    if (one.how == convention::array) {
        return reinterpret_cast<array_t>(one.function)(self, arguments, given);
    }
    if (one.how == convention::none && given == 0) {
        return reinterpret_cast<one_t>(one.function)(self, nullptr);
    }
    return refuse_count(self, *one.record->site, given);
}

inline PyObject* call_alternative(attempt& trial, const alternative& one,
                                  PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    trial.record = one.record;
    trial.refused = false;
    return call_by_convention(&trial.head, one, arguments, given, names);
}

// What can be told of the first argument at once. A bool is no int here, and what is derived from int neither.
inline unsigned char kind_of_first(PyObject* first) noexcept {
    if (PyLong_CheckExact(first)) {
        return first_is_int;
    }
    if (PyUnicode_Check(first)) {
        return first_is_str;
    }
    if (PyBool_Check(first)) {
        return first_is_bool;
    }
    return PyFloat_Check(first) ? first_is_float : first_is_other;
}

// Nothing fitted: what came, what there is, and why each did not fit.
PyObject* refuse_all(const function_record& all, attempt& trial, PyObject* const* arguments,
                     Py_ssize_t given, PyObject* names) {
    std::string text = std::string(all.shown) + "(): no signature fits the arguments (";
    const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < given + named; ++i) {
        text += i == 0 ? "" : ", ";
        if (i >= given) {
            const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i - given));
            PyErr_Clear();
            text += name == nullptr ? "?" : name;
            text += "=";
        }
        text += kind_of(arguments[i]);
    }
    text += "):";
    loading why = loading::plain();
    trial.quiet = false;
    trial.why = &why;
    for (unsigned i = 0; i < all.alternative_count; ++i) {
        const function_record& record = *all.alternatives[i].record;
        // Asked once more, for the words.
        why.text[0] = '\0';
        PyObject* result = call_alternative(trial, all.alternatives[i], arguments, given, names);
        if (result != nullptr || !trial.refused) {
            return result;  // it fits after all: the arguments change under our hands
        }
        text += "\n  ";
        text += record.signature;
        text += ": ";
        if (trial.index != 0xFFFF) {
            text += describe_parameter(record, trial.index);
            text += ": ";
        }
        text += why.text;
    }
    PyErr_SetString(PyExc_TypeError, text.c_str());
    return nullptr;
}

// Whether the operand is of a class that an alternative takes but has no C++ object, as before __init__: then a TypeError says so. It
// would be found too late otherwise: where an operand does not fit, Python names the types alone. Throws std::bad_alloc.
bool refuse_empty_operand(const function_record& all, PyObject* operand) {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(operand));
    if (record == nullptr ||
        record->head_of(operand)->value.load(std::memory_order_relaxed) != nullptr) {
        return false;
    }
    bool is_taken = false;
    for (unsigned i = 0; i < all.alternative_count; ++i) {
        const function_record& one = *all.alternatives[i].record;
        for (unsigned j = 0; j < one.shape.parameters; ++j) {
            const class_site* site = one.parameters[j].type->site;
            is_taken = is_taken || (site != nullptr && derives_from(*record, *site));
        }
    }
    bool is_refused = false;
    if (!is_taken || value_of_empty(*store, *record, operand, false, is_refused) != nullptr) {
        return false;
    }
    if (!is_refused) {
        PyErr_Format(PyExc_TypeError, "%s(): the %s object %s", all.shown,
                     type_name(Py_TYPE(operand)).c_str(), state_of_empty(*store, *record, operand));
    }
    return true;
}

// The first pass: what takes the arguments as they are. Null without an error, and refused, where none does.
PyObject* try_exactly(const function_record& all, attempt& trial, PyObject* const* arguments,
                      Py_ssize_t given, PyObject* names) {
    const unsigned char first = given > 0 ? kind_of_first(arguments[0]) : first_is_anything;
    const alternative* const end = all.alternatives + all.alternative_count;
    for (const alternative* one = all.alternatives; one != end; ++one) {
        if ((one->first & first) == 0 || given > one->most) {
            continue;
        }
        PyObject* result = call_alternative(trial, *one, arguments, given, names);
        if (result != nullptr || !trial.refused) {
            return result;
        }
    }
    return nullptr;
}

// The same for one argument by position.
INTERLOCK_INLINE PyObject* try_exactly_with_one(const function_record& all, attempt& trial,
                                                PyObject* const* arguments) {
    const unsigned char first = kind_of_first(arguments[0]);
    const alternative* const end = all.alternatives + all.alternative_count;
    for (const alternative* one = all.alternatives; one != end; ++one) {
        if ((one->first & first) == 0) {
            continue;
        }
        PyObject* result = nullptr;
        if (one->how == alternative::convention::one) {
            trial.record = one->record;
            trial.refused = false;
            result = reinterpret_cast<PyObject* (*)(PyObject*, PyObject*)>(one->function)(
                &trial.head, arguments[0]);
        } else {
            result = call_alternative(trial, *one, arguments, 1, nullptr);
        }
        if (result != nullptr || !trial.refused) {
            return result;
        }
    }
    return nullptr;
}

// The second pass, and what is said when that is in vain as well.
PyObject* try_converting(const function_record& all, attempt& trial, PyObject* const* arguments,
                         Py_ssize_t given, PyObject* names) {
    trial.exact = false;
    const alternative* const end = all.alternatives + all.alternative_count;
    for (const alternative* one = all.alternatives; one != end; ++one) {
        if (given > one->most) {
            continue;
        }
        PyObject* result = call_alternative(trial, *one, arguments, given, names);
        if (result != nullptr || !trial.refused) {
            return result;
        }
    }
    try {
        if (all.is_operator) {
            for (Py_ssize_t i = 0; i < given; ++i) {
                if (refuse_empty_operand(all, arguments[i])) {
                    return nullptr;
                }
            }
            return Py_NewRef(Py_NotImplemented);
        }
        return refuse_all(all, trial, arguments, given, names);
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
}

inline void begin_trial(attempt& trial, PyObject* module, PyObject* instance) noexcept {
    trial.head.ob_type = &attempt_type;
    trial.module = module;
    trial.instance = instance;
    trial.quiet = true;
    trial.exact = true;
    trial.refused = true;
}

PyObject* try_all(const function_record& all, attempt& trial, PyObject* const* arguments,
                  Py_ssize_t given, PyObject* names) {
    if (all.alternative_count > 1) {
        PyObject* result = try_exactly(all, trial, arguments, given, names);
        if (result != nullptr || !trial.refused) {
            return result;
        }
    }
    return try_converting(all, trial, arguments, given, names);
}

// Of a method: with the value of the instance where a C function looks for it.
PyObject* try_all_with(const function_record& all, PyObject* module, PyObject* instance,
                       PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    attempt trial;
    begin_trial(trial, module, instance);
    trial.value.store(as_instance(instance)->value.load(std::memory_order_relaxed),
                      std::memory_order_relaxed);
    return try_all(all, trial, arguments, given, names);
}

PyObject* dispatch_any(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                       PyObject* names) {
    const record_part& own = part_of_record_object(self);
    if (own.record->is_method) {
        // Python's own way to make methods of functions: the object comes as the first argument.
        if (given == 0) {
            PyErr_Format(PyExc_TypeError, "%s(): the object is missing", own.record->shown);
            return nullptr;
        }
        return try_all_with(*own.record, own.module, arguments[0], arguments + 1, given - 1, names);
    }
    attempt trial;
    begin_trial(trial, own.module, self);
    return try_all(*own.record, trial, arguments, given, names);
}

}  // namespace

PyObject* dispatch(PyObject* self, PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    const record_part& own = part_of_record_object(self);
    const function_record& all = *own.record;
    if (given != 1 || names != nullptr || all.is_method || all.alternative_count < 2) {
        return dispatch_any(self, arguments, given, names);
    }
    // One argument by position: most overloaded functions have one parameter.
    attempt trial;
    begin_trial(trial, own.module, self);
    PyObject* result = try_exactly_with_one(all, trial, arguments);
    if (result != nullptr || !trial.refused) {
        return result;
    }
    return try_converting(all, trial, arguments, 1, nullptr);
}

PyObject* dispatch_method(const function_record& all, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t given, PyObject* names) {
    return try_all_with(all, all.module, self, arguments, given, names);
}

PyObject* call_initializers(const function_record& all, bool direct, PyObject* self,
                            PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    if (!direct) {
        return dispatch_method(all, self, arguments, given, names);
    }
    return call_by_convention(self, all.alternatives[0], arguments, given, names);
}

namespace {

std::atomic<const function_record*> pool[pooled_function_count];

}  // namespace

PyObject* dispatch_pooled(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                          PyObject* names, std::size_t i) {
    return dispatch_method(*pool[i].load(std::memory_order_relaxed), self, arguments, given, names);
}

PyCFunction take_pooled_function(const function_record* record) noexcept {
    for (std::size_t i = 0; i < pooled_function_count; ++i) {
        const function_record* free = nullptr;
        if (pool[i].load(std::memory_order_relaxed) == nullptr &&
            pool[i].compare_exchange_strong(free, record, std::memory_order_relaxed)) {
            return pooled_function(i);
        }
    }
    return nullptr;
}

void give_pooled_function_back(const function_record* record) noexcept {
    for (std::atomic<const function_record*>& taken : pool) {
        const function_record* expected = record;
        taken.compare_exchange_strong(expected, nullptr, std::memory_order_relaxed);
    }
}

}  // namespace detail
INTERLOCK_END
