// bytes: an immutable sequence of bytes.
#pragma once

#include <interlock/objects/call.hpp>

#include <span>

INTERLOCK_BEGIN

class str;

class bytes : public object {
public:
    INTERLOCK_KIND(bytes)
    static bool is_kind(PyObject* object) noexcept { return PyBytes_Check(object) != 0; }
    static bytes of(python py, std::string_view data);
    static bytes of(python py, std::span<const std::byte> data);
    // bytes(value): of anything with a buffer, or an iterable of ints. Throws python_error.
    static bytes from(python py, const object& value);

    // The bytes themselves, not copied: valid while the object lives. A NUL follows them. Throw not_attached,
    // std::logic_error after a move. il::pinned_bytes is the view to take along.
    std::string_view view() const&;
    std::string_view view() && = delete;
    std::span<const std::byte> span() const& {
        const std::string_view all = view();
        return {reinterpret_cast<const std::byte*>(all.data()), all.size()};
    }
    std::span<const std::byte> span() && = delete;

    std::size_t size() const;
    // The text that they are in an encoding; `errors` as in Python: "strict", "replace", "surrogateescape"...
    class str decode(const char* encoding = "utf-8", const char* errors = "strict") const;
};
INTERLOCK_KIND_UNBIND(bytes)

INTERLOCK_END
