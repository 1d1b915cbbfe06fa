// Calls, attributes and items: o(args...), o.attr("x"), o["key"].
//
// Calls use vectorcall: arguments lie in an array on the stack, no tuple is made. Arguments are evaluated and converted from
// left to right; if one fails, those before it are released.
#pragma once

#include <interlock/convert/convert.hpp>

#include <array>

INTERLOCK_BEGIN
namespace detail {

PyObject* call_plain(PyObject* callable, PyObject** arguments, std::size_t count);
PyObject* call_general(PyObject* callable, struct call_arguments& arguments);
PyObject* call_method_plain(PyObject* self, std::string_view name, PyObject** arguments,
                            std::size_t count);

// The general form: keywords and unpacking. Owns what it holds.
struct call_arguments {
    call_arguments() = default;
    ~call_arguments();
    call_arguments(const call_arguments&) = delete;
    call_arguments& operator=(const call_arguments&) = delete;

    void add(PyObject* value);                                 // takes the reference over
    void add_keyword(std::string_view name, PyObject* value);  // takes the reference over
    void add_all(PyObject* iterable);
    void add_all_keywords(PyObject* mapping);

    PyObject* positional = nullptr;  // a list
    PyObject* keywords = nullptr;    // a dict
};

// References that a call holds until it is made.
template <std::size_t N>
struct reference_array {
    // One slot more in front, which vectorcall lets the callee use.
    std::array<PyObject*, N + 1> slots{};
    std::size_t count = 0;

    reference_array() = default;
    reference_array(const reference_array&) = delete;
    reference_array& operator=(const reference_array&) = delete;
    ~reference_array() {
        for (std::size_t i = 0; i < count; ++i) {
            object released(adopt_t{}, slots[i + 1]);
        }
    }
    void add(PyObject* value) noexcept { slots[++count] = value; }
    PyObject** data() noexcept { return slots.data() + 1; }
};

}  // namespace detail

// A keyword argument of a call: f(il::kw("indent") = 2).
template <class T>
struct keyword_argument {
    std::string_view name;
    T&& value;
};
class kw {
public:
    constexpr explicit kw(std::string_view name) noexcept : name_(name) {}
    template <class T>
    keyword_argument<T> operator=(
        T&& value) const noexcept {  // NOLINT: it names, it does not assign
        return {name_, std::forward<T>(value)};
    }

private:
    std::string_view name_;
};

// *iterable and **mapping in a call.
struct unpack : private detail::bound_tag {
    explicit unpack(const object& values) noexcept : iterable(values) {}
    const object& iterable;
};
struct unpack_kw : private detail::bound_tag {
    explicit unpack_kw(const object& values) noexcept : mapping(values) {}
    const object& mapping;
};

namespace detail {

template <class T>
inline constexpr bool is_special_argument = false;
template <class T>
inline constexpr bool is_special_argument<keyword_argument<T>> = true;
template <>
inline constexpr bool is_special_argument<unpack> = true;
template <>
inline constexpr bool is_special_argument<unpack_kw> = true;

template <class T>
void add_argument(call_arguments& to, T&& value) {
    using U = std::remove_cvref_t<T>;
    if constexpr (std::is_same_v<U, unpack>) {
        to.add_all(value.iterable.ptr());
    } else if constexpr (std::is_same_v<U, unpack_kw>) {
        to.add_all_keywords(value.mapping.ptr());
    } else if constexpr (is_special_argument<U>) {
        to.add_keyword(value.name, to_python(std::forward<decltype(value.value)>(value.value)));
    } else {
        to.add(to_python(std::forward<T>(value)));
    }
}

template <class... Args>
PyObject* call(PyObject* callable, Args&&... args) {
    require_attached("calling il::object");
    if constexpr ((is_special_argument<std::remove_cvref_t<Args>> || ...)) {
        call_arguments all;
        (add_argument(all, std::forward<Args>(args)), ...);
        return call_general(callable, all);
    } else {
        reference_array<sizeof...(Args)> all;
        (all.add(to_python(std::forward<Args>(args))), ...);
        return call_plain(callable, all.data(), sizeof...(Args));
    }
}

template <class... Args>
PyObject* call_method(PyObject* self, std::string_view name, Args&&... args) {
    require_attached("il::object::call_method");
    if constexpr ((is_special_argument<std::remove_cvref_t<Args>> || ...)) {
        const object method(adopt_t{}, get_attribute(self, name));
        return call(method.ptr(), std::forward<Args>(args)...);
    } else {
        reference_array<sizeof...(Args) + 1> all;
        all.add(Py_XNewRef(self));
        (all.add(to_python(std::forward<Args>(args))), ...);
        return call_method_plain(self, name, all.data(), sizeof...(Args) + 1);
    }
}

}  // namespace detail

