# A guest brings no tests, no examples and no options of its own into its host's build.
get_property(guest_tests DIRECTORY "${INTERLOCK_FOLDER}" PROPERTY TESTS)
if(guest_tests OR TARGET demo OR EXISTS "${CMAKE_BINARY_DIR}/venv")
  message(
    FATAL_ERROR
    "interlock, added to another project, made tests, a demo or a virtual environment"
  )
endif()
