# Functions that register tests. Every test has a time limit, so that a deadlock is a failure and
# not a hang.
#
#   interlock_add_cpp_test(<name> <source>... [EMBED] [NO_MAIN] [PLAIN] [VARIANT <core>]
#                          [TIMEOUT <s>] [LABELS <label>...])
#       GoogleTest program; each TEST is a ctest test, <name>.<suite>.<test>, in its own process.
#         EMBED    Python inside: links to interlock::embed; skipped, visibly, if this Python has
#                  no library
#         NO_MAIN  the sources have their own main
#         PLAIN    does not use the library, and is not linked to it
#         VARIANT  a core made by interlock_core_variant
#
#   interlock_add_test_module(<name> <source>... [VARIANT <core>])
#       Extension module that the Python tests import.
#
#   interlock_add_pytest(<name> <path>... [ENV <NAME=value>...] [ARGS <pytest argument>...]
#                        [PROCESSORS <n>] [TIMEOUT <s>] [TEST_TIMEOUT <s>] [LABELS <label>...]
#                        [NO_SANITIZER] [ONCE])
#       One ctest test that runs pytest on the paths. TIMEOUT bounds the whole run, TEST_TIMEOUT
#       each test in it. On a free-threaded Python there is a second one, <name>_parallel, in which
#       each test runs on several threads at once; in both a test fails that finds the GIL on.
#         NO_SANITIZER  the process loads nothing that is instrumented
#         ONCE          no second one: what is tested runs in processes of its own
#
#   interlock_precompile(<target> <kind> <source>...)
#       Spares a target most of the time that reading the headers takes, where its sources include all of interlock;
#       with INTERLOCK_PRECOMPILE alone. The options that the target has by then are what the headers are read with;
#       targets with the same ones share them, by kind:
#         module   linked to interlock::interlock
#         program  linked to interlock::embed and GoogleTest
#         snippet  linked to interlock::embed
#
#   interlock_add_valgrind_test(<name> [<argument>...])
#       The C++ test of that name once more, in one process and with these arguments, under
#       valgrind's memcheck; with INTERLOCK_VALGRIND alone.
#
# Labels: cpp, embed, python and valgrind are set by themselves, and the folder's name.

option(
  INTERLOCK_TEST_VARIANTS
  "Test the core with other settings too (hardening, trace points); each is a core more to compile"
  ON
)

include(GoogleTest)
include(${CMAKE_CURRENT_LIST_DIR}/sanitizers/environment.cmake)

# Where each pytest has a folder for its temporary files. Without one, those that run at a time share
# a folder, clean it up, and now and then meet in it.
cmake_path(SET INTERLOCK_TEMPORARY_FOLDER NORMALIZE "/tmp")
foreach(variable TMPDIR TEMP)
  if(DEFINED ENV{${variable}})
    cmake_path(SET INTERLOCK_TEMPORARY_FOLDER NORMALIZE "$ENV{${variable}}")
    break()
  endif()
endforeach()
string(SHA1 INTERLOCK_TEMPORARY_NAME "${PROJECT_BINARY_DIR}")
string(SUBSTRING "${INTERLOCK_TEMPORARY_NAME}" 0 8 INTERLOCK_TEMPORARY_NAME)

# find_package sees a GTest of the system; elsewhere the official release is fetched.
find_package(GTest QUIET)
if(NOT GTest_FOUND)
  message(STATUS "interlock: GoogleTest is not installed; fetching it")
  include(FetchContent)
  set(INSTALL_GTEST OFF)
  set(gtest_force_shared_crt ON)
  FetchContent_Declare(
    googletest
    URL https://github.com/google/googletest/releases/download/v1.17.0/googletest-1.17.0.tar.gz
    URL_HASH SHA256=65fab701d9829d38cb77c14acdc431d2108bfdbf8979e40eb8ae567edf10b27c
    DOWNLOAD_EXTRACT_TIMESTAMP OFF
  )
  FetchContent_MakeAvailable(googletest)
endif()

set(INTERLOCK_TEST_MODULES "${PROJECT_BINARY_DIR}/tests/modules")
cmake_path(GET INTERLOCK_PYTHON PARENT_PATH INTERLOCK_PYTHON_FOLDER)
set(
  INTERLOCK_PYTHONHOME
  ""
  CACHE PATH
  "PYTHONHOME of programs that embed this Python, where its library does not know its own place"
)

# interlock_embedding_environment(<out>): what a program with Python inside needs to find the
# standard library, as NAME=<operation>:value.
function(interlock_embedding_environment out)
  # CPython looks for its library folder beside the first python3 on PATH, whatever it was linked
  # with.
  set(environment "PATH=path_list_prepend:${INTERLOCK_PYTHON_FOLDER}")
  list(
    APPEND environment
    PYTHONDONTWRITEBYTECODE=unset:
    "PYTHONPYCACHEPREFIX=set:${PROJECT_BINARY_DIR}/pycache"
  )
  if(INTERLOCK_PYTHONHOME)
    list(APPEND environment "PYTHONHOME=set:${INTERLOCK_PYTHONHOME}")
  endif()
  set(${out} "${environment}" PARENT_SCOPE)
