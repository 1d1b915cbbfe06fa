// Shared ownership, for the library's own use.
#pragma once

#include <interlock/attach/config.hpp>

#include <atomic>
#include <cstddef>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

struct counted_block {
    counted_block() = default;
    counted_block(const counted_block&) = delete;
    counted_block& operator=(const counted_block&) = delete;
    virtual void end() noexcept = 0;
    std::atomic<std::size_t> copies{1};

protected:
    ~counted_block() = default;
};

// What std::shared_ptr is for a value that std::make_shared made: copies may be made and destroyed on any thread, and T need not be
// complete for that. Instances of std::shared_ptr export type_infos from every module, names that the dynamic linker looks up whenever
// one is imported.
template <class T>
class counted {
public:
    counted() noexcept = default;
    counted(std::nullptr_t) noexcept {}
    counted(counted_block* block, T* value) noexcept : block_(block), value_(value) {}
    counted(const counted& other) noexcept : block_(other.block_), value_(other.value_) {
        if (block_ != nullptr) {
            block_->copies.fetch_add(1, std::memory_order_relaxed);
        }
    }
    counted(counted&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)),
          value_(std::exchange(other.value_, nullptr)) {}
    counted& operator=(counted other) noexcept {
        std::swap(block_, other.block_);
        std::swap(value_, other.value_);
        return *this;
    }
    ~counted() {
        if (block_ != nullptr && block_->copies.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            block_->end();
        }
    }

    T* get() const noexcept { return value_; }
    // Not null: whoever uses it has asked.
    T& operator*() const noexcept {
        return *value_;  // NOLINT(clang-analyzer-core.uninitialized.UndefReturn)
    }
    T* operator->() const noexcept { return value_; }
    explicit operator bool() const noexcept { return value_ != nullptr; }
    friend bool operator==(const counted& a, const counted& b) noexcept {
        return a.value_ == b.value_;
    }
    friend bool operator==(const counted& a, std::nullptr_t) noexcept {
        return a.value_ == nullptr;
    }

private:
    counted_block* block_ = nullptr;
    T* value_ = nullptr;
};

// Throws std::bad_alloc, and what the constructor of T throws.
template <class T, class... A>
counted<T> make_counted(A&&... arguments) {
    struct block final : counted_block {
        explicit block(A&&... all) : value{std::forward<A>(all)...} {}
        void end() noexcept override { delete this; }
        T value;
    };
    auto* made = new block(std::forward<A>(arguments)...);
    return counted<T>(made, &made->value);
}

}  // namespace detail
INTERLOCK_END
