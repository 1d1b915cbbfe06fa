// every_member: whether each member of an aggregate is of a type that a judge accepts.
//
// C++20 does not list members. They are found by conversion: a probe that turns into anything counts the initializers that
// the aggregate takes; then one that turns only into what the judge refuses is put into each place in turn, and must not
// fit.
//
// Not seen: what stands after 48 members, where an array counts its elements, but long ones (and containers and classes of
// many members among so many) are stepped over: three, or two where a member that has to be initialized follows; a member
// that is made from anything, and what stands after it if it is made by value; with GCC, what stands after an rvalue
// reference.
#pragma once

#include <interlock/attach/config.hpp>

#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN
namespace detail {
namespace members {

// Becomes a prvalue, which an immovable member takes, or an lvalue, which a reference takes. Const, so that a member that
// takes anything takes the probe itself and neither is in doubt; not copied, so that std::any is not such a member. Defined,
// though nothing calls them, since clang looks for the bodies where a member's own constructor names them.
template <class Whole, class Filter>
struct member_probe {
    member_probe() = delete;
    member_probe(const member_probe&) = delete;
    member_probe& operator=(const member_probe&) = delete;

    template <class M>
        requires(!std::is_same_v<std::remove_cv_t<M>, Whole> && Filter::template fits<M>())
    constexpr operator M() const&& noexcept {
        std::terminate();
    }
    template <class M>
        requires(!std::is_same_v<std::remove_cv_t<M>, Whole> && Filter::template fits<M>())
    constexpr operator M&() const& noexcept {
        std::terminate();
    }
};

struct fits_anything {
    template <class>
    static consteval bool fits() {
        return true;
    }
};
struct fits_nothing {
    template <class>
    static consteval bool fits() {
        return false;
    }
};
template <class Judge>
struct fits_what_is_refused {
    template <class M>
    static consteval bool fits() {
        return !Judge::template accepts<M>();
    }
};

// A run of N places, of which the first has the number From.
template <std::size_t From, std::size_t... Is>
std::index_sequence<From + Is...> counted_from(std::index_sequence<Is...>);
template <std::size_t From, std::size_t N>
using run = decltype(counted_from<From>(std::make_index_sequence<N>{}));

inline constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

// The probes that fill the places: one of Filter in place At, and in all others one that turns into anything.
template <class T, class Filter, std::size_t At>
struct filled {
    template <std::size_t I>
    static auto at() noexcept
        -> member_probe<T, std::conditional_t<I == At, Filter, fits_anything>>&&;

    // Whether T{probes...} compiles. Between two runs stands a {}, which takes the place of a whole array.
    template <std::size_t... A>
    static consteval bool compiles(std::index_sequence<A...>) {
        return requires { T{at<A>()...}; };
    }
    template <std::size_t... A, std::size_t... B>
    static consteval bool compiles(std::index_sequence<A...>, std::index_sequence<B...>) {
        return requires { T{at<A>()..., {}, at<B>()...}; };
    }
    template <std::size_t... A, std::size_t... B, std::size_t... C>
    static consteval bool compiles(std::index_sequence<A...>, std::index_sequence<B...>,
                                   std::index_sequence<C...>) {
        return requires { T{at<A>()..., {}, at<B>()..., {}, at<C>()...}; };
    }
    template <std::size_t... A, std::size_t... B, std::size_t... C, std::size_t... D>
    static consteval bool compiles(std::index_sequence<A...>, std::index_sequence<B...>,
                                   std::index_sequence<C...>, std::index_sequence<D...>) {
        return requires { T{at<A>()..., {}, at<B>()..., {}, at<C>()..., {}, at<D>()...}; };
    }

    // The same with the probes of the last run in braces of their own.
    template <std::size_t... A, std::size_t... Inner>
    static consteval bool compiles_inner(std::index_sequence<A...>, std::index_sequence<Inner...>) {
        return requires { T{at<A>()..., {at<Inner>()...}}; };
    }
    template <std::size_t... A, std::size_t... B, std::size_t... Inner>
    static consteval bool compiles_inner(std::index_sequence<A...>, std::index_sequence<B...>,
                                         std::index_sequence<Inner...>) {
        return requires { T{at<A>()..., {}, at<B>()..., {at<Inner>()...}}; };
    }
    template <std::size_t... A, std::size_t... B, std::size_t... C, std::size_t... Inner>
    static consteval bool compiles_inner(std::index_sequence<A...>, std::index_sequence<B...>,
                                         std::index_sequence<C...>, std::index_sequence<Inner...>) {
        return requires { T{at<A>()..., {}, at<B>()..., {}, at<C>()..., {at<Inner>()...}}; };
    }
};

template <class T, class... Runs>
inline constexpr bool initialized_by = filled<T, fits_anything, nowhere>::compiles(Runs{}...);

// A place that takes a probe which turns into nothing says nothing of its member.
template <class T, class Judge, std::size_t At, class... Runs>
inline constexpr bool place_accepted =
    !filled<T, fits_what_is_refused<Judge>, At>::compiles(Runs{}...) ||
    filled<T, fits_nothing, At>::compiles(Runs{}...);

template <class T, class Judge, class... Runs, std::size_t... Ats>
consteval bool places_accepted(std::index_sequence<Ats...>) {
    return (place_accepted<T, Judge, Ats, Runs...> && ...);
}

inline constexpr std::size_t most_members = 48;
inline constexpr std::size_t few_members = 8;
inline constexpr std::size_t long_array = 9;

// How many initializers T takes after the runs `Before`, at most `most_members`. The numbers that fit lie side by side, and
// begin with 0 where nothing has to be initialized.
template <class T, std::size_t From, class... Before>
struct initializers {
    template <std::size_t N>
    static constexpr bool fit = initialized_by<T, Before..., run<From, N>>;

