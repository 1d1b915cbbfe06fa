// Cycle collection: which members of a C++ class hold Python references, and how they are visited.
//
// Visited is only what the instance alone owns: il::owned<T>, and containers, optionals, pairs, std::unique_ptrs and aggregates of
// them; never through std::shared_ptr or raw pointers, where a second visit would free what lives. Members of aggregates, and
// those that are bound with def_readonly and def_readwrite, are found by themselves; others are named with il::members, which
// turns the search of an aggregate off.
#pragma once

#include <interlock/bind/aggregate_members.hpp>
#include <interlock/bind/class_options.hpp>

INTERLOCK_BEGIN
namespace detail {

template <class M, class... Seen>
consteval bool owns_references();

template <class... Seen>
struct owns_no_references {
    template <class M>
    static consteval bool accepts() {
        return !owns_references<std::remove_cv_t<M>, Seen...>();
    }
};

template <class M>
concept has_size = requires { sizeof(M); };

// Whether a value of that type may own Python references that can be visited. Seen: what it is a part of.
template <class M, class... Seen>
consteval bool owns_references() {
    if constexpr ((std::is_same_v<M, Seen> || ...)) {
        return false;
    } else if constexpr (is_owned_handle<M> || std::is_base_of_v<object, M>) {
        return true;
    } else if constexpr (optional_like<M>) {
        return owns_references<std::remove_cv_t<typename M::value_type>, Seen..., M>();
    } else if constexpr (unique_pointer_like<M> && requires { typename M::element_type; }) {
        if constexpr (has_size<typename M::element_type>) {
            return owns_references<typename M::element_type, Seen..., M>();
        } else {
            return false;
        }
    } else if constexpr (mapping_like<M>) {
        return owns_references<typename M::key_type, Seen..., M>() ||
               owns_references<typename M::mapped_type, Seen..., M>();
    } else if constexpr (requires { typename M::value_type; } && range_like<M>) {
        return owns_references<typename M::value_type, Seen..., M>();
    } else if constexpr (requires(M& m) {
                             m.first;
                             m.second;
                         }) {
        return owns_references<std::remove_cv_t<decltype(M::first)>, Seen..., M>() ||
               owns_references<std::remove_cv_t<decltype(M::second)>, Seen..., M>();
    } else if constexpr (std::is_class_v<M> && std::is_aggregate_v<M>) {
        if constexpr (every_member<M, owns_no_references<Seen..., M>>()) {
            return false;
        } else {
            return bindable_members<M>() != 0;
        }
    } else {
        return false;
    }
}

template <class M>
int visit_member(M& member, visitproc visit, void* arg);

struct member_visit {
    visitproc visit;
    void* arg;
    template <class M>
    static consteval bool matters() {
        return owns_references<M>();
    }
    template <class M>
    int see(M& member) const {
        return visit_member(member, visit, arg);
    }
};

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
    } else if constexpr (unique_pointer_like<std::remove_cv_t<M>>) {
        return member != nullptr ? visit_member(*member, visit, arg) : 0;
    } else if constexpr (range_like<M>) {
        for (auto& each : member) {
            if (const int stop = visit_member(each, visit, arg)) {
                return stop;
            }
        }
        return 0;
    } else if constexpr (requires {
                             member.first;
                             member.second;
                         }) {
        const int stop = visit_member(member.first, visit, arg);
        return stop != 0 ? stop : visit_member(member.second, visit, arg);
    } else {
        return each_member(member, member_visit{visit, arg});
    }
}

// Lets go of what was visited. The member is emptied first: releasing runs Python code, which may come back here.
template <class M>
void clear_member(M& member);

struct member_clearing {
    template <class M>
    static consteval bool matters() {
        return owns_references<M>();
    }
    template <class M>
    int see(M& member) const {
        clear_member(member);
        return 0;
    }
};

template <class M>
void clear_member(M& member) {
    if constexpr (std::is_const_v<M> || !owns_references<std::remove_cv_t<M>>()) {
        return;
    } else if constexpr (std::is_move_constructible_v<M> && std::is_default_constructible_v<M> &&
                         std::is_move_assignable_v<M>) {
        M taken(std::move(member));
        member = M();
    } else if constexpr (std::is_base_of_v<object, M>) {
        M taken(std::move(member));
    } else if constexpr (bindable_members<M>() != 0) {
        each_member(member, member_clearing{});
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

// All members of an aggregate.
template <class T>
struct aggregate_visitor {
    static int traverse(void* value, visitproc visit, void* arg) {
        return each_member(*static_cast<T*>(value), member_visit{visit, arg});
    }
    static void clear(void* value) { each_member(*static_cast<T*>(value), member_clearing{}); }
};

template <class T>
void note_members_of_aggregate(class_building& to) {
    // What also looks like a range or a pair, and is bound as a class, is an aggregate here.
    if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
        if constexpr (!every_member<T, owns_no_references<T>>() && bindable_members<T>() != 0) {
            set_traverse_of_all(to, &aggregate_visitor<T>::traverse, &aggregate_visitor<T>::clear);
        }
    }
}

}  // namespace detail
INTERLOCK_END
