// A text that is put together from many small pieces. Internal.
//
// Each function of a module has its signature written twice when the module is imported, in pieces of a few characters: what
// std::string::append does for each of them costs more than the pieces.
#pragma once

#include <interlock/attach/config.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

class text_builder {
public:
    text_builder() noexcept = default;
    text_builder(const text_builder&) = delete;
    text_builder& operator=(const text_builder&) = delete;

    // Throws std::bad_alloc. In signatures.cpp: as a part of each caller it was the larger part of that file.
    void add(const char* piece, std::size_t size);
    void add(std::string_view piece) { add(piece.data(), piece.size()); }
    void add(char one) { add(&one, 1); }
    std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    // Until more is added.
    std::string_view text() const noexcept { return {begin_, size()}; }

private:
    void grow(std::size_t needed);

    char few_[512];
    std::unique_ptr<char[]> larger_;
    char* begin_ = few_;
    char* at_ = few_;
    std::size_t room_ = sizeof few_;
};

}  // namespace detail
INTERLOCK_END
