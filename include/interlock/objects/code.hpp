// code: compiled Python.
#pragma once

#include <interlock/objects/dict.hpp>

INTERLOCK_BEGIN

class code : public object {
public:
    INTERLOCK_KIND(code)
    static bool is_kind(PyObject* object) noexcept { return PyCode_Check(object) != 0; }

    // Compiles statements, or one expression; the file name is what tracebacks say. Throw python_error (SyntaxError).
    static code compile(python py, std::string_view source,
                        std::string_view filename = "<interlock>");
    static code compile_expression(python py, std::string_view source,
                                   std::string_view filename = "<interlock>");

    // Runs it in a namespace, which gets __builtins__ where it has none; the value of an expression, None of statements.
    object run(const dict& scope) const;
    object run(const dict& scope, const object& locals) const;

    std::string name() const {
        detail::require_attached("il::code::name");
        return attr("co_name").as<std::string>();
    }
    std::string filename() const {
        detail::require_attached("il::code::filename");
        return attr("co_filename").as<std::string>();
    }
};
INTERLOCK_KIND_UNBIND(code)

INTERLOCK_END
