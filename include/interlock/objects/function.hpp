// function: a function written in Python or in C, or a method of an object. What else can be called is il::callable.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class function : public object {
public:
    INTERLOCK_KIND(function)
    static bool is_kind(PyObject* object) noexcept {
        return PyFunction_Check(object) != 0 || PyCFunction_Check(object) != 0 ||
               PyMethod_Check(object) != 0;
    }
    // __name__, __qualname__; __doc__, or None. Throw python_error.
    std::string name() const {
        detail::require_attached("il::function::name");
        return attr("__name__").as<std::string>();
    }
    std::string qualified_name() const {
        detail::require_attached("il::function::qualified_name");
        return attr("__qualname__").as<std::string>();
    }
    object doc() const {
        detail::require_attached("il::function::doc");
        return attr("__doc__").get();
    }
};
INTERLOCK_KIND_UNBIND(function)

INTERLOCK_END
