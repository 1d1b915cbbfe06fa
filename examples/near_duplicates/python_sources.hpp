// The text of the files in python/; the definitions are written by CMake.
#pragma once

#include <string_view>

namespace near_duplicates {

extern const std::string_view arguments_source;
extern const std::string_view pool_source;
extern const std::string_view report_source;
extern const std::string_view token_check_source;

}  // namespace near_duplicates
