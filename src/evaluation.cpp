// Code that is run, modules, classes, exceptions: what CPython has a function for once an interpreter is there.
#include "run.hpp"

INTERLOCK_BEGIN
namespace detail {

namespace {

// The compiler takes C strings.
std::string without_nul(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        PyErr_SetString(PyExc_ValueError, "source code string cannot contain null bytes");
        throw_python_error();
    }
    return std::string(text);
}

object compiled(std::string_view source, std::string_view filename, int start,
                const char* operation) {
    require_attached(operation);
    const std::string text = without_nul(source);
    const std::string file = without_nul(filename);
    return object(adopt_t{}, check_new(Py_CompileString(text.c_str(), file.c_str(), start)));
}

object evaluated(const object& code, PyObject* globals, PyObject* locals) {
    return object(adopt_t{},
                  check_new(run([&] { return PyEval_EvalCode(code.ptr(), globals, locals); })));
}

object run_code(std::string_view source, int start, PyObject* globals, PyObject* locals,
                const char* operation) {
    return evaluated(compiled(source, "<interlock>", start, operation), globals, locals);
}

object main_scope(const char* operation) {
    require_attached(operation);
    const object main(adopt_t{}, check_new(add_module("__main__")));
    return object(adopt_t{}, Py_NewRef(check_new(PyModule_GetDict(main.ptr()))));
}

// Code without builtins finds nothing.
PyObject* usable_scope(const object& scope, const char* operation) {
    check_operand(scope.ptr(), operation);
    const object builtins(adopt_t{}, Py_NewRef(check_new(PyEval_GetBuiltins())));
    const object key(adopt_t{}, string_of("__builtins__"));
    const object stands(adopt_t{},
                        check_new(dict_set_default(scope.ptr(), key.ptr(), builtins.ptr())));
    return scope.ptr();
}

std::optional<object> unless_none(PyObject* value) {
    object held(adopt_t{}, value != nullptr ? value : Py_NewRef(Py_None));
    return held.ptr() == Py_None ? std::nullopt : std::optional<object>(std::move(held));
}

template <class T>
std::optional<T> unless_none_as(PyObject* value) {
    std::optional<object> held = unless_none(value);
    return held ? std::optional<T>(std::in_place, adopt_t{}, held->release()) : std::nullopt;
}

}  // namespace

PyObject* builtin(const name& key, const char* operation) {
    require_attached(operation);
    const object module(adopt_t{}, check_new(PyImport_ImportModule("builtins")));
    return get_attribute(module.ptr(), key);
}

}  // namespace detail

// ---- the token

class module attachment::import(std::string_view name) const {
    detail::require_attached("il::python::import");
    const object key(detail::adopt_t{}, detail::string_of(name));
    PyObject* imported = detail::check_new(detail::run([&] { return PyImport_Import(key.ptr()); }));
    return steal<class module>(*this, imported);
}

object attachment::eval(std::string_view expression) const {
    constexpr const char* operation = "il::python::eval";
    const object scope = detail::main_scope(operation);
    return detail::run_code(expression, Py_eval_input, scope.ptr(), scope.ptr(), operation);
}

object attachment::eval(std::string_view expression, const dict& scope) const {
    return eval(expression, scope, scope);
}

object attachment::eval(std::string_view expression, const dict& scope,
                        const object& locals) const {
    constexpr const char* operation = "il::python::eval";
    return detail::run_code(expression, Py_eval_input, detail::usable_scope(scope, operation),
                            locals.ptr(), operation);
}

void attachment::run(std::string_view code) const {
    constexpr const char* operation = "il::python::run";
    const object scope = detail::main_scope(operation);
    detail::run_code(code, Py_file_input, scope.ptr(), scope.ptr(), operation);
}

void attachment::run(std::string_view code, const dict& scope) const { run(code, scope, scope); }

void attachment::run(std::string_view code, const dict& scope, const object& locals) const {
    constexpr const char* operation = "il::python::run";
    detail::run_code(code, Py_file_input, detail::usable_scope(scope, operation), locals.ptr(),
                     operation);
}

void attachment::check_signals() const {
    detail::require_attached("il::python::check_signals");
    detail::check_status(detail::run([] { return PyErr_CheckSignals(); }));
}

// ---- code

code code::compile(python, std::string_view source, std::string_view filename) {
    return code(detail::adopt_t{},
                detail::compiled(source, filename, Py_file_input, "il::code::compile").release());
}

code code::compile_expression(python, std::string_view source, std::string_view filename) {
    return code(detail::adopt_t{},
                detail::compiled(source, filename, Py_eval_input, "il::code::compile_expression")
                    .release());
}

