// capsule: a C++ pointer as a Python object.
//
// The pointer has a type: its name stands in the capsule's, so that get<T>() of another T is refused, also from another
// extension. Capsules made by other libraries have a plain name, which their reader has to know.
//
// The end of what it points to runs when the capsule dies, attached, in the middle of whatever Python was doing: an error
// that is being raised is kept, and an exception that leaves it is reported by sys.unraisablehook.
#pragma once

#include <interlock/objects/call.hpp>

#include <memory>
#include <typeinfo>

INTERLOCK_BEGIN
namespace detail {

// What belongs to a capsule's pointer; the capsule's name points into it.
struct capsule_keeper {
    void* pointer = nullptr;
    std::string name;

    capsule_keeper() = default;
    virtual ~capsule_keeper() = default;  // ends what the pointer points to; may throw nothing
    virtual void end() {}
    capsule_keeper(const capsule_keeper&) = delete;
    capsule_keeper& operator=(const capsule_keeper&) = delete;
};

template <class T, class F>
struct capsule_keeper_of : capsule_keeper {
    explicit capsule_keeper_of(F&& f) : function(std::move(f)) {}
    void end() override { function(static_cast<T*>(pointer)); }
    F function;
};

PyObject* make_capsule(std::unique_ptr<capsule_keeper> keeper);
void* capsule_pointer(PyObject* capsule, const char* name, const char* operation);
std::string typed_capsule_name(const std::type_info& type);

}  // namespace detail

class capsule : public object {
public:
    INTERLOCK_KIND(capsule)
    static bool is_kind(PyObject* object) noexcept { return PyCapsule_CheckExact(object) != 0; }

    // A pointer that somebody else keeps valid, under the name of its type or a name of its own. Throw python_error
    // (ValueError: the pointer is null).
    template <class T>
    static capsule of(python py, T* pointer) {
        return of(py, pointer, detail::typed_capsule_name(typeid(T)), [](T*) {});
    }
    template <class T>
    static capsule of(python py, T* pointer, std::string_view name) {
        return of(py, pointer, name, [](T*) {});
    }
    // A pointer with its end: end(pointer) is called once, when the capsule dies. If this throws it is not called.
    template <class T, class F>
        requires std::is_invocable_v<F&, T*>
    static capsule of(python py, T* pointer, F end) {
        return of(py, pointer, detail::typed_capsule_name(typeid(T)), std::move(end));
    }
    template <class T, class F>
        requires std::is_invocable_v<F&, T*>
    static capsule of(python, T* pointer, std::string_view name, F end) {
        detail::require_attached("il::capsule::of");
        auto keeper = std::make_unique<detail::capsule_keeper_of<T, F>>(std::move(end));
        keeper->pointer = const_cast<void*>(static_cast<const void*>(pointer));
        keeper->name = name;
        return capsule(detail::adopt_t{}, detail::make_capsule(std::move(keeper)));
    }
    // Takes over what a unique_ptr holds.
    template <class T, class D>
    static capsule of(python py, std::unique_ptr<T, D> pointer) {
        T* plain = pointer.get();
        capsule made = of(py, plain, [d = pointer.get_deleter()](T* dying) mutable { d(dying); });
        static_cast<void>(pointer.release());
        return made;
    }

    // The pointer. Throw python_error (ValueError) where the capsule has another type or name.
    template <class T>
    T* get() const {
        return get<T>(detail::typed_capsule_name(typeid(T)).c_str());
    }
    template <class T>
    T* get(const char* name) const {
        return static_cast<T*>(detail::capsule_pointer(pointer_, name, "il::capsule::get"));
    }
    // Its name; empty where it has none.
    std::string name() const;

    // The pointer of the capsule at a dotted place, "package.module.capsule", which is also its name. Throws python_error.
    template <class T>
    static T* import(python, const char* place) {
        detail::require_attached("il::capsule::import");
        return static_cast<T*>(import_pointer(place));
    }

private:
    static void* import_pointer(const char* place);
};
INTERLOCK_KIND_UNBIND(capsule)

INTERLOCK_END
