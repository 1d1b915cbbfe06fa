// Constructors whose arguments the core loads; objects that are copied as bytes, and those that new has made. See bind/construct.hpp.
#include "class_records.hpp"

#include <interlock/bind/construct.hpp>

#include <cstring>

INTERLOCK_BEGIN
namespace detail {

// ---- objects that new has made -------------------------------------------------------------------------------------------------

namespace {

struct owned_outside final : outside_value {
    owned_outside(void* p, disposer d) noexcept
        : outside_value(kind::owned), value(p), dispose(d) {}
    void end() noexcept override {
        if (value != nullptr) {
            dispose(value);
        }
        delete this;
    }
    bool can_let_go() const noexcept override { return true; }
    void let_go() noexcept override { value = nullptr; }
    void* value;
    disposer dispose;
};

void destroy_bytes(void*) noexcept {}
void copy_bytes(void* place, const void* value, std::size_t size) {
    std::memcpy(place, value, size);
}
void* copy_bytes_new(const void* value, std::size_t size) {
    return std::memcpy(::operator new(size), value, size);
}
void* move_bytes_new(void* value, std::size_t size) { return copy_bytes_new(value, size); }

}  // namespace

outside_value* own_outside(void* value, disposer dispose) {
    outside_value* made = new (std::nothrow) owned_outside(value, dispose);
    if (made == nullptr) {
        dispose(value);
        throw std::bad_alloc();
    }
    return made;
}

void dispose_bytes(void* value) noexcept { ::operator delete(value); }

void treat_as_bytes(class_functions& functions) noexcept {
    functions.destroy = &destroy_bytes;
    functions.copy = &copy_bytes;
    functions.copy_new = &copy_bytes_new;
    functions.move_new = &move_bytes_new;
    functions.dispose = &dispose_bytes;
}

// ---- constructors ----------------------------------------------------------------------------------------------------------------

namespace {

template <class T>
INTERLOCK_INLINE bool load_one(PyObject* from, unsigned char*& place) noexcept {
    using C = conversion<T>;
    if (!C::fast(from, *reinterpret_cast<typename C::storage*>(place))) [[unlikely]] {
        return false;
    }
    place += C::loads == by_utf8 ? sizeof(utf8_view) : 8;
    return true;
}

// The arguments, where all are of the most usual form; otherwise nothing is said, and load_arguments loads them all.
INTERLOCK_NOINLINE bool load_usual(PyObject* const* arguments, unsigned char* place,
                                   const char* letters) noexcept {
    for (; letters[1] != '\0'; ++letters, ++arguments) {
        bool fits = false;
        switch (*letters) {
            case 'A':
                fits = load_one<std::uint8_t>(*arguments, place);
                break;
            case 'B':
                fits = load_one<std::uint16_t>(*arguments, place);
                break;
            case 'C':
                fits = load_one<std::uint32_t>(*arguments, place);
                break;
            case 'D':
                fits = load_one<std::uint64_t>(*arguments, place);
                break;
            case 'A' + integer_signed:
                fits = load_one<std::int8_t>(*arguments, place);
                break;
            case 'B' + integer_signed:
                fits = load_one<std::int16_t>(*arguments, place);
                break;
            case 'C' + integer_signed:
                fits = load_one<std::int32_t>(*arguments, place);
                break;
            case 'D' + integer_signed:
                fits = load_one<std::int64_t>(*arguments, place);
                break;
            case 'f':
                fits = load_one<double>(*arguments, place);
                break;
            case 'g':
                fits = load_one<float>(*arguments, place);
                break;
            case 'b':
                fits = load_one<bool>(*arguments, place);
                break;
            case 'u':
                fits = load_one<std::string>(*arguments, place);
                break;
            default:
                break;
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

// Makes the value of a new instance; false with the error set.
INTERLOCK_INLINE bool make_value(PyObject* self, const constructor_record& constructor,
                                 unsigned char* places) noexcept {
    const class_site& site = *constructor.site;
    try {
        if (!site.has(class_site::special) || is_in_place(self, site)) [[likely]] {
            void* place = reinterpret_cast<char*>(self) + constructor.offset;
            constructor.make(place, places);
            as_instance(self)->value.store(place, std::memory_order_relaxed);
            if (site.has(class_site::mapped)) [[unlikely]] {
                enter_instance(self, site);
            }
            return true;
        }
        std::unique_ptr<void, void (*)(void*)> memory(::operator new(constructor.size),
                                                      [](void* p) { ::operator delete(p); });
        constructor.make(memory.get(), places);
        void* value = memory.release();
        fill_outside(self, value, own_outside(value, constructor.dispose), site);
        return true;
    } catch (const std::exception& error) {
        translate(error);
    } catch (...) {
        translate_unknown();
    }
    return false;
}

INTERLOCK_INLINE bool load_all(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                               const function_site& site, const function_record& record,
                               unsigned char* places) noexcept {
    const char* letters = record.constructor->letters;
    return (given == record.shape.parameters && load_usual(arguments, places, letters)) ||
           load_arguments(self, site, arguments, given, places, letters);
}

bool may_initialize(PyObject* self, const class_site& site) noexcept {
    return (Py_TYPE(self) == site.type.load(std::memory_order_relaxed) &&
            as_instance(self)->value.load(std::memory_order_relaxed) == nullptr &&
            !site.has(class_site::emptied)) ||
           may_construct(self, site);
}

struct argument_places {
    alignas(8) unsigned char memory[most_plain_arguments * sizeof(utf8_view)];
};

}  // namespace

PyObject* initialize_plainly(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                             const function_site& site) noexcept {
    const function_record& record = *site.first.load(std::memory_order_relaxed);
    argument_places places;
    // In this order: loading may have run Python code.
    PyObject* object = real_self(self);
    if (!load_all(self, arguments, given, site, record, places.memory)) {
        return nullptr;
    }
    // Without a GIL another thread may initialize it too.
    const self_lock lock(object, *record.constructor->site);
    if (!may_initialize(object, *record.constructor->site) ||
        !make_value(object, *record.constructor, places.memory)) {
        return nullptr;
    }
    return new_none();
}

namespace {

// What a constructor that was called has said of a new instance.
PyObject* completed(PyObject* self, PyObject* done) noexcept {
    if (!was_none(done)) [[unlikely]] {
        Py_DECREF(self);
        return nullptr;
    }
    return self;
}

}  // namespace

PyObject* call_class_with_one(PyObject* const* arguments, std::size_t counted, PyObject* names,
                              const class_site& of, const function_site& site,
                              void (*function)()) noexcept {
    if (names != nullptr && PyTuple_GET_SIZE(names) != 0) [[unlikely]] {
        return refuse_names_in_call(of, names);
    }
    PyObject* self = allocate(of);
    if (self == nullptr) [[unlikely]] {
        return nullptr;
    }
    const Py_ssize_t given = PyVectorcall_NARGS(counted);
    using one = PyObject* (*)(PyObject*, PyObject*);
    return completed(self, given == 1 ? reinterpret_cast<one>(function)(self, arguments[0])
                                      : refuse_count(self, site, given));
}

PyObject* call_class_with_names(PyObject* const* arguments, std::size_t counted, PyObject* names,
                                const class_site& of, const function_site&,
                                void (*function)()) noexcept {
    PyObject* self = allocate(of);
    if (self == nullptr) [[unlikely]] {
        return nullptr;
    }
    using array_and_names = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
    return completed(self, reinterpret_cast<array_and_names>(function)(
                               self, arguments, PyVectorcall_NARGS(counted), names));
}

PyObject* call_plain_class(PyObject*, PyObject* const* arguments, std::size_t counted,
                           PyObject* names, const function_site& site) noexcept {
    const function_record& record = *site.first.load(std::memory_order_relaxed);
    const constructor_record& constructor = *record.constructor;
    if (names != nullptr && PyTuple_GET_SIZE(names) != 0) [[unlikely]] {
        return refuse_names_in_call(*constructor.site, names);
    }
    PyObject* self = allocate(*constructor.site);
    if (self == nullptr) [[unlikely]] {
        return nullptr;
    }
    argument_places places;
    if (!load_all(self, arguments, PyVectorcall_NARGS(counted), site, record, places.memory) ||
        !may_initialize(self, *constructor.site) || !make_value(self, constructor, places.memory))
        [[unlikely]] {
        Py_DECREF(self);
        return nullptr;
    }
    return self;
}

}  // namespace detail
INTERLOCK_END
