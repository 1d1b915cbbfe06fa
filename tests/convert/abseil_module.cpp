// Containers of Abseil: nothing is included for them, and nothing specialized.
#include <interlock/interlock.hpp>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/fixed_array.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>
#include <absl/container/node_hash_map.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>
#include <absl/types/span.h>
#include <absl/types/variant.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace il = interlock;

namespace {

template <class T>
T same(T value) {
    return value;
}

double sum(absl::Span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}
absl::FixedArray<int> three() { return absl::FixedArray<int>{1, 2, 3}; }
std::size_t longest(
    const absl::flat_hash_map<absl::string_view, absl::InlinedVector<int, 2>>& all) {
    std::size_t most = 0;
    for (const auto& [name, values] : all) {
        most = std::max(most, name.size() * values.size());
    }
    return most;
}

}  // namespace

INTERLOCK_MODULE(convert_abseil, m) {
    m.def<&same<absl::flat_hash_map<std::string, int>>>("flat_hash_map", il::arg("map"));
    m.def<&same<absl::node_hash_map<std::string, std::vector<int>>>>("node_hash_map");
    m.def<&same<absl::btree_map<int, std::string>>>("btree_map");
    m.def<&same<absl::btree_multimap<int, std::string>>>("btree_multimap");
    m.def<&same<absl::flat_hash_set<std::string>>>("flat_hash_set");
    m.def<&same<absl::btree_set<int>>>("btree_set");
    m.def<&same<absl::btree_multiset<int>>>("btree_multiset");
    m.def<&same<absl::InlinedVector<std::string, 4>>>("inlined_vector");
    m.def<&same<absl::optional<absl::InlinedVector<double, 1>>>>("optional");
    m.def<&same<absl::variant<int, absl::flat_hash_set<int>>>>("variant");
    m.def<&same<absl::flat_hash_map<std::pair<int, std::string>,
                                    absl::flat_hash_map<int, absl::optional<double>>>>>("nested");
    m.def<&sum>("sum", il::arg("values"), il::allow_threads);
    m.def<&three>("three");
    m.def<&longest>("longest", il::arg("all"), il::allow_threads);
}
