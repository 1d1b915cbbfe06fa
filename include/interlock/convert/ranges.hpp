// Lazy ranges both ways: what has begin() and end() and no size goes out as a Python iterator; iterable_of<T> is a Python iterable as
// a C++ range of T.
//
// The Python iterator owns the range (or the object that the range is in), takes one step when it is asked for one, and ends
// without an exception. After the end, and after an exception, which is raised, the range is destroyed. One step runs at a time:
// a second one meanwhile, from another thread or from within, is a ValueError, as with generators. Items are converted at
// each step; no reference into the range is left in Python's hands.
#pragma once

#include <interlock/convert/convert.hpp>
#include <interlock/objects/iterable.hpp>

#include <optional>

INTERLOCK_BEGIN
namespace detail {

// What the core knows of a C++ range that Python walks over.
struct cpp_iterator_table {
    PyObject* (*next)(
        void* state);  // a new reference, null at the end or with the error set; may throw
    void (*destroy)(void* state) noexcept;
    // In the place of the Python iterator's own tp_iternext, from its second step to its end: for steps that run nothing but what is
    // known to be harmless. Whatever it has no quick answer to, it leaves to step_cpp_iterator.
    iternextfunc quick = nullptr;
};

struct cpp_iterator_object {
    PyObject head;
    iternextfunc step;
    const cpp_iterator_table* table;
    void* state;      // null: at the end
    PyObject* owner;  // of what the state refers to, or null
    bool is_running;  // under the object's own lock, which is let go while Python code runs
};
PyObject* step_cpp_iterator(PyObject* iterator) noexcept;

// A Python iterator. Takes the state over, also when it fails: null, with the error set. `owner`, which may be null, is kept
// alive as long as the state. Throws no_interpreter.
PyObject* make_cpp_iterator(const cpp_iterator_table& table, void* state, PyObject* owner);

template <class First>
PyObject* make_item_at(First& at) {
    using item = decltype(*at);
    return conversion_of<item>::make(*at);
}

template <class First, class Last>
class steps {
public:
    template <class Begin, class End>
    PyObject* next(Begin&& begin, End&& end) {
        if (!at_.has_value()) {
            at_.emplace(begin());
            end_.emplace(end());
        } else {
            ++*at_;
        }
        return *at_ == *end_ ? nullptr : make_item_at(*at_);
    }

private:
    std::optional<First> at_;
    std::optional<Last> end_;
};

template <class Range>
using steps_of =
    steps<decltype(std::declval<Range&>().begin()), decltype(std::declval<Range&>().end())>;

// A range of its own.
template <class Range>
struct owned_range {
    Range range;
    steps_of<Range> position;  // dies first

    static PyObject* next(void* state) {
        auto& self = *static_cast<owned_range*>(state);
        return self.position.next([&] { return self.range.begin(); },
                                  [&] { return self.range.end(); });
    }
    static void destroy(void* state) noexcept { delete static_cast<owned_range*>(state); }
    static constexpr cpp_iterator_table table = {&next, &destroy};
};

// A pair of iterators that somebody else keeps valid.
template <class First, class Last>
struct borrowed_range {
    First first;
    Last last;
    steps<First, Last> position;

    static PyObject* next(void* state) {
        auto& self = *static_cast<borrowed_range*>(state);
        return self.position.next([&] { return static_cast<First&&>(self.first); },
                                  [&] { return static_cast<Last&&>(self.last); });
    }
    static void destroy(void* state) noexcept { delete static_cast<borrowed_range*>(state); }
    static constexpr cpp_iterator_table table = {&next, &destroy};
};

template <class Range>
concept indexed = requires(Range& range) {
    range.size();
    *(range.begin() + std::ptrdiff_t());
};

// A range inside of an object, which another step may find longer or shorter: what can be reached by number is asked for its
// size each time, and no iterator of it is kept (invariant 14).
template <class Range>
struct range_inside {
    Range* range;
    PyObject* owner;  // borrowed: the Python iterator holds it
    std::size_t index = 0;
    std::optional<steps_of<Range>> position{};

    static PyObject* next(void* state) {
        auto& self = *static_cast<range_inside*>(state);
        const object_lock lock(self.owner);
        if constexpr (indexed<Range>) {
            if (self.index >= static_cast<std::size_t>(self.range->size())) {
                return nullptr;
            }
            auto at = self.range->begin() + static_cast<std::ptrdiff_t>(self.index++);
            return make_item_at(at);
        } else {
            if (!self.position.has_value()) {
                self.position.emplace();
            }
            return self.position->next([&] { return self.range->begin(); },
                                       [&] { return self.range->end(); });
        }
    }
    static void destroy(void* state) noexcept { delete static_cast<range_inside*>(state); }
    static constexpr cpp_iterator_table table = {&next, &destroy};
};

// Whether a range refers to another one that it does not own. By its name: <ranges> is not included for this.
template <class T>
consteval bool says_reference_view() {
#if defined(_MSC_VER) && !defined(__clang__)
    const char* text = __FUNCSIG__;
#else
    const char* text = __PRETTY_FUNCTION__;
#endif
    for (; *text != '\0'; ++text) {
        const char* at = text;
        for (const char* word = "ref_view<"; *word != '\0' && *at == *word; ++word) {
            ++at;
        }
        if (at - text == 9) {
            return true;
        }
    }
    return false;
}

// Of a class that is bound, an instance of it, both ways. Of any other range, out alone: an iterator.
template <class T>
struct conversion<T, category::range> : instance_conversion<T> {
    using item = decltype(*std::declval<T&>().begin());
    static constexpr const hint* out_parts[] = {&conversion_of<item>::out};
    static constexpr hint out{"collections.abc.Iterator[%]", out_parts, '?', &site_of<T>};

