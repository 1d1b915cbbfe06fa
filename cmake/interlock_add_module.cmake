# interlock_add_module(<name> [STABLE_ABI] [PRECOMPILE] [NO_LTO] [NO_STRIP] [CORE <core>] <source>...)
#
# Makes an extension module that Python imports as <name>. That has to be the first argument of an INTERLOCK_MODULE in the
# sources; where the linker can tell, "PyInit_<name>" not being defined is an error.
#
#   STABLE_ABI  one binary for CPython 3.12 and all later versions with the GIL: <name>.abi3.so. See docs/stable_abi.md
#               for what is slower there, and what is missing. A Python that is older or free-threaded has no such ABI:
#               then the module is made for this version of Python alone, and CMake says so.
#   PRECOMPILE  <interlock/interlock.hpp> is compiled once for all modules that say so and are compiled alike, and each of their
#               files sees it, whether it includes it or not. What changes how code is compiled (a language standard, an option of
#               the target's own beyond -D and -W) then has to be set for the folder, before the module is added.
#   NO_LTO      no link-time optimization, which Release builds otherwise have where the compiler has it
#   NO_STRIP    symbols stay in Release and MinSizeRel
#   CORE        a core made by interlock_core_variant, in the place of interlock_core

include_guard(GLOBAL)

# Asked once, and only by a project that makes a module: the check compiles and links a small
# project.
function(_interlock_has_lto out)
  if(NOT DEFINED INTERLOCK_HAS_LTO)
    include(CheckIPOSupported)
    # Whether it works depends on the linker, and the check sees the compiler's flags alone.
    get_directory_property(options LINK_OPTIONS)
    list(FILTER options INCLUDE REGEX "^-fuse-ld=")
    list(JOIN options " " options)
    string(APPEND CMAKE_CXX_FLAGS " ${options}")
    check_ipo_supported(RESULT has LANGUAGES CXX)
    set(INTERLOCK_HAS_LTO "${has}" CACHE INTERNAL "")
  endif()
  set(${out} "${INTERLOCK_HAS_LTO}" PARENT_SCOPE)
endfunction()

# Whether the linker can be told which symbol there has to be. Those of macOS and Windows cannot, nor can gold.
function(_interlock_linker_requires out)
  if(NOT DEFINED INTERLOCK_LINKER_REQUIRES)
    include(CheckLinkerFlag)
    check_linker_flag(CXX "LINKER:--require-defined=main" INTERLOCK_LINKER_REQUIRES)
  endif()
  set(${out} "${INTERLOCK_LINKER_REQUIRES}" PARENT_SCOPE)
endfunction()

# The core for the stable ABI, made by the first module that asks for it.
function(_interlock_stable_core)
  if(TARGET interlock_core_stable)
    return()
  endif()
  interlock_core_variant(
    interlock_core_stable
    DEFINITIONS ${INTERLOCK_CORE_DEFINITIONS} Py_LIMITED_API=0x030C0000
  )
  if(WIN32)
    # The library that stands before those of all versions; Python::Module links to one of them.
    find_library(
      INTERLOCK_STABLE_LIBRARY
      NAMES python3
      HINTS ${INTERLOCK_PYTHON_LIBRARY_DIRS}
      REQUIRED
    )
    mark_as_advanced(INTERLOCK_STABLE_LIBRARY)
    set_target_properties(
      interlock_core_stable_module
      PROPERTIES INTERFACE_LINK_LIBRARIES "interlock_core_stable;${INTERLOCK_STABLE_LIBRARY}"
    )
  endif()
endfunction()

