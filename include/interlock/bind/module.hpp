// INTERLOCK_MODULE, and what its body says: m.def, m.add, m.doc, m.submodule.
//
// The module is initialized in two phases (PEP 489), so that every interpreter gets one of its own. Definitions are collected
// while the body runs: a name that was defined several times becomes one function that tries them in order. An exception out of
// the body becomes an ImportError with its cause.
#pragma once

#include <interlock/bind/abi_tag.hpp>
#include <interlock/bind/function.hpp>
#include <interlock/bind/joint_function.hpp>
#include <interlock/bind/plain_function.hpp>

#include <tuple>

INTERLOCK_BEGIN

struct needs_gil_t {
    explicit needs_gil_t() = default;
};
struct main_interpreter_only_t {
    explicit main_interpreter_only_t() = default;
};
// Options of INTERLOCK_MODULE, for C++ libraries that are not safe under threads: free-threaded Python takes its lock back
// when the module is imported; the module cannot be imported in a sub-interpreter.
inline constexpr needs_gil_t needs_gil{};
inline constexpr main_interpreter_only_t main_interpreter_only{};

namespace detail {

template <class E>
using option_type =
    std::conditional_t<std::is_array_v<std::remove_reference_t<E>>, const char*, std::decay_t<E>>;

// The options behind a callable that the core has to be told of when the module is made.
inline void tell(function_description& to, const char* doc) noexcept { to.doc = doc; }
inline void tell(function_description& to, const sig& signature) noexcept {
    to.signature = signature.text;
}
inline void tell(function_description& to, const deprecated& warning) noexcept {
    to.deprecated = warning.message;
}
template <class E>
void tell(function_description&, const E&) noexcept {}

template <class E>
inline constexpr bool is_known_option =
    is_arg<E> || is_guard<E> || is_option<E, const char*> || is_option<E, kw_only_t> ||
    is_option<E, pos_only_t> || is_option<E, allow_threads_t> || is_option<E, pass_module_t> ||
    is_option<E, deprecated> || is_option<E, sig> || is_policy<E> || is_keep_alive<E>;

template <class E>
consteval bool check_option() {
    static_assert(is_known_option<E>,
                  "interlock: this is no option of m.def: it takes a docstring, il::arg(\"x\"), "
                  "il::kw_only, il::pos_only, "
                  "il::allow_threads, il::call_guard<G>, il::pass_module, il::deprecated(\"...\"), "
                  "il::sig(\"...\"), a return policy, il::keep_alive<I, J>");
    return is_known_option<E>;
}

// The values of the defaults, as Python objects to be shown; and the record's copies.
template <class Function, std::size_t I, class Options>
void name_parameter(function_description::named* names, const Options& options) {
    if constexpr (Function::plan.roles[I] == role::normal) {
        constexpr unsigned short place = Function::plan.place[I];
        const auto& option = std::get<Function::planner::options.of[place]>(options);
        if constexpr (Function::planner::options.defaulted[place]) {
            using kept = typename Function::template default_at<
                place, typename Function::template parameter_type<I>>::type;
            names[place] = {option.parameter.name(), nullptr, std::is_same_v<kept, as_python>,
                            option.parameter.accepts_none()};
            names[place].value = to_python(option.value);
        } else {
            names[place] = {option.name(), nullptr, false, option.accepts_none()};
        }
    }
}

template <class Function, std::size_t I, class Options>
auto make_default(const Options& options) {
    using base = typename decltype(Function::template default_base<I>())::type;
    using kept = decltype(base::value);
    if constexpr (std::is_same_v<kept, no_storage> || std::is_same_v<kept, as_python>) {
        return base{};
    } else {
        return base{
            kept(std::get<Function::planner::options.of[Function::plan.place[I]]>(options).value)};
    }
}

struct named_values {
    explicit named_values(std::size_t n) : size(n) {}
    ~named_values() {
        for (std::size_t i = 0; i < size; ++i) {
            Py_XDECREF(names[i].value);
        }
        delete[] names;
    }
    named_values(const named_values&) = delete;
    named_values& operator=(const named_values&) = delete;
    std::size_t size;
    function_description::named* names = new function_description::named[size]();
};

// Gives the description the names and defaults, and calls define with it.
template <class Function, std::size_t... I, class Define, class... E>
void name_and_define(function_description& description, std::index_sequence<I...>,
                     const Define& define, const E&... e) {
    const std::tuple<const E&...> options(e...);
    named_values values(Function::plan.visible);
    (name_parameter<Function, I>(values.names, options), ...);
    description.names = values.names;
    if constexpr (Function::plan.has_defaults) {
        using defaults = typename Function::template defaults_for<std::index_sequence<I...>>;
        description.defaults = new defaults{make_default<Function, I>(options)...};
    }
    define(description);
}

// The records that die with their module take what they own along.
template <class State, class Defaults>
void destroy_state([[maybe_unused]] void* state, [[maybe_unused]] void* defaults) noexcept {
    if constexpr (!std::is_void_v<State>) {
        delete static_cast<State*>(state);
    }
    if constexpr (!std::is_void_v<Defaults>) {
        delete static_cast<Defaults*>(defaults);
    }
}

template <class Function>
consteval auto defaults_of() {
    if constexpr (Function::plan.has_defaults) {
        return std::type_identity<
            typename Function::template defaults_for<typename Function::indices>>{};
    } else {
        return std::type_identity<void>{};
    }
}

template <bool PassesModule, class List>
struct parameters_shown {
    using type = typename visible_parameters<List>::type;
};
template <class A, class... Rest>
    requires std::is_same_v<std::remove_cvref_t<A>, attachment>
struct parameters_shown<true, types<A, Rest...>> : parameters_shown<true, types<Rest...>> {};
template <class A, class... Rest>
    requires std::is_same_v<std::remove_cvref_t<A>, module>
struct parameters_shown<true, types<A, Rest...>> {
    using type = typename visible_parameters<types<Rest...>>::type;
};

template <class Callable, class function, class shown, class... E>
void define_with_options(PyObject* to, const char* name, void* state, std::source_location where,
                         const E&... e) {
    function_description description;
    description.name = name;
    description.function = function::function();
    description.flags = function::flags;
    description.shape = function::shape;
    description.site = &function::site;
    description.hints = hint_table<typename Callable::result, shown,
                                   typename rest_types<typename Callable::parameters>::type>::table;
    description.state = state;
    if constexpr (function::plan.has_defaults || !std::is_void_v<typename Callable::state>) {
        description.destroy = &destroy_state<typename Callable::state,
                                             typename decltype(defaults_of<function>())::type>;
    }
    description.has_state = !std::is_void_v<typename Callable::state>;
    if constexpr (function::planner::detaches) {
        description.where = where;
    }
    (tell(description, e), ...);
    if constexpr (function::planner::names != 0) {
        name_and_define<function>(
            description, typename function::indices{},
            [to](function_description& d) { define_function(to, d); }, e...);
    } else {
        define_function(to, description);
    }
}

template <class Callable, class List>
inline constexpr bool is_plain = false;
template <class Callable, class... A>
inline constexpr bool is_plain<Callable, types<A...>> =
    std::is_void_v<typename Callable::state> && (is_visible<A> && ...) &&
    !(holds_views<converted_type<A>> || ...) && !refers_to_class<typename Callable::result>;

template <auto F>
inline constexpr bool is_plain_callable =
    is_plain<constant_callable<F>, typename constant_callable<F>::parameters>;
template <auto F>
using plain_of = plain_function<constant_callable<F>, typename constant_callable<F>::parameters>;

// What a lazy range was made from must not end with the call: a parameter that refers to the call's own values, or views an argument.
template <class R>
inline constexpr bool is_lazy = false;
template <class R>
    requires(!std::is_void_v<R>)
inline constexpr bool is_lazy<R> =
    categorize<typename converted_as<std::remove_cvref_t<R>>::type>() == category::range;

template <class A>
consteval bool ends_with_call() {
    using U = converted_type<A>;
    if constexpr (std::is_same_v<U, attachment> || categorize<U>() == category::instance) {
        return false;
    } else {
        return std::is_reference_v<A> || is_view<U> || holds_views<U> || is_typed_rest<A>;
    }
}

template <class R, class... A>
consteval bool check_lazy_result(types<A...>) {
    if constexpr (is_lazy<R>) {
        static_assert(!(ends_with_call<A>() || ...),
                      "interlock: the result is a lazy range, which Python walks over when the "
                      "call is long over, and a parameter refers to a value that ends with the "
                      "call: take it by value (std::string for std::string_view)");
        static_assert(!says_reference_view<std::remove_cvref_t<R>>() ||
                          !(range_like<std::remove_cvref_t<A>> || ...),
                      "interlock: the result is a view of a container that it does not own "
                      "(std::ranges::ref_view), and a parameter is one, which ends with the call: "
                      "move it into the range, std::move(xs) | std::views::filter(...)");
    }
    return true;
}

template <class Callable, class... E>
void define(PyObject* to, const char* name, void* state, std::source_location where,
            const E&... e) {
    using parameters = typename Callable::parameters;
    static_assert(check_lazy_result<typename Callable::result>(parameters{}));
    if constexpr (sizeof...(E) <= 1 && (std::is_same_v<E, const char*> && ...) &&
                  is_plain<Callable, parameters>) {
        using function = plain_function<Callable, parameters>;
        using letters = letter_table<typename Callable::result, parameters>;
        if constexpr (letters::is_complete) {
            define_plain(to, name, function::function(), function::site, letters::table, e...);
        } else {
            define_plain(to, name, function::function(), function::site, parameters::size,
                         hint_table<typename Callable::result, parameters>::table, e...);
        }
    } else {
        using function = bound_function<Callable, parameters, E...>;
        using shown = typename parameters_shown<function::planner::passes_module, parameters>::type;
        note_result<typename Callable::result>();
        define_with_options<Callable, function, shown>(to, name, state, where, e...);
    }
}

// What a module's initialization needs to know; static in its initialization function.
struct module_definition {
    const char* name;
    bool (*run)(module&) noexcept;  // the body: false where an error is set
    // Null where every interpreter will do; otherwise false where an error is set.
    bool (*may_be_loaded)(PyObject* module, const module_definition& definition);
    bool needs_gil;
    bool main_interpreter_only;
    PyModuleDef definition;
    PyModuleDef_Slot slots[6];
#if INTERLOCK_HAS_MODULE_EXPORT
    PySlot exported[12];
#endif
    module_definition* next;
    const char* tag;  // abi_tag; null: of the core's own
};

bool may_be_loaded(PyObject* module, const module_definition& definition);

template <class... O>
constexpr module_definition describe_module(const char* name, bool (*run)(module&) noexcept,
                                            O...) noexcept {
    module_definition made{};
    made.name = name;
    made.run = run;
    made.tag = abi_tag;
    made.needs_gil = (std::is_same_v<O, needs_gil_t> || ...);
    made.main_interpreter_only = (std::is_same_v<O, main_interpreter_only_t> || ...);
    if (made.main_interpreter_only || INTERLOCK_API_VERSION < 0x030C0000) {
        made.may_be_loaded = &may_be_loaded;
    }
    return made;
}

// The result of PyInit_NAME.
PyObject* start_module(module_definition& definition, int (*execute)(PyObject*));
// Runs the module's body for a new module object: 0, or -1 with an error set, an ImportError where the body threw.
int execute_module(PyObject* module, const module_definition& definition);
// What the body threw, as the error that is set: false.
bool body_threw(const std::exception& error) noexcept;
bool body_threw() noexcept;  // in a handler: what is not derived from it

// Enters a module into CPython's table of built-in ones: when the program starts, and again before each later interpreter,
// since CPython empties the table when one finishes.
class embedded_module {
public:
    embedded_module(const char* name, PyObject* (*start)()) noexcept;
    static void enter_all();

private:
    const char* name_;
    PyObject* (*start_)();
    embedded_module* next_;
    bool entered_ = false;
};

#if INTERLOCK_HAS_MODULE_EXPORT
PySlot* export_module(module_definition& definition, int (*execute)(PyObject*));
#endif

}  // namespace detail

