// The conversions of interlock, as its users write them.
#include "work.hpp"

#include <interlock/interlock.hpp>

namespace il = interlock;

INTERLOCK_MODULE(bench_conversions_interlock, m) {
    m.def<&work::list_in>("list_in");
    m.def<&work::dict_in>("dict_in");
    m.def<&work::set_in>("set_in");
    m.def<&work::nested_in>("nested_in");
    m.def<&work::text_in>("text_in");
    m.def<&work::tuple_in>("tuple_in");
    m.def<&work::optional_in>("optional_in");
    m.def<&work::variant_in>("variant_in");
    m.def<&work::list_out>("list_out");
    m.def<&work::dict_out>("dict_out");
    m.def<&work::set_out>("set_out");
    m.def<&work::nested_out>("nested_out");
    m.def<&work::short_out>("short_out");
    m.def<&work::long_out>("long_out");
    m.def<&work::tuple_out>("tuple_out");
    m.def<&work::optional_out>("optional_out");
    m.def<&work::variant_out>("variant_out");
}
