// noexcept functions whose arguments are read without exceptions: their C functions catch nothing.
#include <interlock/interlock.hpp>

namespace il = interlock;

// Defined nowhere: the compiler knows of them what the types say.
namespace elsewhere {

double clamp(double x, double lo, double hi) noexcept;
int twice(int n) noexcept;
void nothing(bool) noexcept;
bool is_text(const il::object& o) noexcept;

}  // namespace elsewhere

using namespace elsewhere;

// Not the body of a module, which has a handler of its own.
void define_without_handler(il::module& m);
void define_without_handler(il::module& m) {
    m.def<&clamp>("clamp");
    m.def<&clamp>("clamp_named", il::arg("x"), il::pos_only, il::arg("lo") = 0.0,
                  il::arg("hi") = 1.0);
    m.def<&twice>("twice", "Docs.");
    m.def<&twice>("twice_named", il::arg("n") = 3);
    m.def<&twice>("twice_exact", il::arg("n").exact());
    m.def<&nothing>("nothing");
    m.def<&is_text>("is_text", il::arg("o"));
}
