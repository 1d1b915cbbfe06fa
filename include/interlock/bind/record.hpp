// What the core keeps of a bound function, and what the generated C functions ask of it.
//
// A C function finds its record by its `self`. For most functions that is the module, and the record is the one that stands
// in the C function's own site: names, defaults and texts of the first binding of that callable. A second binding of the
// same callable, and every callable with state, has a `self` of its own, an object of a subclass of module which holds its
// record. An alternative of an overloaded function is called with an `attempt` as its self, which is no Python object. None of
// this is looked at on the fast path of a callable without state.
#pragma once

#include <interlock/convert/class_site.hpp>
#include <interlock/convert/convert.hpp>

#include <atomic>
#include <source_location>

INTERLOCK_BEGIN
namespace detail {

struct function_record;
struct alternative;

// One per generated C function.
struct function_site {
    std::atomic<function_record*> first{nullptr};
};

// A parameter that Python sees.
struct parameter {
    const char* name;  // null: by position alone
    const hint* type;
    bool has_default;
    bool python_default;  // the default is a Python object, one per interpreter
    bool accepts_none;
};

// How a function is called, told to the core in one word each.
struct call_shape {
    unsigned short parameters = 0;       // that Python sees, without *args and **kwargs
    unsigned short positional_only = 0;  // of these
    unsigned short positional = 0;       // those that may be given by position
    bool takes_args : 1 = false;
    bool takes_kwargs : 1 = false;
    bool args_typed : 1 = false;  // the hint of each stands behind that of the result
};

// What a C function throws away when it cannot be called by an overload's arguments.
struct attempt {
    PyObject head;             // ob_type tells it from a module
    std::atomic<void*> value;  // null, at the place where an instance has its own: see find_self
    PyObject* instance;        // that a method is called with
    function_record* record;
    PyObject* module;
    bool exact;
    bool quiet;
    bool refused;  // it did not fit; otherwise a null result means that an error is set
    loading* why;
    unsigned short index;  // of the argument that did not fit; 0xFFFF: their number
};

extern PyTypeObject attempt_type;
// Whether it is one of the objects that carry a record.
bool is_record_object(PyObject* object) noexcept;
// How far behind the beginning of an object of the module's subclass its own part lies.
#if INTERLOCK_LIMITED_API
extern std::size_t
    record_offset;  // set by the first module that is made: modules are of another size in each version
#else
extern const std::size_t record_offset;
#endif

// The kinds of objects that the exact pass over alternatives tells apart before it calls one.
inline constexpr unsigned char first_is_int = 1;
inline constexpr unsigned char first_is_float = 2;
inline constexpr unsigned char first_is_str = 4;
inline constexpr unsigned char first_is_bool = 8;
inline constexpr unsigned char first_is_other = 16;
inline constexpr unsigned char first_is_anything = 31;

// One of an overloaded function's, with what is asked before it is called.
struct alternative {
    function_record* record;
    void (*function)();
    // The last: of initialize_plainly.
    enum class convention : unsigned char { none, one, array, names, plain_constructor } how;
    // What the first argument may be in the exact pass, of the kinds below; all of them where that is not so simple.
    unsigned char first;
    unsigned short most;  // by position; 0xFFFF where there is no limit
};

// What the core has to know of a constructor that it calls with arguments which it has loaded itself; see construct.hpp.
struct constructor_record {
    class_site* site;
    const char* letters;
    void (*make)(void* place, unsigned char* places);
    void (*dispose)(void* value) noexcept;
    std::size_t size;
    std::size_t offset;
};
// So many arguments, for which there is memory on the stack.
inline constexpr std::size_t most_plain_arguments = 16;

struct function_record {
    PyMethodDef definition[2];
    call_shape shape;
    function_site* site;
    parameter* parameters;
    std::atomic<PyObject*>*
        interned;     // addresses of the names' objects, once they were met; only compared
    bool has_object;  // it belongs to an object of its own, and dies with it
    void* state;
    void* defaults;
    void (*destroy)(void* state, void* defaults) noexcept;
    const char* shown;      // for messages: "f", "Account.deposit"
    const char* signature;  // "f(x: int) -> str"
    const char* deprecated;
    // Overloaded, of an operator: where nothing fits the result is NotImplemented, unless this says why it is not. Null: of none.
    bool (*refuse_operand)(const function_record& all, PyObject* operand);
    std::source_location where;
    std::atomic<std::uint64_t> building;  // the module body that has used it last
    unsigned number;                      // of the first of its Python defaults
    // Overloaded: the object comes as the first argument, or the class; what the function's own object holds is their type.
    bool is_method;
    bool is_class_method;
    PyObject* module;            // of an overloaded method; borrowed
    unsigned alternative_count;  // of an overloaded function
    alternative* alternatives;
    const constructor_record* constructor;
    char* memory;
};

// What an object of the module's subclass has beyond a module.
struct record_part {
    function_record* record;
    PyObject* module;
    PyObject* held;  // a tuple, or null
};
inline record_part& part_of_record_object(PyObject* self) noexcept {
    return *reinterpret_cast<record_part*>(reinterpret_cast<char*>(self) + record_offset);
}

function_record* find_record(PyObject* self, const function_site& site) noexcept;

// The object that a method's C function was called with.
inline PyObject* real_self(PyObject* self) noexcept {
    return Py_TYPE(self) == &attempt_type ? reinterpret_cast<attempt*>(self)->instance : self;
}

// The state of a callable that has one; `self` is never a plain module.
inline void* state_of(PyObject* self) noexcept {
    if (Py_TYPE(self) == &attempt_type) [[unlikely]] {
        return reinterpret_cast<attempt*>(self)->record->state;
    }
    return part_of_record_object(self).record->state;
}
inline function_record* record_of(PyObject* self, const function_site& site) noexcept {
    if (Py_TYPE(self) == &PyModule_Type) [[likely]] {
        return site.first.load(std::memory_order_relaxed);
    }
    return find_record(self, site);
}

// Whether the named arguments stand where their parameters do, right behind those by position, so that the array is in order as
// it is; nearly every call that names arguments is of this form.
inline bool in_order(const function_record& record, Py_ssize_t given, PyObject* names,
                     Py_ssize_t named) noexcept {
    for (Py_ssize_t k = 0; k < named; ++k) {
        if (record.interned[given + k].load(std::memory_order_relaxed) !=
            PyTuple_GET_ITEM(names, k)) {
            return false;
        }
    }
    return true;
}

// The argument of one parameter, by position or by the address of its name, into its slot; null where there is none and none is
// required. `named` is not zero.
template <std::size_t I, bool Required>
INTERLOCK_INLINE bool place_by_address(const std::atomic<PyObject*>* known,
                                       PyObject* const* arguments, Py_ssize_t given,
                                       PyObject* names, Py_ssize_t named, PyObject** slots,
                                       Py_ssize_t& missing) noexcept {
    if (static_cast<Py_ssize_t>(I) < given) {
        slots[I] = arguments[I];
        return true;
    }
    PyObject* const name = known[I].load(std::memory_order_relaxed);
    Py_ssize_t k = 0;
    do {
        if (PyTuple_GET_ITEM(names, k) == name) {
            slots[I] = arguments[given + k];
            return true;
        }
    } while (++k < named);
    slots[I] = nullptr;
    ++missing;
    return !Required;
}

// The errors. Each gives null or false, with the Python error set; in an attempt, without.
PyObject* refuse_count(PyObject* self, const function_site& site, Py_ssize_t given) noexcept;
bool refuse_argument(PyObject* self, const function_site& site, unsigned index,
                     const loading& why) noexcept;
// The object is not of the parameter's kind.
bool refuse_kind(PyObject* self, const function_site& site, unsigned index, PyObject* got) noexcept;
bool refuse_none(PyObject* self, const function_site& site, unsigned index, PyObject* got) noexcept;

void start_loading(loading& l, PyObject* self) noexcept;

// When all arguments are there: the instances that pointers in containers refer to are as they were when these were loaded.
bool hold_kept_instances(PyObject* self, const function_site& site, keeper& kept) noexcept;

// Loads one argument, or says what is wrong with it: the whole slow path in one call.
bool load_integer_argument(PyObject* self, const function_site& site, unsigned index,
                           PyObject* from, void* to, integer_code code) noexcept;
bool load_float_argument(PyObject* self, const function_site& site, unsigned index, PyObject* from,
                         double& to) noexcept;
bool load_text_argument(PyObject* self, const function_site& site, unsigned index, PyObject* from,
                        utf8_view& to) noexcept;

// How the core loads a parameter, as a letter: 'A' and on for integers by their code, 'f' double, 'g' float, 'b' bool, 'u' text;
// '?' for what it does not load.
template <class C>
consteval char loader_letter() {
    switch (C::loads) {
        case by_integer:
            if constexpr (requires { C::code; }) {
                return (C::code & 7) > 3 ? '?' : static_cast<char>('A' + C::code);
            }
            return '?';
        case by_float:
            return 'f';
        case by_single:
            return 'g';
        case by_bool:
            return 'b';
        case by_utf8:
            return 'u';
        default:
            return '?';
    }
}
// Loads all arguments of a function where not all are of the most usual form: into places of eight bytes, one after the other;
// a text has sixteen. False with the error set, also where there are more or fewer than letters, but for the result's, which is last.
bool load_arguments(PyObject* self, const function_site& site, PyObject* const* arguments,
                    Py_ssize_t given, unsigned char* places, const char* letters) noexcept;

// Such a constructor: as __init__, and as the call of the class.
PyObject* initialize_plainly(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                             const function_site& site) noexcept;
PyObject* call_plain_class(PyObject* type, PyObject* const* arguments, std::size_t counted,
                           PyObject* names, const function_site& site) noexcept;

// Puts the arguments into the order of the parameters: slots has one place for each, then one for *args and one for **kwargs,
// new references both; null where a default is due. False: refused.
bool arrange(PyObject* self, const function_site& site, PyObject* const* arguments,
             Py_ssize_t given, PyObject* names, PyObject** slots) noexcept;

// The default of a parameter that is a Python object: borrowed; null with an error set.
PyObject* python_default(PyObject* self, const function_site& site, unsigned index) noexcept;

// The module that a function is in, borrowed.
PyObject* module_of(PyObject* self) noexcept;

bool warn_deprecated(PyObject* self, const function_site& site) noexcept;

// Sets the Python error for a C++ exception. Parks a thread that is not attached any more.
PyObject* translate(const std::exception& error) noexcept;
PyObject* translate_unknown() noexcept;

// What m.def tells the core; see modules.cpp.
struct function_description {
    const char* name;
    const char* owner = nullptr;   // the class, for messages
    const char* self = "$module";  // as inspect.signature has it; null: there is none
    PyCFunction function;
    int flags;
    call_shape shape;
    function_site* site;
    const hint* const* hints;  // of the parameters that Python sees, then the result's
    const char* doc = nullptr;
    const char* signature = nullptr;
    const char* deprecated = nullptr;
    std::source_location where{};
    bool has_state = false;
    void* state = nullptr;
    void* defaults = nullptr;
    void (*destroy)(void* state, void* defaults) noexcept = nullptr;
    struct named {
        const char* name;
        PyObject* value;  // of the default, a new reference; null: there is none
        bool is_python;   // and it is kept as a Python object
        bool accepts_none;
    };
    const named* names = nullptr;
    const constructor_record* constructor = nullptr;

    function_description() = default;
    ~function_description() {
        if (destroy != nullptr) {
            destroy(state, defaults);
        }
    }
    function_description(const function_description&) = delete;
    function_description& operator=(const function_description&) = delete;
};

// The short forms for functions that have neither state nor options but a docstring; the types as letters or as hints.
void define_plain(PyObject* module, const char* name, void (*function)(), function_site& site,
                  const char* letters, const char* doc = nullptr);
void define_plain(PyObject* module, const char* name, void (*function)(), function_site& site,
                  std::size_t parameters, const hint* const* hints, const char* doc = nullptr);

// Defines the function in the module: now, or when the module's body ends. Takes state and defaults over when it succeeds; the
// description is then without them.
void define_function(PyObject* module, function_description& description);

}  // namespace detail
INTERLOCK_END
