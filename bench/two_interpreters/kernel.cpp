// What each interpreter calls in a loop: a kernel of about a microsecond, which keeps the interpreter, and a method.
#include <interlock/interlock.hpp>

#include <cstdint>

namespace il = interlock;

namespace {

std::uint32_t kernel(std::uint32_t x) {
    for (int i = 0; i < 300; ++i) {
        x = x * 1664525U + 1013904223U;
        asm volatile("" : "+r"(x));
    }
    return x;
}

struct counter {
    explicit counter(int start) : value(start) {}
    void add(int more) { value += more; }
    int value;
};

}  // namespace

INTERLOCK_MODULE(parallel_kernel, m) {
    m.def<&kernel>("kernel");
    il::class_<counter>(m, "Counter")
        .def(il::init<int>(), il::arg("start"))
        .def<&counter::add>("add");
}
