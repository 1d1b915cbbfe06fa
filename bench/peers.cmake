# How a module of each library is built: as that library's own documentation says for speed.
#
# bench_theme(<theme> <library>...) makes the modules of a folder, bench_<theme>_<library>, from the sources that are called
# after the library. A library that is not there is left out, and CMake says why; without INTERLOCK_BENCH_PEERS all but C's and
# interlock's are.

set(nanobind_free_threaded "")
if(INTERLOCK_PYTHON_FREE_THREADED)
  set(nanobind_free_threaded FREE_THREADED)
endif()

# What the modules of all libraries have in common.
function(bench_finish_module name)
  set_target_properties(${name} PROPERTIES SUFFIX "${INTERLOCK_PYTHON_EXT_SUFFIX}" DEBUG_POSTFIX "")
  target_compile_features(${name} PRIVATE cxx_std_20)
  bench_module(${name})
  set(BENCH_TARGETS ${BENCH_TARGETS} PARENT_SCOPE)
endfunction()

# nanobind optimizes extensions for size unless told otherwise.
function(bench_nanobind_module name source)
  nanobind_add_module(
    ${name} NOMINSIZE LTO NOSTRIP NB_STATIC ${nanobind_free_threaded} ${source}
  )
  bench_finish_module(${name})
  set(BENCH_TARGETS ${BENCH_TARGETS} PARENT_SCOPE)
endfunction()

# Cython's C++ is compiled as it comes: the directives that its documentation has for speed stand in the sources.
function(bench_cython_module name source)
  set(made "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  add_custom_command(
    OUTPUT "${made}"
    COMMAND
      "${BENCH_VENV_PYTHON}" -m cython -3 --cplus --module-name ${name} --output-file "${made}"
      "${CMAKE_CURRENT_SOURCE_DIR}/${source}"
    DEPENDS ${source} work.hpp
    VERBATIM
    COMMENT "Cythonizing ${name}"
  )
  add_library(${name} MODULE "${made}")
  target_link_libraries(${name} PRIVATE Python::Module)
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden)
  bench_finish_module(${name})
  set(BENCH_TARGETS ${BENCH_TARGETS} PARENT_SCOPE)
endfunction()

# A distribution builds Boost.Python for its own Python alone. Where there is no GIL it is left out: importing a module that does not
# say that it works without one turns the GIL on, and Boost.Python has no way to say so.
string(
  REGEX REPLACE "^([0-9]+)\\.([0-9]+).*"
  "python\\1\\2"
  BENCH_BOOST_COMPONENT
  "${INTERLOCK_PYTHON_VERSION}"
)
if(INTERLOCK_BENCH_PEERS AND NOT INTERLOCK_PYTHON_FREE_THREADED)
  find_package(Boost QUIET COMPONENTS "${BENCH_BOOST_COMPONENT}")
endif()
if(TARGET Boost::${BENCH_BOOST_COMPONENT})
  set(BENCH_boost_python_VERSION "${Boost_VERSION_STRING}")
elseif(INTERLOCK_BENCH_PEERS)
  message(
    STATUS
    "interlock: no Boost.Python for Python ${INTERLOCK_PYTHON_VERSION}; the benchmarks run without it"
  )
endif()
function(bench_boost_python_module name source)
  add_library(${name} MODULE ${source})
  target_link_libraries(${name} PRIVATE Python::Module Boost::${BENCH_BOOST_COMPONENT})
  set_target_properties(
    ${name}
    PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden INTERPROCEDURAL_OPTIMIZATION ON
  )
  bench_finish_module(${name})
  set(BENCH_TARGETS ${BENCH_TARGETS} PARENT_SCOPE)
endfunction()

# The crates of all themes are one workspace, copied into the build folder: cargo writes its lock file there, and compiles PyO3
# once. Without the reference pool it is another PyO3, in a folder of its own.
set(BENCH_CARGO_DIR "${CMAKE_CURRENT_BINARY_DIR}/cargo")
set(
  BENCH_PYO3_THEMES
  doors
  calls
  classes
  conversions
  overrides
  threads
)
if(NOT INTERLOCK_BENCH_PEERS)
  set(INTERLOCK_BENCH_PYO3 OFF)
