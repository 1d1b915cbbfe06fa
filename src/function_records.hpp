// Bound functions and modules, inside the core. Internal.
//
// Who may touch what:
//
//   function_site::first     set once, by the first module body that binds the callable; read by its C function
//   function_record          written before its function exists; afterwards `building` and `interned`, which are atomic
//   module_state             its module's interpreter; attached threads, under the module's own lock where there is no GIL
#pragma once

#include "records.hpp"
#include "text_builder.hpp"

#include <interlock/bind/module.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

INTERLOCK_BEGIN
namespace detail {

// A Python object that a module keeps for one parameter's default.
struct kept_default_value {
    unsigned number;
    PyObject* value;
};

// A name under construction: one function, or the alternatives of an overloaded one.
struct collected_function {
    function_record* record = nullptr;
    PyObject* self = nullptr;  // the record's object, owned; null: the record stands in its site
    bool direct = true;        // of a method: its C function finds the record by its site
};
// One, for nearly every name, has no memory of its own.
class collected_functions {
public:
    std::size_t size() const noexcept {
        return several_.empty() ? (one_.record != nullptr ? 1 : 0) : several_.size();
    }
    const collected_function* begin() const noexcept {
        return several_.empty() ? &one_ : several_.data();
    }
    const collected_function* end() const noexcept { return begin() + size(); }
    const collected_function& operator[](std::size_t i) const noexcept { return begin()[i]; }
    // Throws std::bad_alloc; then nothing has changed.
    void push_back(const collected_function& added) {
        if (size() == 0) {
            one_ = added;
            return;
        }
        if (several_.empty()) {
            several_.reserve(2);
            several_.push_back(one_);
        }
        several_.push_back(added);
    }
    void clear() noexcept {
        one_ = {};
        several_.clear();
    }

private:
    collected_function one_{};
    std::vector<collected_function> several_;
};
struct collected_name {
    collected_functions functions;
    // For all of them, where there are no others; see bind/joint_function.hpp.
    joint_function joint{};

    // For those that were defined last.
    void join(const joint_function& made) noexcept {
        if (functions.size() == made.count) {
            joint = made;
        }
    }
};

// Names in the order in which they came, and where each is: a hash table of places with no memory of its own for each name.
class collected_names {
public:
    using value_type = std::pair<std::string, collected_name>;

    // The name's functions so far. Throws std::bad_alloc.
    collected_name& operator[](std::string_view name) {
        if (2 * (names_.size() + 1) > places_.size()) {
            enlarge();
        }
        std::uint32_t& place = find(name);
        if (place == nothing) {
            names_.emplace_back(name, collected_name{});
            place = static_cast<std::uint32_t>(names_.size() - 1);
        }
        return names_[place].second;
    }
    auto begin() const noexcept { return names_.begin(); }
    auto end() const noexcept { return names_.end(); }

private:
    static constexpr std::uint32_t nothing = 0xFFFFFFFF;

    std::uint32_t& find(std::string_view name) noexcept {
        const std::size_t mask = places_.size() - 1;
        for (std::size_t i = std::hash<std::string_view>{}(name);; ++i) {
            std::uint32_t& place = places_[i & mask];
            if (place == nothing || names_[place].first == name) {
                return place;
            }
        }
    }
    void enlarge() {
        const std::size_t size = places_.empty() ? 64 : 2 * places_.size();
        names_.reserve(size / 2);
        places_.assign(size, nothing);
        for (std::size_t i = 0; i < names_.size(); ++i) {
            find(names_[i].first) = static_cast<std::uint32_t>(i);
        }
    }

    std::vector<value_type> names_;
    std::vector<std::uint32_t> places_;  // a power of two of them
};

// What a module body has defined so far, in this module or in one of its submodules.
struct building {
    std::uint64_t id;
    PyObject* module;  // owned
    collected_names names;
    std::vector<std::unique_ptr<building>>* submodules;
    // Once there is a function: what installs them is no part of a module that has none.
    void (*finish)(building& body) = nullptr;
};

// What a module of this core has in each interpreter.
struct module_state {
    PyObject* record_type = nullptr;  // the subclass of module; made when it is needed
    std::vector<kept_default_value> defaults;
    building* under_way = nullptr;  // while the body runs

