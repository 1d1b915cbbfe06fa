# Reads the version out of include/interlock/version.hpp, the only place where it is written.
#
#   interlock_read_version(<header> <out>)

function(interlock_read_version header out)
  file(STRINGS "${header}" lines REGEX "^#define INTERLOCK_VERSION_(MAJOR|MINOR|PATCH) [0-9]+$")
  set(parts)
  foreach(part MAJOR MINOR PATCH)
    if(NOT "${lines}" MATCHES "INTERLOCK_VERSION_${part} ([0-9]+)")
      message(FATAL_ERROR "interlock: ${header} does not define INTERLOCK_VERSION_${part}")
    endif()
    list(APPEND parts "${CMAKE_MATCH_1}")
  endforeach()
  list(JOIN parts "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()
