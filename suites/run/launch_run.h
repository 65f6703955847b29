// One run, from the selected benchmarks to the written files.
#pragma once

#include <vector>

#include "suites/run/interrupt.h"
#include "suites/run/selection.h"

namespace suites {

// Measures one arm, or two whose launches alternate, in stages: files are chosen (arm_files.h),
// targets opened (arm_target.h), regions opened (arm_regions.h), launches measured
// (launch_schedule.h, arm_results.h), regions closed. Each stage is a value that is complete once
// it is constructed, and whose destructor undoes it: the run cleans up after itself on every way
// out. Returns the exit status (exit_status.h); kSomeFailed if the local cloud died, which a line
// has said by then. Throws UsageError, aws::Error or std::runtime_error if the set-up fails.
int RunLaunches(std::vector<Selection> selections, Interrupt* interrupt);

}  // namespace suites
