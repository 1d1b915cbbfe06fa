// Compares strategies against an epidemic: many towns, on a pool of threads. Nothing in here knows of Python.
#pragma once

#include "world.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace epidemic {

// What is done against it, asked once a day in one town.
class strategy {
public:
    virtual ~strategy() = default;
    // How many doses go to which districts.
    virtual std::map<std::size_t, std::size_t> allocate(const day& today) = 0;
    // Which part of the usual contacts is allowed.
    virtual double contacts(const day& today);
};

// Called on any thread, once for each town.
using strategy_maker = std::function<std::unique_ptr<strategy>()>;

struct outcome {
    std::string name;
    std::vector<double> infected;            // by day, the mean of all towns
    std::vector<std::size_t> ever_infected;  // by town
};

struct trials {
    model town;
    std::size_t towns =
        16;  // for each strategy; the first one is the same town for all of them, and so on
    std::size_t days = 120;
    std::uint64_t seed = 1;
    std::size_t threads = 0;  // 0: as many as there are processors
};

// Called on the thread that called compare: a town is done.
using progress = std::function<void(const std::string& name, std::size_t towns_done)>;

// One outcome for each strategy. What a strategy or `tell` throws ends the work, and is thrown. Throws std::invalid_argument, also for
// a strategy that gives away more than there is.
std::vector<outcome> compare(const std::vector<std::pair<std::string, strategy_maker>>& strategies,
                             const trials& how, const progress& tell);

}  // namespace epidemic
