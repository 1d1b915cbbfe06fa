# The library's targets. Included by interlock's own CMakeLists.txt and by the installed
# interlockConfig.cmake: the core is shipped as source and compiled once by each project that uses
# it, with that project's compiler, Python and flags, so that no binary has to fit all of them.
#
#   interlock::interlock  for extension modules (interlock_add_module links to it)
#   interlock::embed      for programs with Python inside
#
#   interlock_core_variant(<name> [DEFINITIONS <definition>...])
#       another copy of the core, compiled with these definitions: <name>, <name>_module and <name>_embed take
#       the places of interlock_core, interlock::interlock and interlock::embed.
#
# Options, read when the core is made:
#   INTERLOCK_HARDENING  empty: checks as documented; "full": everywhere; "none": nowhere
#   INTERLOCK_TRACE      trace points are compiled in
#   INTERLOCK_PRECOMPILE the core's headers are precompiled; by default where no compiler cache is used, and where ccache is
#                        told to trust what is made with them (CCACHE_SLOPPINESS=pch_defines,time_macros). "ALL": interlock's own
#                        too, which is quicker, and hides an include that is missing
#
# Expects INTERLOCK_INCLUDE_DIR, INTERLOCK_SOURCE_DIR and INTERLOCK_PYTHON_PACKAGE, the folder with the Python package
# interlock in it, and what interlock_python.cmake finds.

include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/interlock_sources.cmake")

set(
  INTERLOCK_HARDENING
  ""
  CACHE STRING
  "Run-time checks of the library: empty (default), full or none"
)
set_property(CACHE INTERLOCK_HARDENING PROPERTY STRINGS "" full none)
option(INTERLOCK_TRACE "Compile the trace points in" OFF)
# Half of the core's compile time is reading the same headers again. Compiler caches refuse what was made with
# precompiled headers unless they are told to trust it.
set(_interlock_precompile ON)
if(CMAKE_CXX_COMPILER_LAUNCHER AND NOT "$ENV{CCACHE_SLOPPINESS}" MATCHES "pch_defines")
  set(_interlock_precompile OFF)
endif()
option(INTERLOCK_PRECOMPILE "Precompile the headers for the core" ${_interlock_precompile})
mark_as_advanced(INTERLOCK_PRECOMPILE)

# Global, so that a project which adds interlock as a subdirectory can make variants of the core
# itself.
set(_interlock_targets_global "${CMAKE_FIND_PACKAGE_TARGETS_GLOBAL}")
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(Threads REQUIRED)
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL "${_interlock_targets_global}")

set(_interlock_sources)
foreach(_interlock_source IN LISTS INTERLOCK_SOURCES)
  list(APPEND _interlock_sources "${INTERLOCK_SOURCE_DIR}/${_interlock_source}")
endforeach()
list(
  TRANSFORM INTERLOCK_COLD_SOURCES
  PREPEND "${INTERLOCK_SOURCE_DIR}/"
  OUTPUT_VARIABLE _interlock_cold
)
if(NOT _interlock_sources)
  message(STATUS "interlock: cmake/interlock_sources.cmake lists no files; the core is empty")
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/interlock_empty.cpp" CONTENT "\n")
  set(_interlock_sources "${CMAKE_CURRENT_BINARY_DIR}/interlock_empty.cpp")
endif()
# Functions called from other folders see the cache, not this folder's variables.
set(INTERLOCK_CORE_SOURCES "${_interlock_sources}" CACHE INTERNAL "")
set(INTERLOCK_COLD_CORE_SOURCES "${_interlock_cold}" CACHE INTERNAL "")
set(INTERLOCK_CORE_INCLUDE_DIR "${INTERLOCK_INCLUDE_DIR}" CACHE INTERNAL "")

