// Python classes override C++ virtual functions: il::trampoline<A>, il::override_pure, il::override_or.
//
//     struct PyShape : Shape {
//         using Shape::Shape;
//         double area() const override { return il::override_pure<double>(this, "area"); }
//         std::string name() const override {
//             return il::override_or(this, "name", [&] { return Shape::name(); });
//         }
//     };
//     il::class_<Shape, il::trampoline<PyShape>>(m, "Shape").def(il::init<>()) ...
//
// An instance of a class that Python derives from Shape has a C++ object of a class of ours, derived from PyShape, which knows
// its Python half: PyShape itself has no member and no base of ours. What is an override is decided by the Python class, not by
// the instance. That a function is not overridden is remembered together with the version that CPython gives a class and takes
// away whenever the class, or one that it derives from, is changed: so such a call does not enter the interpreter, and a class
// that is patched is noticed at once.
#pragma once

#include <interlock/attach/interpreter_scope.hpp>
#include <interlock/bind/construct.hpp>
#include <interlock/convert/callback.hpp>
#include <interlock/objects/call.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <typeinfo>

INTERLOCK_BEGIN

// Named in il::class_<T, il::trampoline<A>>: A derives from T and overrides its virtual functions with override_pure and
// override_or.
template <class A>
struct trampoline {
    using type = A;
};

namespace detail {

// The name of an overridable function: a literal, whose address stands for it.
struct override_name {
    template <std::size_t N>
    consteval override_name(const char (&literal)[N]) noexcept
        : text(static_cast<const char*>(literal)), size(name(literal).text().size()) {}
    std::string_view view() const noexcept { return {text, size}; }
    const char* text;
    std::size_t size;
};

// Made anew with each interpreter: its address stands for it.
extern std::atomic<interpreter_record*> main_interpreter;

// Which functions are not overridden, for all Python classes of one interpreter over one C++ class: one that comes after it gives the
// same versions again. Read and written on any thread, in any state.
class override_cache {
public:
    // Whether the class with that version is known to override nothing under the name.
    bool is_plain(const char* text, unsigned version,
                  const interpreter_record* interpreter) noexcept {
        if (interpreter_.load(std::memory_order_acquire) != interpreter) {
            return false;
        }
        const std::size_t at = index_of(text);
        const std::uint64_t word = words_[version % size].load(std::memory_order_acquire);
        return at < size && version != 0 && word >> size == version && (word >> at & 1U) != 0;
    }
    void set_plain(const char* text, unsigned version,
                   const interpreter_record* interpreter) noexcept {
        const std::size_t at = index_of(text);
        if (at >= size || version == 0) {
            return;
        }
        if (interpreter_.load(std::memory_order_acquire) != interpreter) {
            for (std::atomic<std::uint64_t>& word : words_) {
                word.store(0, std::memory_order_relaxed);
            }
            interpreter_.store(interpreter, std::memory_order_release);
        }
        std::atomic<std::uint64_t>& word = words_[version % size];
        std::uint64_t now = word.load(std::memory_order_relaxed);
        std::uint64_t then = 0;
        do {
            then = (now >> size == version ? now : std::uint64_t{version} << size) |
                   std::uint64_t{1} << at;
        } while (!word.compare_exchange_weak(now, then, std::memory_order_release,
                                             std::memory_order_relaxed));
    }

private:
    // The name's bit; beyond so many names nothing is remembered, and each call asks.
    static constexpr std::size_t size = 32;
    std::size_t index_of(const char* text) noexcept {
        for (std::size_t i = 0; i < size; ++i) {
            const char* there = names_[i].load(std::memory_order_relaxed);
            if (there == text ||
                (there == nullptr &&
                 (names_[i].compare_exchange_strong(there, text, std::memory_order_relaxed) ||
                  there == text))) {
                return i;
            }
        }
        return size;
    }
    std::array<std::atomic<const char*>, size> names_{};
    std::array<std::atomic<std::uint64_t>, size> words_{};  // a version, and a bit for each name
    std::atomic<const interpreter_record*> interpreter_{nullptr};
};

// The overrides that one instance was found to have, in the class of that version: borrowed, since that class, as long as it has the
// version, holds them. Used by who has the interpreter's lock; not where there is none.
class found_overrides {
public:
    struct one {
        unsigned version = 0;
        const char* text = nullptr;
        PyObject* function = nullptr;
    };
    // No version is 0 that something is kept with.
    const one* find(const char* text, unsigned version) const noexcept {
        for (const one& each : all_) {
            if (each.text == text && each.version == version) {
                return &each;
            }
        }
        return nullptr;
    }
    void add(const one& fresh) noexcept {
        one* place = &all_[next_];
        for (one& each : all_) {
            if (each.text == fresh.text) {
                place = &each;
            }
        }
        if (place == &all_[next_]) {
            next_ = (next_ + 1) % all_.size();
        }
        *place = fresh;
    }

private:
    std::array<one, 4> all_{};
    std::size_t next_ = 0;
};

// What the C++ object of a Python instance knows beside what its class made of it.
struct override_part {
    override_part() noexcept = default;
    override_part(const override_part&) = delete;
    override_part& operator=(const override_part&) = delete;