template <auto F, class... Options>
const module& module::def(detail::function_name name, Options&&... options) const {
    if constexpr ((detail::check_option<detail::option_type<Options>>() && ...)) {
        detail::define<detail::constant_callable<F>, detail::option_type<Options>...>(
            pointer_, name.text, nullptr, name.where, options...);
    }
    return *this;
}

template <auto First, auto Second, auto... More>
const module& module::def(detail::function_name name, const char* doc) const {
    detail::require_module_body(pointer_);
    def<First>(name, doc);
    def<Second>(name, doc);
    (def<More>(name, doc), ...);
    if constexpr (detail::is_plain_callable<First> && detail::is_plain_callable<Second> &&
                  (... && detail::is_plain_callable<More>)) {
        detail::join_told_apart<detail::plain_of<First>, detail::plain_of<Second>,
                                detail::plain_of<More>...>(
            [&](const detail::joint_function& joint) {
                detail::join_functions(pointer_, name.text, joint);
            });
    }
    return *this;
}
template <auto First, auto Second, auto... More, class Option, class... Options>
    requires(sizeof...(Options) > 0 || !std::is_convertible_v<Option, const char*>)
const module& module::def(detail::function_name, Option&&, Options&&...) const {
    static_assert(detail::check_joint_options<Option, Options...>());
    return *this;
}

