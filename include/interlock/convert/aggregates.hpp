// Aggregates as named tuples and dataclasses, registered with one line:
//
//     struct Point { double x; double y = 0; };
//     template <> struct il::converter<Point> : il::named_tuple<"geometry.Point", il::members_of<Point>> {};
//
// The Python class is made when it is first needed, once in each interpreter: by collections.namedtuple or by
// dataclasses.make_dataclass, with the types of the members as annotations. If the module that its name begins with has such a
// class already, with these fields, that one is taken. It pickles when it is in its module:
// m.add("Point", il::class_of<Point>(m.py())).
//
// What is accepted: an instance of the class; for a named tuple what a std::tuple takes, field by field; for a dataclass a
// mapping with the fields as keys, and an object with the fields as attributes. In the exact pass of overloads: an instance
// alone. What is wrong in a field says its name: "field 'x': expected float, got str".
#pragma once

#include <interlock/convert/containers.hpp>
#include <interlock/convert/member_names.hpp>
#include <interlock/convert/tuples.hpp>

INTERLOCK_BEGIN

struct frozen_t;
struct kw_only_t;

// A text as a template argument.
template <std::size_t N>
struct fixed_string {
    char text[N]{};
    consteval fixed_string(const char (&from)[N]) {  // NOLINT(google-explicit-constructor)
        for (std::size_t i = 0; i < N; ++i) {
            text[i] = from[i];
        }
    }
};

namespace detail {

struct aggregate_converter {};

template <fixed_string Name, auto Member>
struct field_t {
    explicit field_t() = default;
};
template <class T, fixed_string... Names>
struct members_of_t {
    explicit members_of_t() = default;
};
struct with_defaults_t {
    explicit with_defaults_t() = default;
};

enum class aggregate_kind : unsigned char { named_tuple, dataclass };

}  // namespace detail

// A field of a named tuple or dataclass: il::field<"x", &Point::x>. Members that no field shows keep what T() gives them.
template <fixed_string Name, auto Member>
inline constexpr detail::field_t<Name, Member> field{};

// All members of an aggregate as fields, up to 24: under their own names, il::members_of<Point>, or under others,
// il::members_of<Point, "x", "y">. An aggregate with a base or with an array among its members is listed with il::field.
template <class T, fixed_string... Names>
inline constexpr detail::members_of_t<T, Names...> members_of{};

// The fields behind it may be left out: they have the defaults that T() gives them.
inline constexpr detail::with_defaults_t with_defaults{};

// The base of an il::converter for an aggregate, which is a named tuple in Python. The name begins with the module's. What
// follows: il::field<...>s or il::members_of<T>, and il::with_defaults in front of those with a default.
template <fixed_string Name, auto... Items>
struct named_tuple : detail::aggregate_converter {
    static constexpr const char* python_type = Name.text;
    static constexpr auto aggregate_kind = detail::aggregate_kind::named_tuple;
    using aggregate_items = detail::item_list<std::remove_const_t<decltype(Items)>...>;
};

// The same as a dataclass; il::kw_only stands in front of fields that are given by name alone, il::frozen anywhere.
template <fixed_string Name, auto... Items>
struct dataclass : detail::aggregate_converter {
    static constexpr const char* python_type = Name.text;
    static constexpr auto aggregate_kind = detail::aggregate_kind::dataclass;
    using aggregate_items = detail::item_list<std::remove_const_t<decltype(Items)>...>;
};

