# interlock_add_hammer_test(<name> <path>... [NATIVE] [ENV <NAME=value>...])
#
# A pytest that repeats what can go wrong at exit: 20 times by itself, and 200 times as <name>_long, labelled long, in builds
# with INTERLOCK_LONG_TESTS. NATIVE: what is run was itself built with the sanitizer.

option(INTERLOCK_LONG_TESTS "Register the tests that are labelled long" OFF)

function(interlock_add_hammer_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NATIVE" "" "ENV")
  set(sanitizer)
  if(arg_NATIVE)
    set(sanitizer NO_SANITIZER)
    interlock_sanitizer_environment(environment NATIVE)
    list(TRANSFORM environment REPLACE "=set:" "=")
    list(APPEND arg_ENV ${environment} "PATH=${INTERLOCK_PYTHON_FOLDER}:$ENV{PATH}")
  endif()
  # Nothing is slower than ten times under a sanitizer.
  set(limit 10)
  if(INTERLOCK_SANITIZE OR INTERLOCK_PYTHON_SANITIZER)
    set(limit 100)
  endif()
  list(APPEND arg_ENV INTERLOCK_HAMMER_LIMIT=${limit})
  interlock_add_pytest(
    ${name} ${arg_UNPARSED_ARGUMENTS} ${sanitizer}
    ENV ${arg_ENV} INTERLOCK_HAMMER_RUNS=20
    TIMEOUT 600 TEST_TIMEOUT 300
  )
  if(INTERLOCK_LONG_TESTS)
    interlock_add_pytest(
      ${name}_long ${arg_UNPARSED_ARGUMENTS} ${sanitizer}
      ENV ${arg_ENV} INTERLOCK_HAMMER_RUNS=200
      TIMEOUT 6000 TEST_TIMEOUT 3000
      LABELS long
    )
  endif()
endfunction()