endfunction()

function(interlock_precompile target kind)
  if(NOT INTERLOCK_PRECOMPILE)
    return()
  endif()
  set(sources ${ARGN})
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" all REGEX "^#include <interlock/interlock.hpp>")
    if(NOT all)
      return() # a header that is included by itself has to be enough by itself
    endif()
  endforeach()
  get_target_property(options ${target} COMPILE_OPTIONS)
  string(MD5 key "${options}")
  string(SUBSTRING "${key}" 0 6 key)
  set(owner interlock_precompiled_${kind}_${key})
  if(NOT TARGET ${owner})
    set(source "${PROJECT_BINARY_DIR}/${owner}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "\n")
    set(headers <interlock/interlock.hpp>)
    add_library(${owner} OBJECT "${source}")
    target_link_libraries(${owner} PRIVATE interlock_warnings)
    set_target_properties(
      ${owner}
      PROPERTIES CXX_VISIBILITY_PRESET hidden COMPILE_OPTIONS "${options}"
    )
    if(kind STREQUAL "module")
      target_link_libraries(${owner} PRIVATE interlock::interlock)
      set_target_properties(
        ${owner}
        PROPERTIES POSITION_INDEPENDENT_CODE ON VISIBILITY_INLINES_HIDDEN ON
      )
    elseif(kind STREQUAL "program")
      target_link_libraries(${owner} PRIVATE interlock::embed GTest::gtest)
      set_target_properties(${owner} PROPERTIES VISIBILITY_INLINES_HIDDEN ON)
      list(APPEND headers <gtest/gtest.h>)
    else()
      target_link_libraries(${owner} PRIVATE interlock::embed)
    endif()
    target_precompile_headers(${owner} PRIVATE ${headers})
  endif()
  # The macro that CMake defines in a shared library's sources would be one that the headers were not read with.
  set_target_properties(${target} PROPERTIES DEFINE_SYMBOL "")
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

function(interlock_add_cpp_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EMBED;NO_MAIN;PLAIN" "VARIANT;TIMEOUT" "LABELS")
  if(NOT arg_VARIANT)
    set(arg_VARIANT interlock_core)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME layer)
  set(labels cpp ${layer} ${arg_LABELS})
  set(library "${arg_VARIANT}")
  if(arg_PLAIN)
    set(library)
  endif()
  if(arg_EMBED)
    list(APPEND labels embed)
    set(library "${arg_VARIANT}_embed")
    if(NOT TARGET ${library})
      add_test(
        NAME ${name}
        COMMAND "${CMAKE_COMMAND}" -E echo "skipped: this Python has no library to embed"
      )
      set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped:" LABELS "${labels}")
      return()
    endif()
  endif()

  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(
    ${name}
    PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
  )
  target_link_libraries(${name} PRIVATE ${library} interlock_warnings GTest::gtest)
  if(NOT arg_NO_MAIN)
    target_link_libraries(${name} PRIVATE GTest::gtest_main)
  endif()
  if(arg_EMBED AND arg_VARIANT STREQUAL "interlock_core")
    interlock_precompile(${name} program ${arg_UNPARSED_ARGUMENTS})
  endif()

  interlock_embedding_environment(environment)
  interlock_sanitizer_environment(sanitizer NATIVE)
  list(APPEND environment ${sanitizer})
  gtest_discover_tests(
    ${name}
    TEST_PREFIX "${name}."
    # When ctest runs, not when the program is linked: a build must not need what the program needs
    # to start.
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT}
  )
  # gtest_discover_tests takes lists apart on their way, so these are set afterwards, in a file of
  # their own.
  set(properties "${CMAKE_CURRENT_BINARY_DIR}/${name}_properties.cmake")
  file(
    CONFIGURE
    OUTPUT "${properties}"
    CONTENT
      [[
if(@name@_TESTS)
  set_tests_properties(
    ${@name@_TESTS} PROPERTIES LABELS "@labels@" ENVIRONMENT_MODIFICATION "@environment@"
  )
endif()
]]
    @ONLY
  )
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${properties}")
endfunction()

function(interlock_add_test_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "VARIANT" "")
  set(core)
  if(arg_VARIANT)
    set(core CORE ${arg_VARIANT})
  endif()
  interlock_add_module(${name} NO_LTO NO_STRIP ${core} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE interlock_warnings)
  if(NOT arg_VARIANT)
    interlock_precompile(${name} module ${arg_UNPARSED_ARGUMENTS})
  endif()
  # The generator expression keeps Visual Studio and Xcode from adding a folder for the
  # configuration.
  set_target_properties(
    ${name}
    PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${INTERLOCK_TEST_MODULES}/$<0:>"
  )
endfunction()

