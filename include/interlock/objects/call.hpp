// Calls, attributes and items: o(args...), o.attr("x"), o["key"].
//
// Calls use vectorcall: arguments lie in an array on the stack, no tuple is made of them; the values of keywords lie behind
// them, and their names come from a tuple that is kept for the next call with the same ones. Only il::unpack and
// il::unpack_kw make a list and a dict. Arguments are evaluated and converted from left to right; if one fails, those before
// it are released.
#pragma once

#include <interlock/convert/convert.hpp>

#include <array>

INTERLOCK_BEGIN
namespace detail {

// The number of positional arguments as vectorcall has it, which says that it may use the slot in front of them.
constexpr std::size_t flagged_count(std::size_t positional) noexcept {
    return positional | PY_VECTORCALL_ARGUMENTS_OFFSET;
}

// These give a new reference, and throw what Python raised. Whether the thread is attached their callers have asked; call_plain asks
// itself whether it is inside of a tp_traverse, and throws not_attached. `callable`: not null. `counted`: a flagged_count.
INTERLOCK_RETURNS_NONNULL PyObject* call_plain(PyObject* callable, PyObject** arguments,
                                               std::size_t counted);
// The arguments of both kinds follow one another; the positional ones are counted.
INTERLOCK_RETURNS_NONNULL PyObject* call_keywords(PyObject* callable, PyObject** arguments,
                                                  std::size_t counted, const name* const* names,
                                                  std::size_t keywords);
PyObject* call_general(PyObject* callable, struct call_arguments& arguments);
// arguments[0] is the object itself.
INTERLOCK_RETURNS_NONNULL PyObject* call_method_plain(const name& method, PyObject** arguments,
                                                      std::size_t counted);
INTERLOCK_RETURNS_NONNULL PyObject* call_method_keywords(const name& method, PyObject** arguments,
                                                         std::size_t counted,
                                                         const name* const* names,
                                                         std::size_t keywords);

// The general form: unpacking. Owns what it holds.
struct call_arguments {
    call_arguments() = default;
    ~call_arguments();
    call_arguments(const call_arguments&) = delete;
    call_arguments& operator=(const call_arguments&) = delete;

    void add(PyObject* value);                           // takes the reference over
    void add_keyword(const name& key, PyObject* value);  // takes the reference over
    void add_all(PyObject* iterable);
    void add_all_keywords(PyObject* mapping);

    PyObject* positional = nullptr;  // a list
    PyObject* keywords = nullptr;    // a dict
};

// What numbers and text become has no finalizer, and is released where it was made: attached.
template <class T>
inline constexpr bool is_made_plain = false;
template <class T>
    requires requires { conversion<std::remove_cvref_t<T>>::loads; }
inline constexpr bool is_made_plain<T> = is_read_at_once<std::remove_cvref_t<T>>;

// References that a call holds until it is made; the first `Borrowed` of them somebody else does. Bits of `Plain`: slots for what is
// made plain.
template <std::size_t N, std::size_t Borrowed = 0, std::uint64_t Plain = 0>
struct reference_array {
    std::array<PyObject*, N> held{};

    reference_array() = default;
    reference_array(const reference_array&) = delete;
    reference_array& operator=(const reference_array&) = delete;
    ~reference_array() {
        if constexpr (Plain == 0) {
            for (std::size_t i = Borrowed; i < N; ++i) {
                const object released(adopt_t{}, held[i]);
            }
        } else {
            release(std::make_index_sequence<N - Borrowed>());
        }
    }

private:
    template <std::size_t... I>
    void release(std::index_sequence<I...>) noexcept {
        (release_slot<I + Borrowed>(), ...);
    }
    template <std::size_t I>
    void release_slot() noexcept {
        if constexpr (I < 64 && (Plain >> I & 1) != 0) {
            Py_XDECREF(std::get<I>(held));
        } else {
            const object released(adopt_t{}, std::get<I>(held));
        }
    }

public:
    // Takes the reference over, of those that are not borrowed. Null is what an object converts to that was moved from.
    void set(std::size_t index, PyObject* value, const char* operation) {
        if (value == nullptr) [[unlikely]] {
            throw_empty_handle(operation);
        }
        held[index] = value;
    }
    PyObject** data() noexcept { return held.data(); }
};

// What vectorcall is given: the references, behind a slot that the callee may use. Apart from their owner, which nobody else sees, so
// that compilers keep that one in registers.
template <std::size_t N>
struct argument_slots {
    template <class Owner>
    explicit argument_slots(const Owner& owner) noexcept {
        for (std::size_t i = 0; i < N; ++i) {
            slots[i + 1] = owner.held[i];
        }
    }
    PyObject** data() noexcept { return slots + 1; }
    PyObject* slots[N + 1];
};

// A value as an object: itself where it is one, else what it converts to. Throws std::logic_error for one that was moved
// from. The caller has asked whether the thread is attached.
template <class T>
decltype(auto) as_object(T&& value, const char* operation) {
    if constexpr (std::is_base_of_v<object, std::remove_cvref_t<T>>) {
        if (value.ptr() == nullptr) [[unlikely]] {
            throw_empty_handle(operation);
        }
        return static_cast<const object&>(value);
    } else {
        return object(adopt_t{}, check_new(to_python(std::forward<T>(value))));
    }
}

template <class T>
inline constexpr bool is_literal = false;
template <std::size_t N>
inline constexpr bool is_literal<const char (&)[N]> = true;

// The same for keys: those written as literals are interned, like names.
template <class T>
decltype(auto) as_key(T&& value, const char* operation) {
    if constexpr (is_literal<T>) {
        return object(adopt_t{}, string_of(value));
    } else {
        return as_object(std::forward<T>(value), operation);
    }
}

}  // namespace detail