    bool is_plain(const char* name) const noexcept {
        if (main_interpreter.load(std::memory_order_acquire) == interpreter) [[likely]] {
            const unsigned version = type_version(Py_TYPE(self));
            // Found to be overridden last, in the class as it is: the others are not asked.
            if (overridden.load(std::memory_order_relaxed) == name &&
                overridden_in.load(std::memory_order_relaxed) == version) {
                return false;
            }
            return only_one_interpreter() && cache->is_plain(name, version, interpreter);
        }
        // It has ended: as its class was when that was known last.
        return cache->is_plain(name, seen.load(std::memory_order_relaxed), interpreter);
    }

    PyObject* self = nullptr;  // borrowed: it owns this, until it is given away
    void* value = nullptr;     // this, as the bound class
    interpreter_record* interpreter = nullptr;
    override_cache* cache = nullptr;
    const class_site* site = nullptr;
    std::atomic<outside_value*> outside{nullptr};  // by which self owns this
    owned<object> kept;                            // self, once C++ owns this
    mutable std::unique_ptr<found_overrides> found;
    mutable std::atomic<unsigned> seen{0};  // a version of its class of which the cache may know
    // The name of the override that was found last, and the class's version then.
    mutable std::atomic<const char*> overridden{nullptr};
    mutable std::atomic<unsigned> overridden_in{0};
};

template <class A>
inline constinit override_cache cache_of_overrides{};

template <class A>
struct box final : A, override_part {
    static_assert(std::is_polymorphic_v<A>,
                  "interlock: il::trampoline<A>: A has no virtual function to override");
    template <class... V>
    explicit box(V&&... values) : A(std::forward<V>(values)...) {}
};

// The C++ object of an instance, which may be given away: then it keeps its Python half.
template <class T, class A>
struct boxed_outside final : outside_value {
    explicit boxed_outside(box<A>* p) noexcept : outside_value(kind::owned), pointer(p) {}
    void end() noexcept override {
        delete_value(pointer);
        delete this;
    }
    bool can_let_go() const noexcept override { return std::has_virtual_destructor_v<T>; }
    void let_go() noexcept override {
        pointer->kept = owned<object>(Py_NewRef(pointer->self), pointer->interpreter);
        pointer->outside.store(nullptr, std::memory_order_relaxed);
        pointer = nullptr;
    }
    box<A>* pointer;
};

template <class T, class A, class... V>
outside_value* make_alias(PyObject* self, T*& made, V&&... values) {
    static_assert(std::is_base_of_v<T, A>,
                  "interlock: il::trampoline<A>: A has to derive from the class that is bound");
    static_assert(std::is_constructible_v<A, V&&...>,
                  "interlock: the class that il::trampoline names cannot be constructed from what "
                  "il::init names: write 'using Base::Base;' in it");
    interpreter_record* interpreter = interpreter_of_this_thread();
    auto fresh = std::make_unique<box<A>>(std::forward<V>(values)...);
    T* value = fresh.get();
    fresh->self = self;
    fresh->value = value;
    fresh->interpreter = interpreter;
    fresh->cache = &cache_of_overrides<A>;
    fresh->site = &site_of<T>;
    fresh->seen.store(type_version(Py_TYPE(self)), std::memory_order_relaxed);
    auto* outside = new boxed_outside<T, A>(fresh.get());
    fresh->outside.store(outside, std::memory_order_relaxed);
    static_cast<void>(fresh.release());
    made = value;
    return outside;
}

// Null for an object that C++ made, and while constructors and destructors run.
template <class A>
INTERLOCK_INLINE const override_part* override_part_of(const A* object) {
    static_assert(std::is_polymorphic_v<A>,
                  "interlock: overrides are of virtual functions: the first argument is 'this', in "
                  "the class that il::trampoline names");
    if constexpr (!std::is_final_v<A>) {
        if (typeid(*object) == typeid(box<A>)) [[likely]] {
            return static_cast<const box<A>*>(object);
        }
    }
    // A trampoline that another one derives from.
    return dynamic_cast<const override_part*>(object);
}

// Attached to the interpreter of the Python half.
class override_scope {
public:
    // NOLINTNEXTLINE(modernize-use-equals-default): of a union
    INTERLOCK_INLINE explicit override_scope(const override_part& part) {
        if (only_one_interpreter() &&
            main_interpreter.load(std::memory_order_relaxed) == part.interpreter &&
            (thread_word() & word_refused) == 0) [[likely]] {
            state_ = attached_state();
            if (state_ != nullptr) [[likely]] {
                meet_interpreter_of(state_);
                return;
            }
            ::new (&plain_) attach_scope(known_detached, unknown_site);
            entered_ = entered::plainly;
            return;
        }
        enter(part);
    }
    ~override_scope() {
        if (entered_ != entered::before) {
            leave();
        }
    }
    override_scope(const override_scope&) = delete;
    override_scope& operator=(const override_scope&) = delete;

