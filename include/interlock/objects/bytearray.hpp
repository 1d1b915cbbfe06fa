// bytearray: a mutable sequence of bytes.
#pragma once

#include <interlock/objects/bytes.hpp>

INTERLOCK_BEGIN

class bytearray : public object {
public:
    INTERLOCK_KIND(bytearray)
    static bool is_kind(PyObject* object) noexcept { return PyByteArray_Check(object) != 0; }
    static bytearray of(python py, std::string_view data);
    static bytearray of(python py, std::span<const std::byte> data);
    // bytearray(value). Throws python_error.
    static bytearray from(python py, const object& value);

    // The bytes themselves, to read and write: valid until anything of Python's changes the size, which other threads may
    // do too. il::buffer<std::byte> holds the size fast. Throw not_attached, std::logic_error after a move.
    std::string_view view() const&;
    std::string_view view() && = delete;
    std::span<std::byte> span() const&;
    std::span<std::byte> span() && = delete;

    std::size_t size() const;
    // Cuts off, or makes room for bytes of any value. Throws python_error (BufferError while somebody holds a buffer).
    void resize(std::size_t size) const;
    void append(std::string_view data) const;
    bytes to_bytes() const;
};
INTERLOCK_KIND_UNBIND(bytearray)

INTERLOCK_END
