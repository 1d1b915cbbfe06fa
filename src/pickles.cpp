// The states of pickled instances. See bind/pickle.hpp.
#include "decimal.hpp"
#include "run.hpp"

#include <interlock/bind/pickle.hpp>

INTERLOCK_BEGIN
namespace detail {

object make_pickled_state(const object& instance, int version, const object& state) {
    python py = token_inside;
    if (!type_has_dict(Py_TYPE(instance.ptr()))) {
        return tuple::of(py, version, state);
    }
    return tuple::of(py, version, state, getattr(instance, "__dict__", py.none()));
}

pickled_state::pickled_state(PyObject* of, PyObject* parts) : instance(of) {
    const Py_ssize_t size = PyTuple_GET_SIZE(parts);
    if (size != 2 && size != 3) {
        throw cast_error(
            "interlock: __setstate__: expected a tuple of version, state and "
            "attributes, got one of " +
            decimal(static_cast<std::size_t>(size)) + " items");
    }
    version = from_python<int>(PyTuple_GET_ITEM(parts, 0));
    state = PyTuple_GET_ITEM(parts, 1);
    if (size == 3 && PyTuple_GET_ITEM(parts, 2) != Py_None) {
        attributes = PyTuple_GET_ITEM(parts, 2);
    }
}

void pickled_state::set_attributes() const {
    const object given(adopt_t{}, Py_NewRef(attributes));
    object(adopt_t{}, Py_NewRef(instance)).attr("__dict__").get().call_method("update", given);
}

void throw_wrong_version(PyObject* instance, int expected, int got) {
    throw std::invalid_argument(std::string("interlock: a pickled ") +
                                type_name(Py_TYPE(instance)).c_str() + " has version " +
                                decimal(got) + " of its state, expected " + decimal(expected));
}

}  // namespace detail
INTERLOCK_END
