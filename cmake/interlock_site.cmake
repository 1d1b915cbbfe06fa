# The target site: the documentation, in <build>/site/html. What builds it: tools/site/build.py.

include("${CMAKE_CURRENT_LIST_DIR}/interlock_venv.cmake")
interlock_make_venv(
  "${PROJECT_SOURCE_DIR}/tools/site/requirements.txt"
  FOLDER site/venv
  RESULT INTERLOCK_SITE_PYTHON
)
add_custom_target(
  site
  COMMAND
    "${INTERLOCK_SITE_PYTHON}" -B "${PROJECT_SOURCE_DIR}/tools/site/build.py"
    "${PROJECT_BINARY_DIR}/site"
  USES_TERMINAL
  VERBATIM
)
