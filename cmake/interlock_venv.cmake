# interlock_make_venv(<requirements file>... [OPTIONAL <requirements file>...]
#                     [FOLDER venv] [RESULT INTERLOCK_VENV_PYTHON])
#
# Makes the virtual environment <build>/venv (or FOLDER) for the interpreter of this build and
# installs what the files list; what the optional ones list only where there are wheels for this
# interpreter. Done at configure time and once: a stamp holds the hash of the requirements and the
# interpreter. Sets INTERLOCK_VENV_PYTHON (or RESULT), readable in every directory.
#
# pip runs in the interpreter that it installs for, which takes a quarter of an hour where that one is built with a
# sanitizer. uv does not; where it is found (or INTERLOCK_UV names it) it is tried first.

function(_interlock_venv_run what)
  execute_process(
    COMMAND ${ARGN}
    RESULT_VARIABLE failed
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
  )
  if(failed)
    message(FATAL_ERROR "interlock: ${what} failed.\n${output}")
  endif()
endfunction()

# Installs with uv; sets `out` to whether that worked.
function(_interlock_venv_by_uv out python)
  set(${out} OFF PARENT_SCOPE)
  # Whom pip is told to trust, uv may trust too.
  if(NOT DEFINED ENV{SSL_CERT_FILE} AND DEFINED ENV{PIP_CERT})
    set(ENV{SSL_CERT_FILE} "$ENV{PIP_CERT}")
  endif()
  execute_process(
    COMMAND "${INTERLOCK_UV}" --no-config pip install --quiet --python "${python}" ${ARGN}
    RESULT_VARIABLE failed
    OUTPUT_QUIET
    ERROR_QUIET
  )
  if(failed EQUAL 0)
    set(${out} ON PARENT_SCOPE)
  endif()
endfunction()

# Debian's python3 has no ensurepip until python3-venv is installed, and interpreters built from
# source are sometimes made without it. Any other pip from 22.3 on can install into the environment
# from outside.
function(_interlock_venv_foreign_pip out)
  find_program(other NAMES python3 python NO_CACHE)
  foreach(python IN ITEMS "${other}" /usr/bin/python3)
    if(EXISTS "${python}")
      execute_process(
        COMMAND
          "${python}" -c
          "import pip; v = pip.__version__.split('.'); raise SystemExit((int(v[0]), int(v[1])) < (22, 3))"
        RESULT_VARIABLE failed
        OUTPUT_QUIET
        ERROR_QUIET
      )
      if(failed EQUAL 0)
        set(${out} "${python}" PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

function(interlock_make_venv)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "FOLDER;RESULT" "OPTIONAL")
  set(folder venv)
  if(arg_FOLDER)
    set(folder "${arg_FOLDER}")
  endif()
  set(result INTERLOCK_VENV_PYTHON)
  if(arg_RESULT)
    set(result "${arg_RESULT}")
  endif()
  set(venv "${CMAKE_BINARY_DIR}/${folder}")
  if(CMAKE_HOST_WIN32)
    set(python "${venv}/Scripts/python.exe")
  else()
    set(python "${venv}/bin/python")
  endif()
  set(${result} "${python}" CACHE INTERNAL "")

  set(wanted "${INTERLOCK_PYTHON} ${INTERLOCK_PYTHON_VERSION} ${INTERLOCK_PYTHON_EXT_SUFFIX}")
  set(requirements)
  foreach(file IN LISTS arg_UNPARSED_ARGUMENTS arg_OPTIONAL)
    file(SHA256 "${file}" hash)
    string(APPEND wanted " ${hash}")
    if(NOT file IN_LIST arg_OPTIONAL)
      list(APPEND requirements -r "${file}")
    endif()
    # A changed file makes the build configure again.
    set_property(
      DIRECTORY "${PROJECT_SOURCE_DIR}"
      APPEND
      PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}"
    )
  endforeach()
  set(stamp "${venv}/interlock.stamp")
  if(EXISTS "${stamp}" AND EXISTS "${python}")
    file(READ "${stamp}" made)
    if(made STREQUAL wanted)
      return()
    endif()
  endif()

  message(STATUS "interlock: making ${venv}")
  file(REMOVE_RECURSE "${venv}")
  set(by_uv OFF)
  find_program(INTERLOCK_UV uv)
  mark_as_advanced(INTERLOCK_UV)
  if(INTERLOCK_UV)
    execute_process(
      COMMAND "${INTERLOCK_PYTHON}" -m venv --without-pip "${venv}"
      RESULT_VARIABLE failed
      OUTPUT_QUIET
      ERROR_QUIET
    )
    if(NOT failed)
      _interlock_venv_by_uv(by_uv "${python}" pip ${requirements})
    endif()
  endif()
  execute_process(
    COMMAND "${INTERLOCK_PYTHON}" -c "import ensurepip, venv"
    RESULT_VARIABLE no_ensurepip
    OUTPUT_QUIET
    ERROR_QUIET
  )
  if(by_uv)
    set(pip "${python}" -m pip)
  elseif(NOT no_ensurepip)
    _interlock_venv_run("making a virtual environment" "${INTERLOCK_PYTHON}" -m venv "${venv}")
    set(pip "${python}" -m pip)
  else()
    _interlock_venv_foreign_pip(other)
    if(NOT other)
      _interlock_python_missing("the part that makes virtual environments (venv, ensurepip)" python3-venv)
    endif()
    _interlock_venv_run("making a virtual environment" "${INTERLOCK_PYTHON}" -m venv --without-pip "${venv}")
    set(
      pip
      "${other}"
      -m
      pip
      --python
      "${python}"
    )
  endif()
  if(requirements AND NOT by_uv)
    _interlock_venv_run(
      "installing what ${folder} needs"
      ${pip} install --quiet --disable-pip-version-check --no-input ${requirements}
    )
  endif()
  foreach(file IN LISTS arg_OPTIONAL)
    if(by_uv)
      _interlock_venv_by_uv(installed "${python}" --only-binary :all: -r "${file}")
      if(installed)
        continue()
      endif()
    endif()
    execute_process(
      COMMAND
        ${pip} install --quiet --disable-pip-version-check --no-input --only-binary :all: -r
        "${file}"
      RESULT_VARIABLE failed
      OUTPUT_VARIABLE output
      ERROR_VARIABLE output
    )
    if(failed)
      message(
        STATUS
        "interlock: not everything in ${file} has a wheel for this Python; tests of it are skipped"
      )
    endif()
  endforeach()
  file(WRITE "${stamp}" "${wanted}")
endfunction()
