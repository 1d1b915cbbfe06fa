// Sequences, sets, mappings, tuples and optionals of anything that converts.
//
// What is accepted: a sequence from any iterable that is no str, bytes or mapping (a list or tuple is read without an
// iterator), a multiset likewise; a multimap from a mapping whose values are iterables; a mapping from a dict or from what has
// items(); a set from set, frozenset, the keys of a dict and what is a collections.abc.Set; a tuple from a tuple or list of that
// length. In the exact pass of overloads: list, dict, set, tuple alone. A list that changes while it is read, an iterator that
// raises and a __len__ that lies are met: each item is held while it is converted, and nothing is sized by what an object claims.
#pragma once

#include <interlock/convert/handles.hpp>
#include <interlock/convert/places.hpp>
#include <interlock/convert/text.hpp>

INTERLOCK_BEGIN
namespace detail {

// Numbers and text: what is loaded by fast() is a copy or a look into the object, and nothing of Python runs on the way.
template <class T>
inline constexpr bool is_read_at_once =
    conversion<T>::loads == by_integer || conversion<T>::loads == by_float ||
    conversion<T>::loads == by_single || conversion<T>::loads == by_bool ||
    conversion<T>::loads == by_utf8;

// The same of what has such parts: tuples, optionals and variants, which have made their copies when fast() says yes.
template <class T>
inline constexpr bool is_read_inline = is_read_at_once<T>;
template <class T>
    requires requires { conversion<T>::parts_are_read_inline; }
inline constexpr bool is_read_inline<T> = conversion<T>::parts_are_read_inline;

// What fast() does where copies are made: when one throws it says no, and load() comes to the same and throws it.
template <class Put>
INTERLOCK_INLINE bool put_or_not(const Put& put) noexcept {
    try {
        put();
        return true;
    } catch (...) {
        return false;
    }
}

// Loaded as its UTF-8, unless the user has a conversion of it.
template <class T>
inline constexpr bool is_std_string = false;
template <class C, class... Rest>
    requires(sizeof(C) == 1)
inline constexpr bool is_std_string<std::basic_string<C, Rest...>> =
    conversion<std::basic_string<C, Rest...>>::loads == by_utf8;

template <class T>
bool load_value(PyObject* from, typename conversion<T>::storage& to, loading& l) {
    if constexpr (requires { conversion<T>::fast(from, to); }) {
        if (conversion<T>::fast(from, to)) {
            return true;
        }
    }
    return conversion<T>::load(from, to, l);
}

// One more container around what is loaded.
class deeper {
public:
    explicit deeper(loading& l) noexcept : l_(l) { ++l.depth; }
    ~deeper() { --l_.depth; }
    deeper(const deeper&) = delete;
    deeper& operator=(const deeper&) = delete;
    bool too_deep() const noexcept { return l_.depth > deepest; }

private:
    loading& l_;
};

// Opens what is no list or tuple as an iterator, a new reference; null: it is none, and the loading says why.
PyObject* open_iterable(PyObject* from, const hint& expected, loading& l);
// The same for what can be a set of keys.
PyObject* open_set(PyObject* from, const hint& expected, loading& l);
// The next item, a new reference; null at the end and after an error, which is then noted.
PyObject* next_item(PyObject* iterator, loading& l, bool& failed);
// A dict to walk over, borrowed or held in `made`: `from` itself, or a dict of what its items() gives.
PyObject* open_mapping(PyObject* from, PyObject*& made, const hint& expected, loading& l);
// The dict has another size than when the walk began.
bool refuse_changed(loading& l);

struct reference {
    explicit reference(PyObject* taken) noexcept : pointer(taken) {}
    ~reference() { Py_XDECREF(pointer); }
    reference(const reference&) = delete;
    reference& operator=(const reference&) = delete;
    explicit operator bool() const noexcept { return pointer != nullptr; }
    PyObject* release() noexcept {
        PyObject* given = pointer;
        pointer = nullptr;
        return given;
    }
    PyObject* pointer;
};

// A view of a temporary item is kept alive by the call.
template <class T>
bool load_item(PyObject* item, typename conversion<T>::storage& to, loading& l) {
    static_assert(
        !requires { conversion<T>::copies_items; },
        "interlock: a std::span of items that are converted, inside of a container, would view "
        "what ends before the call: take std::vector<T> in its place");
    if constexpr (requires { conversion<T>::load_kept(item, to, l); }) {
        return conversion<T>::load_kept(item, to, l);
    } else {
        if (!load_value<T>(item, to, l)) [[unlikely]] {
            return false;
        }
        if constexpr (is_view<T>) {
            if (l.keep == nullptr) {
                return l.refuse_text(
                    loading::mismatch,
                    "a view of the memory of a temporary object would dangle here");
            }
            l.keep->keep(item);
        }
        return true;
    }
}

inline PyObject* array_item(PyObject* from, bool is_list, Py_ssize_t i) noexcept {
    return is_list ? PyList_GET_ITEM(from, i) : PyTuple_GET_ITEM(from, i);
}
inline Py_ssize_t array_size(PyObject* from, bool is_list) noexcept {
    return is_list ? PyList_GET_SIZE(from) : PyTuple_GET_SIZE(from);
}

// By the iterator of a set or a frozenset itself, which runs no Python code: asked directly, and for an error at its end alone.
template <class Element, class Add>
bool load_set_items(PyObject* iterator, loading& l, Add& add) {
    using inner = conversion<Element>;
    const auto next = INTERLOCK_TYPE_SLOT(Py_TYPE(iterator), tp_iternext, iternextfunc);
    for (std::size_t i = 0;; ++i) {
        const reference item(next(iterator));
        if (item.pointer == nullptr) {
            // At the end no error is set; one says that the set changed meanwhile.
            return PyErr_Occurred() == nullptr || l.raise() || l.at_item(i);
        }
        typename inner::storage value{};
        if (!load_item<Element>(item.pointer, value, l)) [[unlikely]] {
            return l.at_item(i);
        }
        if (!add(value)) {
            return false;
        }
    }
}

// Calls add(storage) for each item that was loaded; false as soon as one does not fit or add says so.
template <class Element, class Add>
bool load_items(PyObject* from, const hint& expected, bool as_set, loading& l, Add&& add) {
    using inner = conversion<Element>;
    const deeper level(l);
    if (level.too_deep()) {
        return l.refuse_text(loading::invalid, "containers are nested more than %d deep",
                             int{deepest});
    }
    const bool is_list = !as_set && PyList_Check(from) != 0;
    if (is_list || (!as_set && PyTuple_Check(from) != 0)) {
        const object_lock lock(from);
        for (Py_ssize_t i = 0; i < array_size(from, is_list); ++i) {
            typename inner::storage value{};
            if constexpr (requires { inner::fast(from, value); } && !requires { inner::views; }) {
                // Runs no Python code, so that the item cannot go away.
                if (inner::fast(array_item(from, is_list, i), value)) [[likely]] {
                    if (!add(value)) {
                        return false;
                    }
                    continue;
                }
            }
            const reference item(Py_NewRef(array_item(from, is_list, i)));
            if (!load_item<Element>(item.pointer, value, l)) [[unlikely]] {
                return l.at_item(static_cast<std::size_t>(i));
            }
            if (!add(value)) {
                return false;
            }
        }
        return true;
    }
    const reference iterator(as_set ? open_set(from, expected, l)
                                    : open_iterable(from, expected, l));
    if (iterator.pointer == nullptr) {
        return false;
    }
    if (as_set && PyAnySet_CheckExact(from)) {
        return load_set_items<Element>(iterator.pointer, l, add);
    }
    bool failed = false;
    for (std::size_t i = 0;; ++i) {
        const reference item(next_item(iterator.pointer, l, failed));
        if (item.pointer == nullptr) {
            return !failed || l.at_item(i);
        }
        typename inner::storage value{};
        if (!load_item<Element>(item.pointer, value, l)) [[unlikely]] {
            return l.at_item(i);
        }
        if (!add(value)) {
            return false;
        }
    }
}

// How much memory to reserve: what a list, tuple, set or dict holds; others are not believed.
inline std::size_t believed_size(PyObject* from) noexcept {
    if (PyList_Check(from) || PyTuple_Check(from)) {
        return static_cast<std::size_t>(Py_SIZE(from));
    }
    if (PyDict_Check(from)) {
        return static_cast<std::size_t>(PyDict_GET_SIZE(from));
    }
    return PyAnySet_Check(from) ? static_cast<std::size_t>(PySet_GET_SIZE(from)) : 0;
}

template <class T>
void make_room(T& container, PyObject* from) {
    if constexpr (requires { container.clear(); }) {
        container.clear();
    } else {
        container = T();
    }
    if constexpr (requires { container.reserve(std::size_t()); }) {
        container.reserve(believed_size(from));
    }
}

template <class Element, class V, class Item>
PyObject* make_item(Item&& item) {
    if constexpr (!std::is_lvalue_reference_v<V> && !std::is_const_v<V> &&
                  !std::is_const_v<std::remove_reference_t<Item>>) {
        return conversion<Element>::make(static_cast<Element&&>(item));
    } else {
        return conversion<Element>::make(item);
    }
}

template <class Element, class V>
PyObject* list_of_items(V&& value) {
    reference list(PyList_New(static_cast<Py_ssize_t>(value.size())));
    if (list.pointer == nullptr) {
        return nullptr;
    }
    Py_ssize_t i = 0;
    for (auto&& item : value) {
        PyObject* made = make_item<Element, V>(item);
        if (made == nullptr) [[unlikely]] {
            return nullptr;
        }
        PyList_SET_ITEM(list.pointer, i++, made);
    }
    return list.release();
}

// put: what is done with a dict, a key and a value; false with an error set.
template <class Key, class Element, class V, class Put>
PyObject* dict_of_items(V&& value, Put put) {
    reference dict(PyDict_New());
    if (dict.pointer == nullptr) {
        return nullptr;
    }
    for (auto&& [k, v] : value) {
        const reference made_key(conversion<Key>::make(k));
        if (made_key.pointer == nullptr) [[unlikely]] {
            return nullptr;
        }
        const reference made(make_item<Element, V>(v));
        if (made.pointer == nullptr || !put(dict.pointer, made_key.pointer, made.pointer))
            [[unlikely]] {
            return nullptr;
        }
    }
    return dict.release();
}

template <class T>
struct conversion<T, category::sequence> : loaded_value<T> {
    using element = std::remove_cv_t<typename T::value_type>;
    using inner = conversion<element>;
    using items = item_list<element>;
    static constexpr const hint* in_parts[] = {&inner::in};
    static constexpr const hint* out_parts[] = {&inner::out};
    static constexpr hint in{"collections.abc.Iterable[%]", in_parts};
    static constexpr hint out{"list[%]", out_parts};

