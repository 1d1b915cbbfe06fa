// Comparisons and arithmetic of bound classes by the type's own slots, as C has them.
//
// __eq__, __add__ and the others are methods like any other: found by name, overridden by Python's classes, asked for their
// docstring. CPython would find the method by its name at each use of the operator. In the slot of the class itself stands a
// function instead that calls the first overload at once, where the objects are of exactly the types that it takes; everything
// else goes by name. When Python sets an attribute of such a name, or derives a class, CPython puts its own function into that
// type's slot; a bound class that derives from this one goes by name too, unless it has the operator itself.
//
// As with CPython's own types, an operand whose class derives from the other's is asked first, for its reflected method, even
// if it only inherits that.
#pragma once

#include <interlock/bind/class_operators.hpp>
#include <interlock/bind/plain_function.hpp>

#include <atomic>

INTERLOCK_BEGIN
namespace detail {

// An operator of two operands, as it was bound: the method's object, and what it is applied to.
template <class C, class Callable, class List = typename Callable::parameters>
struct direct_operator;
template <class C, class Callable, class Self, class A>
struct direct_operator<C, Callable, types<Self, A>> {
    using result = typename Callable::result;
    using other = conversion<converted_type<A>>;
    // x += y: the object itself, whatever the operator gives.
    static constexpr bool in_place = std::is_same_v<Self, C&> && std::is_same_v<result, C&>;
    static constexpr bool takes_same = std::is_same_v<A, const C&>;
    static constexpr bool takes_value = !is_instance_storage<storage_of<A>>;
    // Of objects that lie inside of Python's, nothing has to be locked or counted.
#if defined(Py_GIL_DISABLED)
    static constexpr bool by_place = false;
#else
    static constexpr bool by_place = fits_in_place<C>;
#endif

    // Both operands are of this class: what is nearly always so has a function of its own, without the registers that the rest needs.
    static constexpr bool is_quick = by_place && takes_same;
    INTERLOCK_INLINE static bool fits_quickly(PyObject* self, PyObject* operand) noexcept {
        return lie_inside<C>(self, operand);
    }
    INTERLOCK_INLINE static PyObject* apply_quickly(PyObject* self, PyObject* operand) {
        return use(self, *place_in<C>(self), *place_in<C>(operand));
    }

