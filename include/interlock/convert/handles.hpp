// Handles to and from Python: no conversion, a check of the kind.
#pragma once

#include <interlock/convert/scalars.hpp>

#include <new>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

// A kind of object as Python's typing writes it; most have the same name there.
consteval const char* typing_text(const char* kind) {
    constexpr const char* others[][2] = {
        {"boolean", "bool"},
        {"callable", "collections.abc.Callable"},
        {"capsule", "types.CapsuleType"},
        {"code", "types.CodeType"},
        {"date", "datetime.date"},
        {"datetime", "datetime.datetime"},
        {"ellipsis", "types.EllipsisType"},
        {"exception", "BaseException"},
        {"float_", "float"},
        {"function", "collections.abc.Callable"},
        {"int_", "int"},
        {"iterable", "collections.abc.Iterable"},
        {"iterator", "collections.abc.Iterator"},
        {"mapping", "collections.abc.Mapping"},
        {"module", "types.ModuleType"},
        {"none", "None"},
        {"not_implemented", "types.NotImplementedType"},
        {"range_", "range"},
        {"sequence", "collections.abc.Sequence"},
        {"time", "datetime.time"},
        {"timedelta", "datetime.timedelta"},
        {"traceback", "types.TracebackType"},
        {"tzinfo", "datetime.tzinfo"},
        {"weakref", "weakref.ReferenceType"},
    };
    for (const auto& [name, text] : others) {
        if (std::string_view(name) == kind) {
            return text;
        }
    }
    return kind;
}

template <class T>
inline constexpr hint hint_of_kind{typing_text(T::kind_name)};
inline constexpr hint hint_object{"object"};

// A handle that was moved from has nothing to give: null, with the error set.
PyObject* refuse_empty_handle() noexcept;

template <class T>
consteval const hint& hint_of_handle() {
    if constexpr (requires { T::kind_hint; }) {
        return T::kind_hint;
    } else {
        return hint_of_kind<T>;
    }
}

// For a kind of handle that is for the instances of a bound class: `site_behind` and `instance_behind`, as the conversions to such
// instances have them.
template <class T>
struct instance_of_handle {};

// A parameter is a handle around the caller's reference for as long as it is only looked at; one that is taken by value gets a
// reference of its own.
template <class T>
struct conversion<T, category::handle> : instance_of_handle<T> {
    static constexpr loader loads = by_test;
    static constexpr bool nothrow = true;
    static constexpr bool accepts_none = std::is_same_v<T, object>;
    static constexpr const hint& in = hint_of_handle<T>();
    static constexpr const hint& out = hint_of_handle<T>();

    // A handle that releases nothing when it dies.
    class storage {
    public:
        storage() noexcept : handle_(adopt_t{}, nullptr) {}
        ~storage() { static_cast<void>(handle_.release()); }
        storage(const storage&) = delete;
        storage& operator=(const storage&) = delete;
        void set(PyObject* object) noexcept {
            static_cast<void>(handle_.release());
            ::new (static_cast<void*>(&handle_)) T(adopt_t{}, object);
        }
        const T& handle() const noexcept { return handle_; }
        PyObject* get() const noexcept { return handle_.ptr(); }

    private:
        T handle_;
    };

    INTERLOCK_INLINE static bool fast(PyObject* from, storage& to) noexcept {
        if (!T::is_kind(from)) {
            return false;
        }
        to.set(from);
        return true;
    }
    static bool load(PyObject* from, storage& to, loading& l) {
        if (!T::is_kind(from)) {
            return l.refuse(in, from);
        }
        to.set(from);
        return true;
    }
    template <class A>
    static decltype(auto) pass(storage& value) noexcept {
        if constexpr (std::is_lvalue_reference_v<A>) {
            static_assert(std::is_const_v<std::remove_reference_t<A>>,
                          "interlock: take a handle by value or by const reference");
            return value.handle();
        } else {
            return T(adopt_t{}, Py_NewRef(value.get()));
        }
    }
    static PyObject* make(const T& value) noexcept {
        return value.ptr() != nullptr ? Py_NewRef(value.ptr()) : refuse_empty_handle();
    }
    static PyObject* make(T&& value) noexcept {
        return value.ptr() != nullptr ? value.release() : refuse_empty_handle();
    }
};

template <class T>
struct conversion<owned<T>, category::owned> : loaded_value<owned<T>> {
    static constexpr const hint& in = conversion<T>::in;
    static constexpr const hint& out = conversion<T>::out;

    static bool load(PyObject* from, owned<T>& to, loading& l) {
        if (!T::is_kind(from)) {
            return l.refuse(in, from);
        }
        to = owned<T>(Py_NewRef(from), interpreter_of_this_thread());
        return true;
    }
    static PyObject* make(const owned<T>& value) { return value.bind(token_inside).release(); }
};

template <class T>
struct conversion<T, category::proxy> {
    static constexpr const hint& out = hint_object;
    static PyObject* make(const T& value) { return value.get().release(); }
};

}  // namespace detail
INTERLOCK_END
