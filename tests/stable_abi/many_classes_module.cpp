// More classes than an extension for the stable ABI has C functions for, of those that call __init__.
#include <interlock/interlock.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace il = interlock;

namespace {

constexpr std::size_t count = 516;

template <std::size_t I>
struct Numbered {
    Numbered(int a, int b) : sum(a + b + static_cast<int>(I)) {}
    int sum;
};

template <std::size_t I>
void bind(il::module& m) {
    il::class_<Numbered<I>>(m, ("C" + std::to_string(I)).c_str())
        .def(il::init<int, int>())
        .template def_readwrite<&Numbered<I>::sum>("sum");
}

template <std::size_t... I>
void bind_all(il::module& m, std::index_sequence<I...>) {
    (bind<I>(m), ...);
}

}  // namespace

INTERLOCK_MODULE(stable_abi_many_classes, m) {
    bind_all(m, std::make_index_sequence<count>{});
    m.attr("count") = count;
}
