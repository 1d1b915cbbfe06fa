// Pairs, tuples and whatever else has a fixed number of elements of several types; arrays, with a fixed number of one.
//
// A tuple is taken from a tuple, or from any other sequence of that length that is no str and no bytes; an array from any
// iterable that gives so many items. Another length is a ValueError that says both. In the exact pass of overloads: tuple alone
// for a tuple, list and tuple for an array.
#pragma once

#include <interlock/convert/containers.hpp>
#include <interlock/convert/places.hpp>

#include <tuple>

INTERLOCK_BEGIN
namespace detail {

// A tuple of that many items, a new reference; null, and the loading says why.
PyObject* open_tuple(PyObject* from, std::size_t size, const hint& expected, loading& l);
// False, with the words for another number of items.
bool refuse_length(std::size_t expected, std::size_t got, loading& l) noexcept;

template <class T, class Indices>
struct tuple_conversion;

template <class T, std::size_t... I>
struct tuple_conversion<T, std::index_sequence<I...>> : loaded_place<T> {
    using typename loaded_place<T>::storage;
    static constexpr std::size_t count = sizeof...(I);
    template <std::size_t N>
    using element = std::remove_cvref_t<std::tuple_element_t<N, T>>;

    using items = item_list<element<I>...>;
    static constexpr const hint* in_parts[] = {&conversion<element<I>>::in..., nullptr};
    static constexpr const hint* out_parts[] = {&conversion<element<I>>::out..., nullptr};
    static constexpr hint_text<count> text =
        hint_of_parts<count>("tuple[", ", ", count == 0 ? "()]" : "]");
    static constexpr hint in{text.text, in_parts};
    static constexpr hint out{text.text, out_parts};

    using parts = std::tuple<typename conversion<element<I>>::storage...>;

    template <std::size_t N>
    static bool load_one(PyObject* from, parts& to, loading& l) {
        return load_item<element<N>>(PyTuple_GET_ITEM(from, Py_ssize_t{N}), std::get<N>(to), l) ||
               l.at_item(N);
    }

    // A tuple whose items are all of their usual form, each a copy: nothing of it is kept, and nothing of Python runs.
    static constexpr bool parts_are_read_inline = (is_read_inline<element<I>> && ...);

    INTERLOCK_INLINE static bool fast(PyObject* from, storage& to) noexcept
        requires parts_are_read_inline
    {
        if (!PyTuple_CheckExact(from) || PyTuple_GET_SIZE(from) != Py_ssize_t{count}) {
            return false;
        }
        parts loaded;
        if (!(conversion<element<I>>::fast(PyTuple_GET_ITEM(from, Py_ssize_t{I}),
                                           std::get<I>(loaded)) &&
              ...)) {
            return false;
        }
        return put_or_not([&] { put_parts(to, loaded); });
    }

    // One by one where the tuple is there already, so that no second one is made and moved.
    INTERLOCK_INLINE static void put_parts(storage& to, parts& loaded) {
        if constexpr (lies_bare<T> && (can_be_assigned<I> && ...)) {
            (put_part<I>(to, std::get<I>(loaded)), ...);
        } else {
            loaded_place<T>::put(
                to, conversion<element<I>>::template pass<element<I>>(std::get<I>(loaded))...);
        }
    }
    template <std::size_t N>
    static constexpr bool can_be_assigned = requires(T& to) {
        { element_of<N>(to) } -> std::same_as<element<N>&>;
    };
    template <std::size_t N>
    INTERLOCK_INLINE static void put_part(T& to, typename conversion<element<N>>::storage& loaded) {
        if constexpr (is_std_string<element<N>>) {
            element_of<N>(to).assign(
                reinterpret_cast<const typename element<N>::value_type*>(loaded.data), loaded.size);
        } else {
            element_of<N>(to) = conversion<element<N>>::template pass<element<N>>(loaded);
        }
    }

    static bool load(PyObject* from, storage& to, loading& l) {
        const deeper level(l);
        if (level.too_deep()) {
            return l.refuse_text(loading::invalid, "containers are nested more than %d deep",
                                 int{deepest});
        }
        const reference items(open_tuple(from, count, in, l));
        if (items.pointer == nullptr) {
            return false;
        }
        parts loaded;
        if (!(load_one<I>(items.pointer, loaded, l) && ...)) {
            return false;
        }
        loaded_place<T>::put(
            to, conversion<element<I>>::template pass<element<I>>(std::get<I>(loaded))...);
        return true;
    }

    template <std::size_t N, class V>
    static bool make_one(PyObject* to, V&& value) {
        PyObject* made = conversion<element<N>>::make(element_of<N>(static_cast<V&&>(value)));
        PyTuple_SET_ITEM(to, Py_ssize_t{N}, made);
        return made != nullptr;
    }
    template <class V>
    static PyObject* make(V&& value) {
        reference made(PyTuple_New(Py_ssize_t{count}));
        if (made.pointer == nullptr || !(make_one<I>(made.pointer, static_cast<V&&>(value)) && ...))
            [[unlikely]] {
            return nullptr;
        }
        return made.release();
    }
};

template <class T>
struct conversion<T, category::tuple>
    : tuple_conversion<T, std::make_index_sequence<std::tuple_size_v<T>>> {};

template <class T>
struct conversion<T, category::array> : loaded_place<T> {
    using typename loaded_place<T>::storage;
    using element = std::remove_cv_t<typename T::value_type>;
    using inner = conversion<element>;
    static constexpr std::size_t count = fixed_size_of<T>();
    using items = item_list<element>;
    static constexpr const hint* in_parts[] = {&inner::in};
    static constexpr const hint* out_parts[] = {&inner::out};
    static constexpr hint in{"collections.abc.Iterable[%]", in_parts};
    static constexpr hint out{"list[%]", out_parts};

    // Elements that cannot be made empty wait in optionals until all are there.
    template <std::size_t... I>
    static void put_all(storage& to, std::optional<element>* all, std::index_sequence<I...>) {
        to.emplace(T{static_cast<element&&>(*all[I])...});
    }

    template <class Places>
    static bool load_into(PyObject* from, Places& places, loading& l) {
        if (PyList_Check(from) || PyTuple_Check(from)) {
            if (const std::size_t size = believed_size(from); size != count) {
                return refuse_length(count, size, l);
            }
        }
        std::size_t n = 0;
        const auto add = [&](typename inner::storage& value) {
            if (n == count) {
                return l.refuse_text(loading::invalid, "expected %zu items, got more",
                                     std::size_t{count});
            }
            if constexpr (count != 0) {
                places[n] = inner::template pass<element>(value);
            }
            ++n;
            return true;
        };
        return load_items<element>(from, in, false, l, add) &&
               (n == count || refuse_length(count, n, l));
    }

    static bool load(PyObject* from, storage& to, loading& l) {
        if constexpr (lies_bare<T>) {
            return load_into(from, to, l);
        } else {
            std::optional<element> places[count];
            if (!load_into(from, places, l)) {
                return false;
            }
            put_all(to, places, std::make_index_sequence<count>());
            return true;
        }
    }

    template <class V>
    static PyObject* make(V&& value) {
        return list_of_items<element>(static_cast<V&&>(value));
    }
};

}  // namespace detail
INTERLOCK_END