    // Numbers in one piece of memory: written in place, without asking each time whether there is room.
    static constexpr bool is_array_of_numbers = std::is_arithmetic_v<element> &&
                                                std::is_same_v<typename inner::storage, element> &&
                                                requires(T& t) {
                                                    t.resize(std::size_t());
                                                    { t.data() } -> std::same_as<element*>;
                                                    inner::fast(nullptr, *t.data());
                                                };

    static bool load_numbers(PyObject* from, T& to, loading& l) {
        const bool is_list = PyList_Check(from) != 0;
        const object_lock lock(from);
        Py_ssize_t size = array_size(from, is_list);
        to.resize(static_cast<std::size_t>(size));
        for (Py_ssize_t i = 0;; ++i) {
            element* const place = to.data();
            const items_of_array items = array_items(from, is_list);
            while (i < size && inner::fast(items[i], place[i])) {
                ++i;
            }
            if (i >= size) {
                return true;
            }
            {
                // This may run Python code, which may change the list; so may the end of the item, where the list has let go of it.
                const reference item(Py_NewRef(items[i]));
                if (!inner::load(item.pointer, place[i], l)) {
                    return l.at_item(static_cast<std::size_t>(i));
                }
            }
            if (const Py_ssize_t now = array_size(from, is_list); now != size) [[unlikely]] {
                size = now;
                to.resize(static_cast<std::size_t>(size > i ? size : i + 1));
            }
        }
    }

