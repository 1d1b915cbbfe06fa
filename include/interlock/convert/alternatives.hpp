// Optionals and variants: one of several types.
//
// An optional takes None for nothing. A variant is asked twice, as the alternatives of an overloaded function are: first for the
// alternative that the object is of already, then for the first one that it converts to. Where none fits, the error names them
// all, and what is wrong inside of one that nearly did.
//
// A variant may hold itself, in vectors or maps. Each pass of each variant on the way to an object would then ask the variants
// below once more, which is a power of the depth where nothing fits, or worse. What has been tried in vain is therefore written
// down while the outermost variant is loaded, and not tried again: the number of tries grows with the size of the value.
#pragma once

#include <interlock/convert/containers.hpp>
#include <interlock/convert/places.hpp>

#include <tuple>

INTERLOCK_BEGIN
namespace detail {

// A list of what is left of an iterator, so that several types can be tried on it: a new reference, or null and the loading
// says why. Anything else as it is.
PyObject* repeatable(PyObject* from, loading& l);
// Whether what a failed conversion says is more than that the object is of another type.
bool says_more(const loading& l, const hint& expected, PyObject* got) noexcept;
// What the types of a union have to say beyond that the object is of another type. If it is one that speaks, that is what is
// wrong; if there are more, each is quoted behind the list of all.
class reasons {
public:
    void add(loading& l, const hint& type, const loading& why) noexcept;
    void settle(loading& l) const noexcept;

private:
    loading first_;
    const hint* first_type_ = nullptr;
    unsigned count_ = 0;
};

// Objects that a variant did not take, by its type and by pass. What was in vain is so for the same object further down, too,
// where there is less room for containers in it; not further up.
class vain_tries {
public:
    enum class pass : unsigned char { exact, converting, words };

    vain_tries() noexcept = default;
    ~vain_tries();
    vain_tries(const vain_tries&) = delete;
    vain_tries& operator=(const vain_tries&) = delete;

    bool has(PyObject* object, const hint& type, pass in, std::uint16_t depth) const noexcept {
        return table_ != nullptr && find(object, type, in, depth);
    }
    // Holds the object. Where there is no memory for it, it is not remembered.
    void add(PyObject* object, const hint& type, pass in, std::uint16_t depth) noexcept;

    // Variants that were asked so far. What took no more than a few is not worth a place: this keeps leaves out, and what is
    // tried again below.
    std::size_t asked = 0;
    static constexpr std::size_t few = 8;

private:
    struct table;
    bool find(PyObject* object, const hint& type, pass in, std::uint16_t depth) const noexcept;

    table* table_ = nullptr;
};

// One pass of a variant over an object. The outermost variant has the record of what was in vain.
class tries_of_value {
public:
    explicit tries_of_value(loading& l) noexcept : l_(l), outermost_(l.tries == nullptr) {
        if (outermost_) {
            l.tries = &own_;
        }
        before_ = l.tries->asked++;
    }
    ~tries_of_value() {
        if (outermost_) {
            l_.tries = nullptr;
        }
    }
    tries_of_value(const tries_of_value&) = delete;
    tries_of_value& operator=(const tries_of_value&) = delete;

    bool was_vain(PyObject* object, const hint& type, vain_tries::pass in) const noexcept {
        return l_.tries->has(object, type, in, l_.depth);
    }
    void is_vain(PyObject* object, const hint& type, vain_tries::pass in) const noexcept {
        if (l_.tries->asked - before_ > vain_tries::few) {
            l_.tries->add(object, type, in, l_.depth);
        }
    }

private:
    loading& l_;
    const bool outermost_;
    std::size_t before_;
    vain_tries own_;
};

template <class T>
struct conversion<T, category::optional> : loaded_place<T> {
    using element = std::remove_cv_t<typename T::value_type>;
    using inner = conversion<element>;
    using typename loaded_place<T>::storage;
    static constexpr bool accepts_none = true;
    using items = item_list<element>;
    static constexpr const hint* in_parts[] = {&inner::in};
    static constexpr const hint* out_parts[] = {&inner::out};
    static constexpr hint in{"% | None", in_parts};
    static constexpr hint out{"% | None", out_parts};
    static constexpr bool parts_are_read_inline = is_read_inline<element>;

    INTERLOCK_INLINE static bool fast(PyObject* from, storage& to) noexcept
        requires parts_are_read_inline
    {
        if (from == Py_None) {
            loaded_place<T>::put(to);
            return true;
        }
        typename inner::storage value;
        if (!inner::fast(from, value)) {
            return false;
        }
        return put_or_not([&] { loaded_place<T>::put(to, inner::template pass<element>(value)); });
    }

