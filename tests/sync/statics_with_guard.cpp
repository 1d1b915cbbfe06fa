// The twin of statics_without_guard.cpp: what the language does to a static whose value is made at run time.
#include <interlock/interlock.hpp>

#include <string>

namespace il = interlock;

std::string made_at_run_time(il::python py);

const std::string& cached(il::python py) {
    static const std::string text = made_at_run_time(py);
    return text;
}
