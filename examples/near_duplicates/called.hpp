// The other direction: Python's own threads, of a ThreadPoolExecutor, call C++ for each file.
#pragma once

#include "modes.hpp"

namespace near_duplicates {

// As run_pass, for the modes called_held and called_released: `report` is filled by the threads of Python that call. An
// exception out of Python is thrown on, when none of them is inside C++ any more; Ctrl-C sets the job's stop flag. The calling
// thread must not be attached.
pass run_called_pass(mode how, unsigned threads, const job& work, concurrent_index& index,
                     const il::owned<il::object>& report);

}  // namespace near_duplicates
