// The words of a hint, piece by piece. Internal.
#pragma once

#include <interlock/convert/class_site.hpp>
#include <interlock/convert/loading.hpp>

#include <cstring>

INTERLOCK_BEGIN
namespace detail {

// What is left of `X | None` where None is refused: il::arg("x").none(false).
inline const hint& without_none(const hint& type) noexcept {
    return type.site == nullptr && std::strcmp(type.text, "% | None") == 0 ? *type.parts[0] : type;
}

struct hint_frame {
    const hint* type;
    const hint_frame* outer;
};

// add(text, size) for each piece, name(site) for each bound class. A type that has itself as a part, such as a variant of lists of itself, is `object` in there.
template <class Add, class Name>
void write_hint(const hint& type, const Add& add, const Name& name,
                const hint_frame* outer = nullptr) {
    // A lazy range has a text too, for where its class is not bound.
    if (type.site != nullptr &&
        (type.text == nullptr || type.site->shown.load(std::memory_order_acquire) != nullptr)) {
        name(*type.site);
        return;
    }
    for (const hint_frame* at = outer; at != nullptr; at = at->outer) {
        if (at->type == &type) {
            add("object", std::size_t{6});
            return;
        }
    }
    const char* text = type.text;
    if (type.parts == nullptr) {
        add(text, std::strlen(text));
        return;
    }
    const hint_frame here{&type, outer};
    std::size_t part = 0;
    while (const char* mark = std::strchr(text, '%')) {
        add(text, static_cast<std::size_t>(mark - text));
        write_hint(*type.parts[part++], add, name, &here);
        text = mark + 1;
    }
    add(text, std::strlen(text));
}

}  // namespace detail
INTERLOCK_END
