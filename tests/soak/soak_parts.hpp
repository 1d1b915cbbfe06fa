// The soak's module, in three files.
#pragma once

#include <interlock/interlock.hpp>

#include <atomic>

namespace soak {

namespace il = interlock;

// Counts the C++ objects that are alive, for the check at the end of a round.
class counted {
public:
    counted() noexcept { ++alive; }
    counted(const counted&) noexcept { ++alive; }
    counted(counted&&) noexcept { ++alive; }
    counted& operator=(const counted&) = default;
    counted& operator=(counted&&) = default;
    ~counted() { --alive; }

    static inline std::atomic<long> alive = 0;
};

void bind_values(il::module& m);
void bind_classes(il::module& m);
void bind_threads(il::module& m);

}  // namespace soak
