// Functions both ways: a Python callable as std::function<R(A...)> and its like, a C++ callable as a Python one.
//
// What goes in is an il::callback inside of whatever type it is asked for as, so it may be called and destroyed on any thread.
// What comes out is an object that owns the C++ callable: positional arguments, converted and refused like those of a bound
// function. Who went in as Python comes out as the same object, and who went in as that object of a C++ callable comes out as
// the callable, where the types say it. None stands for a function that is empty.
#pragma once

#include <interlock/convert/callback.hpp>
#include <interlock/convert/instances.hpp>

#include <array>
#include <concepts>
#include <memory>
#include <typeinfo>

INTERLOCK_BEGIN
namespace detail {

// What the core knows of a C++ callable that Python can call. It lies in the object, behind the core's part.
struct cpp_function_table {
    PyObject* (*call)(void* state, PyObject* self, PyObject* const* arguments);  // may throw
    void (*destroy)(void* state) noexcept;
    const hint* const* hints;  // of the parameters, then of the result
    std::size_t size;          // of the callable
    unsigned short parameters;
};

// The memory of objects is good for values of that alignment.
inline constexpr std::size_t cpp_function_alignment = 2 * sizeof(void*);

// An object with a place for the callable, which is to be made there before anybody sees the object: a new reference, or null with
// the error set. Throws no_interpreter.
PyObject* new_cpp_function(const cpp_function_table& table, void*& place);
// Frees one whose callable could not be made.
void free_unmade_cpp_function(PyObject* object) noexcept;
// What is inside, where the object was made with that table; else null.
void* inside_of_cpp_function(PyObject* object, const cpp_function_table& table) noexcept;
// Sets the error for the argument that does not fit; null.
PyObject* refuse_cpp_argument(std::size_t index, const loading& l) noexcept;

// The signature of what a callable is a template of, or points to, or has as its call operator.
template <class S>
struct plain_signature;
template <class R, bool N, class... A>
struct plain_signature<R(A...) noexcept(N)> {
    using type = R(A...);
    static constexpr bool is_noexcept = N;
};
template <class R, bool N, class... A>
struct plain_signature<R(A...) const noexcept(N)> : plain_signature<R(A...) noexcept(N)> {};
template <class R, bool N, class... A>
struct plain_signature<R(A...) & noexcept(N)> : plain_signature<R(A...) noexcept(N)> {};
template <class R, bool N, class... A>
struct plain_signature<R(A...) const & noexcept(N)> : plain_signature<R(A...) noexcept(N)> {};
template <class R, bool N, class... A>
struct plain_signature<R(A...) && noexcept(N)> : plain_signature<R(A...) noexcept(N)> {};

template <class T>
struct function_signature;
template <function_like T>
struct function_signature<T> : plain_signature<typename signature_argument<T>::signature> {};
template <class S>
    requires std::is_function_v<S>
struct function_signature<S*> : plain_signature<S> {};
template <class S>
struct member_signature;
template <class C, class S>
struct member_signature<S C::*> : plain_signature<S> {};
template <lambda_like T>
struct function_signature<T> : member_signature<decltype(&T::operator())> {};

template <std::size_t N>
consteval auto callable_text() {
    constexpr std::string_view begin = "collections.abc.Callable[[";
    constexpr std::string_view end = "], %]";
    std::array<char, begin.size() + end.size() + (N == 0 ? 0 : 3 * N - 2) + 1> text{};
    auto* at = text.data();
    for (const char c : begin) {
        *at++ = c;
    }
    for (std::size_t i = 0; i < N; ++i) {
        if (i != 0) {
            *at++ = ',';
            *at++ = ' ';
        }
        *at++ = '%';
    }
    for (const char c : end) {
        *at++ = c;
    }
    return text;
}
template <std::size_t N>
inline constexpr auto text_of_callable = callable_text<N>();

template <class List>
struct shown_parameters;
template <class... T>
struct parameter_list {
    static constexpr std::size_t size = sizeof...(T);
};
template <class List, class... Seen>
struct without_token;
template <class... Seen>
struct without_token<parameter_list<>, Seen...> {
    using type = parameter_list<Seen...>;
};
template <class A, class... Rest, class... Seen>
struct without_token<parameter_list<A, Rest...>, Seen...>
    : std::conditional_t<is_token<A>, without_token<parameter_list<Rest...>, Seen...>,
                         without_token<parameter_list<Rest...>, Seen..., A>> {};

inline constexpr hint hint_no_result{"None"};
template <class R, bool In>
consteval const hint* hint_of_function_result() {
    if constexpr (std::is_void_v<R>) {
        return &hint_no_result;
    } else if constexpr (In) {
        return &conversion_of<R>::in;
    } else {
        return &conversion_of<R>::out;
    }
}

// Of what Python is called with and gives back, and of what it calls with and gets.
template <class R, class List>
struct function_hints;
template <class R, class... A>
struct function_hints<R, parameter_list<A...>> {
    static constexpr const hint* into_python[] = {&conversion_of<A>::out...,
                                                  hint_of_function_result<R, true>()};
    static constexpr const hint* into_cpp[] = {&conversion_of<A>::in...,
                                               hint_of_function_result<R, false>()};
    static constexpr hint of_python{text_of_callable<sizeof...(A)>.data(), into_python};
    static constexpr hint of_cpp{text_of_callable<sizeof...(A)>.data(), into_cpp};
};

struct token_storage {};
template <class A>
struct storage_of_function_argument {
    using type = typename conversion_of<A>::storage;
};
template <class A>
    requires is_token<A>
struct storage_of_function_argument<A> {
    using type = token_storage;
};
template <class A>
struct function_argument {
    typename storage_of_function_argument<A>::type value{};

