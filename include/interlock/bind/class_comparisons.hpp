// Comparisons of bound classes by the type's own slot, as C has it.
//
// __eq__ and the others are methods like any other: found by name, overridden by Python's classes, asked for their docstring.
// CPython would find the method by its name at each comparison. In the slot of the class itself stands a function instead that
// calls the first overload at once, where the objects are of exactly the types that it takes; everything else takes CPython's own
// way. When Python sets an attribute of such a name, or derives a class, CPython puts its own function into that type's slot.
#pragma once

#include <interlock/bind/class_options.hpp>
#include <interlock/bind/plain_function.hpp>

#include <atomic>

INTERLOCK_BEGIN
namespace detail {

// What compares objects of a class, by Py_LT and so on; null: nothing but the name.
struct comparison_table {
    std::atomic<richcmpfunc> by_code[6];
};
template <class T>
inline constinit comparison_table comparisons_of{};

// CPython's own way: by the method's name.
PyObject* compare_by_name(PyObject* self, PyObject* other, int code) noexcept;

template <class T>
PyObject* compare_instances(PyObject* self, PyObject* other, int code) {
    const richcmpfunc direct = comparisons_of<T>.by_code[code].load(std::memory_order_relaxed);
    return direct != nullptr ? direct(self, other, code) : compare_by_name(self, other, code);
}

template <class C>
bool is_value_inside(PyObject* object) noexcept {
    return as_instance(object)->value.load(std::memory_order_relaxed) ==
           static_cast<void*>(place_in<C>(object));
}

template <class C, class Callable, class List>
struct direct_comparison;
template <class C, class Callable, class Self, class A>
struct direct_comparison<C, Callable, types<Self, A>> {
    using function = plain_function<Callable, types<A>, method_target<C, Self>>;
    static PyObject* compare(PyObject* self, PyObject* other, int code) {
#if !defined(Py_GIL_DISABLED)
        // Of two objects that lie inside of Python's, nothing has to be locked or counted.
        if constexpr (fits_in_place<C> && std::is_same_v<A, const C&>) {
            const PyTypeObject* type = site_of<C>.type.load(std::memory_order_relaxed);
            if (Py_TYPE(self) == type && Py_TYPE(other) == type && is_value_inside<C>(self) &&
                is_value_inside<C>(other)) [[likely]] {
                return compare_values(*place_in<C>(self), *place_in<C>(other));
            }
            return compare_others(self, other, code);
        }
#endif
        return compare_others(self, other, code);
    }

private:
    INTERLOCK_INLINE static PyObject* compare_values(const C& a, const C& b) {
        try {
            return conversion_of<typename Callable::result>::make(Callable::call(nullptr, a, b));
        } catch (const std::exception& error) {
            return translate(error);
        } catch (...) {
            return translate_unknown();
        }
    }
    static PyObject* compare_others(PyObject* self, PyObject* other, int code) {
        if (Py_TYPE(self) == site_of<C>.type.load(std::memory_order_relaxed)) [[likely]] {
            unfilled<storage_of<A>> loaded;
            if (conversion<converted_type<A>>::fast(other, loaded.value)) [[likely]] {
                return function::template guarded_with<0>(self, loaded.value);
            }
        }
        return compare_by_name(self, other, code);
    }
};

// The method of that name was just defined. See src/class_comparisons.cpp.
void set_comparison(class_building& of, richcmpfunc all, comparison_table& table, int code,
                    richcmpfunc direct);

template <class List>
inline constexpr bool has_fast_operand = false;
template <class Self, class A>
inline constexpr bool has_fast_operand<types<Self, A>> = requires(
    PyObject* from, storage_of<A>& loaded) { conversion<converted_type<A>>::fast(from, loaded); };

template <class C, class Callable>
void compare_directly(class_building& to, int code) {
    using parameters = typename Callable::parameters;
    if constexpr (!refers_to_class<typename Callable::result> && has_fast_operand<parameters>) {
        set_comparison(to, &compare_instances<C>, comparisons_of<C>, code,
                       &direct_comparison<C, Callable, parameters>::compare);
    }
}

}  // namespace detail
INTERLOCK_END
