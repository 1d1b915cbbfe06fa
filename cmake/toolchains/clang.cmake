# Clang under whatever name it has here: Debian's packages add the version, and plain clang++ there
# may be too old. -DINTERLOCK_CLANG=... or the environment variable INTERLOCK_CLANG names another
# one.
if(NOT INTERLOCK_CLANG)
  if(DEFINED ENV{INTERLOCK_CLANG})
    set(
      INTERLOCK_CLANG
      "$ENV{INTERLOCK_CLANG}"
      CACHE FILEPATH
      "The C++ compiler of the clang preset"
    )
  else()
    find_program(
      INTERLOCK_CLANG
      NAMES clang++-22 clang++-21 clang++-20 clang++-19 clang++-18 clang++-17 clang++-16 clang++
      DOC "The C++ compiler of the clang preset"
    )
  endif()
endif()
if(NOT INTERLOCK_CLANG)
  message(FATAL_ERROR "interlock: no clang++ (16 or newer) is found; Debian has it as clang-19")
endif()
# CMake reads this file again inside its own checks, where the cache is another one.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES INTERLOCK_CLANG)
set(CMAKE_CXX_COMPILER "${INTERLOCK_CLANG}")