    bool load(PyObject* const*& at, keeper& kept, std::size_t& index, loading& l) {
        if constexpr (is_token<A>) {
            return true;
        } else {
            using U = typename converted_as<std::remove_cvref_t<A>>::type;
            l.keep = &kept;
            ++index;
            kept.begin_parameter(static_cast<unsigned>(index));
            return load_value<U>(*at++, value, l);
        }
    }
    static constexpr bool is_instance = [] {
        if constexpr (is_token<A>) {
            return false;
        } else {
            return has_instance<A>;
        }
    }();
    // Whether it is of its usual form; nothing is said where it is not.
    static constexpr bool has_usual_form = [] {
        if constexpr (is_token<A>) {
            return true;
        } else {
            using C = conversion_of<A>;
            return requires(PyObject* from, typename C::storage& to) { C::fast(from, to); };
        }
    }();
    bool load_usual(PyObject* const*& at) {
        if constexpr (is_token<A>) {
            return true;
        } else {
            return conversion_of<A>::fast(*at++, value);
        }
    }
    static constexpr bool is_locked = [] {
        if constexpr (is_token<A>) {
            return false;
        } else {
            return locks_instance<A>;
        }
    }();
    template <class Locks>
    void lock([[maybe_unused]] Locks& locks) const noexcept {
        if constexpr (is_locked) {
            lock_loaded<A>(locks, value);
        }
    }
    // When all are there: an instance is looked for again, and used until the call is over. Again: others were converted since.
    template <bool Again>
    bool hold([[maybe_unused]] std::size_t& index, [[maybe_unused]] loading& l) noexcept {
        if constexpr (is_token<A>) {
            return true;
        } else {
            ++index;
            if constexpr (has_instance<A>) {
                return hold_loaded<A, Again>(
                    value, [&l]<class T>(PyObject* source, loaded_instance<T>& found) {
                        l.exact = true;
                        return instance_conversion<T>::load(source, found, l);
                    });
            } else {
                return true;
            }
        }
    }
    decltype(auto) pass() {
        if constexpr (is_token<A>) {
            return (token_called);
        } else {
            return conversion_of<A>::template pass<A>(value);
        }
    }
};

// A C++ callable of type T as the core calls it.
template <class T, class S>
struct cpp_function;
template <class T, class R, class... A>
struct cpp_function<T, R(A...)> {
    using shown = typename without_token<parameter_list<A...>>::type;

    // What a call may change, two calls at once must not.
    static constexpr bool is_locked = !std::is_invocable_v<const T&, A...>;

