// Warnings: il::warn<il::deprecation_warning>(py, "use g() instead").
#pragma once

#include <interlock/objects/error.hpp>

INTERLOCK_BEGIN
namespace detail {

// Takes the reference to the category over; null: it is not registered.
void warn(PyObject* category, std::string_view text, int stack_level);

template <class W>
consteval bool check_warning() {
    static_assert(std::is_base_of_v<warning, W>,
                  "interlock: il::warn<W>: W is a warning: il::user_warning, "
                  "il::deprecation_warning and the like, or a class derived from one that "
                  "il::exception_ has registered");
    return std::is_base_of_v<warning, W>;
}

}  // namespace detail

// Warns, as warnings.warn does. The level says whose line the warning is shown with: 1 is the Python code that called this C++
// function, 2 the caller of that. The text is UTF-8. Throws python_error where the user's filters make the warning an error, and
// for what they raise; not_attached; std::logic_error where W is not registered in this interpreter.
template <class W = user_warning>
void warn(python, std::string_view text, int stack_level = 1) {
    if constexpr (detail::check_warning<W>()) {
        detail::require_attached("il::warn");
        detail::warn(detail::python_class_of<W>(), text, stack_level);
    }
}
// The same with a category of Python's.
inline void warn(const object& category, std::string_view text, int stack_level = 1) {
    detail::require_attached("il::warn");
    if (category.ptr() == nullptr) {
        detail::throw_empty_handle("il::warn");
    }
    detail::warn(Py_NewRef(category.ptr()), text, stack_level);
}

INTERLOCK_END
