// memoryview: Python's own view of an object's memory. il::buffer<T> is the view with a C++ type.
#pragma once

#include <interlock/objects/bytes.hpp>

INTERLOCK_BEGIN
namespace detail {

viewed_memory buffer_of(PyObject* memoryview, const char* operation);

}  // namespace detail

class memoryview : public object {
public:
    INTERLOCK_KIND(memoryview)
    static bool is_kind(PyObject* object) noexcept { return PyMemoryView_Check(object) != 0; }

    // memoryview(exporter). Throws python_error (TypeError) for what has no memory to show.
    static memoryview from(python py, const object& exporter);

    // All throw python_error (ValueError) once it has been released.
    std::size_t size() const;       // in bytes
    std::size_t item_size() const;  // in bytes
    std::size_t dimensions() const;
    bool readonly() const;
    std::string format() const;  // of an item, as the module struct has it
    bool is_contiguous() const;

    // The memory itself, not copied: valid while the object lives and is not released. Throw python_error (BufferError)
    // where it is not contiguous in C's order; writable_span() also where it may not be written.
    std::span<const std::byte> span() const&;
    std::span<const std::byte> span() && = delete;
    std::span<std::byte> writable_span() const&;
    std::span<std::byte> writable_span() && = delete;

    bytes to_bytes() const;
    memoryview cast(std::string_view format) const;
    // Gives the memory back now. Throws python_error (BufferError) while others view it through this.
    void release_memory() const;
};
INTERLOCK_KIND_UNBIND(memoryview)

INTERLOCK_END
