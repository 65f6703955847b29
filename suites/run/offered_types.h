// Instance types that a user names, and that a region does not have.
#pragma once

#include <stop_token>
#include <vector>

#include "aws/ec2.h"
#include "fixtures/launch/launch_fixture.h"
#include "fixtures/region/launch_options.h"

namespace suites {

// Asks `ec2`'s region whether it offers the types that --instance_types and --fleet_config name, as
// far as `matched` launch them there. Not asked for are those that nobody named (the default sweep)
// and --instance_type, which is looked for when the region is opened. Throws UsageError: one line
// with the flag, and the nearest type that the region does offer. If the region does not answer,
// returns: opening it says why. Throws aws::Error if `stop` was triggered. Makes nothing.
void RefuseTypesNotOffered(aws::Ec2& ec2, const std::vector<fixtures::LaunchFixture*>& matched,
                           const fixtures::LaunchOptions& options, const std::stop_token& stop);

}  // namespace suites
