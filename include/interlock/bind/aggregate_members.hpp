// The members of an aggregate, one after the other: for what has to look at each of them when the program runs.
//
// They are taken apart by a structured binding, which has to name as many as there are. How many is known where each of them
// can be initialized by {}, and none is an array of several: else the aggregate is left alone. A class with an anonymous union
// cannot be taken apart at all, and no C++20 program can tell; so it is tried only where the members were seen to matter.
#pragma once

#include <interlock/attach/members.hpp>

#include <cstddef>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

inline constexpr std::size_t most_named_members = 12;

template <class T, std::size_t N>
consteval bool takes_braces() {
    if constexpr (N == 1) {
        return requires { T{{}}; };
    } else if constexpr (N == 2) {
        return requires { T{{}, {}}; };
    } else if constexpr (N == 3) {
        return requires { T{{}, {}, {}}; };
    } else if constexpr (N == 4) {
        return requires { T{{}, {}, {}, {}}; };
    } else if constexpr (N == 5) {
        return requires { T{{}, {}, {}, {}, {}}; };
    } else if constexpr (N == 6) {
        return requires { T{{}, {}, {}, {}, {}, {}}; };
    } else if constexpr (N == 7) {
        return requires { T{{}, {}, {}, {}, {}, {}, {}}; };
    } else if constexpr (N == 8) {
        return requires { T{{}, {}, {}, {}, {}, {}, {}, {}}; };
    } else if constexpr (N == 9) {
        return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}}; };
    } else if constexpr (N == 10) {
        return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
    } else if constexpr (N == 11) {
        return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
    } else if constexpr (N == 12) {
        return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
    } else {
        return false;
    }
}

// Of a class that derives from another one the first initializer is the base's.
template <class T>
struct is_no_base {
    template <class M>
    static consteval bool accepts() {
        return !std::is_base_of_v<M, T>;
    }
};

// How many members a structured binding of T names; 0: it is left alone.
template <class T>
consteval std::size_t bindable_members() {
    if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T> || std::is_empty_v<T>) {
        return 0;
    } else {
        constexpr std::size_t most = members::initializers<T, 0>::most();
        if constexpr (most == 0 || most > most_named_members || !takes_braces<T, most>()) {
            return 0;
        } else if constexpr (!members::place_accepted<T, is_no_base<T>, 0, members::run<0, most>>) {
            return 0;
        } else {
            return most;
        }
    }
}

// Calls visitor.see(member) for each member that matters to V, until it gives something else than 0. A bit-field cannot be
// referred to, and never matters.
#define INTERLOCK_SEE(NAME)                                                  \
    if constexpr (V::template matters<std::remove_cv_t<decltype(NAME)>>()) { \
        if (const int stop = visitor.see(NAME)) {                            \
            return stop;                                                     \
        }                                                                    \
    }
template <class T, class V>
int each_member(T& value, const V& visitor) {
    constexpr std::size_t n = bindable_members<std::remove_cv_t<T>>();
    // The formatter breaks these lines anew each time.
    // clang-format off
    if constexpr (n == 1) {
        auto& [a] = value;
        INTERLOCK_SEE(a)
    } else if constexpr (n == 2) {
        auto& [a, b] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b)
    } else if constexpr (n == 3) {
        auto& [a, b, c] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c)
    } else if constexpr (n == 4) {
        auto& [a, b, c, d] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d)
    } else if constexpr (n == 5) {
        auto& [a, b, c, d, e] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e)
    } else if constexpr (n == 6) {
        auto& [a, b, c, d, e, f] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e) INTERLOCK_SEE(f)
    } else if constexpr (n == 7) {
        auto& [a, b, c, d, e, f, g] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e) INTERLOCK_SEE(f)
        INTERLOCK_SEE(g)
    } else if constexpr (n == 8) {
        auto& [a, b, c, d, e, f, g, h] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e) INTERLOCK_SEE(f)
        INTERLOCK_SEE(g) INTERLOCK_SEE(h)
    } else if constexpr (n == 9) {
        auto& [a, b, c, d, e, f, g, h, i] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e) INTERLOCK_SEE(f)
        INTERLOCK_SEE(g) INTERLOCK_SEE(h) INTERLOCK_SEE(i)
    } else if constexpr (n == 10) {
        auto& [a, b, c, d, e, f, g, h, i, j] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e) INTERLOCK_SEE(f)
        INTERLOCK_SEE(g) INTERLOCK_SEE(h) INTERLOCK_SEE(i) INTERLOCK_SEE(j)
    } else if constexpr (n == 11) {
        auto& [a, b, c, d, e, f, g, h, i, j, k] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e) INTERLOCK_SEE(f)
        INTERLOCK_SEE(g) INTERLOCK_SEE(h) INTERLOCK_SEE(i) INTERLOCK_SEE(j) INTERLOCK_SEE(k)
    } else if constexpr (n == 12) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
        INTERLOCK_SEE(a) INTERLOCK_SEE(b) INTERLOCK_SEE(c) INTERLOCK_SEE(d) INTERLOCK_SEE(e) INTERLOCK_SEE(f)
        INTERLOCK_SEE(g) INTERLOCK_SEE(h) INTERLOCK_SEE(i) INTERLOCK_SEE(j) INTERLOCK_SEE(k) INTERLOCK_SEE(l)
    }
    // clang-format on
    return 0;
}
#undef INTERLOCK_SEE

}  // namespace detail
INTERLOCK_END
