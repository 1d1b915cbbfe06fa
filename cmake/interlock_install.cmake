# Install rules: headers, the core's sources and the CMake files, nothing compiled. Relative paths
# throughout, so that the tree can be moved.

if(INTERLOCK_PACKAGE)
  # Inside of site-packages/interlock, where no system's rules for folders hold.
  set(CMAKE_INSTALL_INCLUDEDIR include)
  set(CMAKE_INSTALL_DATADIR share)
else()
  include(GNUInstallDirs)
endif()
include(CMakePackageConfigHelpers)

set(INTERLOCK_INSTALL_INCLUDE "${CMAKE_INSTALL_INCLUDEDIR}")
set(INTERLOCK_INSTALL_SOURCE "${CMAKE_INSTALL_DATADIR}/interlock/src")
set(INTERLOCK_INSTALL_CMAKE "${CMAKE_INSTALL_DATADIR}/interlock/cmake")
# What writes stubs. The pip package is that by itself.
set(INTERLOCK_INSTALL_PYTHON "${CMAKE_INSTALL_DATADIR}/interlock/python")
if(INTERLOCK_PACKAGE)
  set(INTERLOCK_INSTALL_PYTHON ..)
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/interlockConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/interlockConfig.cmake"
  INSTALL_DESTINATION "${INTERLOCK_INSTALL_CMAKE}"
  PATH_VARS INTERLOCK_INSTALL_INCLUDE INTERLOCK_INSTALL_SOURCE INTERLOCK_INSTALL_PYTHON
)
# Before 1.0 a minor release may change the API.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/interlockConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT
)

install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/include/interlock"
  DESTINATION "${INTERLOCK_INSTALL_INCLUDE}"
  FILES_MATCHING
  PATTERN "*.hpp"
  PATTERN "*.h"
)
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/src/"
  DESTINATION "${INTERLOCK_INSTALL_SOURCE}"
  FILES_MATCHING
  PATTERN "*.cpp"
  PATTERN "*.hpp"
  PATTERN "*.h"
)
install(
  FILES
    "${PROJECT_BINARY_DIR}/interlockConfig.cmake"
    "${PROJECT_BINARY_DIR}/interlockConfigVersion.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/interlock_add_module.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/interlock_add_stub.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/interlock_probe.py"
    "${PROJECT_SOURCE_DIR}/cmake/interlock_python.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/interlock_sources.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/interlock_targets.cmake"
  DESTINATION "${INTERLOCK_INSTALL_CMAKE}"
)
if(NOT INTERLOCK_PACKAGE)
  install(
    FILES
      "${PROJECT_SOURCE_DIR}/python/interlock/__init__.py"
      "${PROJECT_SOURCE_DIR}/python/interlock/location.py"
    DESTINATION "${INTERLOCK_INSTALL_PYTHON}/interlock"
  )
  install(
    DIRECTORY "${PROJECT_SOURCE_DIR}/python/interlock/stubs"
    DESTINATION "${INTERLOCK_INSTALL_PYTHON}/interlock"
    FILES_MATCHING
    PATTERN "*.py"
    PATTERN "__pycache__" EXCLUDE
  )
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/interlock")
endif()
