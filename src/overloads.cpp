// Overloaded functions: which of several C functions takes the arguments. See bind/record.hpp.
//
// First all are asked for what they take as it is, but for those that the kind of the first argument rules out; then for what they
// convert; then for the words that say why not. An alternative that does not fit throws nothing.
#include "class_records.hpp"

INTERLOCK_BEGIN
namespace detail {

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
    if (one.how == convention::plain_constructor) {
        // Not by its name: a module without classes does not need it.
        return reinterpret_cast<decltype(&initialize_plainly)>(one.function)(self, arguments, given,
                                                                             *one.record->site);
    }
    return refuse_count(self, *one.record->site, given);
}

namespace {

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
        if (all.refuse_operand != nullptr) {
            for (Py_ssize_t i = 0; i < given; ++i) {
                if (all.refuse_operand(all, arguments[i])) {
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
    trial.value.store(nullptr, std::memory_order_relaxed);
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

// Of a method. The attempt has no value, so that a C function asks find_self when it needs it: what the instance has now may be gone
// by then, for arguments are converted in between (invariant 14).
PyObject* try_all_with(const function_record& all, PyObject* module, PyObject* instance,
                       PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    attempt trial;
    begin_trial(trial, module, instance);
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
        // What a descriptor of CPython's asks.
        auto* type = reinterpret_cast<PyTypeObject*>(own.held);
        const bool fits =
            own.record->is_class_method
                ? PyType_Check(arguments[0]) &&
                      PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(arguments[0]), type) != 0
                : PyObject_TypeCheck(arguments[0], type) != 0;
        if (!fits) {
            PyErr_Format(PyExc_TypeError,
                         "%s() is for '%s' objects: it doesn't apply to a '%s' object",
                         own.record->shown, type_name(type).c_str(),
                         type_name(Py_TYPE(arguments[0])).c_str());
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

PyObject* dispatch_joint_method(const function_site& site, PyObject* self,
                                PyObject* const* arguments, Py_ssize_t given, PyObject* names) {
    return dispatch_method(*site.first.load(std::memory_order_relaxed), self, arguments, given,
                           names);
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

}  // namespace detail
INTERLOCK_END