# The headers once, for all modules of that core which are compiled with the same options.
function(_interlock_precompile name core)
  get_directory_property(options COMPILE_OPTIONS)
  get_directory_property(definitions COMPILE_DEFINITIONS)
  get_target_property(lto ${name} INTERPROCEDURAL_OPTIMIZATION_RELEASE)
  get_directory_property(folders INCLUDE_DIRECTORIES)
  set(all "${core};${lto};${options};${definitions};${folders}")
  foreach(
    setting
    IN
    ITEMS FLAGS FLAGS_DEBUG FLAGS_RELEASE FLAGS_RELWITHDEBINFO FLAGS_MINSIZEREL STANDARD EXTENSIONS
  )
    string(APPEND all ";${CMAKE_CXX_${setting}}")
  endforeach()
  foreach(
    setting
    IN
    ITEMS INTERPROCEDURAL_OPTIMIZATION MSVC_RUNTIME_LIBRARY MSVC_DEBUG_INFORMATION_FORMAT
  )
    string(APPEND all ";${CMAKE_${setting}}")
  endforeach()
  string(MD5 key "${all}")
  string(SUBSTRING "${key}" 0 8 key)
  set(owner interlock_headers_${key})
  if(NOT TARGET ${owner})
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${owner}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "\n")
    add_library(${owner} OBJECT EXCLUDE_FROM_ALL "${source}")
    target_link_libraries(${owner} PRIVATE ${core}_module)
    set_target_properties(
      ${owner}
      PROPERTIES
        POSITION_INDEPENDENT_CODE ON
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
    )
    if(lto)
      set_target_properties(${owner} PROPERTIES INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
    endif()
    target_precompile_headers(${owner} PRIVATE <interlock/interlock.hpp>)
  endif()
  # The macro that CMake defines in a shared library's sources would be one that the headers were not read with.
  set_target_properties(${name} PROPERTIES DEFINE_SYMBOL "")
  target_precompile_headers(${name} REUSE_FROM ${owner})
endfunction()

function(interlock_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "STABLE_ABI;PRECOMPILE;NO_LTO;NO_STRIP" "CORE" "")
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "interlock_add_module(${name}): no sources are given")
  endif()
  if(arg_STABLE_ABI AND arg_CORE)
    message(
      FATAL_ERROR
      "interlock_add_module(${name}): STABLE_ABI brings a core of its own; CORE cannot be given too"
    )
  endif()

  set(core interlock_core)
  if(arg_CORE)
    set(core "${arg_CORE}")
  endif()
  set(suffix "${INTERLOCK_PYTHON_EXT_SUFFIX}")
  if(arg_STABLE_ABI)
    set(why)
    if(INTERLOCK_PYTHON_FREE_THREADED)
      set(why "a free-threaded Python has no stable ABI that interlock can be built for")
    elseif(INTERLOCK_PYTHON_VERSION VERSION_LESS 3.12)
      set(why "the stable ABI that interlock needs begins with Python 3.12")
    endif()
    if(why)
      message(
        STATUS
        "interlock: STABLE_ABI: ${name} is made for Python ${INTERLOCK_PYTHON_VERSION} alone: ${why}"
      )
    else()
      _interlock_stable_core()
      set(core interlock_core_stable)
      # Windows has no mark for it: what ends in .pyd alone is for all versions.
      set(suffix ".abi3.so")
      if(WIN32)
        set(suffix ".pyd")
      elseif(CYGWIN)
        set(suffix ".abi3.dll")
      endif()
    endif()
  endif()

  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${core}_module)
  set_target_properties(
    ${name}
    PROPERTIES
      PREFIX ""
      SUFFIX "${suffix}"
      # CPython ends the names of debug builds' modules by EXT_SUFFIX or not at all; CMake must not
      # add a "d".
      DEBUG_POSTFIX ""
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON
  )

  # A module whose source calls it otherwise could not be imported. Said when it is linked, not when somebody tries.
  if(LINUX)
    _interlock_linker_requires(can_require)
    if(can_require)
      target_link_options(
        ${name}
        PRIVATE "LINKER:--require-defined=PyInit_$<TARGET_FILE_BASE_NAME:${name}>"
      )
    endif()
  endif()

  if(NOT arg_NO_LTO)
    _interlock_has_lto(has_lto)
    if(has_lto)
      set_target_properties(${name} PROPERTIES INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
    endif()
  endif()
  if(arg_PRECOMPILE)
    _interlock_precompile(${name} ${core})
  endif()
  set(small "$<CONFIG:Release,MinSizeRel>")
  if(APPLE)
    target_link_options(${name} PRIVATE $<${small}:LINKER:-dead_strip>)
    if(NOT arg_NO_STRIP)
      target_link_options(${name} PRIVATE $<${small}:LINKER:-x>)
    endif()
  elseif(NOT MSVC)
    target_link_options(${name} PRIVATE $<${small}:LINKER:--gc-sections>)
    if(NOT arg_NO_STRIP)
      target_link_options(${name} PRIVATE $<${small}:LINKER:-s>)
    endif()
  endif()
endfunction()