    template <class V>
    static PyObject* make(V&& value) {
        if (is_bound(site_of<T>)) {
            if constexpr (std::is_lvalue_reference_v<V> ? copyable<T>
                                                        : std::is_move_constructible_v<T>) {
                return instance_conversion<T>::make(std::forward<V>(value));
            }
        }
        static_assert(std::is_constructible_v<T, V&&>,
                      "interlock: the iterator that Python gets owns its range, and this one can "
                      "only be moved: return it by value");
        return make_cpp_iterator(owned_range<T>::table,
                                 new owned_range<T>{T(static_cast<V&&>(value)), {}}, nullptr);
    }
};

}  // namespace detail

// A Python iterator over a C++ range, which it owns: moved from an rvalue, copied from an lvalue. Throws python_error.
template <class Range>
    requires detail::range_like<std::remove_cvref_t<Range>>
iterator make_iterator(python, Range&& range) {
    detail::require_attached("il::make_iterator");
    using owned = detail::owned_range<std::remove_cvref_t<Range>>;
    return iterator(
        detail::adopt_t{},
        detail::check_new(detail::make_cpp_iterator(
            owned::table, new owned{std::remove_cvref_t<Range>(std::forward<Range>(range)), {}},
            nullptr)));
}

// The same over [first, last), which the caller keeps valid for as long as Python may use the iterator.
template <class First, class Last>
    requires(!std::is_base_of_v<object, First> &&
             requires(First& first, Last& last) {
                 *first;
                 ++first;
                 static_cast<bool>(first == last);
             })
iterator make_iterator(python, First first, Last last) {
    detail::require_attached("il::make_iterator");
    using borrowed = detail::borrowed_range<First, Last>;
    return iterator(
        detail::adopt_t{},
        detail::check_new(detail::make_cpp_iterator(
            borrowed::table, new borrowed{std::move(first), std::move(last), {}}, nullptr)));
}

// The same over a range that lies inside of an object, which is kept alive: for __iter__ of a class. A range that can be indexed may
// change between two steps; iterators of others must stay valid.
template <class Range>
iterator make_iterator(python, const object& owner, Range& range) {
    detail::require_attached("il::make_iterator");
    using inside = detail::range_inside<Range>;
    return iterator(detail::adopt_t{},
                    detail::check_new(detail::make_cpp_iterator(
                        inside::table, new inside{&range, owner.ptr()}, owner.ptr())));
}

// ---- The other way: a Python iterable as a range of T.

namespace detail {

template <class T>
T item_from_python(PyObject* item, std::size_t index) {
    static_assert(check_result_of_as<T>());
    typename conversion<T>::storage value{};
    loading l = loading::plain();
    if (!load_value<T>(item, value, l)) [[unlikely]] {
        l.at_item(index);
        l.raise_cast_error("il::iterate");
    }
    check_view<T>(value, item, "il::iterate");
    return conversion<T>::template pass<T>(value);
}

}  // namespace detail

// The place in an iterable_of<T>. Moving on and reading throw python_error, not_attached, and cast_error for an item that is no T.
template <class T>
class typed_iterator : private detail::bound_tag {
public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    typed_iterator() noexcept = default;
    explicit typed_iterator(item_iterator at) : at_(std::move(at)) {}

    // A view is of the item that stands here: valid until the next step.
    T operator*() const {
        detail::require_attached("il::iterate");
        return detail::item_from_python<T>((*at_).ptr(), index_);
    }
    typed_iterator& operator++() {
        ++at_;
        ++index_;
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const typed_iterator& at, std::default_sentinel_t end) noexcept {
        return at.at_ == end;
    }

private:
    item_iterator at_;
    std::size_t index_ = 0;
};

// A Python iterable as a range of T: each item is asked for and converted when its turn comes. As a parameter it takes any
// iterable but str, bytes, bytearray and dict, as sequences do. Bound, like every kind of object.
template <class T>
class iterable_of : public iterable {
    static constexpr const detail::hint* parts[] = {&detail::conversion_of<T>::in};

public:
    using iterable::iterable;
    static constexpr const char* kind_name = "iterable";
    static constexpr detail::hint kind_hint{"collections.abc.Iterable[%]", parts};
    static bool is_kind(PyObject* object) noexcept {
        return iterable::is_kind(object) && !PyUnicode_Check(object) && !PyBytes_Check(object) &&
               !PyByteArray_Check(object) && !PyDict_Check(object);
    }

    // iter(self). Throws python_error.
    typed_iterator<T> begin() const { return typed_iterator<T>(object::begin()); }
    std::default_sentinel_t end() const noexcept { return std::default_sentinel; }
};

// for (int x : il::iterate<int>(o)): any iterable, each item as a T. Cost: the call of __next__ and the conversion, for each item.
template <class T>
iterable_of<T> iterate(const object& values) {
    detail::require_attached("il::iterate");
    return iterable_of<T>(detail::adopt_t{},
                          Py_NewRef(detail::as_object(values, "il::iterate").ptr()));
}

INTERLOCK_END