    static bool load(PyObject* from, T& to, loading& l) {
        if constexpr (is_array_of_numbers) {
            if (PyList_Check(from) || PyTuple_Check(from)) {
                return load_numbers(from, to, l);
            }
        }
        static_assert(
            multi_like<T> || requires(element&& e) { to.push_back(static_cast<element&&>(e)); },
            "interlock: this container goes to Python, but cannot be made from what Python "
            "gives: it has no push_back. Take a std::vector or a std::span<const T>");
        if constexpr (multi_like<T> ||
                      requires(element&& e) { to.push_back(static_cast<element&&>(e)); }) {
            make_room(to, from);
            return load_items<element>(from, in, false, l, [&to](typename inner::storage& value) {
                if constexpr (multi_like<T>) {
                    to.insert(inner::template pass<element>(value));
                } else {
                    to.push_back(inner::template pass<element>(value));
                }
                return true;
            });
        } else {
            return false;
        }
    }

    template <class V>
    static PyObject* make(V&& value) {
        return list_of_items<element>(static_cast<V&&>(value));
    }
};

template <class T>
struct conversion<T, category::set> : loaded_value<T> {
    using element = std::remove_cv_t<typename T::key_type>;
    using inner = conversion<element>;
    using items = item_list<element>;
    static constexpr const hint* in_parts[] = {&inner::in};
    static constexpr const hint* out_parts[] = {&inner::out};
    static constexpr hint in{"collections.abc.Set[%]", in_parts};
    static constexpr hint out{"set[%]", out_parts};

