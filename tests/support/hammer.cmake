# interlock_add_hammer_test(<name> <path>... [NATIVE] [ENV <NAME=value>...])
#
# A pytest that repeats what can go wrong at exit. Each of its scripts is run 20 times, 5 times in a build with a sanitizer; the
# environment's INTERLOCK_HAMMER_RUNS says otherwise, and so does the CMake variable of that name:
#
#   INTERLOCK_HAMMER_RUNS=200 ctest --preset test -R hammer
#
# No single run may take longer than 10 seconds, 100 with a sanitizer: nothing is slowed down more than ten times. NATIVE: what
# is run was itself built with the sanitizer.

set(INTERLOCK_HAMMER_RUNS "" CACHE STRING "How often each hammer ends Python; 200 is thorough")

function(interlock_add_hammer_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NATIVE" "" "ENV")
  set(sanitizer)
  if(arg_NATIVE)
    set(sanitizer NO_SANITIZER)
    interlock_sanitizer_environment(environment NATIVE)
    list(TRANSFORM environment REPLACE "=set:" "=")
    list(APPEND arg_ENV ${environment})
  endif()
  set(runs 20)
  set(limit 10)
  if(INTERLOCK_SANITIZE OR INTERLOCK_PYTHON_SANITIZER)
    set(runs 5)
    set(limit 100)
  endif()
  if(INTERLOCK_HAMMER_RUNS)
    set(runs ${INTERLOCK_HAMMER_RUNS})
  endif()
  # A run that hangs is ended by its own limit; those for the whole are there for hundreds of runs.
  interlock_add_pytest(
    ${name} ${arg_UNPARSED_ARGUMENTS} ${sanitizer}
    ENV ${arg_ENV} INTERLOCK_HAMMER_LIMIT=${limit} INTERLOCK_HAMMER_DEFAULT_RUNS=${runs}
    TIMEOUT 7200 TEST_TIMEOUT 3600
    LABELS hammer ONCE
  )
endfunction()
