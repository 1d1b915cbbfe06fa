// Comparisons by a type's slot; see bind/class_slots.hpp.
//
// A table is of the C++ class, as its site is, and filled together with it: the entries are those of the type that stands in the
// site, and only objects of exactly that type are compared by them.
#include "class_contents.hpp"

#include <interlock/bind/class_slots.hpp>

#include <algorithm>

INTERLOCK_BEGIN
namespace detail {

namespace {

constexpr const char* comparison_names[] = {"__lt__", "__le__", "__eq__",
                                            "__ne__", "__gt__", "__ge__"};

// What CPython puts into the slot of a class with such a method. A function of CPython's, the same in all interpreters.
std::atomic<richcmpfunc> by_name{nullptr};

// object.__ne__ without the search for it: the opposite of __eq__.
[[maybe_unused]] PyObject* compare_as_not_equal(PyObject* self, PyObject* other, int) {
    PyObject* equal =
        INTERLOCK_TYPE_SLOT(Py_TYPE(self), tp_richcompare, richcmpfunc)(self, other, Py_EQ);
    if (equal == nullptr || equal == Py_NotImplemented) {
        return equal;
    }
    const int truth = PyObject_IsTrue(equal);
    Py_DECREF(equal);
    return truth < 0 ? nullptr : new_bool(truth == 0);
}

// Whether object's own __ne__ is what instances have.
[[maybe_unused]] bool inherits_not_equal(PyTypeObject* type) {
    const object own(
        adopt_t{}, check_new(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__ne__")));
    const object plain(adopt_t{}, check_new(PyObject_GetAttrString(
                                      reinterpret_cast<PyObject*>(&PyBaseObject_Type), "__ne__")));
    return own.ptr() == plain.ptr();
}

}  // namespace

PyObject* compare_by_name(PyObject* self, PyObject* other, int code) noexcept {
    return by_name.load(std::memory_order_relaxed)(self, other, code);
}

PyObject* compare_by_table(PyObject* self, PyObject* other, int code,
                           const comparison_table& table) noexcept {
    const richcmpfunc direct = table.by_code[code].load(std::memory_order_relaxed);
    return direct != nullptr ? direct(self, other, code) : compare_by_name(self, other, code);
}

INTERLOCK_COLD void set_comparison(class_building& of, comparison_table& table, int code,
                                   richcmpfunc direct) {
    for (const class_definition& known : of.definitions) {
        if (known.name == comparison_names[code] && known.all.functions.size() == 1) {
            if (of.compare == nullptr || code == Py_EQ) {
                of.compare = direct;  // the most frequent one has the shortest way
            }
            of.comparisons = &table;
            of.direct[static_cast<std::size_t>(code)] = direct;
        }
    }
}

INTERLOCK_COLD void finish_comparisons(PyTypeObject* type, const class_building& building) {
#if INTERLOCK_LIMITED_API
    // Slots of a type that is made are out of reach: all comparisons are found by their names.
    static_cast<void>(type);
    static_cast<void>(building);
#else
    if (building.compare == nullptr) {
        return;
    }
    std::array<richcmpfunc, 6> direct = building.direct;
    if (direct[Py_EQ] != nullptr && direct[Py_NE] == nullptr && inherits_not_equal(type)) {
        direct[Py_NE] = &compare_as_not_equal;
    }
    for (std::size_t code = 0; code < direct.size(); ++code) {
        building.comparisons->by_code[code].store(direct[code], std::memory_order_relaxed);
    }
    // There is at least one method of such a name, found by CPython's own function.
    by_name.store(type->tp_richcompare, std::memory_order_relaxed);
    type->tp_richcompare = building.compare;
    PyType_Modified(type);
#endif
}

// ---- arithmetic --------------------------------------------------------------------------------------------------------------

namespace {

struct arithmetic_names {
    name method;
    name reflected;  // empty: none, in place
};
constexpr arithmetic_names names_of_arithmetic[arithmetic_count] = {{"__add__", "__radd__"},
                                                                    {"__sub__", "__rsub__"},
                                                                    {"__mul__", "__rmul__"},
                                                                    {"__truediv__", "__rtruediv__"},
                                                                    {"__mod__", "__rmod__"},
                                                                    {"__lshift__", "__rlshift__"},
                                                                    {"__rshift__", "__rrshift__"},
                                                                    {"__and__", "__rand__"},
                                                                    {"__or__", "__ror__"},
                                                                    {"__xor__", "__rxor__"},
                                                                    {"__iadd__", ""},
                                                                    {"__isub__", ""},
                                                                    {"__imul__", ""},
                                                                    {"__itruediv__", ""},
                                                                    {"__imod__", ""},
                                                                    {"__ilshift__", ""},
                                                                    {"__irshift__", ""},
                                                                    {"__iand__", ""},
                                                                    {"__ior__", ""},
                                                                    {"__ixor__", ""}};

#if !INTERLOCK_LIMITED_API
constexpr binaryfunc PyNumberMethods::* arithmetic_slots[arithmetic_count] = {
    &PyNumberMethods::nb_add,
    &PyNumberMethods::nb_subtract,
    &PyNumberMethods::nb_multiply,
    &PyNumberMethods::nb_true_divide,
    &PyNumberMethods::nb_remainder,
    &PyNumberMethods::nb_lshift,
    &PyNumberMethods::nb_rshift,
    &PyNumberMethods::nb_and,
    &PyNumberMethods::nb_or,
    &PyNumberMethods::nb_xor,
    &PyNumberMethods::nb_inplace_add,
    &PyNumberMethods::nb_inplace_subtract,
    &PyNumberMethods::nb_inplace_multiply,
    &PyNumberMethods::nb_inplace_true_divide,
    &PyNumberMethods::nb_inplace_remainder,
    &PyNumberMethods::nb_inplace_lshift,
    &PyNumberMethods::nb_inplace_rshift,
    &PyNumberMethods::nb_inplace_and,
    &PyNumberMethods::nb_inplace_or,
    &PyNumberMethods::nb_inplace_xor,
};

// What CPython puts there for a class with such a method: its own functions, the same in all interpreters.
std::atomic<binaryfunc> calculated_by_name[arithmetic_count];

bool has_in_slot(PyTypeObject* type, std::size_t what, binaryfunc function) noexcept {
    return type->tp_as_number != nullptr && type->tp_as_number->*arithmetic_slots[what] == function;
}

// A method that is looked up on the class of `self`, as all of Python's operators are.
PyObject* call_special(PyObject* self, const name& method, PyObject* other) {
    const object text(adopt_t{}, string_of(method));
    PyObject* found = nullptr;
    const int status =
        get_optional_attribute(reinterpret_cast<PyObject*>(Py_TYPE(self)), text.ptr(), &found);
    if (status <= 0) {
        return status < 0 ? nullptr : Py_NewRef(Py_NotImplemented);
    }
    const reference held(found);
    PyObject* const arguments[] = {self, other};
    return PyObject_Vectorcall(found, arguments, 2, nullptr);
}
#endif

}  // namespace

INTERLOCK_COLD void set_arithmetic(class_building& of, arithmetic what, binaryfunc direct) {
    const auto index = static_cast<std::size_t>(what);
    for (const class_definition& known : of.definitions) {
        if (known.name == names_of_arithmetic[index].method.text() &&
            known.all.functions.size() == 1) {
            of.calculate[index] = direct;
        }
    }
}

PyObject* calculate_by_name([[maybe_unused]] PyObject* left, [[maybe_unused]] PyObject* right,
                            [[maybe_unused]] arithmetic what,
                            [[maybe_unused]] binaryfunc own) noexcept {
#if INTERLOCK_LIMITED_API
    return Py_NewRef(Py_NotImplemented);
#else
    // CPython asks each of two slots once; a slot that both operands have is asked once for both.
    const auto index = static_cast<std::size_t>(what);
    const arithmetic_names& names = names_of_arithmetic[index];
    try {
        if (has_in_slot(Py_TYPE(left), index, own)) {
            PyObject* made = call_special(left, names.method, right);
            if (made != Py_NotImplemented || Py_TYPE(left) == Py_TYPE(right)) {
                return made;
            }
            Py_DECREF(made);
        }
        if (!names.reflected.text().empty() && has_in_slot(Py_TYPE(right), index, own)) {
            return call_special(right, names.reflected, left);
        }
        return Py_NewRef(Py_NotImplemented);
    } catch (const std::exception& error) {
        return translate(error);
    }
#endif
}

INTERLOCK_COLD void finish_arithmetic([[maybe_unused]] class_record& record,
                                      [[maybe_unused]] const class_building& building) {
#if !INTERLOCK_LIMITED_API
    PyTypeObject* type = record.type;
    bool changed = false;
    for (std::size_t what = 0; what < arithmetic_count; ++what) {
        binaryfunc& slot = type->tp_as_number->*arithmetic_slots[what];
        if (building.calculate[what] != nullptr) {
            calculated_by_name[what].store(slot, std::memory_order_relaxed);
            slot = building.calculate[what];
            record.calculates |= 1U << what;
            changed = true;
        }
        // What CPython took over from a base is for objects of the base alone.
        for (const class_base& base : record.bases) {
            if ((base.record->calculates & (1U << what)) != 0 &&
                has_in_slot(base.record->type, what, slot)) {
                slot = calculated_by_name[what].load(std::memory_order_relaxed);
                changed = true;
            }
        }
    }
    if (changed) {
        PyType_Modified(type);
    }
#endif
}

}  // namespace detail
INTERLOCK_END
