// Where a value lies while it is loaded, and how the hints of types with several parts are put together.
#pragma once

#include <interlock/convert/category.hpp>
#include <interlock/convert/loading.hpp>

#include <optional>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

// Loaded values of types that cannot be made empty first and assigned to later lie in an optional.
template <class T>
inline constexpr bool lies_bare =
    std::is_default_constructible_v<T> && std::is_move_assignable_v<T>;

template <class T>
struct loaded_place {
    using storage = std::conditional_t<lies_bare<T>, T, std::optional<T>>;
    static constexpr loader loads = by_anything;

    template <class... A>
    static void put(storage& to, A&&... a) {
        if constexpr (lies_bare<T>) {
            to = T(static_cast<A&&>(a)...);
        } else {
            to.emplace(static_cast<A&&>(a)...);
        }
    }
    template <class A>
    static A&& pass(storage& value) noexcept {
        static_assert(!std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>,
                      "interlock: a parameter is a non-const reference to a value that is "
                      "converted from Python: changes of it would be lost. Take it by value or by "
                      "const reference, or bind its class with il::class_");
        if constexpr (lies_bare<T>) {
            return static_cast<A&&>(value);
        } else {
            return static_cast<A&&>(*value);
        }
    }
};

// The text of a hint that names each of its parts: "tuple[%, %]".
template <std::size_t N>
struct hint_text {
    char text[4 * N + 16];
};
template <std::size_t N>
consteval hint_text<N> hint_of_parts(const char* open, const char* between, const char* close,
                                     std::size_t parts = N) {
    hint_text<N> made{};
    std::size_t at = 0;
    const auto add = [&made, &at](const char* words) {
        while (*words != '\0') {
            made.text[at++] = *words++;
        }
    };
    add(open);
    for (std::size_t i = 0; i < parts; ++i) {
        add(i == 0 ? "%" : between);
        if (i != 0) {
            add("%");
        }
    }
    add(close);
    return made;
}

// Of several types one, each named once.
template <std::size_t N>
struct union_parts {
    const hint* parts[N]{};
    std::size_t count = 0;
};
consteval bool same_hint(const hint& a, const hint& b) {
    // Of bound classes, and of types with parts: left as they are.
    if (!a.whole || !b.whole) {
        return false;
    }
    const char* x = a.text;
    const char* y = b.text;
    while (*x != '\0' && *x == *y) {
        ++x;
        ++y;
    }
    return *x == *y;
}
template <std::size_t N>
consteval union_parts<N> union_of(const hint* const (&all)[N]) {
    union_parts<N> made{};
    for (const hint* one : all) {
        bool there = false;
        for (std::size_t i = 0; i < made.count; ++i) {
            there = there || same_hint(*made.parts[i], *one);
        }
        if (!there) {
            made.parts[made.count++] = one;
        }
    }
    return made;
}

// One element of a tuple or variant: by the type's own get or by one that is found by argument, as structured bindings do.
template <std::size_t I, class V>
constexpr decltype(auto) element_of(V&& value) {
    if constexpr (requires { static_cast<V&&>(value).template get<I>(); }) {
        return static_cast<V&&>(value).template get<I>();
    } else {
        return get<I>(static_cast<V&&>(value));
    }
}

}  // namespace detail
INTERLOCK_END