    INTERLOCK_INLINE static PyObject* load_and_call(T& callable, PyObject* self,
                                                    [[maybe_unused]] PyObject* const* arguments,
                                                    function_argument<A>&&... places) {
        if constexpr ((function_argument<A>::has_usual_form && ...)) {
            PyObject* const* at = arguments;
            if ((places.load_usual(at) && ...)) [[likely]] {
                return hold_and_call<false>(callable, self, places...);
            }
        }
        return load_each_and_call(callable, self, arguments, places...);
    }
    INTERLOCK_NOINLINE static PyObject* load_each_and_call(
        T& callable, PyObject* self, [[maybe_unused]] PyObject* const* arguments,
        function_argument<A>&... places) {
        keeper kept;
        loading l = loading::plain();
        std::size_t index = 0;
        if (!(places.load(arguments, kept, index, l) && ...)) [[unlikely]] {
            return refuse_cpp_argument(index, l);
        }
        if constexpr ((holds_pointers<converted_type<A>> || ...)) {
            unsigned place = 0;
            if (!kept.instances_are_there(l, place)) {
                return refuse_cpp_argument(place, l);
            }
        }
        return hold_and_call<(sizeof...(A) > 1)>(callable, self, places...);
    }
    template <bool Again>
    INTERLOCK_INLINE static PyObject* hold_and_call(T& callable, [[maybe_unused]] PyObject* self,
                                                    function_argument<A>&... places) {
        if constexpr (is_locked || (function_argument<A>::is_locked || ...)) {
            // All together: to wait for one of them later would let go of the others.
            instance_locks<sizeof...(A) + 1> locks;
            if constexpr (is_locked) {
                locks.add(self);
            }
            (places.lock(locks), ...);
            locks.begin();
            loading l = loading::plain();
            std::size_t index = 0;
            if (!(places.template hold<Again>(index, l) && ...)) [[unlikely]] {
                return refuse_cpp_argument(index, l);
            }
            return call_with(callable, places...);
        } else {
            return call_with(callable, places...);
        }
    }
    INTERLOCK_INLINE static PyObject* call_with(T& callable, function_argument<A>&... places) {
        if constexpr ((0 + ... + int{is_taken<A>}) > 1) {
            look_before_taking_all<A...>(places.value...);
        }
        if constexpr (std::is_void_v<R>) {
            callable(places.pass()...);
            return Py_NewRef(Py_None);
        } else {
            return conversion_of<R>::make(callable(places.pass()...));
        }
    }
    static PyObject* call(void* state, [[maybe_unused]] PyObject* self,
                          PyObject* const* arguments) {
        T& callable = of(state);
        return load_and_call(callable, self, arguments, function_argument<A>()...);
    }

    // What wants more alignment than objects have lies elsewhere.
    static constexpr bool lies_inside = alignof(T) <= cpp_function_alignment;
    static T& of(void* state) noexcept {
        if constexpr (lies_inside) {
            return *static_cast<T*>(state);
        } else {
            return **static_cast<T**>(state);
        }
    }
    static void destroy(void* state) noexcept {
        if constexpr (lies_inside) {
            static_cast<T*>(state)->~T();
        } else {
            delete *static_cast<T**>(state);
        }
    }

    static constexpr cpp_function_table table = {
        &call, &destroy, function_hints<R, shown>::into_cpp, lies_inside ? sizeof(T) : sizeof(T*),
        static_cast<unsigned short>(shown::size)};

