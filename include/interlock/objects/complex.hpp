// complex: a Python complex number. std::complex fits without its header being needed here.
#pragma once

#include <interlock/objects/call.hpp>

INTERLOCK_BEGIN

class complex : public object {
public:
    INTERLOCK_KIND(complex)
    static bool is_kind(PyObject* object) noexcept { return PyComplex_Check(object) != 0; }
    static complex of(python py, double real, double imag = 0);
    // What has real() and imag(), as std::complex does.
    template <class C>
        requires requires(const C& value) {
            static_cast<double>(value.real());
            static_cast<double>(value.imag());
        } && (!detail::operand<C>)
    static complex of(python py, const C& value) {
        return of(py, static_cast<double>(value.real()), static_cast<double>(value.imag()));
    }

    double real() const;
    double imag() const;
};
INTERLOCK_KIND_UNBIND(complex)

INTERLOCK_END