function(interlock_add_pytest name)
  cmake_parse_arguments(
    PARSE_ARGV 1
    arg
    "NO_SANITIZER;ONCE"
    "TIMEOUT;TEST_TIMEOUT;PROCESSORS"
    "ENV;ARGS;LABELS"
  )
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_TEST_TIMEOUT)
    set(arg_TEST_TIMEOUT 60)
  endif()
  if(NOT arg_PROCESSORS)
    set(arg_PROCESSORS 1)
  endif()
  if(INTERLOCK_PYTHON_SANITIZER OR INTERLOCK_PYTHON_DEBUG)
    # Python itself is many times slower.
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 4")
    math(EXPR arg_TEST_TIMEOUT "${arg_TEST_TIMEOUT} * 4")
  endif()
  # --capture=sys: what a dying process writes to its stderr (a sanitizer, std::terminate) must not
  # be captured. Stacks of all threads are printed a little before the test is ended.
  math(EXPR dump "${arg_TEST_TIMEOUT} * 8 / 10")
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME layer)

  set(paths)
  foreach(path IN LISTS arg_UNPARSED_ARGUMENTS)
    cmake_path(ABSOLUTE_PATH path)
    list(APPEND paths "${path}")
  endforeach()
  # What embedding.py hands on to programs with this Python inside.
  set(
    environment
    # Bytecode is kept, in the build folder: interpreters of a sanitizer or for debugging come without,
    # and to compile what pytest imports takes them half a minute in each process.
    PYTHONDONTWRITEBYTECODE=
    "PYTHONPYCACHEPREFIX=${PROJECT_BINARY_DIR}/pycache"
    "INTERLOCK_PYTHON_FOLDER=${INTERLOCK_PYTHON_FOLDER}"
    "INTERLOCK_PYTHONHOME=${INTERLOCK_PYTHONHOME}"
  )
  if(NOT arg_NO_SANITIZER)
    interlock_sanitizer_environment(sanitizer PYTHON)
    list(TRANSFORM sanitizer REPLACE "=set:" "=")
    list(APPEND environment ${sanitizer})
  endif()
  set(variants ${name})
  if(INTERLOCK_PYTHON_FREE_THREADED AND NOT arg_ONCE)
    list(APPEND variants ${name}_parallel)
  endif()
  foreach(variant IN LISTS variants)
    set(arguments ${arg_ARGS})
    set(last)
    if(NOT variant STREQUAL name)
      # Those that cannot run beside themselves have run in the other variant.
      list(APPEND arguments --parallel-threads 4 --skip-thread-unsafe True)
      # Tests that repeat something have repetitions enough.
      set(last INTERLOCK_HAMMER_RUNS=1)
    endif()
    add_test(
      NAME ${variant}
      COMMAND
        "${INTERLOCK_VENV_PYTHON}" -X dev -m pytest -c "${PROJECT_SOURCE_DIR}/pyproject.toml"
        --rootdir "${PROJECT_SOURCE_DIR}" -p no:cacheprovider -p no_gil -o
        faulthandler_timeout=${dump} --timeout ${arg_TEST_TIMEOUT} --capture=sys --basetemp
        "${INTERLOCK_TEMPORARY_FOLDER}/interlock-${INTERLOCK_TEMPORARY_NAME}-${variant}" --junitxml
        "${PROJECT_BINARY_DIR}/Testing/pytest/${variant}.xml" ${arguments} ${paths}
      # What tests and plug-ins drop in the current folder stays out of the source tree.
      WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}"
    )
    set_tests_properties(
      ${variant}
      PROPERTIES
        TIMEOUT ${arg_TIMEOUT}
        PROCESSORS ${arg_PROCESSORS}
        LABELS "python;${layer};${arg_LABELS}"
        ENVIRONMENT "${environment};${arg_ENV};${last}"
        ENVIRONMENT_MODIFICATION
          "PYTHONPATH=path_list_prepend:${INTERLOCK_TEST_MODULES};PYTHONPATH=path_list_prepend:${PROJECT_SOURCE_DIR}/tests/support"
    )
  endforeach()
endfunction()

option(INTERLOCK_VALGRIND "Register the tests that run under valgrind" OFF)

function(interlock_add_valgrind_test name)
  if(NOT INTERLOCK_VALGRIND OR NOT TARGET ${name})
    return()
  endif()
  find_program(INTERLOCK_VALGRIND_PROGRAM valgrind REQUIRED)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME layer)
  add_test(
    NAME ${name}_valgrind
    COMMAND
      "${INTERLOCK_VALGRIND_PROGRAM}" --quiet --error-exitcode=9 --child-silent-after-fork=yes
      --fair-sched=yes --suppressions=${PROJECT_SOURCE_DIR}/tests/sanitizers/valgrind.supp
      $<TARGET_FILE:${name}> ${ARGN}
  )
  interlock_embedding_environment(environment)
  # Python's own allocator hides both overruns and what is used after it was freed.
  list(APPEND environment PYTHONMALLOC=set:malloc)
  set_tests_properties(
    ${name}_valgrind
    PROPERTIES TIMEOUT 600 LABELS "valgrind;${layer}" ENVIRONMENT_MODIFICATION "${environment}"
  )
endfunction()
