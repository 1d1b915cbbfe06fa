// The calls that everybody makes most, for a test that reads their machine code; and two that it has to complain of.
#include <interlock/interlock.hpp>

#include <atomic>

namespace il = interlock;

namespace {

struct Counter {
    explicit Counter(int start) : value(start) {}
    int add(int n) { return value += n; }
    int get() const noexcept { return value; }
    int value;
};

void noop() {}
int same(int x) { return x; }
double sum(double x, double y) { return x + y; }
bool takes(const il::object&) { return true; }
int enters(int x) {
    return il::with_gil([](il::python, int inner) { return inner; }, x);
}

std::atomic<int> shared{0};

}  // namespace

INTERLOCK_MODULE(bind_hot, m) {
    m.def<&noop>("noop");
    m.def<&same>("same");
    m.def<&sum>("sum", il::arg("x"), il::arg("y") = 1.0);
    m.def<&takes>("takes");
    m.def<&enters>("enters");
    m.def<&same>("leaves", il::allow_threads);
    m.def("counts", [] { return ++shared; });
    m.def("exchanges", [](int x) { return shared.exchange(x); });
    il::class_<Counter>(m, "Counter")
        .def(il::init<int>())
        .def<&Counter::add>("add")
        .def<&Counter::get>("get")
        .def<&Counter::add>("add_named", il::arg("n"));
}
