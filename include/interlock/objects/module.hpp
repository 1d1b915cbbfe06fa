// module: a Python module. What INTERLOCK_MODULE's body does with it is defined in bind/module.hpp.
#pragma once

#include <interlock/objects/dict.hpp>

#include <source_location>

INTERLOCK_BEGIN
namespace detail {

// A function's name, with the place where it was given; made from the literal.
struct function_name {
    constexpr function_name(const char* name,
                            std::source_location at = std::source_location::current()) noexcept
        : text(name), where(at) {}
    const char* text;
    std::source_location where;
};

void add_to_module(PyObject* module, const char* name, PyObject* value);
void set_module_doc(PyObject* module, const char* text);
PyObject* add_submodule(PyObject* module, const char* name, const char* doc);

}  // namespace detail

class module : public object {
public:
    INTERLOCK_KIND(module)
    static bool is_kind(PyObject* object) noexcept { return PyModule_Check(object) != 0; }

    // A new, empty module that is not in sys.modules.
    static module make(python py, std::string_view name);

    // __name__, and where it was loaded from. Throw python_error (SystemError) where it has none.
    std::string name() const;
    std::string filename() const;
    // Its namespace.
    class dict dict() const;
    // importlib.reload(module)
    void reload() const;

    // Binds a C++ function, method or lambda as a Python function. The callable is a template argument, so that it can be
    // inlined: m.def<&count>("count", "What it does.", il::arg("text")). Inside of INTERLOCK_MODULE the function appears in
    // the module when the body ends, and a second one of the same name makes an overload; in any other module it appears at
    // once. Throws python_error, std::bad_alloc. Options: see bind/options.hpp.
    template <auto F, class... Options>
    const module& def(detail::function_name name, Options&&... options) const;

    // Several callables under one name, as overloads in that order: m.def<&f, &g>("h"). As if each were defined by itself with that
    // docstring, but that Python counts the arguments where each takes one. What they take is known when this is compiled, so a
    // call costs as much as that of a single function where the arguments are numbers, text or bools by which the callables can be
    // told apart. Throws std::logic_error in a module that no INTERLOCK_MODULE makes, beside what a single definition throws.
    template <auto First, auto Second, auto... More>
    const module& def(detail::function_name name, const char* doc = nullptr) const;
    // Says why not.
    template <auto First, auto Second, auto... More, class Option, class... Options>
        requires(sizeof...(Options) > 0 || !std::is_convertible_v<Option, const char*>)
    const module& def(detail::function_name name, Option&&, Options&&...) const;

    // The same for a lambda, a functor, a plain pointer: what has state is moved into the function.
    template <class F, class... Options>
    const module& def(detail::function_name name, F&& f, Options&&... options) const;

    // Adds a value, converted to Python, under the name.
    template <class T>
    const module& add(const char* name, T&& value) const;

    // Sets the docstring.
    const module& doc(const char* text) const {
        detail::set_module_doc(pointer_, text);
        return *this;
    }

    // A module inside of this one, which can be imported by its dotted name.
    module submodule(const char* name, const char* doc = nullptr) const {
        return module(detail::adopt_t{}, detail::add_submodule(pointer_, name, doc));
    }
};
INTERLOCK_KIND_UNBIND(module)

INTERLOCK_END
