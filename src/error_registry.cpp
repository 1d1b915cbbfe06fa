// What modules have registered: C++ exceptions with Python classes, and translators. One list per interpreter (invariant 8).
//
// The lists hang on the interpreter's record. They are never changed: whoever adds to one publishes a new list, and whoever reads
// one holds it while Python code runs. The lock is held for a copy of a shared pointer. Translating comes here only where
// something is registered at all.
#include "class_records.hpp"
#include "class_registry.hpp"
#include "error_translation.hpp"
#include "function_records.hpp"
#include "run.hpp"

#include <interlock/bind/exception_class.hpp>
#include <interlock/bind/translator.hpp>

#include <algorithm>
#include <cstring>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>
#include <vector>

INTERLOCK_BEGIN
namespace detail {

namespace {

struct exception_field {
    std::string name;
    PyObject* (*read)(const void* error);
};

struct registered_exception {
    exception_description description;
    std::shared_ptr<const object> cls;
    std::vector<exception_field> fields;
};

struct error_lists {
    std::vector<std::shared_ptr<const registered_exception>> exceptions;  // newest first
    std::vector<std::shared_ptr<const error_translator>> translators;     // newest first
};

}  // namespace

struct error_store {
    tiny_lock lock;
    std::shared_ptr<const error_lists> lists = std::make_shared<const error_lists>();

    std::shared_ptr<const error_lists> read() noexcept {
        lock.lock();
        std::shared_ptr<const error_lists> held = lists;
        lock.unlock();
        return held;
    }
    // True: the new list is there, and `next` holds the old one, to be released by the caller without the lock.
    bool publish(const std::shared_ptr<const error_lists>& seen,
                 std::shared_ptr<const error_lists>& next) noexcept {
        lock.lock();
        const bool same = lists == seen;
        if (same) {
            lists.swap(next);
        }
        lock.unlock();
        return same;
    }
};

namespace {

std::shared_ptr<const error_lists> lists_here() noexcept {
    interpreter_record* record = record_here();
    error_store* store =
        record == nullptr ? nullptr : record->errors.load(std::memory_order_acquire);
    return store == nullptr ? nullptr : store->read();
}

void forget_errors(interpreter_record& interpreter) noexcept {
    delete interpreter.errors.exchange(nullptr, std::memory_order_acq_rel);
}

error_store& store_to_change() {
    interpreter_record* record = interpreter_of_this_thread();
    if (error_store* known = record->errors.load(std::memory_order_acquire)) {
        return *known;
    }
    give_back_by(kept_part::errors, &forget_errors);
    auto made = std::make_unique<error_store>();
    error_store* winner = nullptr;
    if (record->errors.compare_exchange_strong(winner, made.get(), std::memory_order_acq_rel,
                                               std::memory_order_acquire)) {
        return *made.release();
    }
    return *winner;
}

template <class F>
void change_lists(F change) {
    error_store& store = store_to_change();
    for (;;) {
        const std::shared_ptr<const error_lists> seen = store.read();
        auto changed = std::make_shared<error_lists>(*seen);
        change(*changed);
        std::shared_ptr<const error_lists> next = std::move(changed);
        if (store.publish(seen, next)) {
            return;
        }
    }
}

const registered_exception* find_registered(const error_lists& lists,
                                            const std::type_info& type) noexcept {
    for (const auto& one : lists.exceptions) {
        if (*one->description.type == type) {
            return one.get();
        }
    }
    return nullptr;
}

}  // namespace

PyObject* class_of_registered(const std::type_info& type) noexcept {
    const std::shared_ptr<const error_lists> lists = lists_here();
    const registered_exception* known = lists == nullptr ? nullptr : find_registered(*lists, type);
    return known != nullptr ? Py_NewRef(known->cls->ptr()) : class_of_exception_elsewhere(type);
}

// ---- translating ----------------------------------------------------------------------------------------------------------

namespace {

PyObject* make_registered(const registered_exception& entry, const void* error) {
    const exception_description& d = entry.description;
    PyObject* cls = entry.cls->ptr();
    reference made(nullptr);
    if (d.as_builtin != nullptr) {
        made.pointer = error_access::make_python(*d.as_builtin(error), cls);
    } else if (d.text != nullptr) {
        const char* text = d.text(error);
        const reference message(text_object(text == nullptr ? "" : text));
        made.pointer = message
                           ? run_python([&] { return PyObject_CallOneArg(cls, message.pointer); })
                           : nullptr;
    } else {
        made.pointer = run_python([&] { return PyObject_CallNoArgs(cls); });
    }
    return made.release();
}

// The attributes that C++ has a value for. False with the Python error set.
bool set_fields(PyObject* made, const registered_exception& entry, const void* error) {
    for (const exception_field& field : entry.fields) {
        const reference value(field.read(error));
        if (!value || run_python([&] {
                          return PyObject_SetAttrString(made, field.name.c_str(), value.pointer);
                      }) != 0) {
            return false;
        }
    }
    return true;
}

bool ask_registered(const std::exception* error) {
    const std::shared_ptr<const error_lists> lists = lists_here();
    if (lists == nullptr) {
        return false;
    }
    // The most special one that fits: by the Python classes, since those of C++ cannot be compared here. Of two that are not
    // related, the newer.
    const registered_exception* best = nullptr;
    const void* found = nullptr;
    for (const auto& one : lists->exceptions) {
        const void* here =
            error != nullptr ? one->description.find(*error) : one->description.find_current();
        if (here == nullptr) {
            continue;
        }
        if (best == nullptr ||
            PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(one->cls->ptr()),
                             reinterpret_cast<PyTypeObject*>(best->cls->ptr())) != 0) {
            best = one.get();
            found = here;
        }
        if (error != nullptr && *one->description.type == typeid(*error)) {
            best = one.get();
            found = here;
            break;
        }
    }
    if (best == nullptr) {
        return false;
    }
    reference made(make_registered(*best, found));
    // Those of registered bases, too.
    for (const auto& one : lists->exceptions) {
        if (!made || one.get() == best || one->fields.empty() ||
            PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(best->cls->ptr()),
                             reinterpret_cast<PyTypeObject*>(one->cls->ptr())) == 0) {
            continue;
        }
        const void* part =
            error != nullptr ? one->description.find(*error) : one->description.find_current();
        if (part != nullptr && !set_fields(made.pointer, *one, part)) {
            Py_CLEAR(made.pointer);
        }
    }
    if (made && !set_fields(made.pointer, *best, found)) {
        Py_CLEAR(made.pointer);
    }
    set_exception(made.release());
    return true;
}