namespace detail {

// ---- the core's part -----------------------------------------------------------------------------------------------------------

// What there is to know of a registered aggregate: one constant for each type.
struct aggregate_site {
    const char* name;
    aggregate_kind kind;
    bool frozen;
    unsigned count;
    unsigned required;    // from here on there are defaults
    unsigned positional;  // from here on by name alone
    const char* const* names;
    const hint* const* hints;
    PyObject* (*make_default)(unsigned field);  // a new reference, or null with the error set
};

// The class in the interpreter that this thread is attached to, borrowed: it lives as long as the interpreter. Throws
// python_error and no_interpreter.
PyObject* class_of_aggregate(const aggregate_site& site);
// The objects of the fields, new references; null where a default is due. False: it does not fit, and the loading says why.
bool open_aggregate(PyObject* from, const aggregate_site& site, PyObject** fields, loading& l);
// An instance, or null with the error set. May take references out of the array.
PyObject* make_aggregate(const aggregate_site& site, PyObject** fields);

template <unsigned N>
struct field_objects {
    field_objects() noexcept = default;
    ~field_objects() {
        for (PyObject* one : all) {
            Py_XDECREF(one);
        }
    }
    field_objects(const field_objects&) = delete;
    field_objects& operator=(const field_objects&) = delete;
    PyObject* all[N]{};
};

// ---- the fields ----------------------------------------------------------------------------------------------------------------

template <fixed_string Name, auto Member>
struct listed_field {
    static constexpr const char* name = Name.text;
    static constexpr bool is_listed = true;
    template <class V>
    static constexpr auto& of(V& whole) noexcept {
        return whole.*Member;
    }
};

template <class T, std::size_t I>
struct member_field {
    static constexpr const char* name = name_of_member<T, I>.text;
    static constexpr bool is_listed = false;
    template <class V>
    static constexpr auto& of(V& whole) noexcept {
        return member_at<I>(whole);
    }
};

template <class T, std::size_t I, fixed_string Name>
struct named_member_field {
    static constexpr const char* name = Name.text;
    static constexpr bool is_listed = false;
    template <class V>
    static constexpr auto& of(V& whole) noexcept {
        return member_at<I>(whole);
    }
};

// What an item of the list stands for.
template <class Item>
struct fields_of_item {
    static_assert(
        std::is_same_v<Item, with_defaults_t> || std::is_same_v<Item, kw_only_t> ||
            std::is_same_v<Item, frozen_t>,
        "interlock: a named tuple or dataclass takes il::field<\"x\", &T::x>, il::members_of<T>, "
        "il::with_defaults, and (a dataclass) il::kw_only and il::frozen");
    using type = item_list<>;
};
template <fixed_string Name, auto Member>
struct fields_of_item<field_t<Name, Member>> {
    static_assert(std::is_member_object_pointer_v<std::remove_const_t<decltype(Member)>>,
                  "interlock: il::field<\"x\", &T::x> takes a pointer to a data member");
    using type = item_list<listed_field<Name, Member>>;
};
template <class T>
struct fields_of_item<members_of_t<T>> {
    static_assert(std::is_aggregate_v<T>,
                  "interlock: il::members_of<T> is for aggregates: list the members of other "
                  "classes with il::field<\"x\", &T::x>");
    static_assert(compiler_tells_names(),
                  "interlock: this compiler does not tell the names of members: give them, "
                  "il::members_of<T, \"x\", \"y\">");
    template <std::size_t... I>
    static item_list<member_field<T, I>...> all(std::index_sequence<I...>);
    using type = decltype(all(std::make_index_sequence<count_members<T>()>{}));
};
template <class T, fixed_string... Names>
    requires(sizeof...(Names) > 0)
struct fields_of_item<members_of_t<T, Names...>> {
    static_assert(std::is_aggregate_v<T>,
                  "interlock: il::members_of<T, ...> is for aggregates: list the members of other "
                  "classes with il::field<\"x\", &T::x>");
    static_assert(sizeof...(Names) == count_members<T>(),
                  "interlock: il::members_of<T, \"x\", ...> has another number of names than T "
                  "has members");
    template <std::size_t... I>
    static item_list<named_member_field<T, I, Names>...> all(std::index_sequence<I...>);
    using type = decltype(all(std::index_sequence_for<decltype(Names)...>{}));
};

template <class... Lists>
struct joined {
    using type = item_list<>;
};
template <class... A>
struct joined<item_list<A...>> {
    using type = item_list<A...>;
};
template <class... A, class... B, class... Rest>
struct joined<item_list<A...>, item_list<B...>, Rest...> : joined<item_list<A..., B...>, Rest...> {
};

template <class... F>
consteval unsigned count_items(item_list<F...>) {
    return sizeof...(F);
}

template <class Items>
struct aggregate_plan;
template <class... Item>
struct aggregate_plan<item_list<Item...>> {
    using fields = typename joined<typename fields_of_item<Item>::type...>::type;
    static constexpr unsigned count = count_items(fields{});

    // How many fields stand in front of a mark.
    template <class Mark>
    static consteval unsigned before() {
        unsigned seen = 0;
        bool found = false;
        ((found = found || std::is_same_v<Item, Mark>,
          seen += found ? 0 : count_items(typename fields_of_item<Item>::type{})),
         ...);
        return seen;
    }
    static constexpr unsigned required = before<with_defaults_t>();
    static constexpr unsigned positional = before<kw_only_t>();
    static constexpr bool frozen = (std::is_same_v<Item, frozen_t> || ...);
};

consteval bool begins_with_module(const char* name) {
    bool dotted = false;
    for (const char* at = name; *at != '\0'; ++at) {
        dotted = dotted || (*at == '.' && at != name && at[1] != '\0');
    }
    return dotted;
}

// ---- the conversion ------------------------------------------------------------------------------------------------------------

template <class T, class F>
using field_type = std::remove_cvref_t<decltype(F::of(std::declval<T&>()))>;

template <class T, class Fields, class Indices>
struct aggregate_conversion;

template <class T, class... F, std::size_t... I>
struct aggregate_conversion<T, item_list<F...>, std::index_sequence<I...>> : loaded_place<T> {
    using typename loaded_place<T>::storage;
    using registered = converter<T>;
    using plan = aggregate_plan<typename registered::aggregate_items>;
    static_assert(sizeof...(F) > 0,
                  "interlock: a named tuple or dataclass has fields: il::field<\"x\", &T::x>, or "
                  "il::members_of<T> for all");
    static_assert(begins_with_module(registered::python_type),
                  "interlock: the name of a named tuple or dataclass begins with its module: "
                  "\"geometry.Point\"");
    static_assert(registered::aggregate_kind == aggregate_kind::dataclass ||
                      (!plan::frozen && plan::positional == plan::count),
                  "interlock: il::frozen and il::kw_only are for il::dataclass");