    static bool load(PyObject* from, T& to, loading& l) {
        make_room(to, from);
        return load_items<element>(from, in, true, l, [&to](typename inner::storage& value) {
            if constexpr (is_read_at_once<element> && requires { typename T::local_iterator; }) {
                put_flatly(to, value);
            } else {
                to.insert(inner::template pass<element>(value));
            }
            return true;
        });
    }
    // As put_flatly() of the mappings.
    INTERLOCK_FLATTEN static void put_flatly(T& to, typename inner::storage& value) {
        to.insert(inner::template pass<element>(value));
    }

    template <class V>
    static PyObject* make(V&& value) {
        reference set(PySet_New(nullptr));
        if (set.pointer == nullptr) {
            return nullptr;
        }
        for (auto&& item : value) {
            // Keys of a set are const.
            const reference made(inner::make(item));
            if (made.pointer == nullptr || PySet_Add(set.pointer, made.pointer) != 0) [[unlikely]] {
                return nullptr;
            }
        }
        return set.release();
    }
};

// Becomes the string where that is needed, so that a container makes it in its place and moves nothing.
template <class S>
struct string_in_place {
    utf8_view text;
    operator S() const {
        return S(reinterpret_cast<const typename S::value_type*>(text.data), text.size);
    }
};
// What a standard map's emplace() is given for an element of that type.
template <class T>
INTERLOCK_INLINE decltype(auto) element_for_emplace(typename conversion<T>::storage& value) {
    if constexpr (is_std_string<T>) {
        return string_in_place<T>{value};
    } else {
        return conversion<T>::template pass<T>(value);
    }
}

// What PyDict_Next gives, one by one: first at_once(key, value), which does what can be done without running Python code, or says
// false; then each(key, value), which says false to stop. Both are held while that goes on.
template <class AtOnce, class Each>
bool walk_over_mapping(PyObject* dict, loading& l, const AtOnce& at_once, const Each& each) {
    const object_lock lock(dict);
    const Py_ssize_t size = PyDict_GET_SIZE(dict);
    PyObject* next_key = nullptr;
    PyObject* next_value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &next_key, &next_value) != 0;) {
        if (!at_once(next_key, next_value)) {
            const reference key(Py_NewRef(next_key));
            const reference value(Py_NewRef(next_value));
            if (!each(key.pointer, value.pointer)) [[unlikely]] {
                return false;
            }
        }
        if (PyDict_GET_SIZE(dict) != size) [[unlikely]] {
            return refuse_changed(l);
        }
    }
    return true;
}

template <class T>
struct conversion<T, category::mapping> : loaded_value<T> {
    using key = std::remove_cv_t<typename T::key_type>;
    using mapped = std::remove_cv_t<typename T::mapped_type>;
    using inner_key = conversion<key>;
    using inner = conversion<mapped>;
    using items = item_list<key, mapped>;
    static constexpr const hint* in_parts[] = {&inner_key::in, &inner::in};
    static constexpr const hint* out_parts[] = {&inner_key::out, &inner::out};
    static constexpr hint in{"collections.abc.Mapping[%, %]", in_parts};
    static constexpr hint out{"dict[%, %]", out_parts};

    static bool load(PyObject* from, T& to, loading& l) {
        const deeper level(l);
        if (level.too_deep()) {
            return l.refuse_text(loading::invalid, "containers are nested more than %d deep",
                                 int{deepest});
        }
        PyObject* made = nullptr;
        PyObject* dict = open_mapping(from, made, in, l);
        const reference held(made);
        if (dict == nullptr) {
            return false;
        }
        make_room(to, dict);
        const auto at_once = [&](PyObject* k, PyObject* v) {
            if constexpr (!is_read_at_once<key> || !is_read_at_once<mapped>) {
                return false;
            } else if constexpr (requires { typename T::local_iterator; }) {
                return put_flatly(to, k, v);
            } else {
                return put_at_once(to, k, v);
            }
        };
        return walk_over_mapping(dict, l, at_once, [&](PyObject* k, PyObject* v) {
            typename inner_key::storage key_value{};
            if (!load_item<key>(k, key_value, l)) [[unlikely]] {
                return l.at_key(k);
            }
            typename inner::storage value{};
            if (!load_item<mapped>(v, value, l)) [[unlikely]] {
                return l.at_value(k);
            }
            put(to, key_value, value);
            return true;
        });
    }

