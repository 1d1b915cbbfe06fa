# What a project that uses interlock does with it, the same however it came by it.

interlock_add_module(consumer_module "${CMAKE_CURRENT_LIST_DIR}/consumer_module.cpp")
add_test(
  NAME module
  COMMAND
    "${INTERLOCK_PYTHON}" -c "import consumer_module; assert consumer_module.version()[0] == '0'"
)
set_tests_properties(
  module
  PROPERTIES TIMEOUT 60 ENVIRONMENT "PYTHONPATH=$<TARGET_FILE_DIR:consumer_module>"
)

interlock_add_module(consumer_stable STABLE_ABI "${CMAKE_CURRENT_LIST_DIR}/consumer_module.cpp")
target_compile_definitions(consumer_stable PRIVATE MODULE_NAME=consumer_stable)
add_test(
  NAME stable_module
  COMMAND
    "${INTERLOCK_PYTHON}" -c "import consumer_stable; assert consumer_stable.version()[0] == '0'"
)
set_tests_properties(
  stable_module
  PROPERTIES TIMEOUT 60 ENVIRONMENT "PYTHONPATH=$<TARGET_FILE_DIR:consumer_stable>"
)

# The headers are read once for both, and not again: where they could not be used, GCC would say so.
foreach(name IN ITEMS consumer_one consumer_other)
  interlock_add_module(${name} PRECOMPILE "${CMAKE_CURRENT_LIST_DIR}/consumer_module.cpp")
  target_compile_definitions(${name} PRIVATE MODULE_NAME=${name})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE -Werror=invalid-pch)
  endif()
  add_test(
    NAME ${name}
    COMMAND "${INTERLOCK_PYTHON}" -c "import ${name}; assert ${name}.version()[0] == '0'"
  )
  set_tests_properties(
    ${name}
    PROPERTIES TIMEOUT 60 ENVIRONMENT "PYTHONPATH=$<TARGET_FILE_DIR:${name}>"
  )
endforeach()
get_target_property(one consumer_one PRECOMPILE_HEADERS_REUSE_FROM)
get_target_property(other consumer_other PRECOMPILE_HEADERS_REUSE_FROM)
if(NOT one OR NOT one STREQUAL other)
  message(
    FATAL_ERROR
    "two modules that are compiled alike have headers of their own: ${one}, ${other}"
  )
endif()

if(TARGET interlock::embed)
  add_executable(consumer "${CMAKE_CURRENT_LIST_DIR}/consumer.cpp")
  target_link_libraries(consumer PRIVATE interlock::embed)
  add_test(NAME program COMMAND consumer)
  set_tests_properties(program PROPERTIES TIMEOUT 60 PASS_REGULAR_EXPRESSION "^[0-9]+\n$")
endif()
