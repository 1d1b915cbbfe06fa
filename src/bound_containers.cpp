// The definitions of bound containers: how a list of methods becomes the methods of a class. See bind/container.hpp.
#include "class_records.hpp"

#include <interlock/bind/container.hpp>

#include <algorithm>
#include <cstring>

INTERLOCK_BEGIN
namespace detail {

namespace {

std::string expanded(const char* pattern, const std::string& owner, const container_facts& facts) {
    std::string text;
    for (; *pattern != '\0'; ++pattern) {
        if (*pattern != '$') {
            text += *pattern;
            continue;
        }
        switch (*++pattern) {
            case 'V':
                text += owner;
                break;
            case 'K':
                append_hint(text, *facts.key_in);
                break;
            case 'L':
                append_hint(text, *facts.key_out);
                break;
            case 'I':
                append_hint(text, *facts.in);
                break;
            default:
                append_hint(text, *facts.out);
                break;
        }
    }
    return text;
}

PyObject* default_value(const char* text) {
    if (std::strcmp(text, "()") == 0) {
        return check_new(PyTuple_New(0));
    }
    if (std::strcmp(text, "...") == 0) {
        return Py_NewRef(Py_Ellipsis);
    }
    if (std::strcmp(text, "None") == 0) {
        return Py_NewRef(Py_None);
    }
    if (std::strcmp(text, "False") == 0) {
        return Py_NewRef(Py_False);
    }
    return check_new(std::strcmp(text, "size") == 0 ? PyLong_FromSsize_t(PY_SSIZE_T_MAX)
                                                    : PyLong_FromString(text, nullptr, 10));
}

void mark_as_default(class_building& of, const char* name) {
    for (class_definition& known : of.definitions) {
        if (known.name == name) {
            known.by_default = true;
        }
    }
}

// The names that a slot stands for.
constexpr struct {
    int slot;
    std::string_view names[6];
} names_of_slots[] = {
    {Py_sq_length, {"__len__"}},
    {Py_mp_length, {"__len__"}},
    {Py_sq_item, {"__getitem__"}},
    {Py_mp_subscript, {"__getitem__"}},
    {Py_mp_ass_subscript, {"__setitem__", "__delitem__"}},
    {Py_sq_contains, {"__contains__"}},
    {Py_tp_iter, {"__iter__"}},
    {Py_tp_richcompare, {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}},
    {Py_tp_repr, {"__repr__"}},
};

bool is_untouched(const class_building& building, int slot) {
    for (const auto& known : names_of_slots) {
        if (known.slot != slot) {
            continue;
        }
        return std::all_of(
            std::begin(known.names), std::end(known.names), [&](std::string_view name) {
                return std::all_of(building.definitions.begin(), building.definitions.end(),
                                   [&](const class_definition& one) {
                                       return one.name != name || one.by_default;
                                   });
            });
    }
    return false;
}

#if !INTERLOCK_LIMITED_API
void fill_slot(PyTypeObject& type, const PyType_Slot& slot) {
    switch (slot.slot) {
        case Py_sq_length:
            type.tp_as_sequence->sq_length = reinterpret_cast<lenfunc>(slot.pfunc);
            break;
        case Py_mp_length:
            type.tp_as_mapping->mp_length = reinterpret_cast<lenfunc>(slot.pfunc);
            break;
        case Py_sq_item:
            type.tp_as_sequence->sq_item = reinterpret_cast<ssizeargfunc>(slot.pfunc);
            break;
        case Py_mp_subscript:
            type.tp_as_mapping->mp_subscript = reinterpret_cast<binaryfunc>(slot.pfunc);
            break;
        case Py_mp_ass_subscript:
            type.tp_as_mapping->mp_ass_subscript = reinterpret_cast<objobjargproc>(slot.pfunc);
            break;
        case Py_sq_contains:
            type.tp_as_sequence->sq_contains = reinterpret_cast<objobjproc>(slot.pfunc);
            break;
        case Py_tp_iter:
            type.tp_iter = reinterpret_cast<getiterfunc>(slot.pfunc);
            break;
        case Py_tp_richcompare:
            type.tp_richcompare = reinterpret_cast<richcmpfunc>(slot.pfunc);
            break;
        default:
            type.tp_repr = reinterpret_cast<reprfunc>(slot.pfunc);
            break;
    }
}
#endif

}  // namespace

void define_container(class_building& to, const container_facts& facts,
                      const container_method* methods, std::size_t count,
                      void (*const* functions)(), function_site* sites) {
    for (std::size_t i = 0; i < count; ++i) {
        const container_method& method = methods[i];
        if (functions[i] == nullptr || (method.needs & ~facts.has) != 0) {
            continue;
        }
        const std::string signature = expanded(method.signature, to.shown, facts);
        named_values values(method.parameters);
        std::vector<const hint*> hints(std::size_t{method.parameters} + 1, &hint_object);
        for (unsigned k = 0; k < method.parameters; ++k) {
            values.names[k] = {method.names[k], nullptr, false, true};
            if (method.defaults[k] != nullptr) {
                values.names[k].value = default_value(method.defaults[k]);
            }
            if (std::strcmp(method.names[k], "value") == 0) {
                hints[k] = facts.in;
            } else if (std::strcmp(method.names[k], "key") == 0 && facts.key_in != nullptr) {
                hints[k] = facts.key_in;
            }
        }
        function_description d;
        d.name = method.name;
        d.function = reinterpret_cast<PyCFunction>(functions[i]);
        d.flags = method.flags;
        d.shape = {method.parameters, method.positional, method.positional, false,
                   method.takes_kwargs};
        d.site = sites + i;
        d.hints = hints.data();
        d.doc = method.doc;
        d.signature = signature.c_str();
        d.names = values.names;
        define_method(to, method_kind::method, d);
        mark_as_default(to, method.name);
    }
    add_class_attribute(to, "__hash__", Py_None);
    set_type_slots(to, facts.slots);
    set_abstract_class(to, facts.abstract);
}

void define_container_init(class_building& to, const char* parameter, const hint& type,
                           const hint& signature, const char* doc, int flags, void (*function)(),
                           function_site& site) {
    std::string text;
    append_hint(text, signature);
    named_values values(1);
    values.names[0] = {parameter, default_value("()"), false, true};
    const hint* hints[] = {&type, &hint_object};
    function_description d;
    d.name = "__init__";
    d.function = reinterpret_cast<PyCFunction>(function);
    d.flags = flags;
    d.shape = {1, 1, 1, false, (flags & METH_KEYWORDS) != 0};
    d.site = &site;
    d.hints = hints;
    d.doc = doc;
    d.signature = text.c_str();
    d.names = values.names;
    define_method(to, method_kind::init, d);
}

namespace {

void finish_container_type(PyTypeObject* type, const class_building& building) {
#if INTERLOCK_LIMITED_API
    // Slots of a type that is made are out of reach: what they would do is found by its name.
    static_cast<void>(is_untouched);
#else
    for (const PyType_Slot& slot : building.late_slots) {
        if (is_untouched(building, slot.slot)) {
            fill_slot(*type, slot);
        }
    }
    if (!building.late_slots.empty()) {
        PyType_Modified(type);
    }
#endif
    if (building.abstract != nullptr) {
        const object abc(
            adopt_t{},
            check_new(run_python([] { return PyImport_ImportModule("collections.abc"); })));
        const object base(adopt_t{},
                          check_new(PyObject_GetAttrString(abc.ptr(), building.abstract)));
        const object done(adopt_t{}, check_new(run_python([&] {
                              return PyObject_CallMethod(base.ptr(), "register", "O", type);
                          })));
        if (std::string_view(building.abstract).ends_with("Mapping")) {
            register_map_views(abc.ptr());
        }
    }
}

}  // namespace

void set_type_slots(class_building& of, const PyType_Slot* slots) {
    for (; slots->slot != 0; ++slots) {
        if (slots->pfunc != nullptr) {
            of.late_slots.push_back(*slots);
        }
    }
    of.finish_container = &finish_container_type;
}

void set_abstract_class(class_building& of, const char* name) {
    of.abstract = name;
    of.finish_container = &finish_container_type;
}

PyObject* refuse_copy_of_element(const class_site& of) noexcept {
    PyErr_Format(PyExc_TypeError,
                 "the elements of %s cannot be copied: pop() takes one out, and elements that are "
                 "held as std::shared_ptr are shared",
                 of.shown.load());
    return nullptr;
}

}  // namespace detail
INTERLOCK_END