// A keyword argument of a call: f(il::kw("indent") = 2).
template <class T>
struct keyword_argument {
    detail::name name;
    T&& value;
};
class kw {
public:
    constexpr explicit kw(detail::name name) noexcept : name_(name) {}
    template <class T>
    keyword_argument<T> operator=(
        T&& value) const noexcept {  // NOLINT: it names, it does not assign
        return {name_, std::forward<T>(value)};
    }

private:
    detail::name name_;
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
inline constexpr bool is_keyword = false;
template <class T>
inline constexpr bool is_keyword<keyword_argument<T>> = true;
template <class T>
struct argument_value_of {
    using type = T;
};
template <class T>
struct argument_value_of<keyword_argument<T>> {
    using type = T;
};
template <class T>
using argument_value = typename argument_value_of<T>::type;
template <class T>
inline constexpr bool is_unpacked = std::is_same_v<T, unpack> || std::is_same_v<T, unpack_kw>;

template <class T>
void add_argument(call_arguments& to, T&& value) {
    using U = std::remove_cvref_t<T>;
    if constexpr (std::is_same_v<U, unpack>) {
        to.add_all(value.iterable.ptr());
    } else if constexpr (std::is_same_v<U, unpack_kw>) {
        to.add_all_keywords(value.mapping.ptr());
    } else if constexpr (is_keyword<U>) {
        to.add_keyword(value.name, to_argument(std::forward<decltype(value.value)>(value.value)));
    } else {
        to.add(to_argument(std::forward<T>(value)));
    }
}

// The arguments of one call, laid out for vectorcall: `First` slots of what the caller holds, the positional ones, those by
// keyword.
template <std::size_t First, class... Args>
struct call_layout {
    static constexpr std::size_t keywords =
        (0 + ... + (is_keyword<std::remove_cvref_t<Args>> ? 1 : 0));
    static constexpr std::size_t size = First + sizeof...(Args);
    static constexpr std::size_t positional = size - keywords;
    static constexpr std::size_t counted = flagged_count(positional);

    // Where each argument goes, and which of the slots are for what is made plain.
    struct places {
        std::array<std::size_t, sizeof...(Args) + 1> slots{};
        std::uint64_t plain = 0;
    };
    static constexpr places layout = [] {
        places made;
        constexpr bool by_keyword[] = {is_keyword<std::remove_cvref_t<Args>>..., false};
        constexpr bool plain[] = {is_made_plain<argument_value<std::remove_cvref_t<Args>>>...,
                                  false};
        std::size_t next_positional = First;
        std::size_t next_keyword = positional;
        for (std::size_t i = 0; i < sizeof...(Args); ++i) {
            const std::size_t slot = by_keyword[i] ? next_keyword++ : next_positional++;
            made.slots[i] = slot;
            if (plain[i] && slot < 64) {
                made.plain |= std::uint64_t{1} << slot;
            }
        }
        // A converter of the user's may leave the thread detached by an exception: then each has to be asked.
        if constexpr (!(is_made_plain<argument_value<std::remove_cvref_t<Args>>> && ...)) {
            made.plain = 0;
        }
        return made;
    }();

    reference_array<First + sizeof...(Args), First, layout.plain> values;
    std::array<const name*, keywords == 0 ? 1 : keywords> names;

