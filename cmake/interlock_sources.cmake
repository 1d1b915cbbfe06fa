# The files of the compiled core, relative to src/. The list is explicit, not a glob, because
# projects that use an installed interlock compile the same list: a file left out by mistake fails
# here first.
set(
  INTERLOCK_SOURCES
  callbacks.cpp
  calls.cpp
  class_lookup.cpp
  class_types.cpp
  classes.cpp
  containers.cpp
  contexts.cpp
  conversions.cpp
  cpp_functions.cpp
  cpp_iterators.cpp
  datetimes.cpp
  dicts.cpp
  drops.cpp
  embedding.cpp
  errors.cpp
  evaluation.cpp
  exports.cpp
  function_records.cpp
  functions.cpp
  instances.cpp
  interpreter_scopes.cpp
  interpreters.cpp
  leaks.cpp
  loading.cpp
  memory.cpp
  modules.cpp
  names.cpp
  numbers.cpp
  objects.cpp
  scopes.cpp
  signatures.cpp
  subinterpreters.cpp
  sync.cpp
  text.cpp
  threads.cpp
  trace.cpp
  translate.cpp
)

# Of these, the ones in which no time is spent.
set(
  INTERLOCK_COLD_SOURCES
  embedding.cpp
  errors.cpp
  function_records.cpp
  leaks.cpp
  loading.cpp
  modules.cpp
  signatures.cpp
  subinterpreters.cpp
  translate.cpp
)
