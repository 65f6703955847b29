// Performs one run, from the selected benchmarks to the written files.
#pragma once

#include <vector>

#include "suites/run/interrupt.h"
#include "suites/run/selection.h"

namespace suites {

// Measures one arm, or two arms whose launches alternate. The stages are: choose the files
// (arm_files.h), open the targets (arm_target.h), open the regions (arm_regions.h), measure the
// launches (launch_schedule.h, arm_results.h), close the regions. Each stage is an object that is
// complete after construction, and its destructor undoes the stage. So the run cleans up however it
// ends. Returns the exit status (exit_status.h); kSomeFailed if the local cloud died, after
// printing that. Throws UsageError, aws::Error or std::runtime_error if the set-up fails.
int RunLaunches(std::vector<Selection> selections, Interrupt* interrupt);

}  // namespace suites