    // All of them, from left to right.
    void add([[maybe_unused]] const char* operation, Args&&... args) {
        add_each(operation, std::index_sequence_for<Args...>(), std::forward<Args>(args)...);
    }

private:
    template <std::size_t... I>
    void add_each([[maybe_unused]] const char* operation, std::index_sequence<I...>,
                  Args&&... args) {
        (add_one<layout.slots[I]>(std::forward<Args>(args), operation), ...);
    }
    template <std::size_t Slot, class T>
    void add_one(T&& value, const char* operation) {
        if constexpr (is_keyword<std::remove_cvref_t<T>>) {
            names[Slot - positional] = &value.name;
            values.set(Slot, to_argument(std::forward<decltype(value.value)>(value.value)),
                       operation);
        } else {
            values.set(Slot, to_argument(std::forward<T>(value)), operation);
        }
    }
};

template <class... Args>
PyObject* call(PyObject* callable, Args&&... args) {
    constexpr const char* operation = "calling il::object";
    // call_plain asks whether the thread is inside of a tp_traverse, where numbers and text may be made.
    if constexpr ((is_made_plain<Args> && ...)) {
        require_state(operation);
    } else {
        require_attached(operation);
    }
    if (callable == nullptr) [[unlikely]] {
        throw_empty_handle(operation);
    }
    if constexpr ((is_unpacked<std::remove_cvref_t<Args>> || ...)) {
        call_arguments all;
        (add_argument(all, std::forward<Args>(args)), ...);
        return call_general(callable, all);
    } else {
        using layout = call_layout<0, Args...>;
        layout all;
        all.add(operation, std::forward<Args>(args)...);
        argument_slots<layout::size> slots(all.values);
        if constexpr (layout::keywords == 0) {
            return call_plain(callable, slots.data(), layout::counted);
        } else {
            return call_keywords(callable, slots.data(), layout::counted, all.names.data(),
                                 layout::keywords);
        }
    }
}

template <class... Args>
PyObject* call_method(PyObject* self, const name& method, Args&&... args) {
    constexpr const char* operation = "il::object::call_method";
    require_attached(operation);
    if constexpr ((is_unpacked<std::remove_cvref_t<Args>> || ...)) {
        const object bound(adopt_t{}, get_attribute(self, method));
        return call(bound.ptr(), std::forward<Args>(args)...);
    } else {
        using layout = call_layout<1, Args...>;
        const object held(adopt_t{},
                          Py_XNewRef(self));  // the call may replace the handle that it came from
        layout all;
        all.values.set(0, self, operation);
        all.add(operation, std::forward<Args>(args)...);
        argument_slots<layout::size> slots(all.values);
        if constexpr (layout::keywords == 0) {
            return call_method_plain(method, slots.data(), layout::counted);
        } else {
            return call_method_keywords(method, slots.data(), layout::counted, all.names.data(),
                                        layout::keywords);
        }
    }
}

}  // namespace detail

// What the two proxies share: each stands for an object that is fetched when it is used. What is not here is had by the
// conversion to il::object.
template <class Derived>
class proxy : private detail::bound_tag, public detail::proxy_tag {
public:
    operator object() const { return self().get(); }
    explicit operator bool() const { return static_cast<bool>(self().get()); }

    template <class... Args>
    object operator()(Args&&... args) const {
        return self().get()(std::forward<Args>(args)...);
    }
    attribute attr(detail::name name) const;
    template <detail::dying_text T>
    attribute attr(T&& name) const;
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
    object call_method(detail::name name, Args&&... args) const {
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
    std::ptrdiff_t hash() const { return self().get().hash(); }
    owned<object> unbind() const { return self().get().unbind(); }
    python py() const { return self().owner().py(); }
    item_iterator begin() const;
    std::default_sentinel_t end() const noexcept { return std::default_sentinel; }

private:
    const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }
};

// o.attr("name"): stands for the attribute. Refers to the text that it was given, as a std::string_view would, but keeps one
// that is a temporary std::string.
class attribute : public proxy<attribute> {
public:
    attribute(object self, detail::name name) noexcept
        : self_(std::move(self)), kept_(detail::adopt_t{}, nullptr), name_(name) {}
    // kept: a string that the name refers to.
    attribute(object self, detail::name name, object kept) noexcept
        : self_(std::move(self)), kept_(std::move(kept)), name_(name) {}
    attribute(const attribute&) = default;
    ~attribute() = default;

    object get() const {
        return object(detail::adopt_t{}, detail::get_attribute(self_.ptr(), name_));
    }

    template <class T>
        requires(!std::is_same_v<std::remove_cvref_t<T>, attribute>)
    const attribute& operator=(T&& value) const {
        constexpr const char* operation = "il::object::attr assignment";
        detail::require_attached(operation);
        const object& converted = detail::as_object(std::forward<T>(value), operation);
        detail::set_attribute(self_.ptr(), name_, converted.ptr());
        return *this;
    }
    const attribute& operator=(const attribute& other) const { return *this = other.get(); }
    attribute& operator=(const attribute& other) {
        std::as_const(*this) = other.get();
        return *this;
    }