    // By which the thread was attached before; null where it was not, or nobody has asked.
    PyThreadState* state() const noexcept { return state_; }

private:
    enum class entered : unsigned char { before, plainly, elsewhere };

    void enter(const override_part& part);
    void leave() noexcept;

    PyThreadState* state_ = nullptr;
    entered entered_ = entered::before;
    union {
        attach_scope plain_;
        interpreter_scope other_;
    };
};

// An override that is being called, and what is attached for that.
class override_call {
public:
    override_call(const override_part& part, override_name name);
    ~override_call();
    override_call(const override_call&) = delete;
    override_call& operator=(const override_call&) = delete;

    explicit operator bool() const noexcept { return function_ != nullptr; }
    PyObject* self() const noexcept { return self_; }
    // arguments[0] is self; a new reference. Throws python_error.
    PyObject* call(PyObject** arguments, std::size_t count);
    // Throws: the result does not fit.
    [[noreturn]] void refuse_result(const loading& why) const;
    // The result, which C++ refers to, lives as long as self.
    void keep_result(PyObject* result) const;

private:
    // Each makes new references to self and to its override, or has none of the latter.
    //
    // What an earlier call has found, in the class as it is. A function that is about to die, in the middle of a change of its class,
    // is no override any more, and self may be dying too. Where there is no lock of the interpreter, another thread may change the
    // class between the question and the new reference: there each call looks it up.
    INTERLOCK_INLINE bool find_again() noexcept {
#if !defined(Py_GIL_DISABLED)
        if (part_.found != nullptr) [[likely]] {
            const found_overrides::one* known =
                part_.found->find(name_.text, type_version(Py_TYPE(part_.self)));
            if (known != nullptr && try_new_reference(known->function)) [[likely]] {
                if (try_new_reference(part_.self)) [[likely]] {
                    self_ = part_.self;
                    function_ = known->function;
                    return true;
                }
                Py_DECREF(known->function);
            }
        }
#endif
        return false;
    }
    void look_up();

