// What il::class_ takes beside the name and the docstring, and what it is told of a C++ type.
#pragma once

#include <interlock/bind/class_scope.hpp>
#include <interlock/bind/result.hpp>

#include <memory>

INTERLOCK_BEGIN

struct dynamic_attr_t {
    explicit dynamic_attr_t() = default;
};
struct weak_referenceable_t {
    explicit weak_referenceable_t() = default;
};
struct is_final_t {
    explicit is_final_t() = default;
};
struct frozen_t {
    explicit frozen_t() = default;
};
struct thread_safe_t {
    explicit thread_safe_t() = default;
};
struct thread_bound_t {
    explicit thread_bound_t() = default;
};
struct generic_t {
    explicit generic_t() = default;
};
struct immutable_t {
    explicit immutable_t() = default;
};
struct module_local_t {
    explicit module_local_t() = default;
};
struct release_before_destroy_t {
    explicit release_before_destroy_t() = default;
};

// Instances have a __dict__: any attribute can be set.
inline constexpr dynamic_attr_t dynamic_attr{};
// Weak references to instances can be made.
inline constexpr weak_referenceable_t weak_referenceable{};
// No class can be derived from it in Python.
inline constexpr is_final_t is_final{};
// Nothing that is bound changes an instance: there are no setters, and no lock is taken where there is no GIL.
inline constexpr frozen_t frozen{};
// The C++ class does its own locking: no lock is taken where there is no GIL.
inline constexpr thread_safe_t thread_safe{};
// An instance is used on the thread that made it alone: RuntimeError elsewhere, and there it is not destroyed either.
inline constexpr thread_bound_t thread_bound{};
// Class[int] is written in annotations.
inline constexpr generic_t generic{};
// The attributes of the class cannot be set from Python.
inline constexpr immutable_t immutable{};
// Other extensions do not see the class, and may bind the same C++ type.
inline constexpr module_local_t module_local{};
// The C++ destructor runs with the interpreter released; for one that blocks.
inline constexpr release_before_destroy_t release_before_destroy{};

// The class of the class.
struct metaclass {
    explicit metaclass(const object& of_the_class) noexcept : type(of_the_class) {}
    const object& type;
};

// Slots of the type as CPython has them, behind those that the library sets: il::type_slots({{Py_tp_call, (void*)&f}}).
struct type_slots {
    template <std::size_t N>
    explicit type_slots(const PyType_Slot (&given)[N]) noexcept : slots(given), count(N) {}
    explicit type_slots(const PyType_Slot* given) noexcept : slots(given) {
        while (given[count].slot != 0) {
            ++count;
        }
    }
    const PyType_Slot* slots;
    std::size_t count = 0;
};

// A Python class that a bound class extends: il::extends(py.import("builtins").attr("dict")); see also il::extends_exception.
struct extends {
    explicit extends(const object& base) noexcept : type(base) {}
    const object& type;
};

// Members that hold Python references, for cycle collection, where the library cannot see them by itself:
// il::members<&Node::next, &Node::callback>.
template <auto... M>
struct members_t {
    explicit members_t() = default;
    // il::members<...>() says the same as il::members<...>.
    constexpr members_t operator()() const noexcept { return *this; }
};
template <auto... M>
inline constexpr members_t<M...> members{};

// The class that Python's subclasses of T are in C++, derived from T: see bind/trampoline.hpp.
template <class A>
struct trampoline;

// Where C++ keeps T by a smart pointer of its own: il::class_<T, il::holder<ref_ptr<T>>>.
template <class P>
struct holder;

// A constructor: il::init<std::string, double>(). A factory: il::init([](int x) { return T(x); }), which gives a T, a
// std::unique_ptr<T>, a std::shared_ptr<T>, or a T* that was made by new.
template <class... A>
struct init_t {
    explicit init_t() = default;
};
template <class F>
struct factory_t {
    F function;
};
// Makes what calling the class gives, in the place of a constructor: a new object, one that there is already, or something else.
// il::new_([](std::string name) { return find(name); }). Its first parameter (after il::python) may be the class that was called,
// const il::type&. A class has either il::init or il::new_.
template <class F>
struct new_t {
    F function;
};
template <class F>
constexpr new_t<std::decay_t<F>> new_(F&& f) {
    return {std::forward<F>(f)};
}
template <class... A>
constexpr init_t<A...> init() noexcept {
    return init_t<A...>{};
}
template <class F>
constexpr factory_t<std::decay_t<F>> init(F&& f) {
    return {std::forward<F>(f)};
}

