// What the table of docs/stable_abi.md is measured with: built once for one version of Python, and once for the stable ABI.
#include <interlock/interlock.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <valgrind/callgrind.h>

namespace il = interlock;

namespace {

void noop() {}
int one(int x) { return x; }
int two(int x, int y) { return x + y; }
double real(double x) { return x; }
std::size_t text(std::string_view x) { return x.size(); }
std::size_t numbers(const std::vector<int>& x) { return x.size(); }

struct counter {
    explicit counter(int start) : value(start) {}
    int get() const { return value; }
    int value;
};

void begin() { CALLGRIND_ZERO_STATS; }
void end(const char* row) { CALLGRIND_DUMP_STATS_AT(row); }

}  // namespace

// Its argument is replaced before INTERLOCK_MODULE sees it.
#define COST_MODULE(NAME, VARIABLE) INTERLOCK_MODULE(NAME, VARIABLE)

COST_MODULE(MODULE, m) {
    m.def<&noop>("noop");
    m.def<&one>("one");
    m.def<&two>("two");
    m.def<&real>("real");
    m.def<&text>("text");
    m.def<&numbers>("numbers");
    m.def<&begin>("begin");
    m.def<&end>("end");
    il::class_<counter>(m, "Counter")
        .def(il::init<int>())
        .def<&counter::get>("get")
        .def_readonly<&counter::value>("value");
}
