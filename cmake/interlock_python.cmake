# Finds the one Python that this build is for, and asks it about itself.
#
# Which one: -DPython_EXECUTABLE=... or what the including project has found, else the environment's
# INTERLOCK_PYTHON, else the one of the last configure, else python3 on PATH, else what CMake's
# search finds.
#
# The interpreter itself says where its headers and its library are. CMake's search is only told: it
# knows neither free-threaded nor debug builds before 3.30, and it takes a version manager's shim
# for a prefix.
#
# Sets, readable in every directory:
#   INTERLOCK_PYTHON                the interpreter, with shims resolved
#   INTERLOCK_PYTHON_VERSION        3.13.0
#   INTERLOCK_PYTHON_EXT_SUFFIX     .cpython-313-x86_64-linux-gnu.so
#   INTERLOCK_PYTHON_FREE_THREADED  whether it was built without the GIL
#   INTERLOCK_PYTHON_DEBUG          whether it was built with --with-pydebug
#   INTERLOCK_PYTHON_SANITIZER      address, thread or empty: what the interpreter itself was built with
# and makes Python::Module, Python::Interpreter and, where the interpreter has a library,
# Python::Python.

# Debian splits Python into packages; elsewhere the first sentence is all there is to say.
function(_interlock_python_missing what package)
  set(hint)
  if(EXISTS /etc/debian_version)
    set(hint " Debian and Ubuntu keep it in a package of its own: apt-get install ${package}.")
  endif()
  message(
    FATAL_ERROR
    "interlock: ${what} of ${Python_EXECUTABLE} is not installed.${hint} To use another Python, configure "
    "with -DPython_EXECUTABLE=/path/to/python3 or set the environment variable INTERLOCK_PYTHON."
  )
endfunction()

set(_interlock_python_asked "${Python_EXECUTABLE}")
if(
  NOT _interlock_python_asked
  AND DEFINED ENV{INTERLOCK_PYTHON}
  AND NOT "$ENV{INTERLOCK_PYTHON}" STREQUAL ""
)
  set(_interlock_python_asked "$ENV{INTERLOCK_PYTHON}")
endif()
if(NOT _interlock_python_asked AND EXISTS "${INTERLOCK_PYTHON}")
  # A shell with another PATH must not turn a build folder over to another Python.
  set(_interlock_python_asked "${INTERLOCK_PYTHON}")
endif()
if(NOT _interlock_python_asked AND NOT CMAKE_HOST_WIN32)
  # CMake would prefer the highest version in the first folder of PATH; people mean the one that
  # "python3" runs.
  find_program(_interlock_python_on_path NAMES python3 NO_CACHE)
  if(_interlock_python_on_path)
    execute_process(
      COMMAND "${_interlock_python_on_path}" -c "import sys; sys.exit(sys.version_info < (3, 11))"
      RESULT_VARIABLE _interlock_python_too_old
      OUTPUT_QUIET
      ERROR_QUIET
    )
    if(_interlock_python_too_old EQUAL 0)
      set(_interlock_python_asked "${_interlock_python_on_path}")
    endif()
  endif()
endif()
if(NOT _interlock_python_asked)
  find_package(Python 3.11 REQUIRED COMPONENTS Interpreter)
  set(_interlock_python_asked "${Python_EXECUTABLE}")
endif()

execute_process(
  COMMAND "${_interlock_python_asked}" "${CMAKE_CURRENT_LIST_DIR}/interlock_probe.py"
  OUTPUT_VARIABLE _interlock_probe
  ERROR_VARIABLE _interlock_probe_error
  RESULT_VARIABLE _interlock_probe_failed
)
if(_interlock_probe_failed)
  message(
    FATAL_ERROR
    "interlock: ${_interlock_python_asked} is not a Python that runs.\n${_interlock_probe_error}"
  )
endif()
foreach(
  _interlock_key
  IN
  ITEMS EXECUTABLE VERSION EXT_SUFFIX FREE_THREADED DEBUG SANITIZER INCLUDE_DIR LIBRARY
)
  string(JSON _interlock_value_${_interlock_key} GET "${_interlock_probe}" "${_interlock_key}")
endforeach()
set(INTERLOCK_PYTHON "${_interlock_value_EXECUTABLE}" CACHE INTERNAL "")
foreach(
  _interlock_key
  IN
  ITEMS VERSION EXT_SUFFIX FREE_THREADED DEBUG SANITIZER
)
  set(INTERLOCK_PYTHON_${_interlock_key} "${_interlock_value_${_interlock_key}}" CACHE INTERNAL "")
endforeach()
if(INTERLOCK_PYTHON_VERSION VERSION_LESS 3.11)
  message(
    FATAL_ERROR
    "interlock: Python 3.11 or newer is needed, and ${INTERLOCK_PYTHON} is ${INTERLOCK_PYTHON_VERSION}. "
    "Configure with -DPython_EXECUTABLE=/path/to/python3 or set the environment variable INTERLOCK_PYTHON."
  )
endif()

set(Python_EXECUTABLE "${INTERLOCK_PYTHON}")
if(_interlock_value_INCLUDE_DIR AND NOT Python_INCLUDE_DIR)
  set(Python_INCLUDE_DIR "${_interlock_value_INCLUDE_DIR}")
endif()
if(_interlock_value_LIBRARY AND NOT Python_LIBRARY)
  set(Python_LIBRARY "${_interlock_value_LIBRARY}")
endif()
if(NOT Python_INCLUDE_DIR AND NOT CMAKE_HOST_WIN32)
  _interlock_python_missing("the header Python.h" python3-dev)
endif()

# Global, so that a project which adds interlock as a subdirectory can link to what interlock links
# to.
set(_interlock_targets_global "${CMAKE_FIND_PACKAGE_TARGETS_GLOBAL}")
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(
  Python
  3.11
  QUIET
  COMPONENTS Interpreter Development.Module
  OPTIONAL_COMPONENTS Development.Embed
)
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL "${_interlock_targets_global}")
if(NOT TARGET Python::Module)
  _interlock_python_missing("the development part (Python.h)" python3-dev)
endif()

set(INTERLOCK_PYTHON_LIBRARY_DIRS "${Python_LIBRARY_DIRS}" CACHE INTERNAL "")

set(_interlock_words "${INTERLOCK_PYTHON_VERSION}")
if(INTERLOCK_PYTHON_FREE_THREADED)
  string(APPEND _interlock_words ", free-threaded")
endif()
if(INTERLOCK_PYTHON_DEBUG)
  string(APPEND _interlock_words ", debug build")
endif()
if(INTERLOCK_PYTHON_SANITIZER)
  string(APPEND _interlock_words ", ${INTERLOCK_PYTHON_SANITIZER} sanitizer")
endif()
if(NOT TARGET Python::Python)
  string(APPEND _interlock_words ", without a library to embed")
endif()
message(STATUS "interlock: Python ${_interlock_words} (${INTERLOCK_PYTHON})")
