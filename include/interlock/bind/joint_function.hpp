// One C function for several callables that are bound under one name in one definition: m.def<&f, &g>("h").
//
// What they take is known when it is compiled, so the arguments of the usual form are read here, in the order of the callables, and
// the first that fits is called as if it stood alone. All else is left to the core, which tries all of them as it does with
// overloads that are defined one by one: see overloads.cpp. So both ways give the same results and the same errors, but where all are
// functions of one argument: then Python itself counts the arguments.
#pragma once

#include <interlock/bind/plain_function.hpp>

INTERLOCK_BEGIN
namespace detail {

// What the core is told of it.
struct joint_function {
    void (*function)();
    int flags;
    std::size_t count;    // of the callables
    function_site* site;  // of a method: where the C function finds the record of all
};

// Throws std::logic_error where no module's body is under way: definitions are put together when that ends.
void require_module_body(PyObject* module);
// For the definitions that were made last: used if there are no others of that name before them. Throw std::bad_alloc.
void join_functions(PyObject* module, const char* name, const joint_function& joint);
class class_building;
void join_methods(class_building& to, const char* name, const joint_function& joint);

// All alternatives in turn, as overloaded functions are called.
PyObject* dispatch(PyObject* self, PyObject* const* arguments, Py_ssize_t given, PyObject* names);
PyObject* dispatch_joint_method(const function_site& site, PyObject* self,
                                PyObject* const* arguments, Py_ssize_t given, PyObject* names);

// Of plain functions, or of plain methods of one class.
template <class... F>
struct joint {
    static constexpr bool is_method = (F::is_method && ...);
    static_assert(is_method || !(F::is_method || ...));
    static inline constinit function_site site{};
    // Functions that take one argument each: then Python counts them. Operators are asked with two as well, and answer.
    static constexpr bool takes_one = !is_method && ((F::arity == 1) && ...);
    static constexpr int flags = takes_one ? METH_O : METH_FASTCALL | METH_KEYWORDS;

    // Before the one at that place, with as many parameters, there is none that may take an object of the same kind: so those before
    // it need not be asked further when they do not take the usual form. As many as that holds for are read here.
    static consteval std::size_t count_told_apart() {
        constexpr std::size_t arities[] = {F::arity...};
        constexpr char kinds[] = {F::first_kind()...};
        for (std::size_t i = 0; i < sizeof...(F); ++i) {
            if (kinds[i] == '?') {
                return i;
            }
            for (std::size_t k = 0; k < i; ++k) {
                if (arities[k] == arities[i] && kinds[k] == kinds[i]) {
                    return i;
                }
            }
        }
        return sizeof...(F);
    }
    static constexpr std::size_t told_apart = count_told_apart();

    template <std::size_t I, class One>
    INTERLOCK_INLINE static bool call_one(PyObject* self, PyObject* const* arguments,
                                          Py_ssize_t given, PyObject*& result) {
        if constexpr (I < told_apart) {
            return given == static_cast<Py_ssize_t>(One::arity) &&
                   One::call_usual(self, arguments, result);
        } else {
            return false;
        }
    }
    template <std::size_t... I>
    INTERLOCK_INLINE static bool call_usual(PyObject* self, PyObject* const* arguments,
                                            Py_ssize_t given, PyObject*& result,
                                            std::index_sequence<I...>) {
        return (call_one<I, F>(self, arguments, given, result) || ...);
    }
    INTERLOCK_NOINLINE static PyObject* call_any(PyObject* self, PyObject* const* arguments,
                                                 Py_ssize_t given, PyObject* names) {
        if constexpr (is_method) {
            return dispatch_joint_method(site, self, arguments, given, names);
        } else {
            return dispatch(self, arguments, given, names);
        }
    }
    // By itself, so that the function before needs no place for the argument.
    INTERLOCK_NOINLINE static PyObject* call_any_with_one(PyObject* self, PyObject* argument) {
        return call_any(self, &argument, 1, nullptr);
    }

    static PyObject* with_one(PyObject* self, PyObject* argument) {
        PyObject* result = nullptr;
        return call_usual(self, &argument, 1, result, std::index_sequence_for<F...>{})
                   ? result
                   : call_any_with_one(self, argument);
    }
    static PyObject* with_array(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                                PyObject* names) {
        PyObject* result = nullptr;
        return names == nullptr &&
                       call_usual(self, arguments, given, result, std::index_sequence_for<F...>{})
                   ? result
                   : call_any(self, arguments, given, names);
    }
    static joint_function describe() noexcept {
        void (*function)() = nullptr;
        if constexpr (takes_one) {
            function = reinterpret_cast<void (*)()>(&with_one);
        } else {
            function = reinterpret_cast<void (*)()>(&with_array);
        }
        return {function, flags, sizeof...(F), &site};
    }
};

// Tells the core of it by `join`, where it reads more than the first of them would by itself.
template <class... F, class Join>
void join_told_apart(const Join& join) {
    if constexpr (joint<F...>::told_apart > 1) {
        join(joint<F...>::describe());
    }
}

// Behind m.def<&f, &g>("h").
template <class... Options>
consteval bool check_joint_options() {
    static_assert(sizeof...(Options) == 0,
                  "interlock: several callables in one definition, m.def<&f, &g>(\"h\"), take a "
                  "docstring and nothing else: define those that have options one by one, "
                  "m.def<&f>(\"h\", il::arg(\"x\"))");
    return true;
}

}  // namespace detail
INTERLOCK_END