template <class F, class... Options>
const module& module::def(detail::function_name name, F&& f, Options&&... options) const {
    using bound = detail::callable_for<std::decay_t<F>>;
    if constexpr ((detail::check_option<detail::option_type<Options>>() && ...)) {
        void* state = nullptr;
        if constexpr (!std::is_void_v<typename bound::state>) {
            state = new std::decay_t<F>(std::forward<F>(f));
        }
        detail::define<bound, detail::option_type<Options>...>(pointer_, name.text, state,
                                                               name.where, options...);
    }
    return *this;
}

template <class T>
const module& module::add(const char* name, T&& value) const {
    detail::require_attached("il::module::add");
    const object converted(detail::adopt_t{}, detail::to_python(std::forward<T>(value)));
    detail::add_to_module(pointer_, name, converted.ptr());
    return *this;
}

INTERLOCK_END

// What both kinds of modules begin with: the body's declaration, its call, and what describes the module. To a body that throws
// nothing the compiler makes no handlers, and what they need is then no part of the module.
#define INTERLOCK_DEFINE_MODULE(NAME, ...)                                                      \
    static void interlock_body_of_##NAME(::interlock::module&);                                 \
    static bool interlock_run_##NAME(::interlock::module& m) noexcept {                         \
        try {                                                                                   \
            interlock_body_of_##NAME(m);                                                        \
            return true;                                                                        \
        } catch (const ::std::exception& error) {                                               \
            return ::interlock::detail::body_threw(error);                                      \
        } catch (...) {                                                                         \
            return ::interlock::detail::body_threw();                                           \
        }                                                                                       \
    }                                                                                           \
    static ::interlock::detail::module_definition interlock_definition_of_##NAME =              \
        ::interlock::detail::describe_module(#NAME,                                             \
                                             &interlock_run_##NAME __VA_OPT__(, ) __VA_ARGS__); \
    static int interlock_execute_##NAME(PyObject* module) {                                     \
        return ::interlock::detail::execute_module(module, interlock_definition_of_##NAME);     \
    }

// Makes an extension module of this source file: INTERLOCK_MODULE(wordcount, m) { m.def<&count>("count"); }
//
// The name must be the file's. m is the il::module; what follows are options, il::needs_gil and il::main_interpreter_only.
// The body runs attached, once for each interpreter that imports the module; an exception out of it is an ImportError.
#define INTERLOCK_MODULE(NAME, VARIABLE, ...)                                    \
    INTERLOCK_DEFINE_MODULE(NAME __VA_OPT__(, ) __VA_ARGS__)                     \
    INTERLOCK_MODULE_EXPORT(NAME)                                                \
    PyMODINIT_FUNC PyInit_##NAME();                                              \
    PyMODINIT_FUNC PyInit_##NAME() {                                             \
        return ::interlock::detail::start_module(interlock_definition_of_##NAME, \
                                                 &interlock_execute_##NAME);     \
    }                                                                            \
    static void interlock_body_of_##NAME([[maybe_unused]] ::interlock::module& VARIABLE)

// The same for a module inside of a program: `import NAME` finds it in every interpreter that il::interpreter starts.
#define INTERLOCK_EMBEDDED_MODULE(NAME, VARIABLE, ...)                           \
    static_assert(INTERLOCK_LIMITED_API == 0,                                    \
                  "interlock: INTERLOCK_EMBEDDED_MODULE is for programs, and "   \
                  "those are not built for the stable ABI (Py_LIMITED_API)");    \
    INTERLOCK_DEFINE_MODULE(NAME __VA_OPT__(, ) __VA_ARGS__)                     \
    static PyObject* interlock_start_##NAME() {                                  \
        return ::interlock::detail::start_module(interlock_definition_of_##NAME, \
                                                 &interlock_execute_##NAME);     \
    }                                                                            \
    static ::interlock::detail::embedded_module interlock_embedded_##NAME(       \
        #NAME, &interlock_start_##NAME);                                         \
    static void interlock_body_of_##NAME([[maybe_unused]] ::interlock::module& VARIABLE)

#if INTERLOCK_HAS_MODULE_EXPORT
#define INTERLOCK_MODULE_EXPORT(NAME)                                             \
    PyMODEXPORT_FUNC PyModExport_##NAME(void);                                    \
    PyMODEXPORT_FUNC PyModExport_##NAME(void) {                                   \
        return ::interlock::detail::export_module(interlock_definition_of_##NAME, \
                                                  &interlock_execute_##NAME);     \
    }
#else
#define INTERLOCK_MODULE_EXPORT(NAME)
#endif
