// The version of interlock, written here and nowhere else: CMake and the Python package read this file.
// These are macros, not constants, so that code can choose by version with #if.

#pragma once

#define INTERLOCK_VERSION_MAJOR 0
#define INTERLOCK_VERSION_MINOR 1
#define INTERLOCK_VERSION_PATCH 0
