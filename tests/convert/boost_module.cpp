// Containers of Boost: nothing is included for them, and nothing specialized.
#include <interlock/interlock.hpp>

#include <boost/array.hpp>
#include <boost/circular_buffer.hpp>
#include <boost/container/deque.hpp>
#include <boost/container/flat_map.hpp>
#include <boost/container/flat_set.hpp>
#include <boost/container/list.hpp>
#include <boost/container/map.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/container/stable_vector.hpp>
#include <boost/container/static_vector.hpp>
#include <boost/container/string.hpp>
#include <boost/container/vector.hpp>
#include <boost/optional.hpp>
#include <boost/unordered_map.hpp>
#include <boost/unordered_set.hpp>
#include <boost/utility/string_view.hpp>
#include <boost/variant.hpp>
#include <boost/variant2/variant.hpp>

#include <string>
#include <vector>

namespace il = interlock;
namespace bc = boost::container;

namespace {

template <class T>
T same(T value) {
    return value;
}

int which(const boost::variant<int, std::string, std::vector<double>>& value) {
    return value.which();
}
std::size_t length(boost::string_view text) { return text.size(); }

}  // namespace

INTERLOCK_MODULE(convert_boost, m) {
    m.def<&same<bc::vector<int>>>("vector");
    m.def<&same<bc::small_vector<int, 4>>>("small_vector");
    m.def<&same<bc::static_vector<int, 4>>>("static_vector");
    m.def<&same<bc::stable_vector<std::string>>>("stable_vector");
    m.def<&same<bc::deque<int>>>("deque");
    m.def<&same<bc::list<int>>>("list_");
    m.def<&same<boost::circular_buffer<int>>>("circular_buffer");
    m.def<&same<boost::array<int, 3>>>("array");
    m.def<&same<bc::flat_map<std::string, int>>>("flat_map");
    m.def<&same<bc::map<std::string, bc::flat_set<int>>>>("map_");
    m.def<&same<boost::unordered_map<std::string, boost::optional<double>>>>("unordered_map");
    m.def<&same<bc::flat_multimap<std::string, int>>>("multimap");
    m.def<&same<bc::flat_set<int>>>("flat_set");
    m.def<&same<boost::unordered_set<std::string>>>("unordered_set");
    m.def<&same<boost::optional<std::string>>>("optional");
    m.def<&same<boost::optional<bc::flat_map<int, bc::small_vector<double, 2>>>>>("nested");
    m.def<&same<boost::variant<int, std::string, std::vector<double>>>>("variant");
    m.def<&same<boost::variant2::variant<int, std::string>>>("variant2");
    m.def<&which>("which");
    m.def<&same<bc::string>>("string");
    m.def<&length>("length");
}
