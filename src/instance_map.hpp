// Which Python objects stand for the C++ object at an address. Internal.
#pragma once

#include <interlock/attach/compat.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

INTERLOCK_BEGIN
namespace detail {

// Multiplicative (Knuth, The Art of Computer Programming, volume 3, section 6.4: by the golden ratio), for tables of up to 2^32 places.
inline std::size_t hash_of_address(const void* address) noexcept {
    const auto bits = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    return static_cast<std::size_t>((bits * 0x9E3779B97F4A7C15ULL) >> 32);
}

// An open-addressed table with linear probing and deletion by moving back what comes behind (algorithm R, ibidem), so that nothing is
// left where an instance was: they come and go all the time. An address may stand in it several times, for an object and its first
// member have the same. Under a lock of the caller's. Cost, where nothing collides: entering an address and taking it out
// again adds about 60 instructions to a call; 21 to 170 bytes for each instance.
class instance_map {
public:
    // Throws std::bad_alloc, and nothing has changed then.
    void add(const void* value, PyObject* self) {
        if (count_ >= room_) [[unlikely]] {
            grow();
        }
        put({value, self});
        ++count_;
    }
    void remove(const void* value, const PyObject* self) noexcept {
        for (std::size_t i = first_of(value); is_taken(i); i = after(i)) {
            if (entries_[i].value == value && entries_[i].self == self) {
                take_out(i);
                return;
            }
        }
    }
    // The first of those at the address that `which` accepts, or null. It may not change the map.
    template <class Which>
    PyObject* find(const void* value, const Which& which) const noexcept {
        for (std::size_t i = first_of(value); is_taken(i); i = after(i)) {
            if (entries_[i].value == value && which(entries_[i].self)) {
                return entries_[i].self;
            }
        }
        return nullptr;
    }

private:
    struct entry {
        const void* value = nullptr;
        PyObject* self = nullptr;  // borrowed; null: nothing stands here
    };

    // There are more places than may be taken, so that each search ends; before the first instance, none at all.
    bool is_taken(std::size_t i) const noexcept {
        return room_ != 0 && entries_[i].self != nullptr;
    }
    std::size_t after(std::size_t i) const noexcept { return (i + 1) & mask_; }
    std::size_t first_of(const void* value) const noexcept {
        return hash_of_address(value) & mask_;
    }
    void put(const entry& one) noexcept {
        std::size_t i = first_of(one.value);
        while (is_taken(i)) {
            i = after(i);
        }
        entries_[i] = one;
    }
    void take_out(std::size_t hole) noexcept {
        for (std::size_t i = after(hole); is_taken(i); i = after(i)) {
            // What would not be found any more behind an empty place moves into it.
            const std::size_t home = first_of(entries_[i].value);
            if (((i - home) & mask_) >= ((i - hole) & mask_)) {
                entries_[hole] = entries_[i];
                hole = i;
            }
        }
        entries_[hole] = {};
        --count_;
        if (count_ < room_ / 8) [[unlikely]] {
            shrink();
        }
    }
    void grow();
    void shrink() noexcept;
    void move_to(std::unique_ptr<entry[]> entries, std::size_t size) noexcept;

    std::unique_ptr<entry[]> entries_;
    std::size_t mask_ = 0;
    std::size_t room_ = 0;  // how many places may be taken
    std::size_t count_ = 0;
};

}  // namespace detail
INTERLOCK_END
