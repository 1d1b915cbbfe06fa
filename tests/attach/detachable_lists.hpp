// Lists of types, each of which is detachable or is not.
#pragma once

#include <interlock/attach/detachable.hpp>

// A wrong one is named by the compiler.
template <class T>
constexpr bool passes() {
    static_assert(interlock::detachable<T>);
    return true;
}
template <class T>
constexpr bool is_refused() {
    static_assert(!interlock::detachable<T>);
    return true;
}
template <class... Ts>
constexpr bool all_pass = (passes<Ts>() && ...);
template <class... Ts>
constexpr bool all_refused = (is_refused<Ts>() && ...);