function(interlock_core_variant name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEFINITIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(
      FATAL_ERROR
      "interlock_core_variant(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}"
    )
  endif()

  add_library(${name} STATIC EXCLUDE_FROM_ALL ${INTERLOCK_CORE_SOURCES})
  target_include_directories(${name} PUBLIC "${INTERLOCK_CORE_INCLUDE_DIR}")
  # Only the headers, not the rest of Python::Module: on macOS that one lets every symbol stay
  # undefined, which is right for a module and hides mistakes in a program.
  target_include_directories(
    ${name}
    SYSTEM
    PUBLIC $<TARGET_PROPERTY:Python::Module,INTERFACE_INCLUDE_DIRECTORIES>
  )
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_definitions(${name} PUBLIC ${arg_DEFINITIONS})
  target_link_libraries(${name} PUBLIC Threads::Threads)
  set_target_properties(
    ${name}
    PROPERTIES
      POSITION_INDEPENDENT_CODE ON
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON
      CXX_EXTENSIONS OFF
      # Never link-time optimized: the archive would then hold the compiler's private format, which
      # a module with NO_LTO or another linker cannot read.
      INTERPROCEDURAL_OPTIMIZATION OFF
      INTERPROCEDURAL_OPTIMIZATION_RELEASE OFF
      # Names without linkage are each file's own.
      UNITY_BUILD OFF
  )
  if(INTERLOCK_PRECOMPILE STREQUAL "ALL")
    target_precompile_headers(${name} PRIVATE <interlock/interlock.hpp>)
  elseif(INTERLOCK_PRECOMPILE)
    # None of interlock's own but the one with Python.h: each file sees what it includes and no more.
    target_precompile_headers(
      ${name}
      PRIVATE
        <interlock/attach/compat.hpp>
        <atomic>
        <concepts>
        <exception>
        <iterator>
        <memory>
        <optional>
        <source_location>
        <stdexcept>
        <string>
        <string_view>
        <type_traits>
        <utility>
        <vector>
    )
  endif()
  if(MSVC)
    # __cplusplus tells the truth, and the sources are UTF-8 whatever the machine's language is.
    target_compile_options(${name} PUBLIC /Zc:__cplusplus /Zc:preprocessor /utf-8 /permissive-)
  else()
    # What a module does not use of the core is then dropped by its linker.
    target_compile_options(
      ${name}
      PRIVATE $<$<CONFIG:Release,MinSizeRel>:-ffunction-sections -fdata-sections>
    )
    # What runs once for each module, or when something went wrong: a third smaller.
    set_property(
      SOURCE ${INTERLOCK_COLD_CORE_SOURCES}
      APPEND
      PROPERTY COMPILE_OPTIONS "$<$<CONFIG:Release>:-Os>"
    )
    if(INTERLOCK_PRECOMPILE AND (CMAKE_CONFIGURATION_TYPES OR CMAKE_BUILD_TYPE STREQUAL "Release"))
      # Headers that were precompiled with other options cannot be used.
      set_property(SOURCE ${INTERLOCK_COLD_CORE_SOURCES} PROPERTY SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endif()
  if(TARGET interlock_warnings)
    target_link_libraries(${name} PRIVATE interlock_warnings)
  endif()

  # The library's types are hidden, so that two modules in one process never share code of theirs;
  # GCC warns of a visible class with a hidden member. Programs and modules export nothing of their
  # own by accident; a shared library may, and is left alone.
  set(
    hidden
    "$<$<IN_LIST:$<TARGET_PROPERTY:TYPE>,EXECUTABLE$<SEMICOLON>MODULE_LIBRARY>:-fvisibility=hidden>"
  )
  if(MSVC)
    set(hidden "")
  endif()

  add_library(${name}_module INTERFACE)
  target_link_libraries(${name}_module INTERFACE ${name} Python::Module)
  target_compile_options(${name}_module INTERFACE "${hidden}")

  # With a Python that has no library there is nothing to link a program to; whoever tries is told
  # so by CMake.
  if(TARGET Python::Python)
    add_library(${name}_embed INTERFACE)
    target_link_libraries(${name}_embed INTERFACE ${name} Python::Python)
    target_compile_options(${name}_embed INTERFACE "${hidden}")
  endif()
endfunction()

set(_interlock_definitions)
if(INTERLOCK_HARDENING STREQUAL "full")
  list(APPEND _interlock_definitions INTERLOCK_HARDENING_FULL=1)
elseif(INTERLOCK_HARDENING STREQUAL "none")
  list(APPEND _interlock_definitions INTERLOCK_HARDENING_NONE=1)
elseif(NOT INTERLOCK_HARDENING STREQUAL "")
  message(
    FATAL_ERROR
    "INTERLOCK_HARDENING is \"${INTERLOCK_HARDENING}\"; it may be empty, full or none"
  )
endif()
if(INTERLOCK_TRACE)
  list(APPEND _interlock_definitions INTERLOCK_TRACE=1)
endif()

set(INTERLOCK_CORE_DEFINITIONS "${_interlock_definitions}" CACHE INTERNAL "")
interlock_core_variant(interlock_core DEFINITIONS ${_interlock_definitions})
add_library(interlock::interlock ALIAS interlock_core_module)
if(TARGET interlock_core_embed)
  add_library(interlock::embed ALIAS interlock_core_embed)
endif()

include("${CMAKE_CURRENT_LIST_DIR}/interlock_add_module.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/interlock_add_stub.cmake")
