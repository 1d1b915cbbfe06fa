// The members of an aggregate one by one, by structured bindings, and their names, by what the compiler calls them.
//
// C++20 lists neither. How many there are is found as detachable<T> finds it; a name stands at the end of the text of a
// pointer to the member, which is a template argument. The object that the pointer leads into is never made.
#pragma once

#include <interlock/attach/members.hpp>

#include <cstddef>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

// How many members an aggregate has, where none of them is an array and it has no base.
template <class T>
consteval std::size_t count_members() {
    return members::initializers<T, 0>::most();
}
inline constexpr std::size_t most_bound_members = 24;

// call(member...), each as an lvalue.
template <std::size_t N, class T, class F>
constexpr decltype(auto) with_members(T& of, F&& call) {
    static_assert(N > 0 && N <= most_bound_members,
                  "interlock: il::members_of<T> is for aggregates of 1 to 24 members: list those "
                  "that Python sees with il::field<\"x\", &T::x>");
    if constexpr (N == 1) {
        auto& [a] = of;
        return call(a);
    } else if constexpr (N == 2) {
        auto& [a, b] = of;
        return call(a, b);
    } else if constexpr (N == 3) {
        auto& [a, b, c] = of;
        return call(a, b, c);
    } else if constexpr (N == 4) {
        auto& [a, b, c, d] = of;
        return call(a, b, c, d);
    } else if constexpr (N == 5) {
        auto& [a, b, c, d, e] = of;
        return call(a, b, c, d, e);
    } else if constexpr (N == 6) {
        auto& [a, b, c, d, e, f] = of;
        return call(a, b, c, d, e, f);
    } else if constexpr (N == 7) {
        auto& [a, b, c, d, e, f, g] = of;
        return call(a, b, c, d, e, f, g);
    } else if constexpr (N == 8) {
        auto& [a, b, c, d, e, f, g, h] = of;
        return call(a, b, c, d, e, f, g, h);
    } else if constexpr (N == 9) {
        auto& [a, b, c, d, e, f, g, h, i] = of;
        return call(a, b, c, d, e, f, g, h, i);
    } else if constexpr (N == 10) {
        auto& [a, b, c, d, e, f, g, h, i, j] = of;
        return call(a, b, c, d, e, f, g, h, i, j);
    } else if constexpr (N == 11) {
        auto& [a, b, c, d, e, f, g, h, i, j, k] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k);
    } else if constexpr (N == 12) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l);
    } else if constexpr (N == 13) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m);
    } else if constexpr (N == 14) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
    } else if constexpr (N == 15) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
    } else if constexpr (N == 16) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
    } else if constexpr (N == 17) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q);
    } else if constexpr (N == 18) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r);
    } else if constexpr (N == 19) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s);
    } else if constexpr (N == 20) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t);
    } else if constexpr (N == 21) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u);
    } else if constexpr (N == 22) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v);
    } else if constexpr (N == 23) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w);
    } else if constexpr (N == 24) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x] = of;
        return call(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x);
    }
}

// The I-th of what it is called with.
template <std::size_t I>
struct choose_member {
    template <class First, class... Rest>
    constexpr auto& operator()(First& first, Rest&... rest) const noexcept {
        if constexpr (I == 0) {
            return first;
        } else {
            return choose_member<I - 1>{}(rest...);
        }
    }
};

template <std::size_t I, class T>
constexpr auto& member_at(T& of) noexcept {
    return with_members<count_members<std::remove_const_t<T>>()>(of, choose_member<I>{});
}

// ---- names ---------------------------------------------------------------------------------------------------------------------

template <class T>
union never_made {
    constexpr never_made() noexcept : nothing() {}
    constexpr ~never_made() {}
    char nothing;
    T value;
};
template <class T>
inline constexpr never_made<T> nowhere_made{};

// A pointer in a class: Clang before 18 takes no pointer into an object as a template argument by itself.
template <class P>
struct pointer_to_member {
    P at;
};
template <class P>
pointer_to_member(P) -> pointer_to_member<P>;

template <auto Pointer>
consteval const char* text_of_pointer() {
#if defined(_MSC_VER) && !defined(__clang__)
    return __FUNCSIG__;
#else
    return __PRETTY_FUNCTION__;
#endif
}

struct words_in_text {
    const char* begin;
    std::size_t size;
};
constexpr bool is_word_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) > 127;
}
// The last word in front of the last brace.
consteval words_in_text last_word(const char* text) {
    const char* end = text;
    for (const char* at = text; *at != '\0'; ++at) {
        if (*at == '}') {
            end = at;
        }
    }
    while (end != text && !is_word_character(end[-1])) {
        --end;
    }
    const char* begin = end;
    while (begin != text && is_word_character(begin[-1])) {
        --begin;
    }
    return {begin, static_cast<std::size_t>(end - begin)};
}

template <class T, std::size_t I>
inline constexpr words_in_text words_of_member =
    last_word(text_of_pointer<pointer_to_member{&member_at<I>(nowhere_made<T>.value)}>());

// With a zero behind it.
template <class T, std::size_t I>
struct member_name {
    char text[words_of_member<T, I>.size + 1]{};
    consteval member_name() {
        for (std::size_t i = 0; i < words_of_member<T, I>.size; ++i) {
            text[i] = words_of_member<T, I>.begin[i];
        }
    }
};
template <class T, std::size_t I>
inline constexpr member_name<T, I> name_of_member{};

// Whether this compiler writes what is understood here.
struct known_members {
    int first_known;
    int second_known;
};
consteval bool compiler_tells_names() {
    const auto is = [](const char* a, const char* b) {
        while (*a != '\0' && *a == *b) {
            ++a;
            ++b;
        }
        return *a == *b;
    };
    return is(name_of_member<known_members, 0>.text, "first_known") &&
           is(name_of_member<known_members, 1>.text, "second_known");
}

}  // namespace detail
INTERLOCK_END
