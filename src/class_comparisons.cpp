// Comparisons by a type's slot; see bind/class_comparisons.hpp.
//
// A table is of the C++ class, as its site is, and filled together with it: the entries are those of the type that stands in the
// site, and only objects of exactly that type are compared by them.
#include "class_contents.hpp"

#include <interlock/bind/class_comparisons.hpp>

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
    return truth < 0 ? nullptr : Py_NewRef(truth != 0 ? Py_False : Py_True);
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

void set_comparison(class_building& of, richcmpfunc all, comparison_table& table, int code,
                    richcmpfunc direct) {
    for (const class_definition& known : of.definitions) {
        if (known.name == comparison_names[code] && known.all.functions.size() == 1) {
            of.compare = all;
            of.comparisons = &table;
            of.direct[static_cast<std::size_t>(code)] = direct;
        }
    }
}

void finish_comparisons(PyTypeObject* type, const class_building& building) {
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

}  // namespace detail
INTERLOCK_END
