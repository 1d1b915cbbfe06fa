// A program that makes and destroys il::interpreter while its threads hammer on the doors. Exit status 0: every thread came
// back, each interpreter was entered, and each end turned somebody away. Argument: how many interpreters.
#include "../support/embedding.hpp"
#include "../support/hammer.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

namespace il = interlock;

void wait_for_more_than(const std::atomic<long>& counter, long floor) {
    while (counter.load(std::memory_order_relaxed) <= floor) {
        std::this_thread::yield();
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 3;
    static hammer::exchange shared;  // handles in it outlive every interpreter
    static hammer::counts seen;
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) {
        threads.emplace_back([&stop, i] {
            hammer::worker worker(shared, seen, i + 1);
            while (!stop.load(std::memory_order_relaxed)) {
                if (!worker.step()) {
                    std::this_thread::yield();
                }
            }
        });
    }
    for (int round = 0; round < rounds; ++round) {
        const long entered = seen.entered.load();
        {
            const il::interpreter python{{.isolated = true, .home = embedding::home()}};
            wait_for_more_than(seen.entered, entered + 500);
            il::with_gil([](il::python py) { py.run("import gc; gc.collect()"); });
        }
        wait_for_more_than(seen.refused, seen.refused.load());
    }
    stop = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::printf("%ld steps, %ld refusals\n", seen.entered.load(), seen.refused.load());
    return 0;
}
