// How one conversion from Python goes: what is allowed, and why it did not fit.
//
// A conversion says yes or no by its result, never by a C++ exception: a failed one costs no unwinding, and overloads are
// told apart without it. What a failure says is written here, from the innermost value outwards ("item 3: key 'x': expected
// float, got str"), in memory that the failing call owns, so that there is nothing to free. Nothing here is touched by a
// conversion that fits.
#pragma once

#include <interlock/attach/compat.hpp>

#include <cstddef>
#include <cstdint>

INTERLOCK_BEGIN
namespace detail {

struct class_site;
class vain_tries;
struct loading;

// A type as Python's typing writes it. Each '%' in the text stands for the next of the parts.
struct hint {
    const char* text;
    const hint* const* parts = nullptr;
    char letter = '?';  // for the usual types: how bound functions tell the core of them
    const class_site* site = nullptr;  // of a bound class: its name stands there
    // The text alone says which type it is. Kept, since the sanitizers of GCC do not let a constant expression ask
    // whether the address of a variable is null.
    bool whole = false;

    constexpr hint(const char* name, std::nullptr_t = nullptr, char usual = '?') noexcept
        : text(name), letter(usual), whole(true) {}
    constexpr hint(const char* pattern, const hint* const* of, char usual = '?',
                   const class_site* bound = nullptr) noexcept
        : text(pattern), parts(of), letter(usual), site(bound) {}
    constexpr hint(std::nullptr_t, std::nullptr_t, char usual, const class_site* bound) noexcept
        : text(nullptr), letter(usual), site(bound) {}
};

// References that a conversion holds until the call is over, for views of what lies inside of containers, and the instances that pointers
// in containers refer to: the call works on them as on those that it is given directly (instance_use.hpp), but for their locks.
class keeper {
public:
    keeper() noexcept = default;
    ~keeper() {
        if (held_ != nullptr || instances_ != nullptr) {
            end();
        }
    }
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;

    // The parameter that is loaded next.
    void begin_parameter(unsigned place) noexcept { place_ = place; }
    // Takes a reference of its own. Throws std::bad_alloc.
    void keep(PyObject* object);
    // An instance whose object, as one of the site's class, is at `value`: it is kept, and not given away until the call is over. False
    // where it does not fit. Throws std::bad_alloc.
    bool keep_instance(PyObject* object, const void* value, const class_site& site, bool writes,
                       loading& l);
    // How many there are, and to let go of those behind the first so many: of an alternative that did not fit.
    std::size_t instances() const noexcept;
    void forget_instances(std::size_t behind) noexcept;
    // When all arguments are there: whether each instance still has its object, and may be changed if the call does so. False with the
    // loading of the parameter `place` saying what is wrong.
    bool instances_are_there(loading& l, unsigned& place) noexcept;
    // As instance_use.hpp has it of functions that run released, and of those that may run Python code. False with the error set.
    bool mark_instances() noexcept;
    bool enter_instances() noexcept;

private:
    struct instance_list;
    bool begin_work_on_instances(int how) noexcept;
    void end() noexcept;
    void end_instances() noexcept;

    PyObject** held_ = nullptr;
    std::size_t count_ = 0;
    std::size_t room_ = 0;
    instance_list* instances_ = nullptr;  // made for the first one
    unsigned place_ = 0;
};

// Deliberately without initializers: made on the stack of every bound call, and written when something goes wrong.
struct loading {
    enum outcome : unsigned char {
        mismatch,  // the wrong type: TypeError
        range,     // the right type, and no room for the value: OverflowError
        invalid,   // the right type, and a value that cannot be: ValueError
        raised,    // Python code raised: the error indicator is set
    };

    bool exact;  // only what is of the type already; asked first of overloads
    bool quiet;  // nobody will read why it failed
    outcome problem;
    keeper* keep;         // null where views of temporary objects are not allowed
    vain_tries* tries;    // null outside of variants
    std::uint16_t depth;  // of containers in containers
    std::uint16_t size;
    char text[492];

    // A conversion outside of a call.
    static loading plain() noexcept {
        loading fresh;
        fresh.exact = false;
        fresh.quiet = false;
        fresh.keep = nullptr;
        fresh.tries = nullptr;
        fresh.depth = 0;
        return fresh;
    }

    // These say what is wrong and give back false.
    bool refuse(const hint& expected, PyObject* got) noexcept;
    bool refuse_range(const hint& expected, PyObject* got, const char* from,
                      const char* to) noexcept;
    bool refuse_text(outcome problem, const char* format, ...) noexcept;
    // An API function failed: TypeErrors of `__index__` and the like mean that the value does not fit, others are kept.
    bool refuse_error(const hint& expected, PyObject* got) noexcept;
    bool raise() noexcept {
        problem = raised;
        size = 0;
        text[0] = '\0';
        return false;
    }
    // And these, where it was: put in front of what is there.
    bool at(const char* what) noexcept;
    bool at_item(std::size_t index) noexcept;
    bool at_field(const char* name) noexcept;
    bool at_key(PyObject* key) noexcept;
    bool at_value(PyObject* key) noexcept;

    // Throws what is wrong: cast_error, or python_error where Python code raised.
    [[noreturn]] void raise_cast_error(const char* operation) const;
    // Sets the Python error that says it, in front of it `where`.
    void set_error(const char* where) const noexcept;

private:
    bool at_entry(const char* what, PyObject* key) noexcept;
    void put_in_front(const char* words) noexcept;
};

// Containers in containers deeper than this are refused (a list can contain itself).
inline constexpr std::uint16_t deepest = 200;

}  // namespace detail
INTERLOCK_END
