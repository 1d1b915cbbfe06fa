# Looks for the end of a catch clause in an object file: HANDLER is with or without. (Its beginning is also where Clang
# terminates a noexcept function.)
execute_process(
  COMMAND "${NM}" --undefined-only ${OBJECTS}
  OUTPUT_VARIABLE symbols
  COMMAND_ERROR_IS_FATAL ANY
)
if(symbols MATCHES "cxa_end_catch")
  set(found with)
else()
  set(found without)
endif()
if(NOT found STREQUAL HANDLER)
  message(
    FATAL_ERROR
    "expected the object file ${HANDLER} a handler, found it ${found}:\n${symbols}"
  )
endif()
