// A town and an infection in it. The same seed gives the same course, on every thread and every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace epidemic {

struct model {
    std::size_t side = 160;     // of the square in which people live
    std::size_t districts = 4;  // in each direction
    std::size_t first = 10;     // people who are ill at the beginning
    double risk = 0.11;         // of a contact between somebody ill and somebody who is not
    double travel = 0.02;       // how often a contact is with anybody rather than with a neighbour
    double recovery = 0.2;      // in a day
    std::size_t doses = 40;     // of a vaccine, in a day

    // Throws std::invalid_argument.
    void check() const;
};

// What is known in the morning of a day; by districts, row by row.
struct day {
    std::size_t number = 0;
    std::size_t doses = 0;
    std::vector<std::size_t> infected;
    std::vector<std::size_t> susceptible;
};

class world {
public:
    world(const model& m, std::uint64_t seed);

    day morning() const;
    std::size_t infected() const noexcept { return ill_.size(); }
    // How many have been ill until now.
    std::size_t ever_infected() const noexcept { return ever_; }

    // Makes so many healthy people of a district immune, fewer where there are fewer.
    void vaccinate(std::size_t district, std::size_t doses);
    // One day; contacts: which part of the usual contacts there is.
    void step(double contacts);

private:
    enum class state : unsigned char { susceptible, infected, immune };

    double draw() noexcept;  // in [0, 1), the same with every standard library
    std::size_t draw_below(std::size_t n) noexcept { return random_() % n; }
    std::size_t district_of(std::size_t person) const noexcept;
    std::size_t somebody_near(std::size_t person) noexcept;
    void infect(std::size_t person);

    model model_;
    std::mt19937_64 random_;
    std::vector<state> people_;
    std::vector<std::size_t> ill_;
    day today_;
    std::size_t ever_ = 0;
};

}  // namespace epidemic
