// Notes on C++ exceptions: lines that Python prints below the exception (its __notes__).
//
//   throw il::with_note(il::value_error("no number"), "in line 12 of " + file);
#pragma once

#include <interlock/objects/counted.hpp>
#include <interlock/objects/exception.hpp>

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

// The part of an exception that has a note.
class note_carrier {
public:
    explicit note_carrier(std::string text);
    note_carrier(const note_carrier&) noexcept = default;
    note_carrier& operator=(const note_carrier&) noexcept = default;
    virtual ~note_carrier() = default;

    const std::string& note() const noexcept { return *text_; }

private:
    counted<const std::string> text_;
};

// Where it cannot be added, for want of memory, nothing is said of it. Keeps the error indicator.
void add_note(PyObject* exception, std::string_view text) noexcept;

}  // namespace detail

// The exception with a note; it is caught as what it was. Not final: std::throw_with_nested nests nothing in what is.
template <class E>
class noted : public E, public detail::note_carrier {
public:
    noted(E&& error, std::string note)
        : E(std::move(error)), detail::note_carrier(std::move(note)) {}
};

// Any exception derived from std::exception (and not final) with a note, to be thrown. Needs no interpreter.
template <class E>
auto with_note(E error, std::string note) {
    static_assert(std::is_base_of_v<std::exception, E> && !std::is_final_v<E> &&
                      !std::is_base_of_v<detail::note_carrier, E>,
                  "interlock: il::with_note takes an exception that is derived from "
                  "std::exception and is not final; to add a second note, write both into one");
    return noted<E>(std::move(error), std::move(note));
}

// The Python exception that a C++ one becomes: what a bound function would raise for it. For code that hands an exception on
// as an object, to a future for example. Needs an attached thread. Throws not_attached.
exception to_python_exception(python py, const std::exception_ptr& error);

INTERLOCK_END