endif()
if(INTERLOCK_BENCH_PYO3 AND INTERLOCK_BENCH_CARGO)
  configure_file(pyo3/Cargo.toml "${BENCH_CARGO_DIR}/Cargo.toml" COPYONLY)
  foreach(theme IN LISTS BENCH_PYO3_THEMES)
    foreach(file IN ITEMS Cargo.toml src/lib.rs)
      configure_file(${theme}/pyo3/${file} "${BENCH_CARGO_DIR}/${theme}/${file}" COPYONLY)
    endforeach()
  endforeach()
elseif(INTERLOCK_BENCH_PYO3)
  message(STATUS "interlock: cargo is not installed; the benchmarks run without PyO3")
endif()
function(bench_pyo3_module name theme)
  set(target "${BENCH_CARGO_DIR}/target")
  set(flags "")
  if(name MATCHES "_no_pool$")
    set(target "${BENCH_CARGO_DIR}/target_no_pool")
    set(flags "--cfg pyo3_disable_reference_pool")
  endif()
  set(crate bench_${theme}_pyo3)
  set(module "${BENCH_MODULE_DIR}/${name}${INTERLOCK_PYTHON_EXT_SUFFIX}")
  set(library "${CMAKE_SHARED_LIBRARY_PREFIX}${crate}${CMAKE_SHARED_LIBRARY_SUFFIX}")
  add_custom_command(
    OUTPUT "${module}"
    COMMAND
      "${CMAKE_COMMAND}" -E env "PYO3_PYTHON=${INTERLOCK_PYTHON}" "CARGO_PROFILE_RELEASE_DEBUG=1"
      "RUSTFLAGS=${flags}" "${INTERLOCK_BENCH_CARGO}" build --release --quiet --package ${crate}
      --target-dir "${target}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${BENCH_MODULE_DIR}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${target}/release/${library}" "${module}"
    DEPENDS
      "${BENCH_CARGO_DIR}/Cargo.toml"
      "${BENCH_CARGO_DIR}/${theme}/Cargo.toml"
      "${BENCH_CARGO_DIR}/${theme}/src/lib.rs"
    WORKING_DIRECTORY "${BENCH_CARGO_DIR}"
    VERBATIM
    COMMENT "Building ${name} with cargo"
  )
  add_custom_target(${name} DEPENDS "${module}")
  set(BENCH_TARGETS ${BENCH_TARGETS} ${name} PARENT_SCOPE)
endfunction()

function(bench_theme theme)
  foreach(library IN LISTS ARGN)
    set(name bench_${theme}_${library})
    if(library MATCHES "_c$")
      bench_plain_module(${name} ${library}.cpp)
      target_compile_features(${name} PRIVATE cxx_std_20)
      bench_module(${name})
    elseif(library STREQUAL "interlock")
      interlock_add_module(${name} NO_STRIP interlock.cpp)
      target_link_libraries(${name} PRIVATE interlock_warnings)
      bench_module(${name})
    elseif(NOT INTERLOCK_BENCH_PEERS)
      continue()
    elseif(library STREQUAL "nanobind")
      bench_nanobind_module(${name} nanobind.cpp)
    elseif(library STREQUAL "nanobind_pooled")
      bench_nanobind_module(${name} nanobind.cpp)
      target_compile_definitions(${name} PRIVATE BENCH_POOLED)
    elseif(library STREQUAL "pybind11")
      pybind11_add_module(${name} pybind11.cpp)
      bench_finish_module(${name})
    elseif(library STREQUAL "cython")
      bench_cython_module(${name} cython.pyx)
    elseif(library STREQUAL "boost_python")
      if(TARGET Boost::${BENCH_BOOST_COMPONENT})
        bench_boost_python_module(${name} boost_python.cpp)
      endif()
    elseif(library MATCHES "^pyo3")
      if(INTERLOCK_BENCH_PYO3 AND INTERLOCK_BENCH_CARGO)
        bench_pyo3_module(${name} ${theme})
      endif()
    else()
      message(FATAL_ERROR "interlock: bench_theme(${theme}): what is ${library}?")
    endif()
  endforeach()
  set(BENCH_TARGETS ${BENCH_TARGETS} PARENT_SCOPE)
endfunction()
