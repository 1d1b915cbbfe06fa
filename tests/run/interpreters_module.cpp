// What a module may keep and do, for tests that load it in several interpreters.
#include <interlock/interlock.hpp>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

std::uint64_t kernel(std::uint64_t rounds) {
    std::uint64_t x = 1;
    for (std::uint64_t i = 0; i < rounds; ++i) {
        x = x * 6364136223846793005U + 1442695040888963407U;
    }
    return x;
}

std::map<std::string, int> count_letters(std::string_view text) {
    std::map<std::string, int> counts;
    for (const char letter : text) {
        ++counts[std::string(1, letter)];
    }
    return counts;
}

std::int64_t id_here() { return PyInterpreterState_GetID(PyInterpreterState_Get()); }

// One for the process, as a careless author has it.
il::owned<il::object>& kept() {
    static constinit il::owned<il::object> one;
    return one;
}

il::object cached_pattern(il::python py) {
    static il::once<il::owned<il::object>> cache;
    return cache
        .get(py, [](il::python inner) { return inner.import("re").attr("compile")("a+").unbind(); })
        .bind(py);
}

}  // namespace

INTERLOCK_MODULE(run_interpreters, m) {
    m.doc("Loaded in several interpreters.");
    m.def<&kernel>("kernel", il::arg("rounds"));
    m.def<&count_letters>("count_letters", il::arg("text"), il::allow_threads);
    m.def("fails", [](int x) -> int { throw std::invalid_argument("no " + std::to_string(x)); });
    m.def("interpreter", &id_here);
    m.def("cached_pattern", &cached_pattern);
    m.def("dump", [](const il::object& value) {
        return value.py().import("json").attr("dumps")(value, il::kw("sort_keys") = true,
                                                       il::kw("indent") = 1);
    });
    m.def("keep", [](il::object value) { kept() = std::move(value).unbind(); });
    m.def("take", [](il::python py) { return kept().bind(py); });
    m.def("drop", [] { kept() = il::owned<il::object>(); });
    m.def("interpreter_of_a_cpp_thread", [](il::python py) {
        return py.allow_threads([] {
            std::int64_t id = -1;
            std::thread([&id] { id = il::with_gil([](il::python) { return id_here(); }); }).join();
            return id;
        });
    });
    m.def("comes_back", [](il::python py) {
        return py.allow_threads([] { return il::with_gil([](il::python) { return id_here(); }); });
    });
    m.add("VERSION", "1.0");
    m.submodule("extra", "More.").def("interpreter", &id_here);
}
