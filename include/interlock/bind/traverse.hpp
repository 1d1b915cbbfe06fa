// Cycle collection: which members of a C++ class hold Python references, and how they are visited.
//
// Visited is only what the instance alone owns: il::owned<T>, and containers, optionals, pairs and aggregates of them by value;
// never through std::shared_ptr or raw pointers, where a second visit would free what lives. Members that are bound with
// def_readonly and def_readwrite are found by themselves; others are named with il::members.
#pragma once

#include <interlock/bind/class_options.hpp>

INTERLOCK_BEGIN
namespace detail {

// Whether a value of that type may own Python references that can be visited.
template <class M>
consteval bool owns_references() {
    if constexpr (is_owned_handle<M> || std::is_base_of_v<object, M>) {
        return true;
    } else if constexpr (optional_like<M>) {
        return owns_references<typename M::value_type>();
    } else if constexpr (mapping_like<M>) {
        return owns_references<typename M::key_type>() ||
               owns_references<typename M::mapped_type>();
    } else if constexpr (requires { typename M::value_type; } && range_like<M>) {
        if constexpr (std::is_same_v<typename M::value_type, M>) {
            return false;
        } else {
            return owns_references<typename M::value_type>();
        }
    } else if constexpr (requires(M& m) {
                             m.first;
                             m.second;
                         }) {
        return owns_references<decltype(M::first)>() || owns_references<decltype(M::second)>();
    } else {
        return false;
    }
}

template <class M>
int visit_member(M& member, visitproc visit, void* arg) {
    if constexpr (!owns_references<std::remove_cv_t<M>>()) {
        return 0;
    } else if constexpr (is_owned_handle<std::remove_cv_t<M>>) {
        PyObject* held = peek_reference(member);
        return held == nullptr ? 0 : visit(held, arg);
    } else if constexpr (std::is_base_of_v<object, M>) {
        return member.ptr() == nullptr ? 0 : visit(member.ptr(), arg);
    } else if constexpr (optional_like<M>) {
        return member.has_value() ? visit_member(*member, visit, arg) : 0;
    } else if constexpr (range_like<M>) {
        for (auto& each : member) {
            if (const int stop = visit_member(each, visit, arg)) {
                return stop;
            }
        }
        return 0;
    } else {
        const int stop = visit_member(member.first, visit, arg);
        return stop != 0 ? stop : visit_member(member.second, visit, arg);
    }
}

// Lets go of what was visited. The member is emptied first: releasing runs Python code, which may come back here.
template <class M>
void clear_member(M& member) {
    if constexpr (owns_references<M>() && std::is_move_constructible_v<M> &&
                  std::is_default_constructible_v<M> && std::is_move_assignable_v<M>) {
        M taken(std::move(member));
        member = M();
    } else if constexpr (std::is_base_of_v<object, M>) {
        M taken(std::move(member));
    }
}

// A chain of visits, one for each member, that is known when the code is compiled.
template <class T, auto M>
struct member_visitor {
    static int traverse(void* value, visitproc visit, void* arg) {
        return visit_member(static_cast<T*>(value)->*M, visit, arg);
    }
    static void clear(void* value) { clear_member(static_cast<T*>(value)->*M); }
};

template <class T, auto M>
void note_member(class_building& to) {
    using member = std::remove_cvref_t<decltype(std::declval<T&>().*M)>;
    if constexpr (owns_references<member>()) {
        set_traverse(to, &member_visitor<T, M>::traverse, &member_visitor<T, M>::clear);
    }
}

}  // namespace detail
INTERLOCK_END
