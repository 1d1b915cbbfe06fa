// Which way a C++ type goes to Python and back: found by what the type can do, not by its name, so that containers of any
// library work and none of their headers is included here.
//
// The order of the questions is the order of choice in the documentation: a user's converter; a bound class; string-like;
// path-like; optional; variant; pointer-like; mapping; set; tuple-like; sequence; lazy range.
#pragma once

#include <interlock/objects/int128.hpp>
#include <interlock/objects/owned.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>

INTERLOCK_BEGIN

// A conversion of a user's own type:
//
//     template <> struct il::converter<Money> {
//         static constexpr const char* python_type = "decimal.Decimal";      // as typing writes it
//         static std::optional<Money> from_python(const il::object& value);  // empty: does not fit
//         static il::object to_python(il::python py, const Money& value);
//     };
//
// Either function may be left out, and either may throw. Specialize it before the first use of the type.
template <class T>
struct converter;

// Says that a type which could also be converted as a container is bound as a class:
// template <> inline constexpr bool il::enable_class<Matrix> = true;
template <class T>
inline constexpr bool enable_class = false;

template <class T>
class buffer;
class pinned_str;
class pinned_bytes;

namespace detail {

enum class category : unsigned char {
    user,
    aggregate,  // a user's, by il::named_tuple or il::dataclass
    handle,     // object and its kinds
    owned,      // owned<kind>
    proxy,      // o.attr("x"), o[key]
    pinned,     // pinned_str, pinned_bytes, buffer<T>
    none,       // nullptr_t, nullopt_t, monostate
    boolean,
    integer,  // every width
    floating,
    complex,
    character,  // one char: a str of length 1
    text,       // std::string and the like: the characters are copied
    text_view,  // std::string_view
    c_text,     // const char*
    byte,       // std::byte
    path,
    optional,
    expected,
    variant,
    pointer,  // raw, to a bound class
    smart_pointer,
    mapping,
    multimap,  // several values for a key
    set,
    tuple,
    array,  // of fixed size
    bytes,  // a sequence of std::byte
    sequence,
    span,
    duration,
    time_point,
    error_code,
    function,
    range,  // lazily walked over
    enumeration,
    instance,  // of a bound class
};

template <class T>
concept user_converted = requires { sizeof(converter<T>); };

template <class T>
concept aggregate_converted = user_converted<T> && requires { converter<T>::aggregate_kind; };

template <class T>
concept any_character =
    std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
concept text_like = requires(const T& t) {
    typename T::traits_type;
    requires any_character<typename T::value_type>;
    t.data();
    t.size();
};

template <class T>
concept path_like = requires(const T& t) {
    T::preferred_separator;
    t.native();
};

template <class T>
concept expected_like = requires(const T& t) {
    typename T::error_type;
    t.has_value();
    t.error();
};

template <class T>
concept optional_like = !expected_like<T> && requires(T& t) {
    typename T::value_type;
    t.has_value();
    t.reset();
    *t;
};

// boost::variant, too: it is visited, and is never without a value.
template <class T>
concept visited_variant_like = requires(const T& t) {
    typename T::types;
    t.which();
    t.empty();
};
template <class T>
concept variant_like = visited_variant_like<T> || requires(const T& t) {
    t.valueless_by_exception();
    t.index();
};

template <class T>
concept complex_like = requires(const T& t) {
    typename T::value_type;
    requires std::floating_point<typename T::value_type>;
    { t.real() } -> std::convertible_to<typename T::value_type>;
    { t.imag() } -> std::convertible_to<typename T::value_type>;
};

template <class T>
concept smart_pointer_like = requires(const T& t) {
    typename T::element_type;
    { t.get() } -> std::convertible_to<const typename T::element_type*>;
    static_cast<bool>(t);
};

template <class T>
concept range_like = requires(T& t) {
    t.begin();
    t.end();
};

template <class T>
concept mapping_like = range_like<T> && requires {
    typename T::key_type;
    typename T::mapped_type;
};

template <class T>
concept set_like = range_like<T> && requires { typename T::key_type; };

// Keys may be there several times: inserting always succeeds, and gives an iterator alone.
template <class T>
concept multi_like = requires(T& t, typename T::value_type v) {
    { t.insert(static_cast<typename T::value_type&&>(v)) } -> std::same_as<typename T::iterator>;
};

template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

// std::monostate has no members to know it by, and <variant> is not included: by its name, of empty classes alone.
template <class T>
consteval bool is_named_nothing() {
#if defined(_MSC_VER) && !defined(__clang__)
    const char* text = __FUNCSIG__;
#else
    const char* text = __PRETTY_FUNCTION__;
#endif
    // The last word of the name, with what is in front of it: "T = std::monostate]", "<struct std::monostate>".
    const auto begins = [](const char* at, const char* words) {
        while (*words != '\0' && *at == *words) {
            ++at;
            ++words;
        }
        return *words == '\0';
    };
    for (; *text != '\0'; ++text) {
        if (begins(text, " std::monostate]") || begins(text, " std::__1::monostate]") ||
            begins(text, " std::monostate>(")) {
            return true;
        }
    }
    return false;
}
template <class T>
inline constexpr bool is_nothing = false;
template <class T>
    requires(std::is_class_v<T> && requires { sizeof(T); })
inline constexpr bool is_nothing<T> = [] {
    if constexpr (std::is_empty_v<T>) {
        return is_named_nothing<T>();
    } else {
        return false;
    }
}();

template <class T>
concept duration_like = requires(const T& t) {
    typename T::rep;
    typename T::period;
    t.count();
};

template <class T>
concept time_point_like = requires(const T& t) {
    typename T::clock;
    typename T::duration;
    t.time_since_epoch();
};

template <class T>
concept error_code_like = requires(const T& t) {
    t.category();
    t.value();
    t.message();
    t.default_error_condition();
};

// std::span: views memory, with an extent. Those of other libraries have parts alone.
template <class T>
concept span_like = requires(const T& t) {
    typename T::element_type;
    { t.data() } -> std::convertible_to<const typename T::element_type*>;
} && (requires(const T& t) {
    t.size_bytes();
    T::extent;
} || requires(const T& t) { t.subspan(t.size()); }) && !requires(T& t) { t.clear(); };

// What can grow at its end, or lies in one piece of memory (an initializer_list too, which has no data()).
template <class T>
concept sequence_like = range_like<T> && requires(T& t) {
    typename T::value_type;
    t.size();
} && (requires(T& t, typename T::value_type v) { t.push_back(static_cast<typename T::value_type&&>(v)); } ||
      requires(const T& t) { t.data(); } ||
      // std::initializer_list
      requires(const T& t) {
          { t.begin() } -> std::same_as<const typename T::value_type*>;
      });

// Of fixed size, all elements of one type. (A subrange is a tuple of its two ends, too.) boost::array says its size itself.
template <class T>
concept says_fixed_size = std::is_aggregate_v<T> && requires {
    { T::static_size } -> std::convertible_to<std::size_t>;
};
template <class T>
concept array_like =
    (tuple_like<T> || says_fixed_size<T>) && range_like<T> && requires(const T& t) {
        typename T::value_type;
        t.data();
    };
template <class T>
consteval std::size_t fixed_size_of() {
    if constexpr (tuple_like<T>) {
        return std::tuple_size<T>::value;
    } else {
        return T::static_size;
    }
}

// Class templates of a signature: std::function<R(A...)>, std::move_only_function<R(A...)>.
template <class T>
struct signature_argument;
template <template <class> class F, class S>
    requires std::is_function_v<S>
struct signature_argument<F<S>> {
    using signature = S;
};
template <class T>
concept function_like = requires { typename signature_argument<T>::signature; } &&
                        requires(T& t) { static_cast<bool>(t); };

// A lambda that is not generic.
template <class T>
concept lambda_like = std::is_class_v<T> && says_closure<T>() && requires { &T::operator(); };

// Views that hold what they view.
template <class T>
inline constexpr bool is_pinned = std::is_same_v<T, pinned_str> || std::is_same_v<T, pinned_bytes>;
template <class T>
inline constexpr bool is_pinned<buffer<T>> = true;

template <class T>
concept byte_like = std::is_enum_v<T> && sizeof(T) == 1 && requires(T t) {
    // What std::byte has and a user's enum of the same size has not: it shifts.
    { t << 1 } -> std::same_as<T>;
    { t ^ t } -> std::same_as<T>;
    requires std::same_as<std::underlying_type_t<T>, unsigned char>;
};

template <class T>
inline constexpr bool is_byte_sequence = false;
template <class T>
    requires requires { typename T::value_type; }
inline constexpr bool is_byte_sequence<T> = byte_like<typename T::value_type>;

#if defined(__SIZEOF_INT128__)
template <class T>
inline constexpr bool is_int128 = std::same_as<T, int128> || std::same_as<T, uint128>;
#else
template <class T>
inline constexpr bool is_int128 = false;
#endif

// T: without const and reference.
template <class T>
consteval category categorize() {
    if constexpr (aggregate_converted<T>) {
        return category::aggregate;
    } else if constexpr (user_converted<T>) {
        return category::user;
    } else if constexpr (std::is_same_v<T, bool>) {
        return category::boolean;
    } else if constexpr (any_character<T>) {
        return category::character;
    } else if constexpr (std::is_integral_v<T> || is_int128<T>) {
        return category::integer;
    } else if constexpr (std::is_floating_point_v<T>) {
        return category::floating;
    } else if constexpr (std::is_null_pointer_v<T> || std::is_same_v<T, std::nullopt_t>) {
        return category::none;
    } else if constexpr (std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>) {
        return category::function;
    } else if constexpr (std::is_pointer_v<T>) {
        return any_character<std::remove_cv_t<std::remove_pointer_t<T>>> ? category::c_text
                                                                         : category::pointer;
    } else if constexpr (byte_like<T>) {
        return category::byte;
    } else if constexpr (std::is_enum_v<T>) {
        return category::enumeration;
    } else if constexpr (std::is_base_of_v<object, T>) {
        return category::handle;
    } else if constexpr (is_owned_handle<T>) {
        return category::owned;
    } else if constexpr (is_pinned<T>) {
        return category::pinned;
    } else if constexpr (std::is_same_v<T, attribute> || std::is_same_v<T, item>) {
        return category::proxy;
    } else if constexpr (enable_class<T>) {
        return category::instance;
    } else if constexpr (is_nothing<T>) {
        return category::none;
    } else if constexpr (text_like<T>) {
        // A string owns what a view only shows; only the former can be told to grow.
        if constexpr (requires(T& t, typename T::value_type c) { t.push_back(c); }) {
            return category::text;
        } else {
            return category::text_view;
        }
    } else if constexpr (path_like<T>) {
        return category::path;
    } else if constexpr (expected_like<T>) {
        return category::expected;
    } else if constexpr (optional_like<T>) {
        return category::optional;
    } else if constexpr (variant_like<T>) {
        return category::variant;
    } else if constexpr (function_like<T> || lambda_like<T>) {
        return category::function;
    } else if constexpr (span_like<T>) {
        return category::span;
    } else if constexpr (smart_pointer_like<T>) {
        return category::smart_pointer;
    } else if constexpr (complex_like<T>) {
        return category::complex;
    } else if constexpr (duration_like<T>) {
        return category::duration;
    } else if constexpr (time_point_like<T>) {
        return category::time_point;
    } else if constexpr (error_code_like<T>) {
        return category::error_code;
    } else if constexpr (mapping_like<T>) {
        return multi_like<T> ? category::multimap : category::mapping;
    } else if constexpr (set_like<T>) {
        return multi_like<T> ? category::sequence : category::set;
    } else if constexpr (is_byte_sequence<T>) {
        return category::bytes;
    } else if constexpr (array_like<T>) {
        return category::array;
    } else if constexpr (tuple_like<T> && !range_like<T>) {
        return category::tuple;
    } else if constexpr (sequence_like<T>) {
        return category::sequence;
    } else if constexpr (range_like<T> && requires(T& t) { *t.begin(); }) {
        return category::range;
    } else {
        return category::instance;
    }
}

// What may be bound with il::class_: a class that has begin() and end() and nothing else of a container may be a class, or a lazy
// range; which one is known at run time.
template <class T>
inline constexpr bool may_be_bound =
    categorize<T>() == category::instance || categorize<T>() == category::range;

// How a conversion's slow half is reached from a bound function.
enum loader : unsigned char {
    by_anything,  // load(), which may throw
    by_test,      // there is none: what fast() refuses does not fit
    by_integer,
    by_float,
    by_single,
    by_bool,
    by_text,  // a view of text
    by_utf8,  // its UTF-8, from which the text is made
    by_load,  // load(), which does not throw
};

// One conversion per category. Each has
//
//   loads            which loader
//   in, out          the hints: what is accepted, what is made
//   storage          where a loaded value lies for the length of a call; default-constructible
//   fast(o, storage) optional: inline tests that settle the common case, without running Python code; what they take is exact,
//                    and nothing is written when they fail
//   load(o, storage, loading)
//                    false: it does not fit, and the loading says why
//   pass<A>(storage) the loaded value as a parameter of type A
//   make(value)      a new reference, or null with the Python error set
//
// All need an attached thread, which their callers have checked.
template <class T, category C = categorize<T>()>
struct conversion;

// Types whose values view the memory of the Python object that they were made from.
template <class T>
inline constexpr bool is_view = requires { conversion<T>::views; };

// What the values of a conversion have inside of them: its `items`. A type can be inside of itself.
template <class... T>
struct item_list {};

// Whether `Is` says so of something that lies in a T.
template <template <class> class Is, class T, class... Seen>
consteval bool find_inside();
template <template <class> class Is, class T, class... Seen, class... I>
consteval bool find_in_items(item_list<I...>) {
    return ((Is<I>::value || find_inside<Is, I, T, Seen...>()) || ...);
}
template <template <class> class Is, class T, class... Seen>
consteval bool find_inside() {
    if constexpr ((std::is_same_v<T, Seen> || ...)) {
        return false;
    } else if constexpr (requires { typename conversion<T>::items; }) {
        return find_in_items<Is, T, Seen...>(typename conversion<T>::items());
    } else {
        return false;
    }
}
template <class T>
inline constexpr bool is_instance_pointer = false;
template <class T>
    requires(is_view<T> && requires { conversion<T>::site_behind; })
inline constexpr bool is_instance_pointer<T> = true;
template <class T>
struct views_memory : std::bool_constant<is_view<T>> {};
template <class T>
struct points_to_instance : std::bool_constant<is_instance_pointer<T>> {};

// Types in which views may lie, made from objects that are temporary: the call then holds these.
template <class T>
inline constexpr bool holds_views = find_inside<views_memory, T>();
// Those of them that are pointers to instances of bound classes.
template <class T>
inline constexpr bool holds_pointers = find_inside<points_to_instance, T>();

// What a parameter or a value is converted as.
template <class T>
struct converted_as {
    using type = T;
};
template <class C, std::size_t N>
    requires any_character<C>
struct converted_as<C[N]> {
    using type = const C*;
};
template <class C>
    requires any_character<C>
struct converted_as<C*> {
    using type = const C*;
};
template <class T>
using converted_type = typename converted_as<std::remove_cvref_t<T>>::type;
template <class T>
using conversion_of = conversion<converted_type<T>>;

}  // namespace detail
INTERLOCK_END
