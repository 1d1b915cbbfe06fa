// Where a class, an enumeration or an exception class is defined: a module, a type, or an il::class_ that is still open.
//
// What is nested in an open class leaves it open, so that both can be defined in any order:
//
//     il::class_<Shelf> shelf(m, "Shelf");
//     il::class_<Shelf::Place>(shelf, "Place").def(il::init<>());
//     shelf.def<&Shelf::at>("at");
#pragma once

#include <interlock/objects/counted.hpp>
#include <interlock/objects/object.hpp>

INTERLOCK_BEGIN

template <class T, class... Extra>
class class_;

namespace detail {

class class_building;

// Borrows what it is made of; an argument of the functions that begin something.
struct class_scope {
    // NOLINTNEXTLINE(google-explicit-constructor): whoever defines a class names a module, and nothing else
    class_scope(const object& scope) noexcept : python(scope.ptr()) {}
    template <class T, class... Extra>
    // NOLINTNEXTLINE(google-explicit-constructor)
    class_scope(const class_<T, Extra...>& scope) noexcept : outer(&scope.shared_building()) {}

    PyObject* python = nullptr;                      // a module or a type; null beside `outer`
    const counted<class_building>* outer = nullptr;  // of the class around it
};

}  // namespace detail
INTERLOCK_END