    using items = item_list<field_type<T, F>...>;
    static constexpr hint in{registered::python_type};
    static constexpr hint out{registered::python_type};

    static constexpr bool is_made_empty =
        std::is_default_constructible_v<T> &&
        (std::is_assignable_v<decltype(F::of(std::declval<T&>())), field_type<T, F>&&> && ...);
    static_assert(is_made_empty || !(F::is_listed || ...),
                  "interlock: a type whose fields are listed with il::field is made by T(), and "
                  "its members are assigned to: it has no such constructor, or a member is const. "
                  "For an aggregate il::members_of<T> needs neither");
    static_assert(is_made_empty || plan::required == plan::count,
                  "interlock: il::with_defaults takes the defaults from T(), which there is not");

    using parts = std::tuple<typename conversion<field_type<T, F>>::storage...>;

    template <std::size_t N, class Field>
    static bool load_one(PyObject* from, parts& to, loading& l) {
        using element = field_type<T, Field>;
        return from == nullptr || load_item<element>(from, std::get<N>(to), l) ||
               l.at_field(Field::name);
    }
    template <std::size_t N, class Field>
    static void assign_one(PyObject* from, parts& values, T& to) {
        using element = field_type<T, Field>;
        if (from != nullptr) {
            Field::of(to) = conversion<element>::template pass<element>(std::get<N>(values));
        }
    }

    static bool load(PyObject* from, storage& to, loading& l) {
        const deeper level(l);
        if (level.too_deep()) {
            return l.refuse_text(loading::invalid, "containers are nested more than %d deep",
                                 int{deepest});
        }
        field_objects<sizeof...(F)> found;
        if (!open_aggregate(from, site, found.all, l)) {
            return false;
        }
        parts values;
        if (!(load_one<I, F>(found.all[I], values, l) && ...)) {
            return false;
        }
        if constexpr (is_made_empty && lies_bare<T>) {
            to = T();
            (assign_one<I, F>(found.all[I], values, to), ...);
        } else if constexpr (is_made_empty) {
            to.emplace();
            (assign_one<I, F>(found.all[I], values, *to), ...);
        } else {
            to.emplace(T{conversion<field_type<T, F>>::template pass<field_type<T, F>>(
                std::get<I>(values))...});
        }
        return true;
    }

    template <class Field, class V>
    static PyObject* make_one(V& value) {
        using element = field_type<T, Field>;
        return conversion<element>::make(static_cast<const element&>(Field::of(value)));
    }
    template <class Field, class V>
    static PyObject* move_one(V& value) {
        using element = field_type<T, Field>;
        if constexpr (std::is_const_v<std::remove_reference_t<decltype(Field::of(value))>>) {
            return make_one<Field>(value);
        } else {
            return conversion<element>::make(static_cast<element&&>(Field::of(value)));
        }
    }
    template <class V>
    static PyObject* make(V&& value) {
        field_objects<sizeof...(F)> made;
        bool all_made = false;
        if constexpr (std::is_lvalue_reference_v<V>) {
            all_made = (((made.all[I] = make_one<F>(value)) != nullptr) && ...);
        } else {
            all_made = (((made.all[I] = move_one<F>(value)) != nullptr) && ...);
        }
        return all_made ? make_aggregate(site, made.all) : nullptr;
    }

    static PyObject* make_default([[maybe_unused]] unsigned field) {
        PyObject* made = nullptr;
        if constexpr (plan::required < plan::count) {
            const T fresh = T();
            static_cast<void>(((I == field ? (made = make_one<F>(fresh), true) : false) || ...));
        }
        return made;
    }

    static constexpr const char* names[] = {F::name...};
    static constexpr const hint* hints[] = {&conversion<field_type<T, F>>::out...};
    static constexpr aggregate_site site{registered::python_type,
                                         registered::aggregate_kind,
                                         plan::frozen,
                                         plan::count,
                                         plan::required,
                                         plan::positional,
                                         names,
                                         hints,
                                         &make_default};
};

template <class T>
struct conversion<T, category::aggregate>
    : aggregate_conversion<
          T, typename aggregate_plan<typename converter<T>::aggregate_items>::fields,
          std::make_index_sequence<aggregate_plan<typename converter<T>::aggregate_items>::count>> {
};

}  // namespace detail
INTERLOCK_END