// What the core does for others.
PyObject* thrown_for_another(const std::exception& error) noexcept {
    const std::shared_ptr<const error_lists> lists = lists_here();
    PyObject* best = nullptr;
    for (std::size_t i = 0; lists != nullptr && i < lists->exceptions.size(); ++i) {
        const registered_exception& one = *lists->exceptions[i];
        if (may_be_known_elsewhere(*one.description.type) &&
            one.description.find(error) != nullptr &&
            (best == nullptr || PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(one.cls->ptr()),
                                                 reinterpret_cast<PyTypeObject*>(best)) != 0)) {
            best = one.cls->ptr();
        }
    }
    return Py_XNewRef(best);
}
PyObject* class_for_another(const char* cpp_name) noexcept {
    const std::shared_ptr<const error_lists> lists = lists_here();
    for (std::size_t i = 0; lists != nullptr && i < lists->exceptions.size(); ++i) {
        const registered_exception& one = *lists->exceptions[i];
        if (may_be_known_elsewhere(*one.description.type) &&
            std::strcmp(one.description.type->name(), cpp_name) == 0) {
            return Py_NewRef(one.cls->ptr());
        }
    }
    return nullptr;
}

bool ask_translators(const std::exception* error) {
    const std::shared_ptr<const error_lists> lists = lists_here();
    if (lists == nullptr || lists->translators.empty()) {
        return false;
    }
    const bool builtin = dynamic_cast<const base_exception*>(error) != nullptr;
    const std::exception_ptr asked = std::current_exception();
    for (const auto& one : lists->translators) {
        if (builtin && !one->takes_builtin) {
            continue;
        }
        try {
            if (one->translate(error)) {
                if (PyErr_Occurred() == nullptr) {
                    PyErr_SetString(
                        PyExc_SystemError,
                        "interlock: a translator says that it has set the Python error, "
                        "and has not");
                }
                return true;
            }
        } catch (...) {
            if (std::current_exception() == asked) {
                continue;  // it was rethrown: for the next one
            }
            throw;
        }
        if (PyErr_Occurred() != nullptr) {
            return true;
        }
    }
    return false;
}

}  // namespace