    template <class V>
    static PyObject* make(V&& value) {
        struct unmade {
            PyObject* object;
            ~unmade() {
                if (object != nullptr) {
                    free_unmade_cpp_function(object);
                }
            }
        };
        void* place = nullptr;
        unmade made{new_cpp_function(table, place)};
        if (made.object == nullptr) [[unlikely]] {
            return nullptr;
        }
        if constexpr (lies_inside) {
            ::new (place) T(static_cast<V&&>(value));
        } else {
            ::new (place) T*(new T(static_cast<V&&>(value)));
        }
        return std::exchange(made.object, nullptr);
    }
};

template <class S>
struct function_facts;
template <class R, class... A>
struct function_facts<R(A...)> {
    using hints = function_hints<R, typename without_token<parameter_list<A...>>::type>;
};

// std::function says what is inside of it. Out of line: where GCC 12 sees through it, it warns of a variable of the library's own.
template <class T, class Inside>
concept has_target = requires(const T& function) { function.template target<Inside>(); };
template <class Inside, class T>
#if defined(__GNUC__)
__attribute__((noinline))
#endif
const Inside*
target_in(const T& function) noexcept {
#if defined(__GXX_RTTI)
    // Two types whose names begin differently are told apart without a call.
    if constexpr (requires {
                      { function.target_type() } -> std::same_as<const std::type_info&>;
                  }) {
        const char* const name = function.target_type().name();
        const char* const wanted = typeid(Inside).name();
        if (name[0] != wanted[0] || name[1] != wanted[1] || name[2] != wanted[2]) [[likely]] {
            return nullptr;
        }
    }
#endif
    return function.template target<Inside>();
}

// In the place of what is there: without the moves and the end of a temporary that an assignment to a std::function makes. Of values
// that nobody else can see: what is there ends before the new one begins.
template <class T, class V>
INTERLOCK_INLINE void make_anew(T& place, V&& value) {
    if constexpr (std::is_nothrow_default_constructible_v<T> && !std::is_final_v<T>) {
        struct empty_again {
            T* place;
            ~empty_again() {
                if (place != nullptr) {
                    ::new (static_cast<void*>(place)) T();
                }
            }
        } otherwise{std::addressof(place)};
        place.~T();
        ::new (static_cast<void*>(std::addressof(place))) T(static_cast<V&&>(value));
        otherwise.place = nullptr;
    } else {
        place = T(static_cast<V&&>(value));
    }
}

template <class T>
struct conversion<T, category::function> {
    using signature = typename function_signature<T>::type;
    using hints = typename function_facts<signature>::hints;
    using storage = T;
    static constexpr bool accepts_none = true;
    static constexpr loader loads = by_anything;
    static constexpr const hint& in = hints::of_python;
    static constexpr const hint& out = hints::of_cpp;

    // What `def` and `lambda` make, which needs no question more; false for all else. Throws std::bad_alloc.
    INTERLOCK_INLINE static bool take_usual(PyObject* from, T& to)
        requires(!std::is_pointer_v<T> && !lambda_like<T> && !function_signature<T>::is_noexcept)
    {
        if (PyFunction_Check(from) == 0) [[unlikely]] {
            return false;
        }
        make_anew(to, callback<signature>(adopt_t{}, from));
        return true;
    }
    static bool load(PyObject* from, T& to, loading& l) {
        static_assert(!lambda_like<T>,
                      "interlock: a parameter of a lambda's own type takes nothing from Python: "
                      "take std::function<R(A...)> or il::callback<R(A...)>");
        static_assert(!function_signature<T>::is_noexcept || !function_like<T>,
                      "interlock: a function of Python's may raise, and cannot be called through a "
                      "type that says noexcept");
        if (from == Py_None) {
            to = T();
            return true;
        }
        if constexpr (std::is_copy_assignable_v<T>) {
            using made = cpp_function<T, signature>;
            if (void* inside = inside_of_cpp_function(from, made::table)) {
                to = std::as_const(made::of(inside));
                return true;
            }
        }
        if constexpr (std::is_pointer_v<T>) {
            return l.refuse_text(loading::mismatch,
                                 "expected a C++ function of exactly that type, got %s (a pointer "
                                 "to a function has no room for a Python callable)",
                                 type_name(Py_TYPE(from)).c_str());
        } else {
            if (PyCallable_Check(from) == 0) {
                return l.refuse(in, from);
            }
            make_anew(to, callback<signature>(adopt_t{}, from));
            return true;
        }
    }
    template <class A>
    static A&& pass(storage& value) noexcept {
        return static_cast<A&&>(value);
    }

    template <class V>
    static PyObject* make(V&& value) {
        if constexpr (!lambda_like<T>) {
            if (!static_cast<bool>(value)) {
                return Py_NewRef(Py_None);
            }
        }
        if constexpr (std::is_same_v<T, callback<signature>>) {
            if (PyObject* callable = value.callable_here()) {
                return callable;
            }
        } else if constexpr (has_target<T, callback<signature>>) {
            const auto* inside = target_in<callback<signature>>(value);
            if (PyObject* callable = inside != nullptr ? inside->callable_here() : nullptr) {
                return callable;
            }
        }
        return cpp_function<T, signature>::make(static_cast<V&&>(value));
    }
};

}  // namespace detail
INTERLOCK_END
