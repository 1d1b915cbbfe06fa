// The size of the map of instances. See instance_map.hpp.
#include "instance_map.hpp"

#include <new>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

namespace {

constexpr std::size_t smallest = 16;

}  // namespace

void instance_map::grow() {
    const std::size_t size = room_ == 0 ? smallest : (mask_ + 1) * 2;
    move_to(std::make_unique<entry[]>(size), size);
}

// By half. It stays as it is where there is no memory.
void instance_map::shrink() noexcept {
    const std::size_t size = (mask_ + 1) / 2;
    if (size >= smallest) {
        if (std::unique_ptr<entry[]> entries{new (std::nothrow) entry[size]()}) {
            move_to(std::move(entries), size);
        }
    }
}

void instance_map::move_to(std::unique_ptr<entry[]> entries, std::size_t size) noexcept {
    const std::unique_ptr<entry[]> before = std::exchange(entries_, std::move(entries));
    const std::size_t old_size = room_ == 0 ? 0 : mask_ + 1;
    mask_ = size - 1;
    room_ = size / 4 * 3;
    for (std::size_t i = 0; i < old_size; ++i) {
        if (before[i].self != nullptr) {
            put(before[i]);
        }
    }
}

}  // namespace detail
INTERLOCK_END
