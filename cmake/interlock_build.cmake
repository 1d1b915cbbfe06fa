# How interlock's own builds are compiled: warnings, sanitizers, compiler cache, linker. Nothing
# here reaches a project that uses interlock.

# Warnings, for targets of this repository: link to interlock_warnings PRIVATE.
add_library(interlock_warnings INTERFACE)
if(MSVC)
  target_compile_options(interlock_warnings INTERFACE /W4 $<$<BOOL:${INTERLOCK_WERROR}>:/WX>)
else()
  target_compile_options(
    interlock_warnings
    INTERFACE
      -Wall
      -Wextra
      -Wpedantic
      -Wshadow
      -Wconversion
      -Wnon-virtual-dtor
      -Woverloaded-virtual
      $<$<BOOL:${INTERLOCK_WERROR}>:-Werror>
  )
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC bug 105651: false alarms out of std::string's own operator+.
    target_compile_options(interlock_warnings INTERFACE -Wno-restrict)
  endif()
endif()

# Line tables alone: they name the line in a report or a stack trace, and take a quarter less time to make than all of
# what a debugger can show. The debug preset has all of it.
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT MSVC)
  add_compile_options($<$<CONFIG:RelWithDebInfo>:-g1>)
endif()

# Sanitizers, for everything that this build compiles, so that what is inlined across files agrees.
set(INTERLOCK_SANITIZE "" CACHE STRING "Sanitizer: empty, address (with undefined) or thread")
set_property(CACHE INTERLOCK_SANITIZE PROPERTY STRINGS "" address thread)
if(INTERLOCK_SANITIZE STREQUAL "address")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif(INTERLOCK_SANITIZE STREQUAL "thread")
  set(sanitize -fsanitize=thread)
elseif(NOT INTERLOCK_SANITIZE STREQUAL "")
  message(
    FATAL_ERROR
    "INTERLOCK_SANITIZE is \"${INTERLOCK_SANITIZE}\"; it may be empty, address or thread"
  )
endif()
if(INTERLOCK_SANITIZE)
  add_compile_options(${sanitize} -fno-omit-frame-pointer)
  # The optimizer takes most of the time with what the sanitizers add, a minute and more for one file of bindings. Level
  # -Og takes a third of that, and instruments the same code. A report names lines; it needs no variables.
  add_compile_options("$<$<CONFIG:RelWithDebInfo>:-Og;-g1>")
  add_link_options(${sanitize})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What the sanitizer adds confuses these two: they complain of the standard library's own code.
    target_compile_options(interlock_warnings INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized)
  endif()
endif()
if(INTERLOCK_SANITIZE AND NOT APPLE)
  # The sanitizer's runtime as a library: an ordinary Python that loads sanitized modules has it
  # preloaded. GCC and Clang name it differently, Clang differently by version; a compiler that has
  # no such file prints the bare name.
  set(short_address asan)
  set(short_thread tsan)
  set(short "${short_${INTERLOCK_SANITIZE}}")
  set(INTERLOCK_SANITIZER_RUNTIME "" CACHE INTERNAL "")
  set(names "lib${short}.so")
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(names "libclang_rt.${short}.so" "libclang_rt.${short}-${CMAKE_SYSTEM_PROCESSOR}.so")
  endif()
  foreach(name IN LISTS names)
    execute_process(
      COMMAND "${CMAKE_CXX_COMPILER}" -print-file-name=${name}
      OUTPUT_VARIABLE path
      OUTPUT_STRIP_TRAILING_WHITESPACE
    )
    if(IS_ABSOLUTE "${path}" AND EXISTS "${path}")
      set(INTERLOCK_SANITIZER_RUNTIME "${path}" CACHE INTERNAL "")
    endif()
  endforeach()
  if(NOT INTERLOCK_SANITIZER_RUNTIME)
    list(JOIN names " or " names)
    message(
      FATAL_ERROR
      "interlock: ${CMAKE_CXX_COMPILER} has no ${names}: its sanitizers are not installed"
    )
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Clang puts the runtime into programs alone unless it is told to link the library.
    cmake_path(GET INTERLOCK_SANITIZER_RUNTIME PARENT_PATH folder)
    add_link_options(-shared-libsan "LINKER:-rpath,${folder}")
  endif()
endif()

# A compiler cache and a fast linker are used when they are there.
option(INTERLOCK_FAST_TOOLS "Use ccache and mold or lld where they are found" ON)
if(INTERLOCK_FAST_TOOLS AND NOT MSVC)
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(INTERLOCK_CCACHE ccache)
    mark_as_advanced(INTERLOCK_CCACHE)
    if(INTERLOCK_CCACHE)
      set(CMAKE_CXX_COMPILER_LAUNCHER "${INTERLOCK_CCACHE}")
      # What ccache needs to see of precompiled headers, where it is told to trust them.
      if("$ENV{CCACHE_SLOPPINESS}" MATCHES "pch_defines")
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
          add_compile_options(-fpch-preprocess)
        else()
          add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
        endif()
      endif()
    endif()
  endif()
  # lld cannot read GCC's link-time optimized objects; mold can, and is the second choice for Clang.
  set(linkers)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(linkers mold)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(linkers lld mold)
  endif()
  include(CheckCXXSourceCompiles)
  foreach(linker IN LISTS linkers)
    set(CMAKE_REQUIRED_LINK_OPTIONS "-fuse-ld=${linker}")
    check_cxx_source_compiles("int main() {}" INTERLOCK_LINKER_${linker})
    unset(CMAKE_REQUIRED_LINK_OPTIONS)
    if(INTERLOCK_LINKER_${linker})
      add_link_options("-fuse-ld=${linker}")
      break()
    endif()
  endforeach()
endif()
