// Finds instance types that the user named and that a region does not offer.
#pragma once

#include <stop_token>
#include <vector>

#include "aws/ec2.h"
#include "fixtures/launch/launch_fixture.h"
#include "fixtures/region/launch_options.h"

namespace suites {

// Asks the region of `ec2` if it offers the types of --instance_types and --fleet_config that
// `matched` launch there. Does not check the default types of the sweep, which no user named, nor
// --instance_type, which is checked when the region is opened. Throws UsageError if a type is not
// offered: one line with the flag and the nearest type that the region offers. Returns if the
// region does not answer, because opening it reports why. Throws aws::Error if `stop` was
// triggered. Creates nothing.
void RefuseTypesNotOffered(aws::Ec2& ec2, const std::vector<fixtures::LaunchFixture*>& matched,
                           const fixtures::LaunchOptions& options, const std::stop_token& stop);

}  // namespace suites