    override_scope scope_;
    const override_part& part_;
    const override_name name_;
    PyObject* self_ = nullptr;      // owned
    PyObject* function_ = nullptr;  // owned
    thread_record* thread_ = nullptr;
    outside_value* used_ = nullptr;
};

// The C++ object of an instance that was given away, on the thread that runs an override of it: whoever called it keeps it. Null
// elsewhere.
void* value_lent_to_override(PyObject* self) noexcept;

// Throws python_error with NotImplementedError. part may be null.
[[noreturn]] void throw_missing_override(const override_part* part, const std::type_info& type,
                                         const char* name);

template <class R>
INTERLOCK_INLINE R override_result(const override_call& made, object& result) {
    if constexpr (!std::is_void_v<R>) {
        static_assert(refers_to_class<R> || !std::is_reference_v<R>,
                      "interlock: an override cannot return a reference to what is converted from "
                      "Python, which would refer to nothing: the virtual function has to return a "
                      "value");
        static_assert(
            refers_to_class<R> || !is_view<std::remove_cvref_t<R>>,
            "interlock: an override cannot return a view of Python's memory, which nobody "
            "would keep: the virtual function has to return a value (std::string)");
        if constexpr (refers_to_class<R>) {
            using T = typename class_target<R>::type;
            if constexpr (std::is_pointer_v<R>) {
                if (result.is_none()) {
                    return nullptr;
                }
            }
            void* value = nullptr;
            loading l = loading::plain();
            l.exact = true;
            if (!load_instance(result.ptr(), site_of<T>, value, nullptr, l)) {
                made.refuse_result(l);
            }
            made.keep_result(result.ptr());
            if constexpr (std::is_pointer_v<R>) {
                return static_cast<R>(static_cast<T*>(value));
            } else {
                return static_cast<R>(*static_cast<T*>(value));
            }
        } else {
            return result_from_python<R>(result,
                                         [&made](const loading& l) { made.refuse_result(l); });
        }
    }
}

template <class R, class Otherwise, class... Args>
INTERLOCK_INLINE R call_overridable(const override_part* part, override_name name,
                                    Otherwise&& otherwise, Args&&... args) {
    if (part != nullptr && !part->is_plain(name.text)) {
        override_call made(*part, name);
        if (made) {
            call_layout<1, Args...> all;
            all.values.set(0, made.self(), "il::override_or");
            all.add("il::override_or", std::forward<Args>(args)...);
            argument_slots<call_layout<1, Args...>::size> slots(all.values);
            object result(adopt_t{}, made.call(slots.data(), call_layout<1, Args...>::positional));
            return override_result<R>(made, result);
        }
    }
    // Not attached here where the caller is not.
    return std::forward<Otherwise>(otherwise)();
}

}  // namespace detail

// In a trampoline: calls the override that the Python class of this object has for a pure virtual function, with the arguments
// converted, and gives its result as R. `name` is a literal. An object of a bound class that is passed by reference is the Python
// object that has it, else a copy; TypeError where it cannot be copied.
//
// Legal on any thread, attached or not: enters the interpreter as with_gil does. Throws python_error: what the override raises,
// and NotImplementedError where there is none; cast_error where its result is no R; what with_gil throws.
template <class R, class A, class... Args>
INTERLOCK_INLINE R override_pure(const A* object, detail::override_name name, Args&&... args) {
    const detail::override_part* part = detail::override_part_of(object);
    return detail::call_overridable<R>(
        part, name, [&]() -> R { detail::throw_missing_override(part, typeid(A), name.text); },
        std::forward<Args>(args)...);
}

// The same for a function that has an implementation in C++, which `otherwise` calls: [&] { return Shape::name(); }. The result
// is of the type that it returns. Where Python does not override the function, and in calls from within the override itself
// (super().name()), otherwise() is called, on a thread in the state that it was in; that costs no entry into the interpreter,
// but for the first time in each Python class.
template <class A, class F, class... Args>
INTERLOCK_INLINE auto override_or(const A* object, detail::override_name name, F&& otherwise,
                                  Args&&... args) -> decltype(otherwise()) {
    return detail::call_overridable<decltype(otherwise())>(detail::override_part_of(object), name,
                                                           std::forward<F>(otherwise),
                                                           std::forward<Args>(args)...);
}

INTERLOCK_END
