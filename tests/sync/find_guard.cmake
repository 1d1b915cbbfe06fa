# Looks for calls of the guard of function-local statics in object files: GUARD is with or without.
execute_process(
  COMMAND "${NM}" --undefined-only ${OBJECTS}
  OUTPUT_VARIABLE symbols
  COMMAND_ERROR_IS_FATAL ANY
)
if(symbols MATCHES "cxa_guard")
  set(found with)
else()
  set(found without)
endif()
if(NOT found STREQUAL GUARD)
  message(
    FATAL_ERROR
    "expected the object file ${GUARD} calls of a guard, found it ${found}:\n${symbols}"
  )
endif()
