// The states of pickled instances. See bind/pickle.hpp.
#include "decimal.hpp"
#include "run.hpp"

#include <interlock/bind/pickle.hpp>

INTERLOCK_BEGIN
namespace detail {

object make_pickled_state(const object& instance, int version, object state) {
    python py = token_inside;
    const object attributes = getattr(instance, "__dict__", py.none());
    return tuple::of(py, version, state, attributes);
}

pickled_state::pickled_state(const object& of, const tuple& parts)
    : instance(of), version(0), state(of), attributes(of) {
    if (len(parts) != 3) {
        throw cast_error(
            "interlock: __setstate__: expected a tuple of version, state and "
            "attributes, got one of " +
            decimal(len(parts)) + " items");
    }
    version = object(parts[0]).as<int>();
    state = object(parts[1]);
    attributes = object(parts[2]);
}

void pickled_state::finish() const {
    if (!attributes.is_none()) {
        instance.attr("__dict__").get().call_method("update", attributes);
    }
}

void throw_wrong_version(const object& instance, int expected, int got) {
    throw std::invalid_argument(std::string("interlock: a pickled ") +
                                type_name(Py_TYPE(instance.ptr())).c_str() + " has version " +
                                decimal(got) + " of its state, expected " + decimal(expected));
}

}  // namespace detail
INTERLOCK_END
