// il::typed<il::list, int>: a handle, and what is in it, for signatures and stubs.
#pragma once

#include <interlock/convert/handles.hpp>
#include <interlock/objects/ellipsis.hpp>

#include <array>
#include <cstddef>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

// "list[%, %]", with a place for each of N parts.
template <class Handle, std::size_t N>
struct typed_text {
    static constexpr const char* head = typing_text(Handle::kind_name);
    static constexpr std::size_t head_size = std::string_view(head).size();
    static consteval auto make() {
        std::array<char, head_size + 3 * N + 2> made{};
        std::size_t at = 0;
        for (std::size_t i = 0; i < head_size; ++i) {
            made[at++] = head[i];
        }
        made[at++] = '[';
        for (std::size_t i = 0; i < N; ++i) {
            if (i > 0) {
                made[at++] = ',';
                made[at++] = ' ';
            }
            made[at++] = '%';
        }
        made[at] = ']';
        return made;
    }
    static constexpr auto value = make();
};

inline constexpr hint hint_rest{"..."};

template <class T>
struct typed_part {
    static constexpr const hint* value = &conversion<T>::out;
};
// As in tuple[int, ...].
template <>
struct typed_part<ellipsis> {
    static constexpr const hint* value = &hint_rest;
};
template <>
struct typed_part<void> {
    static constexpr const hint* value = &hint_none;
};
// Callable[[int, str], bool]: what C++ hands in, and what comes back.
template <class... A>
struct typed_arguments {
    static consteval auto make() {
        std::array<char, 3 * sizeof...(A) + 3> made{};
        std::size_t at = 0;
        made[at++] = '[';
        for (std::size_t i = 0; i < sizeof...(A); ++i) {
            if (i > 0) {
                made[at++] = ',';
                made[at++] = ' ';
            }
            made[at++] = '%';
        }
        made[at] = ']';
        return made;
    }
    static constexpr auto text = make();
    static constexpr const hint* parts[sizeof...(A) + 1] = {typed_part<A>::value..., nullptr};
    static constexpr hint value{text.data(), parts};
};

template <class Handle, class... Of>
struct typed_hint {
    static constexpr const hint* parts[] = {typed_part<Of>::value...};
    static constexpr hint value{typed_text<Handle, sizeof...(Of)>::value.data(), parts};
};
template <class Handle, class R, class... A>
struct typed_hint<Handle, R(A...)> {
    static constexpr const hint* parts[] = {&typed_arguments<A...>::value, typed_part<R>::value};
    static constexpr hint value{typed_text<Handle, 2>::value.data(), parts};
};

}  // namespace detail

// The handle, which says in signatures and stubs what it holds: typed<list, int> is list[int], typed<dict, str, float> is
// dict[str, float], typed<tuple, int, ellipsis> is tuple[int, ...], typed<callable, bool(int)> is Callable[[int], bool].
//
// Nothing is checked: what is in it is converted where it is taken out. A parameter or a result of that type costs what the
// handle costs.
template <class Handle, class... Of>
class typed : public Handle {
    static_assert(std::is_base_of_v<object, Handle>,
                  "interlock: il::typed takes a kind of object first: il::typed<il::list, int>");
    static_assert(sizeof...(Of) > 0,
                  "interlock: il::typed takes what is in it: il::typed<il::list, int>");

public:
    using Handle::Handle;
    typed(Handle handle) noexcept  // NOLINT(google-explicit-constructor): it is one
        : Handle(static_cast<Handle&&>(handle)) {}

    static constexpr const detail::hint& kind_hint = detail::typed_hint<Handle, Of...>::value;
};

INTERLOCK_END
