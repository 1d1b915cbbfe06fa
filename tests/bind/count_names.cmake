# Counts the names that the dynamic linker looks up when the module is imported: MOST at most.
execute_process(
  COMMAND "${NM}" --dynamic --undefined-only "${MODULE}"
  OUTPUT_VARIABLE symbols
  COMMAND_ERROR_IS_FATAL ANY
)
string(STRIP "${symbols}" symbols)
string(REPLACE "\n" ";" symbols "${symbols}")
list(LENGTH symbols count)
message(STATUS "${count} names")
list(JOIN symbols "\n" shown)
if(NOT shown MATCHES "PyModuleDef_Init")
  message(FATAL_ERROR "no module:\n${shown}")
endif()
if(count GREATER MOST)
  message(FATAL_ERROR "${count} names, and ${MOST} were to be the most:\n${shown}")
endif()
# Nor does it load the C++ library.
if(shown MATCHES "_Z|__cxa_[^f]|__gxx")
  message(FATAL_ERROR "names of the C++ library:\n${shown}")
endif()
