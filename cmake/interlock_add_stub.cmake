# interlock_add_stub(<module> [DESTINATION <folder>] [OUTPUT <folder>])
#
# Writes what type checkers and editors read of an extension module: <module>.pyi, or a folder <module> with __init__.pyi in
# it where the module has submodules. The module is imported when it was built, and says itself what the compiler knew.
#
#   DESTINATION  the package's folder below the install prefix, where the module is installed too. There py.typed is
#                installed beside it. Without: the prefix itself, for a module that is in no package.
#   OUTPUT       where the files are written; by default a folder of the build
#
# A module that was compiled for another machine cannot be imported: then there is no stub, and CMake says so.

include_guard(GLOBAL)

function(interlock_add_stub module)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DESTINATION;OUTPUT" "")
  if(arg_UNPARSED_ARGUMENTS)
    message(
      FATAL_ERROR
      "interlock_add_stub(${module}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}; there are DESTINATION and OUTPUT"
    )
  endif()
  if(NOT TARGET ${module})
    message(
      FATAL_ERROR
      "interlock_add_stub(${module}): there is no such target; call interlock_add_module(${module} ...) before"
    )
  endif()
  if(CMAKE_CROSSCOMPILING)
    message(
      STATUS
      "interlock: no stub of ${module} is made: it is compiled for another machine and cannot be imported"
    )
    return()
  endif()
  if(NOT arg_OUTPUT)
    set(arg_OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/interlock_stubs/${module}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_OUTPUT BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set(destination .)
  set(py_typed)
  if(arg_DESTINATION)
    set(destination "${arg_DESTINATION}")
    set(py_typed --py-typed)
  endif()

  # The files' own times stand still while they stay the same; this one says when they were made.
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/${module}_stub.stamp")
  file(GLOB generator CONFIGURE_DEPENDS "${INTERLOCK_PYTHON_PACKAGE}/interlock/stubs/*.py")
  add_custom_command(
    OUTPUT "${stamp}"
    COMMAND
      "${CMAKE_COMMAND}" -E env "PYTHONPATH=${INTERLOCK_PYTHON_PACKAGE}" PYTHONDONTWRITEBYTECODE=1
      "${INTERLOCK_PYTHON}" -m interlock.stubs "$<TARGET_FILE_BASE_NAME:${module}>" --path
      "$<TARGET_FILE_DIR:${module}>" --output "${arg_OUTPUT}" ${py_typed}
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS ${module} ${generator}
    COMMENT "Writing the stub of ${module}"
    VERBATIM
  )
  add_custom_target(${module}_stub ALL DEPENDS "${stamp}")
  install(DIRECTORY "${arg_OUTPUT}/" DESTINATION "${destination}")
endfunction()