    static bool load(PyObject* from, storage& to, loading& l) {
        if (from == Py_None) {
            loaded_place<T>::put(to);
            return true;
        }
        typename inner::storage value{};
        if (!load_item<element>(from, value, l)) {
            if (l.problem == loading::mismatch && !says_more(l, inner::in, from)) {
                return l.refuse(in, from);
            }
            return false;
        }
        loaded_place<T>::put(to, inner::template pass<element>(value));
        return true;
    }
    template <class V>
    static PyObject* make(V&& value) {
        if (!value.has_value()) {
            return Py_NewRef(Py_None);
        }
        return inner::make(*static_cast<V&&>(value));
    }
};

// The alternatives of a variant, also of a class that is derived from one.
template <class... A>
struct alternative_list {};
template <template <class...> class V, class... A>
alternative_list<A...> alternatives_of(const volatile V<A...>*);

// How many alternatives from the first on are told apart by looking at the object alone: each takes objects of a type of its own,
// so that the first one whose usual form it has is the one that the exact pass would find.
template <class... A>
consteval std::size_t count_looked_at() {
    constexpr category of[] = {categorize<std::remove_cv_t<A>>()...};
    constexpr bool are_read[] = {(is_read_at_once<std::remove_cv_t<A>> ||
                                  categorize<std::remove_cv_t<A>>() == category::none)...};
    std::size_t n = 0;
    for (; n < sizeof...(A) && are_read[n]; ++n) {
        for (std::size_t i = 0; i < n; ++i) {
            if (of[i] == of[n]) {
                return n;
            }
        }
    }
    return n;
}

template <class T, class List>
struct variant_conversion;

template <class T, class... A>
struct variant_conversion<T, alternative_list<A...>> : loaded_place<T> {
    using typename loaded_place<T>::storage;
    static constexpr std::size_t count = sizeof...(A);
    template <std::size_t I>
    using alternative = std::tuple_element_t<I, std::tuple<A...>>;

    static constexpr bool accepts_none = true;
    using items = item_list<std::remove_cv_t<A>...>;
    static constexpr const hint* all_in[] = {&conversion<std::remove_cv_t<A>>::in...};
    static constexpr const hint* all_out[] = {&conversion<std::remove_cv_t<A>>::out...};
    static constexpr union_parts<count> in_parts = union_of(all_in);
    static constexpr union_parts<count> out_parts = union_of(all_out);
    static constexpr hint_text<count> in_text = hint_of_parts<count>("", " | ", "", in_parts.count);
    static constexpr hint_text<count> out_text =
        hint_of_parts<count>("", " | ", "", out_parts.count);
    static constexpr hint in{in_text.text, in_parts.parts};
    static constexpr hint out{out_text.text, out_parts.parts};

    enum class answer : unsigned char { no, yes, failed };

    template <std::size_t I>
    INTERLOCK_INLINE static void put_one(
        storage& to, typename conversion<std::remove_cv_t<alternative<I>>>::storage& value) {
        using element = std::remove_cv_t<alternative<I>>;
        if constexpr (visited_variant_like<T> && lies_bare<T>) {
            to = conversion<element>::template pass<element>(value);
        } else if constexpr (visited_variant_like<T>) {
            to.emplace(conversion<element>::template pass<element>(value));
        } else if constexpr (lies_bare<T> && is_std_string<element>) {
            to.template emplace<I>(
                reinterpret_cast<const typename element::value_type*>(value.data), value.size);
        } else if constexpr (lies_bare<T>) {
            to.template emplace<I>(conversion<element>::template pass<element>(value));
        } else {
            to.emplace(std::in_place_index<I>, conversion<element>::template pass<element>(value));
        }
    }

    static constexpr std::size_t looked_at = count_looked_at<A...>();
    static constexpr bool parts_are_read_inline = looked_at != 0;

    template <std::size_t I>
    INTERLOCK_INLINE static bool look_for(PyObject* from, storage& to) {
        using element = std::remove_cv_t<alternative<I>>;
        typename conversion<element>::storage value;
        if constexpr (categorize<element>() == category::none) {
            if (from != Py_None) {
                return false;
            }
            value = element{};
        } else if (!conversion<element>::fast(from, value)) {
            return false;
        }
        return put_or_not([&] { put_one<I>(to, value); });
    }
    template <std::size_t... I>
    INTERLOCK_INLINE static bool look_for_each(PyObject* from, storage& to,
                                               std::index_sequence<I...>) {
        return (look_for<I>(from, to) || ...);
    }
    INTERLOCK_INLINE static bool fast(PyObject* from, storage& to) noexcept
        requires parts_are_read_inline
    {
        return look_for_each(from, to, std::make_index_sequence<looked_at>());
    }

