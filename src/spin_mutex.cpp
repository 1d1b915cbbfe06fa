// How a thread waits for a lock of the core's tables. See spin_mutex.hpp.
#include "spin_mutex.hpp"

#include <chrono>
#include <thread>

INTERLOCK_BEGIN
namespace detail {

void spin_mutex::wait() const noexcept {
    // The lock is nearly always held for a fraction of a microsecond, so it is looked at first; then others that are ready run; in the end
    // all others, for one of a lower priority may hold it.
    constexpr int looks = 100;
    constexpr int turns = 1000;
    for (int turn = 0; held_.load(std::memory_order_relaxed) != 0; ++turn) {
        if (turn < looks) {
            relax();
        } else if (turn < turns) {
            std::this_thread::yield();
        } else {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }
}

}  // namespace detail
INTERLOCK_END
