// Runs Python code in as many sub-interpreters as there are cores named, each with a lock and a thread of its own.
//
//     parallel FOLDER CORE...
//
// A line "ROW N START" on stdin has every interpreter run the row's loop N times from the moment START on, in nanoseconds of the
// steady clock; the answer is "BEGIN END", of the first that began and the last that ended. Several processes can thus be told
// to begin together, and one with several interpreters is told the same way.
#include <interlock/interlock.hpp>

#include <sched.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

struct order {
    std::string row;
    long n = 0;
    std::int64_t start = 0;
};
struct interval {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void bind_to(int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
}

constexpr const char* loops = R"(
from itertools import repeat
import parallel_kernel

def kernel(n, f=parallel_kernel.kernel):
    for _ in repeat(None, n):
        f(1)

def method(n, new=parallel_kernel.Counter):
    c = new(0)
    for _ in repeat(None, n):
        c.add(1)

def python(n):
    for i in range(n):
        i * 3
)";

// All threads and the one that reads the orders meet before and after each.
void serve(il::subinterpreter& where, int core, std::barrier<>& meet, const order& told,
           interval& taken) {
    bind_to(core);
    where.with_gil([&](il::python py) {
        py.run(loops);
        for (;;) {
            py.allow_threads(il::unchecked, [&] {
                meet.arrive_and_wait();
                while (!told.row.empty() && now() < told.start) {
                }
            });
            if (told.row.empty()) {
                return;
            }
            const il::object loop = py.eval(told.row);
            taken.begin = now();
            loop(told.n);
            taken.end = now();
            py.allow_threads(il::unchecked, [&] { meet.arrive_and_wait(); });
        }
    });
}

}  // namespace

int main(int count, char** values) {
    if (count < 3) {
        std::cerr << "parallel FOLDER CORE...\n";
        return 2;
    }
    const il::interpreter python;
    const std::vector<std::string> cores(values + 2, values + count);
    std::vector<il::subinterpreter> interpreters;
    il::with_gil([&](il::python py) {
        for (std::size_t i = 0; i < cores.size(); ++i) {
            interpreters.emplace_back(py, il::subinterpreter_options{.path = {values[1]}});
        }
    });
    order told;
    std::vector<interval> taken(cores.size());
    std::barrier<> meet(std::ssize(cores) + 1);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < cores.size(); ++i) {
        threads.emplace_back(
            [&, i] { serve(interpreters[i], std::atoi(cores[i].c_str()), meet, told, taken[i]); });
    }
    while (std::cin >> told.row >> told.n >> told.start) {
        meet.arrive_and_wait();
        meet.arrive_and_wait();
        interval all = taken[0];
        for (const interval& each : taken) {
            all.begin = std::min(all.begin, each.begin);
            all.end = std::max(all.end, each.end);
        }
        std::cout << all.begin << ' ' << all.end << std::endl;
    }
    told.row.clear();
    meet.arrive_and_wait();
    for (std::thread& each : threads) {
        each.join();
    }
}
