// A text that is put together from many small pieces. Internal.
//
// Each function of a module has its signature written twice when the module is imported, in pieces of a few characters: what
// std::string::append does for each of them costs more than the pieces.
#pragma once

#include <interlock/attach/config.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

class text_builder {
public:
    text_builder() noexcept = default;
    text_builder(const text_builder&) = delete;
    text_builder& operator=(const text_builder&) = delete;

    void add(std::string_view piece) {
        if (piece.size() > room_) [[unlikely]] {
            grow(piece.size());
        }
        std::memcpy(at_, piece.data(), piece.size());
        at_ += piece.size();
        room_ -= piece.size();
    }
    void add(char one) {
        if (room_ == 0) [[unlikely]] {
            grow(1);
        }
        *at_++ = one;
        --room_;
    }
    std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    // Until more is added.
    std::string_view text() const noexcept { return {begin_, size()}; }

private:
    // Throws std::bad_alloc.
    void grow(std::size_t needed) {
        const std::size_t before = size();
        const std::size_t now = 2 * (before + needed);
        std::unique_ptr<char[]> larger(new char[now]);
        std::memcpy(larger.get(), begin_, before);
        larger_ = std::move(larger);
        begin_ = larger_.get();
        at_ = begin_ + before;
        room_ = now - before;
    }

    char few_[512];
    std::unique_ptr<char[]> larger_;
    char* begin_ = few_;
    char* at_ = few_;
    std::size_t room_ = sizeof few_;
};

}  // namespace detail
INTERLOCK_END
