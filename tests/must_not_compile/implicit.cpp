// Implicit conversions: what they may lead to.
// clang-format off: the two forms of a line stand one above the other
#include <interlock/interlock.hpp>

namespace il = interlock;

struct money {
    explicit money(int) {}
};
enum class color { red };

// case: implicit_conversion_to_an_enumeration
// expect: implicitly_convertible<A, B> makes an object of a bound class
void f(const il::module& m) {
    il::implicitly_convertible<int, color>(m);  // bad
    il::implicitly_convertible<int, money>(m);  // good
}
