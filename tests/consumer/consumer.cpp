// A program with Python inside, as a user would begin one: it prints the number of its process, as Python sees it.

#include <interlock/interlock.hpp>

#include <cstdio>

namespace il = interlock;

int main() {
    il::interpreter python;
    int n = il::with_gil([](il::python py) { return py.import("os").attr("getpid")().as<int>(); });
    std::printf("%d\n", n);
}
