// Where the Python of this build is, for interpreters that read no environment.
#pragma once

#include <cstdlib>
#include <string>

namespace embedding {

// Empty where the library knows its own place. Of an interpreter that was unpacked and not installed it does not.
inline std::string home() {
    const char* home = std::getenv("PYTHONHOME");
    return home == nullptr ? "" : home;
}

}  // namespace embedding
