// Conversions as calls, attributes and as<T>() use them: to_python throws what Python raised, from_python throws cast_error.
#pragma once

#include <interlock/convert/aggregates.hpp>
#include <interlock/convert/alternatives.hpp>
#include <interlock/convert/chrono.hpp>
#include <interlock/convert/containers.hpp>
#include <interlock/convert/enumerations.hpp>
#include <interlock/convert/errors.hpp>
#include <interlock/convert/files.hpp>
#include <interlock/convert/smart_pointers.hpp>
#include <interlock/convert/tuples.hpp>
#include <interlock/convert/user.hpp>
#include <interlock/convert/views.hpp>
#include <interlock/objects/error.hpp>

#include <optional>

INTERLOCK_BEGIN
namespace detail {

// The object makes memory for each view of it, which a span outside of a call would outlive. Throws cast_error.
[[noreturn]] void throw_fleeting_memory(const char* operation, PyObject* object);

// A new reference. Throws python_error. Needs an attached thread, which its callers have checked.
template <class T>
PyObject* to_python(T&& value) {
    return check_new(conversion_of<T>::make(std::forward<T>(value)));
}

// The same for an argument of a call: an object of a bound class that is passed by reference is the instance that it has.
template <class T>
PyObject* to_argument(T&& value) {
    if constexpr (std::is_lvalue_reference_v<T> && requires { conversion_of<T>::is_instance; }) {
        return check_new(conversion_of<T>::make_passed(value));
    } else {
        return to_python(std::forward<T>(value));
    }
}

// What as<T>() gives has to stand without the call that made it.
template <class T>
consteval bool check_result_of_as() {
    static_assert(!holds_views<T>,
                  "interlock: as<T>() of a container of views has nothing that keeps alive what "
                  "they view: take std::string, il::pinned_str or il::buffer<T> for them");
    static_assert(
        !requires { conversion<T>::copies_items; },
        "interlock: as<std::span<const T>>() has nowhere to put the items that it would "
        "view: convert to std::vector<T>");
    return true;
}

// A view of a buffer is of the object's own memory, which is there as long as the object is, or it is refused.
template <class T>
void check_view(const typename conversion<T>::storage& value, PyObject* object,
                const char* operation) {
    if constexpr (requires { conversion<T>::outlives_export(value, object); }) {
        if (!conversion<T>::outlives_export(value, object)) [[unlikely]] {
            throw_fleeting_memory(operation, object);
        }
    }
}

// T may be a reference to a bound class: as<Account&>().
template <class T>
T from_python(PyObject* object) {
    using U = std::remove_cvref_t<T>;
    static_assert(
        !std::is_reference_v<T> || may_be_bound<U>,
        "interlock: as<T&>() of a type that is no bound class would refer to a temporary");
    static_assert(check_result_of_as<U>());
    require_attached("il::object::as");
    if (object == nullptr) [[unlikely]] {
        throw_empty_handle("il::object::as");
    }
    typename conversion<U>::storage value{};
    if constexpr (requires { conversion<U>::fast(object, value); }) {
        if (conversion<U>::fast(object, value)) {
            return conversion<U>::template pass<T>(value);
        }
    }
    loading l = loading::plain();
    l.exact = may_be_bound<U> && std::is_reference_v<T>;
    if (!conversion<U>::load(object, value, l)) [[unlikely]] {
        l.raise_cast_error("il::object::as");
    }
    check_view<U>(value, object, "il::object::as");
    return conversion<U>::template pass<T>(value);
}

// The same of a temporary: numbers and text of their usual form are read by what inline operations ask, and let go at once, for they
// have no finalizers; `object` is null then. What made the temporary has asked CPython, it is held, and it cannot change.
template <class T>
INTERLOCK_INLINE T from_temporary(PyObject*& object) {
#if !INTERLOCK_LIMITED_API
    if constexpr (is_read_at_once<T>) {
        require_attached_inline("il::object::as");
        typename conversion<T>::storage value;
        if (object != nullptr && conversion<T>::fast(object, value)) [[likely]] {
            T result = conversion<T>::template pass<T>(value);
            PyObject* const read = std::exchange(object, nullptr);
            Py_DECREF(read);
            return result;
        }
    }
#endif
    return from_python<T>(object);
}

template <class T>
std::optional<T> try_from_python(PyObject* object) {
    static_assert(check_result_of_as<T>());
    require_attached("il::object::try_as");
    if (object == nullptr) [[unlikely]] {
        throw_empty_handle("il::object::try_as");
    }
    typename conversion<T>::storage value{};
    loading l = loading::plain();
    l.quiet = true;
    if (!load_value<T>(object, value, l)) {
        if (l.problem == loading::raised) {
            throw_python_error();
        }
        return std::nullopt;
    }
    check_view<T>(value, object, "il::object::try_as");
    return conversion<T>::template pass<T>(value);
}

}  // namespace detail

template <class T>
decltype(auto) object::as() const& {
    return detail::from_python<T>(pointer_);
}

template <class T>
decltype(auto) object::as() && {
    static_assert(
        !std::is_reference_v<T>,
        "interlock: as<T&>() would refer into a temporary object, which ends here: keep the object "
        "in a variable, or convert to T");
    static_assert(
        !detail::is_view<std::remove_cvref_t<T>>,
        "interlock: as<T>() would view the memory of a temporary object, which ends here: keep "
        "the object in a variable, or convert to std::string");
    return detail::from_temporary<T>(pointer_);
}

template <class T>
auto object::try_as() const& {
    return detail::try_from_python<T>(pointer_);
}

template <class T>
auto object::try_as() && {
    static_assert(!detail::is_view<T>,
                  "interlock: try_as<T>() would view the memory of a temporary object, which ends "
                  "here: keep the object in a variable, or convert to std::string");
    return detail::try_from_python<T>(pointer_);
}

INTERLOCK_END
