# The files of the compiled core, relative to src/. The list is explicit, not a glob, because
# projects that use an installed interlock compile the same list: a file left out by mistake fails
# here first.
set(
  INTERLOCK_SOURCES
  drops.cpp
  embedding.cpp
  errors.cpp
  interpreters.cpp
  objects.cpp
  scopes.cpp
  sync.cpp
  threads.cpp
  trace.cpp
)
