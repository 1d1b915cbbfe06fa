#include "trials.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace epidemic {

double strategy::contacts(const day&) { return 1; }

namespace {

struct course {
    std::vector<std::size_t> infected;
    std::size_t ever_infected = 0;
};

void vaccinate(world& town, const day& today, const std::map<std::size_t, std::size_t>& doses,
               const std::string& name) {
    std::size_t sum = 0;
    for (const auto& [district, count] : doses) {
        if (district >= today.infected.size()) {
            throw std::invalid_argument("strategy '" + name + "': there is no district " +
                                        std::to_string(district));
        }
        if (count > today.doses - sum) {
            throw std::invalid_argument("strategy '" + name + "' gave more than the " +
                                        std::to_string(today.doses) + " doses of a day");
        }
        sum += count;
    }
    for (const auto& [district, count] : doses) {
        town.vaccinate(district, count);
    }
}

course run(const std::pair<std::string, strategy_maker>& of, const trials& how, std::size_t number,
           const std::atomic<bool>& stopped) {
    const auto& [name, make] = of;
    const std::unique_ptr<strategy> chosen = make();
    if (chosen == nullptr) {
        throw std::invalid_argument("strategy '" + name + "' is None");
    }
    world town(how.town, how.seed + number);
    course all;
    for (std::size_t i = 0; i < how.days && !stopped; ++i) {
        const day today = town.morning();
        vaccinate(town, today, chosen->allocate(today), name);
        const double contacts = chosen->contacts(today);
        if (!(contacts >= 0 && contacts <= 1)) {
            throw std::invalid_argument("strategy '" + name + "': contacts must be from 0 to 1");
        }
        town.step(contacts);
        all.infected.push_back(town.infected());
    }
    all.ever_infected = town.ever_infected();
    return all;
}

// Threads that take one town after the other, and what they have to tell.
class pool {
public:
    pool(const std::vector<std::pair<std::string, strategy_maker>>& strategies, const trials& how)
        : strategies_(strategies), how_(how), courses_(strategies.size() * how.towns) {
        std::size_t count = how.threads != 0 ? how.threads : std::thread::hardware_concurrency();
        count = std::min(std::max<std::size_t>(count, 1), courses_.size());
        for (std::size_t i = 0; i < count; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;
    ~pool() {
        stopped_ = true;
        for (std::thread& one : threads_) {
            one.join();
        }
    }

    // The next town that is done, in the order in which they are. Throws what its strategy threw.
    std::size_t wait_for_one() {
        std::unique_lock lock(mutex_);
        told_.wait(lock, [&] { return failure_ != nullptr || !done_.empty(); });
        if (failure_ != nullptr) {
            std::rethrow_exception(failure_);
        }
        const std::size_t one = done_.back();
        done_.pop_back();
        return one;
    }
    const std::vector<course>& courses() const noexcept { return courses_; }

private:
    void work() {
        for (std::size_t task = next_++; task < courses_.size() && !stopped_; task = next_++) {
            std::exception_ptr failure;
            try {
                courses_[task] = run(strategies_[task % strategies_.size()], how_,
                                     task / strategies_.size(), stopped_);
            } catch (...) {
                failure = std::current_exception();
            }
            const std::lock_guard lock(mutex_);
            done_.push_back(task);
            failure_ = failure_ == nullptr ? failure : failure_;
            told_.notify_one();
        }
    }

    const std::vector<std::pair<std::string, strategy_maker>>& strategies_;
    const trials& how_;
    std::vector<course>
        courses_;  // of task t: strategy t % n in town t / n; each is written by one thread
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> stopped_{false};
    std::mutex mutex_;
    std::condition_variable told_;
    std::vector<std::size_t> done_;  // guarded by mutex_, as is failure_
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

}  // namespace

std::vector<outcome> compare(const std::vector<std::pair<std::string, strategy_maker>>& strategies,
                             const trials& how, const progress& tell) {
    how.town.check();
    std::vector<outcome> outcomes(strategies.size());
    if (strategies.empty() || how.towns == 0) {
        throw std::invalid_argument("there must be one strategy and one town at least");
    }
    pool workers(strategies, how);
    std::vector<std::size_t> done(strategies.size());
    for (std::size_t i = 0; i < strategies.size() * how.towns; ++i) {
        const std::size_t which = workers.wait_for_one() % strategies.size();
        tell(strategies[which].first, ++done[which]);
    }
    for (std::size_t s = 0; s < strategies.size(); ++s) {
        outcomes[s].name = strategies[s].first;
        outcomes[s].infected.resize(how.days);
        // In the order of the towns, so that the sums are the same whoever was first.
        for (std::size_t t = 0; t < how.towns; ++t) {
            const course& one = workers.courses()[t * strategies.size() + s];
            outcomes[s].ever_infected.push_back(one.ever_infected);
            for (std::size_t d = 0; d < how.days; ++d) {
                outcomes[s].infected[d] +=
                    static_cast<double>(one.infected[d]) / static_cast<double>(how.towns);
            }
        }
    }
    return outcomes;
}

}  // namespace epidemic
