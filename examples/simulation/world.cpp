#include "world.hpp"

#include <algorithm>
#include <stdexcept>

namespace epidemic {

void model::check() const {
    if (side == 0 || districts == 0 || side % districts != 0) {
        throw std::invalid_argument(
            "side must be a multiple of districts, and both must be one at least");
    }
    for (const double part : {risk, travel, recovery}) {
        if (!(part >= 0 && part <= 1)) {
            throw std::invalid_argument("risk, travel and recovery must be from 0 to 1");
        }
    }
}

world::world(const model& m, std::uint64_t seed)
    : model_(m), random_(seed), people_(m.side * m.side, state::susceptible) {
    today_.doses = m.doses;
    today_.infected.resize(m.districts * m.districts);
    today_.susceptible.assign(m.districts * m.districts,
                              people_.size() / (m.districts * m.districts));
    for (std::size_t i = 0; i < m.first; ++i) {
        infect(draw_below(people_.size()));
    }
}

day world::morning() const { return today_; }

double world::draw() noexcept { return static_cast<double>(random_() >> 11U) * 0x1p-53; }

std::size_t world::district_of(std::size_t person) const noexcept {
    const std::size_t width = model_.side / model_.districts;
    return person / model_.side / width * model_.districts + person % model_.side / width;
}

// One of the eight around; the edges of the square meet.
std::size_t world::somebody_near(std::size_t person) noexcept {
    const std::size_t n = model_.side;
    const std::uint64_t bits = random_();
    const std::size_t row = (person / n + n - 1 + bits % 3) % n;
    const std::size_t column = (person % n + n - 1 + (bits >> 32U) % 3) % n;
    return row * n + column;
}

void world::infect(std::size_t person) {
    if (people_[person] == state::susceptible) {
        people_[person] = state::infected;
        ill_.push_back(person);
        ++ever_;
        const std::size_t district = district_of(person);
        ++today_.infected[district];
        --today_.susceptible[district];
    }
}

void world::vaccinate(std::size_t district, std::size_t doses) {
    const std::size_t n = model_.side;
    const std::size_t width = n / model_.districts;
    const std::size_t corner =
        district / model_.districts * width * n + district % model_.districts * width;
    std::vector<std::size_t> waiting;
    for (std::size_t i = 0; i < width * width; ++i) {
        const std::size_t person = corner + i / width * n + i % width;
        if (people_[person] == state::susceptible) {
            waiting.push_back(person);
        }
    }
    doses = std::min(doses, waiting.size());
    for (std::size_t i = 0; i < doses; ++i) {
        std::swap(waiting[i], waiting[i + draw_below(waiting.size() - i)]);
        people_[waiting[i]] = state::immune;
    }
    today_.susceptible[district] -= doses;
}

void world::step(double contacts) {
    constexpr int usual = 6;
    const std::size_t before = ill_.size();
    for (std::size_t i = 0; i < before; ++i) {
        for (int met = 0; met < usual; ++met) {
            const bool far = draw() < model_.travel;
            const std::size_t other = far ? draw_below(people_.size()) : somebody_near(ill_[i]);
            if (draw() < model_.risk * contacts) {
                infect(other);
            }
        }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < ill_.size(); ++i) {
        if (i < before && draw() < model_.recovery) {
            people_[ill_[i]] = state::immune;
            --today_.infected[district_of(ill_[i])];
        } else {
            ill_[kept++] = ill_[i];
        }
    }
    ill_.resize(kept);
    ++today_.number;
}

}  // namespace epidemic
