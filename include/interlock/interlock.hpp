// interlock: Python and C++, with the right to touch the interpreter checked by the compiler.
//
// This header includes the usual parts. Optional ones: interlock/trace.hpp.
#pragma once

#include <interlock/attach/doors.hpp>
#include <interlock/objects/kinds.hpp>
#include <interlock/run/interpreter.hpp>