void set_translated(const exception& error) noexcept {
    if (error.ptr() == nullptr) {
        static_cast<void>(refuse_empty_handle());
        return;
    }
    set_exception(Py_NewRef(error.ptr()));
}
void set_translated(const std::exception& error) noexcept { set_exception(exception_of(error)); }
void set_translated(const std::exception_ptr& error) noexcept {
    set_exception(exception_of(error));
}

// ---- registering ----------------------------------------------------------------------------------------------------------

namespace {

// The types that translate() knows by identity, without asking here first.
bool is_usual(const std::type_info& type) noexcept {
    return type == typeid(std::exception) || type == typeid(std::runtime_error) ||
           type == typeid(std::logic_error) || type == typeid(std::invalid_argument) ||
           type == typeid(std::out_of_range) || type == typeid(std::domain_error) ||
           type == typeid(std::length_error) || type == typeid(std::overflow_error) ||
           type == typeid(std::range_error) || type == typeid(std::bad_alloc);
}

object make_class(const class_scope& scope, const char* name, const char* doc, const object& base) {
    class_store* store = store_of_classes();
    if (store == nullptr) {
        throw std::bad_alloc();
    }
    const scope_of_class where = look_at_scope(*store, scope, name, "il::exception_");
    std::string module = "builtins";
    if (where.module != nullptr) {
        module = module_name(where.module).as<std::string>();
    } else if (scope.python != nullptr) {
        module = object(adopt_t{}, Py_NewRef(scope.python)).attr("__module__").as<std::string>();
    }
    const std::string full_name = module + "." + name;
    object cls(adopt_t{}, check_new(run([&] {
                   return PyErr_NewExceptionWithDoc(full_name.c_str(), doc, base.ptr(), nullptr);
               })));
    if (where.shown != name) {
        cls.attr("__qualname__") = where.shown;
    }
    return cls;
}

}  // namespace

PyObject* register_exception(const class_scope& scope, const char* name, const char* doc,
                             const object& base, const exception_description& description) {
    constexpr const char* operation = "il::exception_";
    require_attached(operation);
    check_handle(base.ptr(), operation);
    object cls = make_class(scope, name, doc, base);
    auto entry = std::make_shared<registered_exception>(
        registered_exception{description, std::shared_ptr<const object>(new object(cls)), {}});
    change_lists([&](error_lists& lists) {
        std::erase_if(lists.exceptions,
                      [&](const auto& one) { return *one->description.type == *description.type; });
        lists.exceptions.insert(lists.exceptions.begin(), entry);
    });
    registered_to_ask.store(&ask_registered, std::memory_order_release);
    if (class_store* store = store_of_classes()) {
        thrown_for_others.store(&thrown_for_another, std::memory_order_release);
        classes_for_others.store(&class_for_another, std::memory_order_release);
        registry_of(*store);
    }
    if (is_usual(*description.type)) {
        asked_before_usual.store(true, std::memory_order_relaxed);
    }
    if (scope.python != nullptr && PyModule_Check(scope.python)) {
        add_to_module(scope.python, name, cls.ptr());
    } else {
        enter_in_scope(*store_of_classes(), scope.python,
                       scope.outer == nullptr ? nullptr : scope.outer->get(), name, cls.ptr());
    }
    return cls.release();
}

void add_exception_field(const std::type_info& type, const object& cls, const char* name,
                         const hint& of_type, PyObject* (*read)(const void* error)) {
    check_operand(cls.ptr(), "il::exception_::def_readonly");
    // None is for those that are raised from Python.
    cls.attr(std::string_view(name)) = cls.py().none();
    std::string text;
    append_hint(text, of_type);
    text += text.ends_with("None") ? "" : " | None";
    cls.attr("__annotations__")[name] = text;
    change_lists([&](error_lists& lists) {
        for (auto& one : lists.exceptions) {
            if (*one->description.type == type && one->cls->is(cls)) {
                auto changed = std::make_shared<registered_exception>(*one);
                changed->fields.push_back({name, read});
                one = std::move(changed);
            }
        }
    });
}

void add_translator(std::shared_ptr<const error_translator> translator) {
    change_lists([&](error_lists& lists) {
        if (translator->type != nullptr) {
            std::erase_if(lists.translators, [&](const auto& one) {
                return one->type != nullptr && *one->type == *translator->type;
            });
        }
        lists.translators.insert(lists.translators.begin(), translator);
    });
    translators_to_ask.store(&ask_translators, std::memory_order_release);
    asked_before_usual.store(true, std::memory_order_relaxed);
}

}  // namespace detail
INTERLOCK_END
