# interlock_sanitizer_environment(<out> NATIVE|PYTHON)
#
# The environment in which a test of a sanitized build runs, as NAME=set:value; empty in other
# builds. NATIVE is a program that was built with the sanitizer. PYTHON is an interpreter that was
# not, and that loads modules which were: the sanitizer's runtime has to be there before the
# interpreter starts, and the C++ library right after it, or exceptions thrown in a module are not
# intercepted.

function(interlock_sanitizer_environment out kind)
  set(environment)
  set(folder "${PROJECT_SOURCE_DIR}/tests/sanitizers")
  if(INTERLOCK_SANITIZE AND NOT INTERLOCK_PYTHON_FREE_THREADED)
    # Python's own allocator hides both overruns and leaks. Without the GIL there is no other.
    list(APPEND environment PYTHONMALLOC=set:malloc)
  endif()
  if(INTERLOCK_SANITIZE STREQUAL "address")
    list(
      APPEND environment
      "ASAN_OPTIONS=set:detect_leaks=1:detect_stack_use_after_return=1:strict_init_order=1"
      "LSAN_OPTIONS=set:suppressions=${folder}/lsan.supp:print_suppressions=0"
      "UBSAN_OPTIONS=set:print_stacktrace=1:suppressions=${folder}/ubsan.supp"
    )
  elseif(INTERLOCK_SANITIZE STREQUAL "thread")
    set(suppressions "${folder}/tsan.supp")
    cmake_path(GET INTERLOCK_PYTHON PARENT_PATH python)
    set(theirs "${python}/../share/tsan/suppressions_free_threading.txt")
    if(INTERLOCK_PYTHON_SANITIZER AND EXISTS "${theirs}")
      # What CPython's developers leave out of their own tests. There is room for one file.
      file(READ "${suppressions}" ours)
      file(READ "${theirs}" theirs)
      set(suppressions "${PROJECT_BINARY_DIR}/tsan.supp")
      file(CONFIGURE OUTPUT "${suppressions}" CONTENT "${ours}\n${theirs}" @ONLY)
    endif()
    # A race fails the test at its end, not at once: all of them are wanted in one run. Children of a fork may start threads.
    list(
      APPEND environment
      "TSAN_OPTIONS=set:suppressions=${suppressions}:second_deadlock_stack=1:history_size=4:die_after_fork=0"
    )
  endif()
  if(INTERLOCK_SANITIZE AND kind STREQUAL "PYTHON" AND NOT INTERLOCK_PYTHON_SANITIZER AND NOT APPLE)
    execute_process(
      COMMAND "${CMAKE_CXX_COMPILER}" -print-file-name=libstdc++.so.6
      OUTPUT_VARIABLE cxx
      OUTPUT_STRIP_TRAILING_WHITESPACE
    )
    list(APPEND environment "LD_PRELOAD=set:${INTERLOCK_SANITIZER_RUNTIME}:${cxx}")
  endif()
  set(${out} "${environment}" PARENT_SCOPE)
endfunction()
