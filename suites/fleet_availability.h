// Which fleets can run on this machine.
#pragma once

#include <string>

#include "fixtures/launch/launch_fixture.h"
#include "suites/command/command_line.h"

namespace suites {

// Returns what `fixture` lacks here, and how to get it; empty if it lacks nothing, or is no fleet.
// A fleet's orchestrator is a real Redis, so without Redis no fleet can run. Some fleets need
// Terraform, one an instance profile.
std::string WhyFleetCannotRun(const fixtures::LaunchFixture& fixture, const CommandLine& line);

}  // namespace suites
