// Function-local statics of once and mutex as users write them. This file is inspected, not run.
#include <interlock/interlock.hpp>

#include <map>
#include <string>
#include <vector>

namespace il = interlock;

il::object cached_module(il::python py) {
    static il::once<il::owned<il::object>> cache;
    return cache.get(py, [](il::python inside) { return inside.import("re").unbind(); }).bind(py);
}

const std::map<std::string, int>& cached_table(il::python py) {
    static il::once<std::map<std::string, int>> table;
    return table.get(py, [](il::python) { return std::map<std::string, int>{{"one", 1}}; });
}

const std::vector<il::owned<il::object>>& cached_modules(il::python py) {
    static il::once<std::vector<il::owned<il::object>>> modules;
    return modules.get(py, [](il::python) { return std::vector<il::owned<il::object>>(); });
}

long count(il::python py) {
    static il::mutex<long> counter;
    static il::mutex<long> from_ten(10);
    return counter.with(py, [](long& n) { return ++n; }) +
           from_ten.with(py, [](long& n) { return ++n; });
}