namespace detail {

class class_building;

// What the core does with values of a C++ type.
struct class_functions {
    void (*destroy)(void* value) noexcept;
    // Null: cannot be copied.
    void (*copy)(void* place, const void* value, std::size_t size);
    void* (*copy_new)(const void* value, std::size_t size);
    // Where a pointer of the user's holds objects.
    outside_value* (*copy_held)(const void* value, void*& copy);
    void* (*move_new)(void* value, std::size_t size);  // null: cannot be moved
    disposer dispose;                                  // of what new made
};
// What it has to know of one. A program that binds hundreds has as many of these: what many have in common is not repeated.
struct class_facts {
    class_site* site;
    const class_functions* functions;  // null: none but those of the core, see is_bytes
    destructor deallocate;
    std::size_t size;
    std::uint32_t offset;  // of the value in an instance
    bool in_place;
    bool is_abstract;
    bool is_polymorphic;
    bool is_bytes;  // the core puts its own functions in the place of all but copy_held
};

enum class method_kind : unsigned char { method, init, class_method, static_method };

// The core's part: src/classes.cpp.
counted<class_building> begin_class(const class_scope& scope, const char* name,
                                    const class_facts& facts);
// The part of il::class_ that is the same for all classes.
class class_handle {
public:
    class_handle(class_handle&&) noexcept = default;
    class_handle(const class_handle&) = delete;
    class_handle& operator=(const class_handle&) = delete;
    class_handle& operator=(class_handle&&) = delete;

protected:
    class_handle(const class_scope& scope, const char* name, const class_facts& facts);
    // Outside of a module's body the type is made now.
    ~class_handle() noexcept(false);

    counted<class_building> building_;

private:
    int uncaught_;
};
void set_class_doc(class_building& of, const char* text);
enum class class_option : unsigned char {
    dynamic_attr,
    weak_referenceable,
    is_final,
    frozen,
    thread_safe,
    thread_bound,
    generic,
    immutable,
    module_local,
    release_before_destroy,
    outside,
};
void set_class_option(class_building& of, class_option option);
void set_metaclass(class_building& of, PyObject* type);
void set_extended(class_building& of, PyObject* type);
void add_slots(class_building& of, const PyType_Slot* slots, std::size_t count);
// upcast: from an object of the class to the base's part of it. `moves` says that the two may differ.
void add_base(class_building& of, class_site& base, void* (*upcast)(void*), bool moves);
void set_traverse(class_building& of, int (*traverse)(void* value, visitproc visit, void* arg),
                  void (*clear)(void* value));
// The same for one that sees all members of the class itself: others of the class are not needed then.
void set_traverse_of_all(class_building& of,
                         int (*traverse)(void* value, visitproc visit, void* arg),
                         void (*clear)(void* value));
void define_method(class_building& of, method_kind kind, function_description& description);
void define_plain_method(class_building& of, method_kind kind, const char* name, void (*function)(),
                         function_site& site, const char* letters, const char* doc = nullptr);
void define_plain_method(class_building& of, method_kind kind, const char* name, void (*function)(),
                         function_site& site, std::size_t parameters, const hint* const* hints,
                         const char* doc = nullptr);
// A constructor all of whose arguments the core loads; see construct.hpp.
void define_plain_init(class_building& of, vectorcallfunc call, function_site& site,
                       const char* letters, void (*make)(void* place, unsigned char* places),
                       const char* doc);
// How a class with this one constructor is called.
void set_vectorcall(class_building& of, vectorcallfunc function);

// A property's closure.
struct property_record {
    const char* name = nullptr;  // "Account.limit", for messages
    const hint* type = nullptr;  // of the setter
    void* get_state = nullptr;
    void* set_state = nullptr;
    void (*destroy)(void* get_state, void* set_state) noexcept = nullptr;
};
void define_property(class_building& of, const char* name, getter get, setter set,
                     const property_record& record, const hint* type, const char* doc);
void define_static_property(class_building& of, const char* name, getter get, setter set,
                            const property_record& record, const hint* type, const char* doc);
int refuse_delete(const property_record& record) noexcept;
int refuse_value(const property_record& record, const loading& why) noexcept;
void add_class_attribute(class_building& of, const char* name, PyObject* value);
// The type; made now if it was not yet.
PyObject* type_of_class(class_building& of);
void require_open(const class_building& of);
// Outside of a module's body a class is made when its il::class_ ends.
void end_of_class_handle(class_building& of);
// The error of the interpreter is kept while the destructor runs.
void end_value(void* value, void (*destroy)(void*) noexcept) noexcept;
void end_instance(PyObject* self, const class_site& site) noexcept;
// tp_dealloc of instances: with nothing to destroy, and with that.
void deallocate_bytes(PyObject* self, const class_site& site) noexcept;
void deallocate_value(PyObject* self, const class_site& site,
                      void (*destroy)(void*) noexcept) noexcept;
// Whether a constructor of the site's class may run for the object; otherwise the error is set: it has run before, or the object
// is of a class that derives from this one in C++.
bool may_construct(PyObject* self, const class_site& site) noexcept;
PyObject* refuse_names_in_call(const class_site& site, PyObject* names) noexcept;
[[noreturn]] void throw_null_factory(const class_site& site);
void add_implicit_conversion(const class_site& to, bool (*accepts)(PyObject*) noexcept);

}  // namespace detail
INTERLOCK_END
