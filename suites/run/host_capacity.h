// Fits a run to the host whose virtual machines it launches.
#pragma once

#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "suites/command/command_line.h"
#include "suites/run/target.h"

namespace suites {

// Does nothing if the target's machines are not virtual machines of this host. Otherwise
//   - leaves in target->machines the instance types that `fixtures` launch;
//   - sets the launches in flight, unless --concurrency is given: as many as have CPU cores of
//     their own. Prints one line if machines share cores nevertheless;
//   - sets the launch timeout for emulated processors, unless --launch_timeout is given.
// Throws UsageError if more machines would be started at a time than this host has room for.
void FitToHost(const CommandLine& line, const std::vector<fixtures::LaunchFixture*>& fixtures,
               Target* target);

}  // namespace suites