object code::run(const dict& scope) const { return run(scope, scope); }

object code::run(const dict& scope, const object& locals) const {
    constexpr const char* operation = "il::code::run";
    detail::check_operand(pointer_, operation);
    return detail::evaluated(*this, detail::usable_scope(scope, operation), locals.ptr());
}

// ---- modules

module module::make(python, std::string_view name) {
    detail::require_attached("il::module::make");
    const object key(detail::adopt_t{}, detail::string_of(name));
    return module(detail::adopt_t{}, detail::check_new(PyModule_NewObject(key.ptr())));
}

std::string module::name() const {
    return detail::make_from(pointer_, "il::module::name",
                             [this] { return PyModule_GetNameObject(pointer_); })
        .as<std::string>();
}

std::string module::filename() const {
    return detail::make_from(pointer_, "il::module::filename",
                             [this] { return PyModule_GetFilenameObject(pointer_); })
        .as<std::string>();
}

class dict module::dict() const {
    return detail::make_from<class dict>(pointer_, "il::module::dict",
                                         [this] { return Py_XNewRef(PyModule_GetDict(pointer_)); });
}

void module::reload() const {
    static_cast<void>(detail::make_from(pointer_, "il::module::reload",
                                        [this] { return PyImport_ReloadModule(pointer_); }));
}

// ---- classes

type type::of(const object& value) {
    return detail::make_from<type>(value.ptr(), "il::type::of", [&] {
        return Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(value.ptr())));
    });
}

type type::make(python, std::string_view name, const tuple& bases, const dict& scope) {
    detail::require_attached("il::type::make");
    const object metaclass(detail::adopt_t{}, Py_NewRef(reinterpret_cast<PyObject*>(&PyType_Type)));
    return metaclass(name, bases, scope).as<type>();
}

std::string type::name() const {
    detail::require_attached("il::type::name");
    return attr("__name__").as<std::string>();
}
std::string type::qualified_name() const {
    detail::require_attached("il::type::qualified_name");
    return attr("__qualname__").as<std::string>();
}
std::string type::module_name() const {
    detail::require_attached("il::type::module_name");
    return attr("__module__").as<std::string>();
}

bool type::is_subtype_of(const type& other) const {
    constexpr const char* operation = "il::type::is_subtype_of";
    detail::check_operand(pointer_, operation);
    detail::check_handle(other.ptr(), operation);
    return PyType_IsSubtype(type_ptr(), other.type_ptr()) != 0;
}

tuple type::bases() const {
    detail::require_attached("il::type::bases");
    return attr("__bases__").as<tuple>();
}
tuple type::mro() const {
    detail::require_attached("il::type::mro");
    return attr("__mro__").as<tuple>();
}

// ---- exceptions and where they came through

tuple exception::args() const {
    detail::require_attached("il::exception::args");
    return attr("args").as<tuple>();
}

std::optional<exception> exception::cause() const {
    detail::check_operand(pointer_, "il::exception::cause");
    return detail::unless_none_as<exception>(PyException_GetCause(pointer_));
}

std::optional<exception> exception::context() const {
    detail::check_operand(pointer_, "il::exception::context");
    return detail::unless_none_as<exception>(PyException_GetContext(pointer_));
}

void exception::set_cause(const exception& cause) const {
    constexpr const char* operation = "il::exception::set_cause";
    detail::check_operand(pointer_, operation);
    detail::check_handle(cause.ptr(), operation);
    PyException_SetCause(pointer_, Py_NewRef(cause.ptr()));
}

std::optional<class traceback> exception::traceback() const {
    detail::check_operand(pointer_, "il::exception::traceback");
    return detail::unless_none_as<class traceback>(PyException_GetTraceback(pointer_));
}

void exception::add_note(std::string_view text) const {
    detail::require_attached("il::exception::add_note");
    static_cast<void>(call_method("add_note", text));
}

void exception::raise() const {
    detail::check_operand(pointer_, "il::exception::raise");
    detail::put_error(Py_NewRef(pointer_));
    detail::throw_python_error();
}

std::string traceback::function() const {
    return frame().attr("f_code").attr("co_name").as<std::string>();
}

std::string traceback::filename() const {
    return frame().attr("f_code").attr("co_filename").as<std::string>();
}

std::optional<traceback> traceback::next() const {
    return detail::unless_none_as<traceback>(attr("tb_next").get().release());
}

std::string traceback::format() const {
    const object lines = py().import("traceback").attr("format_tb")(*this);
    return str::of(py(), "").join(lines).to_string();
}

INTERLOCK_END
