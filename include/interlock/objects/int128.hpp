// The 128-bit integers of compilers that have them.
#pragma once

#include <interlock/attach/config.hpp>

#if defined(__SIZEOF_INT128__)
INTERLOCK_BEGIN
namespace detail {

// Only this form takes the word that keeps a pedantic compiler quiet.
// NOLINTBEGIN(modernize-use-using)
__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;
// NOLINTEND(modernize-use-using)

}  // namespace detail
INTERLOCK_END
#endif
