// Which fleets can run on this machine.
#pragma once

#include <string>

#include "fixtures/launch/launch_fixture.h"
#include "suites/command/command_line.h"

namespace suites {

// Returns what `fixture` lacks on this machine, and how to get it. Returns an empty text if nothing
// is missing, or if `fixture` is not a fleet. Every fleet requires Redis, which is its
// orchestrator. Some fleets require Terraform, and one requires an instance profile.
std::string WhyFleetCannotRun(const fixtures::LaunchFixture& fixture, const CommandLine& line);

}  // namespace suites