    // Holds the name and lets its address stand in the place, unless another one stands there.
    void keep_name(std::atomic<PyObject*>& place, PyObject* name);
    tiny_lock names_lock;
    std::vector<std::pair<std::atomic<PyObject*>*, PyObject*>> names;
};

// What modules.cpp has, where it is part of the extension, for every module of it.
struct module_parts {
    Py_ssize_t state_size;
    traverseproc traverse;
    inquiry clear;
    freefunc free;
    int (*execute)(PyObject* module, bool (*run)(interlock::module&) noexcept) noexcept;
};
extern const module_parts* all_module_parts;

// Enters the module's definition, once.
void describe_to_python(module_definition& definition, int (*execute)(PyObject*));
// The definition that this core has entered, or null.
const module_definition* find_definition(const PyModuleDef* definition) noexcept;
// Gives the module its __all__, unless it has one: 0, or -1 with the error set.
int add_all(PyObject* module);

// The state of a module that this core made, or null.
module_state* state_of_module(PyObject* module) noexcept;

// A record of its own memory: texts, parameters, definition. Throws std::bad_alloc.
function_record* make_record(function_description& description);
void free_record(function_record* record) noexcept;

// A new object that carries the record as a function's self, and owns it, also when this throws. Throws python_error.
PyObject* make_record_object(module_state* state, PyObject* module, function_record* record);

// The record in the callable's site, when this definition may use it; null: it needs one of its own.
function_record* shared_record(function_description& description, std::uint64_t building_id);

// The record of a name with several definitions, which dispatch() is the C function of. Throws std::bad_alloc.
function_record* make_overloaded_record(const std::string& name, const std::string& doc,
                                        const collected_name& all);

// Makes the C function that was compiled for all of them together the record's, where there is one and it may be used: false otherwise.
// Of methods the first record of the process has it for good: those of another interpreter, or of another name, are called through
// the pool.
bool take_joint_function(function_record& record, const collected_name& all,
                         bool of_methods) noexcept;

// Keeps the defaults that are Python objects: with the module, with the record's object, or, where there is neither, by keep_elsewhere.
void keep_python_defaults(module_state* state, const function_record& record, PyObject* self,
                          const function_description& description,
                          void (*keep_elsewhere)(const kept_default_value&) = nullptr);
const hint* hint_of_letter(char letter) noexcept;
// The docstring of a name with several definitions; self as inspect.signature has it, or null.
std::string documentation_of_overloads(const std::string& name, const char* self,
                                       const collected_name& all);

inline object module_name(PyObject* module) {
    return object(adopt_t{}, check_new(PyModule_GetNameObject(module)));
}

// For messages: "argument 'x'", "argument 2". Throws std::bad_alloc.
std::string describe_parameter(const function_record& record, unsigned index);
// The names of the arguments do not fit: false, with the error set; in an attempt, without. format: with one %s for the name.
bool refuse_names(PyObject* self, const function_record& record, const char* format,
                  const char* name) noexcept;

// "f(x: int, /, *, y: float = 1.0) -> str", and the form that inspect.signature reads; that reads ASCII alone (as of CPython
// 3.15), so that there is none for other names: false. shown: the defaults, or nothing.
void append_typed_signature(text_builder& to, const function_description& description,
                            const std::vector<std::string>& shown);
bool append_text_signature(text_builder& to, const function_description& description,
                           const std::vector<std::string>& shown);
void append_hint(text_builder& to, const hint& type);
void append_hint(std::string& to, const hint& type);
bool is_ascii(std::string_view text) noexcept;

}  // namespace detail
INTERLOCK_END