    template <class V>
    static PyObject* make(V&& value) {
        return dict_of_items<key, mapped>(static_cast<V&&>(value),
                                          [](PyObject* dict, PyObject* at, PyObject* made) {
                                              return PyDict_SetItem(dict, at, made) == 0;
                                          });
    }

private:
    static void put(T& to, typename inner_key::storage& key_value, typename inner::storage& value) {
        if constexpr (requires { typename T::node_type; }) {
            // As the standard has it, the pair is made where it stays, of whatever makes one.
            to.emplace(element_for_emplace<key>(key_value), element_for_emplace<mapped>(value));
        } else if constexpr (requires(key&& a, mapped&& b) {
                                 to.emplace(static_cast<key&&>(a), static_cast<mapped&&>(b));
                             }) {
            to.emplace(inner_key::template pass<key>(key_value),
                       inner::template pass<mapped>(value));
        } else if constexpr (requires(typename T::value_type&& item) {
                                 to.insert(static_cast<typename T::value_type&&>(item));
                             }) {
            to.insert(typename T::value_type(inner_key::template pass<key>(key_value),
                                             inner::template pass<mapped>(value)));
        } else {
            to[inner_key::template pass<key>(key_value)] = inner::template pass<mapped>(value);
        }
    }

    static bool put_at_once(T& to, PyObject* k, PyObject* v) {
        typename inner_key::storage key_value;
        typename inner::storage value;
        if (!inner_key::fast(k, key_value) || !inner::fast(v, value)) {
            return false;
        }
        put(to, key_value, value);
        return true;
    }

    // Of a map that is a table of lists, as std::unordered_map is: the small functions that its emplace() consists of cost more to
    // call than to run. (In deeper ones, compilers warn of what they only believe to see.)
    INTERLOCK_FLATTEN static bool put_flatly(T& to, PyObject* k, PyObject* v) {
        return put_at_once(to, k, v);
    }
};

// Several values for a key: a dict of lists.
template <class T>
struct conversion<T, category::multimap> : loaded_value<T> {
    using key = std::remove_cv_t<typename T::key_type>;
    using mapped = std::remove_cv_t<typename T::mapped_type>;
    using inner_key = conversion<key>;
    using inner = conversion<mapped>;
    using items = item_list<key, mapped>;
    static constexpr const hint* in_parts[] = {&inner_key::in, &inner::in};
    static constexpr const hint* out_parts[] = {&inner_key::out, &inner::out};
    static constexpr hint in{"collections.abc.Mapping[%, collections.abc.Iterable[%]]", in_parts};
    static constexpr hint out{"dict[%, list[%]]", out_parts};
    // Of what stands at one key.
    static constexpr hint in_values{"collections.abc.Iterable[%]", in_parts + 1};

    static bool load(PyObject* from, T& to, loading& l) {
        PyObject* made = nullptr;
        PyObject* dict = open_mapping(from, made, in, l);
        const reference held(made);
        if (dict == nullptr) {
            return false;
        }
        make_room(to, dict);
        const auto never_at_once = [](PyObject*, PyObject*) { return false; };
        return walk_over_mapping(dict, l, never_at_once, [&](PyObject* k, PyObject* v) {
            typename inner_key::storage key_value{};
            if (!load_item<key>(k, key_value, l)) [[unlikely]] {
                return l.at_key(k);
            }
            const key shared = inner_key::template pass<key>(key_value);
            const auto add = [&](typename inner::storage& value) {
                to.emplace(shared, inner::template pass<mapped>(value));
                return true;
            };
            return load_items<mapped>(v, in_values, false, l, add) || l.at_value(k);
        });
    }

    template <class V>
    static PyObject* make(V&& value) {
        return dict_of_items<key, mapped>(static_cast<V&&>(value), &append_to);
    }

private:
    static bool append_to(PyObject* dict, PyObject* at, PyObject* value) {
        if (PyObject* list = PyDict_GetItemWithError(dict, at)) {
            return PyList_Append(list, value) == 0;
        }
        const reference list(PyErr_Occurred() == nullptr ? PyList_New(0) : nullptr);
        return list.pointer != nullptr && PyList_Append(list.pointer, value) == 0 &&
               PyDict_SetItem(dict, at, list.pointer) == 0;
    }
};

}  // namespace detail
INTERLOCK_END
