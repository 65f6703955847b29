// ./launch_bench --cleanup: removes what earlier runs left behind.
#pragma once

#include "suites/command/command_line.h"
#include "suites/run/interrupt.h"

namespace suites {

// Without a value: runs that have surely ended, or have expired and may have. --cleanup=all:
// lists everything of the tool in account and regions, kept images too, and removes it given
// --yes=<account id>, because other people's running benchmarks share accounts. Says what it
// removed, and what it could not. Returns the exit status: 0 all of it gone, 1 something is left, 2
// not asked for properly. Throws UsageError, aws::Error or std::runtime_error where the cloud
// cannot be spoken to.
// Where `interrupt` comes the process ends at once: whatever is left is found again.
int RunCleanup(const CommandLine& line, Interrupt* interrupt);

}  // namespace suites