    // Whether the operands are what it is for: then `made` is the result, or null with an exception set.
    INTERLOCK_INLINE static bool apply(PyObject* self, PyObject* operand, PyObject*& made) {
        if constexpr (in_place) {
            if constexpr (by_place && takes_value) {
                unfilled<storage_of<A>> loaded;
                if (lies_inside<C>(self) && other::fast(operand, loaded.value)) [[likely]] {
                    made = use(self, *place_in<C>(self), other::template pass<A>(loaded.value));
                    return true;
                }
            }
            return false;
        } else {
            if (Py_TYPE(self) != site_of<C>.type.load(std::memory_order_relaxed)) [[unlikely]] {
                return false;
            }
            unfilled<storage_of<A>> loaded;
            if (!other::fast(operand, loaded.value)) [[unlikely]] {
                return false;
            }
            made = plain_function<Callable, types<A>,
                                  method_target<C, Self>>::template guarded_with<0>(self,
                                                                                    loaded.value);
            return true;
        }
    }

private:
    template <class B>
    INTERLOCK_INLINE static PyObject* use([[maybe_unused]] PyObject* self,
                                          std::remove_reference_t<Self>& a, B&& b) {
        try {
            if constexpr (in_place) {
                Callable::call(nullptr, a, std::forward<B>(b));
                return Py_NewRef(self);
            } else {
                return conversion_of<result>::make(Callable::call(nullptr, a, std::forward<B>(b)));
            }
        } catch (const std::exception& error) {
            return translate(error);
        } catch (...) {
            return translate_unknown();
        }
    }
};

// Whether that function can be had: the operand has a usual form, and the result is no part of an operand.
template <class C, class Callable, class List = typename Callable::parameters>
inline constexpr bool has_direct_operator = false;
template <class C, class Callable, class Self, class A>
    requires requires(PyObject* from, storage_of<A>& loaded) {
        { conversion<converted_type<A>>::fast(from, loaded) } noexcept;
    }
inline constexpr bool has_direct_operator<C, Callable, types<Self, A>> = [] {
    using direct = direct_operator<C, Callable, types<Self, A>>;
    return direct::in_place ? direct::by_place && (direct::takes_same || direct::takes_value)
                            : !refers_to_class<typename Callable::result>;
}();

// ---- comparisons -------------------------------------------------------------------------------------------------------------

// What compares objects of a class, by Py_LT and so on; null: nothing but the name.
struct comparison_table {
    std::atomic<richcmpfunc> by_code[6];
};
template <class T>
inline constinit comparison_table comparisons_of{};

// CPython's own way: by the method's name.
PyObject* compare_by_name(PyObject* self, PyObject* other, int code) noexcept;

// By another entry of the table than the function's own; else by name.
PyObject* compare_by_table(PyObject* self, PyObject* other, int code,
                           const comparison_table& table) noexcept;

template <class C, class Callable>
INTERLOCK_NOINLINE PyObject* compare_otherwise(PyObject* self, PyObject* other, int code) {
    PyObject* made = nullptr;
    return direct_operator<C, Callable>::apply(self, other, made)
               ? made
               : compare_by_name(self, other, code);
}
// What stands in the table; and one of those of a class, in its type's slot.
template <class C, class Callable, int Code>
PyObject* compare_or_search(PyObject* self, PyObject* other, int code) {
    using direct = direct_operator<C, Callable>;
    if (code != Code) [[unlikely]] {
        return compare_by_table(self, other, code, comparisons_of<C>);
    }
    if constexpr (direct::is_quick) {
        if (direct::fits_quickly(self, other)) [[likely]] {
            return direct::apply_quickly(self, other);
        }
    }
    return compare_otherwise<C, Callable>(self, other, code);
}

// The method of that name was just defined. See src/class_slots.cpp.
void set_comparison(class_building& of, comparison_table& table, int code, richcmpfunc direct);

template <class C, class Callable, int Code>
void compare_directly(class_building& to) {
    if constexpr (has_direct_operator<C, Callable>) {
        set_comparison(to, comparisons_of<C>, Code, &compare_or_search<C, Callable, Code>);
    }
}

// ---- arithmetic --------------------------------------------------------------------------------------------------------------

// By the methods' names, as CPython's own function of that slot would; `own` is the function that stands in it.
PyObject* calculate_by_name(PyObject* left, PyObject* right, arithmetic what,
                            binaryfunc own) noexcept;

template <class C, class Callable, arithmetic What>
PyObject* calculate_or_search(PyObject* left, PyObject* right);
template <class C, class Callable, arithmetic What>
INTERLOCK_NOINLINE PyObject* calculate_otherwise(PyObject* left, PyObject* right) {
    PyObject* made = nullptr;
    return direct_operator<C, Callable>::apply(left, right, made)
               ? made
               : calculate_by_name(left, right, What, &calculate_or_search<C, Callable, What>);
}
template <class C, class Callable, arithmetic What>
PyObject* calculate_or_search(PyObject* left, PyObject* right) {
    using direct = direct_operator<C, Callable>;
    if constexpr (direct::is_quick) {
        if (direct::fits_quickly(left, right)) [[likely]] {
            return direct::apply_quickly(left, right);
        }
    }
    return calculate_otherwise<C, Callable, What>(left, right);
}

// The method of that operator was just defined. See src/class_slots.cpp.
void set_arithmetic(class_building& of, arithmetic what, binaryfunc direct);

template <class C, class Callable, arithmetic What>
void calculate_directly(class_building& to) {
    if constexpr (has_direct_operator<C, Callable>) {
        set_arithmetic(to, What, &calculate_or_search<C, Callable, What>);
    }
}

}  // namespace detail
INTERLOCK_END