    // del o.attr("name")
    void del() const { detail::delete_attribute(self_.ptr(), name_); }

    template <class... Args>
    object operator()(Args&&... args) const {
        return object(detail::adopt_t{},
                      detail::call_method(self_.ptr(), name_, std::forward<Args>(args)...));
    }

    const object& owner() const noexcept { return self_; }

private:
    object self_;
    object kept_;  // null as a rule
    detail::name name_;
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
        requires(!std::is_same_v<std::remove_cvref_t<T>, item>)
    const item& operator=(T&& value) const {
        constexpr const char* operation = "il::object[] assignment";
        detail::require_attached(operation);
        const object& converted = detail::as_object(std::forward<T>(value), operation);
        detail::set_item(self_.ptr(), key_.ptr(), converted.ptr());
        return *this;
    }
    const item& operator=(const item& other) const { return *this = other.get(); }
    item& operator=(const item& other) {
        std::as_const(*this) = other.get();
        return *this;
    }

    // del o[key]
    void del() const { detail::delete_item(self_.ptr(), key_.ptr()); }

    const object& owner() const noexcept { return self_; }

private:
    object self_;
    object key_;
};

template <class Derived>
attribute proxy<Derived>::attr(detail::name name) const {
    return attribute(self().get(), name);
}

template <class Derived>
template <detail::dying_text T>
attribute proxy<Derived>::attr(T&& name) const {
    return self().get().attr(std::forward<T>(name));
}

template <class Derived>
template <class Key>
item proxy<Derived>::operator[](Key&& key) const {
    return self().get()[std::forward<Key>(key)];
}

inline attribute object::attr(detail::name name) const {
    detail::require_attached("il::object::attr");
    return attribute(*this, name);
}

template <detail::dying_text T>
attribute object::attr(T&& name) const {
    detail::require_attached("il::object::attr");
    PyObject* string = nullptr;
    const detail::name kept = detail::kept_name(std::string_view(name), string);
    return attribute(*this, kept, object(detail::adopt_t{}, string));
}

template <class Key>
item object::operator[](Key&& key) const {
    constexpr const char* operation = "il::object[]";
    detail::require_attached(operation);
    return item(*this, detail::as_key(std::forward<Key>(key), operation));
}

template <class... Args>
object object::operator()(Args&&... args) const {
    return object(detail::adopt_t{}, detail::call(pointer_, std::forward<Args>(args)...));
}

template <class... Args>
object object::call_method(detail::name name, Args&&... args) const {
    return object(detail::adopt_t{},
                  detail::call_method(pointer_, name, std::forward<Args>(args)...));
}

template <class Key>
bool object::contains(Key&& key) const {
    constexpr const char* operation = "il::object::contains";
    detail::require_attached(operation);
    const object& converted = detail::as_key(std::forward<Key>(key), operation);
    return detail::contains(pointer_, converted.ptr());
}

inline std::string object::repr() const {
    return object(detail::adopt_t{}, detail::repr_of(pointer_)).as<std::string>();
}

inline std::string object::str() const {
    return object(detail::adopt_t{}, detail::str_of(pointer_)).as<std::string>();
}

// o.attr("name") = value and del o[key], as functions; the key and the value are converted. Throw python_error.
template <class T>
void setattr(const object& self, detail::name name, T&& value) {
    constexpr const char* operation = "il::setattr";
    detail::require_attached(operation);
    const object& converted = detail::as_object(std::forward<T>(value), operation);
    detail::set_attribute(self.ptr(), name, converted.ptr());
}
template <class Key>
void delitem(const object& self, Key&& key) {
    constexpr const char* operation = "il::delitem";
    detail::require_attached(operation);
    const object& converted = detail::as_key(std::forward<Key>(key), operation);
    detail::delete_item(self.ptr(), converted.ptr());
}
// il::del(o[key]), il::del(o.attr("name")).
template <class Derived>
void del(const proxy<Derived>& what) {
    static_cast<const Derived&>(what).del();
}

template <class T>
object attachment::make(T&& value) const {
    detail::require_attached("il::python::make");
    return object(detail::adopt_t{}, detail::to_python(std::forward<T>(value)));
}

// Python's own print: il::kw("sep"), il::kw("end"), il::kw("file") and il::kw("flush") are its options.
template <class... Args>
void attachment::print(Args&&... args) const {
    const object function(detail::adopt_t{}, detail::builtin("print", "il::python::print"));
    static_cast<void>(function(std::forward<Args>(args)...));
}

INTERLOCK_END
