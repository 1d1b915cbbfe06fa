// traceback: where an exception came through; the first entry is the outermost frame.
#pragma once

#include <interlock/objects/call.hpp>

#include <optional>

INTERLOCK_BEGIN

class traceback : public object {
public:
    INTERLOCK_KIND(traceback)
    static bool is_kind(PyObject* object) noexcept { return PyTraceBack_Check(object) != 0; }

    int line() const {
        detail::require_attached("il::traceback::line");
        return attr("tb_lineno").as<int>();
    }
    object frame() const {
        detail::require_attached("il::traceback::frame");
        return attr("tb_frame").get();
    }
    std::string function() const;
    std::string filename() const;
    // The next inner entry.
    std::optional<traceback> next() const;
    // As Python prints it.
    std::string format() const;
};
INTERLOCK_KIND_UNBIND(traceback)

INTERLOCK_END
