// Threads that another library made and keeps: those of an OpenMP runtime.
#include <interlock/interlock.hpp>

#include "../support/thread_states.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <array>

namespace il = interlock;

namespace {

constexpr int threads = 4;
constexpr int rounds = 200;

// Python's name of each thread of the pool, and what its threading.local has counted.
struct seen {
    long ident = 0;
    long count = 0;
};

}  // namespace

TEST(ThreadPool, OfAnotherLibraryHasOneStateForEachOfItsThreads) {
    const il::interpreter python;
    const auto count = il::with_gil([](il::python py) {
        const il::dict scope = il::dict::make(py);
        py.run(
            "import threading\n"
            "local = threading.local()\n"
            "def count():\n"
            "    local.n = getattr(local, 'n', 0) + 1\n"
            "    return threading.get_ident(), local.n\n",
            scope);
        return il::object(scope["count"]).unbind();
    });

    std::array<seen, threads> first{};
    std::array<seen, threads> last{};
    int refused = 0;
    for (std::array<seen, threads>* into : {&first, &last}) {
#pragma omp parallel num_threads(threads) reduction(+ : refused)
        {
            seen& mine = (*into)[static_cast<std::size_t>(omp_get_thread_num())];
            for (int i = 0; i < rounds; ++i) {
                refused += attached_by_fact() ? 1 : 0;
                il::with_gil([&](il::python py) {
                    const auto [ident, n] = count.bind(py)().as<std::tuple<long, long>>();
                    mine = {ident, n};
                });
            }
        }
    }
    EXPECT_EQ(refused, 0) << "a thread of the pool was left attached";
    for (int i = 0; i < threads; ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_EQ(first[at].ident, last[at].ident) << "the runtime has other threads than thought";
        EXPECT_EQ(first[at].count, rounds);
        EXPECT_EQ(last[at].count, 2 * rounds) << "it was another thread state";
    }
    il::with_gil([](il::python) { EXPECT_LE(count_thread_states(), threads + 1); });
}