    static consteval std::size_t most() {
        if constexpr (fit<1>) {
            return upwards<1>();
        } else if constexpr (fit<0>) {
            return 0;
        } else {
            return downwards<most_members>();
        }
    }
    template <std::size_t N>
    static consteval std::size_t downwards() {
        if constexpr (N == 0 || fit<N>) {
            return N;
        } else {
            return downwards<N - 1>();
        }
    }

private:
    template <std::size_t N>
    static consteval std::size_t upwards() {
        if constexpr (N == most_members) {
            return N;
        } else {
            constexpr std::size_t next = N * 2 < most_members ? N * 2 : most_members;
            if constexpr (fit<next>) {
                return upwards<next>();
            } else {
                return between<N, next>();
            }
        }
    }
    template <std::size_t Fits, std::size_t Excess>
    static consteval std::size_t between() {
        constexpr std::size_t middle = (Fits + Excess) / 2;
        if constexpr (middle == Fits) {
            return Fits;
        } else if constexpr (fit<middle>) {
            return between<middle, Excess>();
        } else {
            return between<Fits, middle>();
        }
    }
};

// How many places there are before the next long array, which takes many initializers in braces of its own. So do a
// container and a class of many members; what stands there is also tried without the braces.
template <class T, std::size_t N, std::size_t From, class... Before>
consteval std::size_t places_to_long_array() {
    if constexpr (N == most_members ||
                  filled<T, fits_anything, nowhere>::compiles_inner(Before{}..., run<From, N>{},
                                                                    run<From + N, long_array>{})) {
        return N;
    } else {
        return places_to_long_array<T, N + 1, From, Before...>();
    }
}

template <class T, class Judge, std::size_t From, class... Before>
consteval bool members_after() {
    constexpr std::size_t most = initializers<T, From, Before...>::most();
    if constexpr (most < most_members || sizeof...(Before) == 3) {
        return places_accepted<T, Judge, Before..., run<From, most>>(run<From, most>{});
    } else {
        constexpr std::size_t array = places_to_long_array<T, 0, From, Before...>();
        if constexpr (array == most_members) {
            return places_accepted<T, Judge, Before..., run<From, most>>(run<From, most>{});
        } else if constexpr (!places_accepted<T, Judge, Before..., run<From, array + 1>>(
                                 run<From, array + 1>{})) {
            return false;
        } else {
            return members_after<T, Judge, From + array, Before..., run<From, array>>();
        }
    }
}

// Where no number of initializers fits, a member that has to be initialized stands behind one or two long arrays. A few
// members are tried before, between and after them.
template <class T, class Judge, std::size_t From, class... Before>
consteval bool few_after() {
    constexpr std::size_t most =
        initializers<T, From, Before...>::template downwards<few_members>();
    return places_accepted<T, Judge, Before..., run<From, most>>(run<0, From + most>{});
}
template <class T, class Judge, std::size_t... A>
consteval bool behind_one_array(std::index_sequence<A...>) {
    return (few_after<T, Judge, A, run<0, A>>() && ...);
}
template <class T, class Judge, std::size_t... AB>
consteval bool behind_two_arrays(std::index_sequence<AB...>) {
    return (few_after<T, Judge, AB / few_members + AB % few_members, run<0, AB / few_members>,
                      run<AB / few_members, AB % few_members>>() &&
            ...);
}

}  // namespace members

// Judge::accepts<M>(), a consteval function, is asked of the members' types and of others that come up on the way. True for
// an aggregate without members, and for one whose members cannot be found.
template <class T, class Judge>
consteval bool every_member() {
    using namespace members;
    if constexpr (initializers<T, 0>::most() > 0 || initialized_by<T, run<0, 0>>) {
        return members_after<T, Judge, 0>();
    } else {
        return behind_one_array<T, Judge>(run<0, few_members>{}) &&
               behind_two_arrays<T, Judge>(run<0, few_members * few_members>{});
    }
}

}  // namespace detail
INTERLOCK_END