    // The call does not work on the instances in what did not fit.
    template <class Element>
    static bool load_alternative(PyObject* from, typename conversion<Element>::storage& to,
                                 loading& l) {
        if constexpr (holds_pointers<Element> || is_instance_pointer<Element>) {
            const std::size_t before = l.keep == nullptr ? 0 : l.keep->instances();
            if (load_item<Element>(from, to, l)) [[likely]] {
                return true;
            }
            if (l.keep != nullptr) {
                l.keep->forget_instances(before);
            }
            return false;
        } else {
            return load_item<Element>(from, to, l);
        }
    }
    template <std::size_t I>
    static answer try_one(PyObject* from, storage& to, loading& l) {
        using element = std::remove_cv_t<alternative<I>>;
        typename conversion<element>::storage value{};
        if (load_alternative<element>(from, value, l)) {
            put_one<I>(to, value);
            return answer::yes;
        }
        return l.problem == loading::raised ? answer::failed : answer::no;
    }

    template <std::size_t... I>
    static answer try_all(PyObject* from, storage& to, bool exact, loading& l,
                          std::index_sequence<I...>) {
        const bool was_quiet = std::exchange(l.quiet, true);
        const bool was_exact = std::exchange(l.exact, exact);
        answer given = answer::no;
        static_cast<void>((((given = try_one<I>(from, to, l)) == answer::no) && ...));
        l.quiet = was_quiet;
        l.exact = was_exact;
        return given;
    }

    template <std::size_t I>
    static void explain_one(PyObject* from, loading& l, reasons& all) {
        using element = std::remove_cv_t<alternative<I>>;
        loading why = loading::plain();
        why.exact = l.exact;
        why.keep = l.keep;
        why.tries = l.tries;
        why.depth = l.depth;
        typename conversion<element>::storage value{};
        if (load_item<element>(from, value, why)) {
            return;  // it changes its mind
        }
        if (why.problem == loading::raised) {
            PyErr_Clear();
        } else if (says_more(why, conversion<element>::in, from)) {
            all.add(l, conversion<element>::in, why);
        }
    }

    template <std::size_t... I>
    static bool explain(PyObject* from, loading& l, const tries_of_value& tries,
                        std::index_sequence<I...>) {
        l.refuse(in, from);
        if (!l.quiet && !tries.was_vain(from, in, vain_tries::pass::words)) {
            reasons all;
            (explain_one<I>(from, l, all), ...);
            all.settle(l);
            tries.is_vain(from, in, vain_tries::pass::words);
        }
        return false;
    }

    static bool load(PyObject* from, storage& to, loading& l) {
        constexpr auto all = std::make_index_sequence<count>();
        const tries_of_value tries(l);
        if (!tries.was_vain(from, in, vain_tries::pass::exact)) {
            const answer given = try_all(from, to, true, l, all);
            if (given != answer::no) {
                return given == answer::yes;
            }
            tries.is_vain(from, in, vain_tries::pass::exact);
        }
        if (l.exact) {
            return explain(from, l, tries, all);
        }
        const bool was_vain = tries.was_vain(from, in, vain_tries::pass::converting);
        if (was_vain && l.quiet) {
            return l.refuse(in, from);
        }
        const reference again(repeatable(from, l));
        if (again.pointer == nullptr) {
            return false;
        }
        if (!was_vain) {
            const answer given = try_all(again.pointer, to, false, l, all);
            if (given != answer::no) {
                return given == answer::yes;
            }
            tries.is_vain(from, in, vain_tries::pass::converting);
        }
        return explain(again.pointer, l, tries, all);
    }

    template <std::size_t I, class V>
    static PyObject* make_from(V&& value) {
        if constexpr (I == count) {
            PyErr_SetString(PyExc_ValueError,
                            "interlock: the variant holds no value: an exception left it so");
            return nullptr;
        } else if (static_cast<std::size_t>(value.index()) == I) {
            return conversion<std::remove_cv_t<alternative<I>>>::make(
                element_of<I>(static_cast<V&&>(value)));
        } else {
            return make_from<I + 1>(static_cast<V&&>(value));
        }
    }
    struct making_visitor {
        using result_type = PyObject*;
        template <class One>
        PyObject* operator()(const One& one) const {
            return conversion<One>::make(one);
        }
    };
    template <class V>
    static PyObject* make(V&& value) {
        if constexpr (visited_variant_like<T>) {
            const making_visitor visitor;
            return value.apply_visitor(visitor);
        } else {
            return make_from<0>(static_cast<V&&>(value));
        }
    }
};

template <class T>
struct conversion<T, category::variant>
    : variant_conversion<T, decltype(alternatives_of(static_cast<T*>(nullptr)))> {};

}  // namespace detail
INTERLOCK_END
