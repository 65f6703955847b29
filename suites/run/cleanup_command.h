// ./launch_bench --cleanup: removes what earlier runs left behind.
#pragma once

#include "suites/command/command_line.h"
#include "suites/run/interrupt.h"

namespace suites {

// Without a value, removes what is left of runs that have certainly ended, or whose machines have
// expired. --cleanup=all lists everything that launch_bench created in the account and regions,
// including kept images. It removes that only if --yes=<account id> is given, because running
// benchmarks of other users may share the account. Prints what was removed, and what could not be
// removed. Returns the exit status: 0 if everything was removed, 1 if something is left, 2 if --yes
// is missing or names another account. Throws UsageError, aws::Error or std::runtime_error if the
// cloud cannot be reached. An interrupt ends the process at once; the next --cleanup finds what is
// left.
int RunCleanup(const CommandLine& line, Interrupt* interrupt);

}  // namespace suites
