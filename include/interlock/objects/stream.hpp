// Printing: std::cout << o writes str(o), and std::format("{:>10}", o) is Python's format(o, ">10").
//
// Neither <ostream> nor <format> is included for that: whoever has a stream has the one, and the formatter needs no more of
// the other than that its template is declared.
#pragma once

#include <interlock/objects/call.hpp>

#include <version>

#if defined(__cpp_lib_format_ranges)
#include <format>
#include <ranges>
#elif defined(__cpp_lib_format)
#if __has_include(<bits/formatfwd.h>)
#include <bits/formatfwd.h>
#elif __has_include(<__fwd/format.h>)
#include <__fwd/format.h>
#else
#include <format>
#endif
#endif

INTERLOCK_BEGIN
namespace detail {

// format(value, spec): a new reference to a str.
PyObject* format_of(PyObject* value, std::string_view spec);

template <class S>
concept character_stream = requires(S& stream) {
    typename S::char_type;
    typename S::traits_type;
    stream.rdbuf();
    stream.width();
} && std::is_same_v<typename S::char_type, char>;

}  // namespace detail

// Throws python_error and not_attached before anything is written.
template <class S, class T>
    requires(detail::character_stream<S> && detail::operand<T>)
S& operator<<(S& stream, const T& value) {
    const object& self = value;
    const std::string text = self.str();
    stream << std::string_view(text);
    return stream;
}

INTERLOCK_END

#if defined(__cpp_lib_format)
// The specification is Python's, and is taken as it stands up to the closing brace.
template <class T>
    requires interlock::detail::operand<T>
struct std::formatter<T, char> {
    template <class Context>
    constexpr auto parse(Context& context) {
        auto at = context.begin();
        const auto begin = at;
        while (at != context.end() && *at != '}') {
            ++at;
        }
        spec_ = std::string_view(begin, at);
        return at;
    }

    template <class Context>
    auto format(const T& value, Context& context) const {
        const interlock::object& self = value;
        const std::string text = interlock::object(interlock::detail::adopt_t{},
                                                   interlock::detail::format_of(self.ptr(), spec_))
                                     .template as<std::string>();
        auto out = context.out();
        for (const char c : text) {
            *out++ = c;
        }
        return out;
    }

private:
    std::string_view spec_;
};
#endif

#if defined(__cpp_lib_format_ranges)
// Not as the ranges that objects are, too.
template <std::ranges::input_range R>
    requires std::same_as<std::remove_cvref_t<R>, R> && interlock::detail::operand<R>
constexpr std::range_format std::format_kind<R> = std::range_format::disabled;
#endif
