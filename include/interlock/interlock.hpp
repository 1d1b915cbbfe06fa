// interlock: Python and C++, with the right to touch the interpreter checked by the compiler.
//
// This header includes the usual parts. Optional ones: interlock/trace.hpp.
#pragma once

#include <interlock/attach/doors.hpp>
#include <interlock/bind/buffer_export.hpp>
#include <interlock/bind/class.hpp>
#include <interlock/bind/class_of.hpp>
#include <interlock/bind/enum.hpp>
#include <interlock/bind/exception_class.hpp>
#include <interlock/bind/iteration.hpp>
#include <interlock/bind/map.hpp>
#include <interlock/bind/module.hpp>
#include <interlock/bind/pickle.hpp>
#include <interlock/bind/trampoline.hpp>
#include <interlock/bind/translator.hpp>
#include <interlock/bind/vector.hpp>
#include <interlock/convert/typed.hpp>
#include <interlock/objects/held_handles.hpp>
#include <interlock/objects/kinds.hpp>
#include <interlock/run/interpreter.hpp>
#include <interlock/run/subinterpreter.hpp>
#include <interlock/sync/critical_section.hpp>
#include <interlock/sync/lock.hpp>
#include <interlock/sync/mutex.hpp>
#include <interlock/sync/once.hpp>
