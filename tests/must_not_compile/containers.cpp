// Containers that are bound as classes: what they are has to be said, and what is in them has to live.
// clang-format off: the two forms of a line stand one above the other
#include <interlock/interlock.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace il = interlock;

// case: bound_vector_without_enable_class
// expect: would also convert as a container
// expect: template <> inline constexpr bool il::enable_class<T> = true;
template <> inline constexpr bool il::enable_class<std::vector<int>> = false;  // bad
template <> inline constexpr bool il::enable_class<std::vector<int>> = true;   // good
void bind(il::module& m) { il::bind_vector<std::vector<int>>(m, "Ints"); }

// case: bound_map_without_enable_class
// expect: would also convert as a container
// expect: template <> inline constexpr bool il::enable_class<T> = true;
template <> inline constexpr bool il::enable_class<std::map<int, int>> = false;  // bad
template <> inline constexpr bool il::enable_class<std::map<int, int>> = true;   // good
void bind(il::module& m) { il::bind_map<std::map<int, int>>(m, "Map"); }

// case: bound_vector_of_views
// expect: the elements of a bound container are views, and nothing keeps what they view
using elements = std::vector<std::string_view>;  // bad
using elements = std::vector<std::string>;       // good
template <> inline constexpr bool il::enable_class<elements> = true;
void bind(il::module& m) { il::bind_vector<elements>(m, "Texts"); }