// What the two proxies share: each stands for an object that is fetched when it is used.
template <class Derived>
class proxy : private detail::bound_tag {
public:
    operator object() const { return self().get(); }

    template <class... Args>
    object operator()(Args&&... args) const {
        return self().get()(std::forward<Args>(args)...);
    }
    attribute attr(std::string_view name) const;
    template <class Key>
    item operator[](Key&& key) const;
    template <class T>
    auto as() const {
        return self().get().template as<T>();
    }
    template <class T>
    auto try_as() const {
        return self().get().template try_as<T>();
    }
    template <class... Args>
    object call_method(std::string_view name, Args&&... args) const {
        return self().get().call_method(name, std::forward<Args>(args)...);
    }
    template <class Key>
    bool contains(Key&& key) const {
        return self().get().contains(std::forward<Key>(key));
    }
    bool is_none() const { return self().get().is_none(); }
    bool is(const object& other) const { return self().get().is(other); }
    std::string repr() const { return self().get().repr(); }
    std::string str() const { return self().get().str(); }
    owned<object> unbind() const { return self().get().unbind(); }

private:
    const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }
};

// o.attr("name"): stands for the attribute. Refers to the name until the end of the expression: do not keep it.
class attribute : public proxy<attribute> {
public:
    attribute(object self, std::string_view name) noexcept : self_(std::move(self)), name_(name) {}
    attribute(const attribute&) = default;
    ~attribute() = default;

    object get() const {
        return object(detail::adopt_t{}, detail::get_attribute(self_.ptr(), name_));
    }

    template <class T>
    const attribute& operator=(T&& value) const {
        detail::require_attached("il::object::attr assignment");
        const object converted(detail::adopt_t{}, detail::to_python(std::forward<T>(value)));
        detail::set_attribute(self_.ptr(), name_, converted.ptr());
        return *this;
    }
    attribute& operator=(const attribute& other) {
        detail::set_attribute(self_.ptr(), name_, other.get().ptr());
        return *this;
    }

    template <class... Args>
    object operator()(Args&&... args) const {
        return object(detail::adopt_t{},
                      detail::call_method(self_.ptr(), name_, std::forward<Args>(args)...));
    }

private:
    object self_;
    std::string_view name_;
};

// o[key]: stands for the item.
class item : public proxy<item> {
public:
    item(object self, object key) noexcept : self_(std::move(self)), key_(std::move(key)) {}
    item(const item&) = default;
    ~item() = default;

    object get() const {
        return object(detail::adopt_t{}, detail::get_item(self_.ptr(), key_.ptr()));
    }

    template <class T>
    const item& operator=(T&& value) const {
        detail::require_attached("il::object[] assignment");
        const object converted(detail::adopt_t{}, detail::to_python(std::forward<T>(value)));
        detail::set_item(self_.ptr(), key_.ptr(), converted.ptr());
        return *this;
    }
    item& operator=(const item& other) {
        detail::set_item(self_.ptr(), key_.ptr(), other.get().ptr());
        return *this;
    }

private:
    object self_;
    object key_;
};

template <class Derived>
attribute proxy<Derived>::attr(std::string_view name) const {
    return attribute(self().get(), name);
}

template <class Derived>
template <class Key>
item proxy<Derived>::operator[](Key&& key) const {
    return self().get()[std::forward<Key>(key)];
}

inline attribute object::attr(std::string_view name) const {
    detail::require_attached("il::object::attr");
    return attribute(*this, name);
}

template <class Key>
item object::operator[](Key&& key) const {
    detail::require_attached("il::object[]");
    return item(*this, object(detail::adopt_t{}, detail::to_python(std::forward<Key>(key))));
}

template <class... Args>
object object::operator()(Args&&... args) const {
    return object(detail::adopt_t{}, detail::call(pointer_, std::forward<Args>(args)...));
}

template <class... Args>
object object::call_method(std::string_view name, Args&&... args) const {
    return object(detail::adopt_t{},
                  detail::call_method(pointer_, name, std::forward<Args>(args)...));
}

template <class Key>
bool object::contains(Key&& key) const {
    detail::require_attached("il::object::contains");
    const object converted(detail::adopt_t{}, detail::to_python(std::forward<Key>(key)));
    return detail::contains(pointer_, converted.ptr());
}

inline std::string object::repr() const {
    return object(detail::adopt_t{}, detail::repr_of(pointer_)).as<std::string>();
}

inline std::string object::str() const {
    return object(detail::adopt_t{}, detail::str_of(pointer_)).as<std::string>();
}

template <class T>
object attachment::make(T&& value) const {
    detail::require_attached("il::python::make");
    return object(detail::adopt_t{}, detail::to_python(std::forward<T>(value)));
}

inline object attachment::none() const {
    detail::require_attached("il::python::none");
    return object(detail::adopt_t{}, Py_NewRef(Py_None));
}

INTERLOCK_END
