// DryRun=true: the checks of an EC2 call without the call.
#pragma once

#include "localcloud/ec2/state/region.h"
#include "localcloud/http/query_parameters.h"

namespace localcloud {

// Throws the ApiError of the first resource that a parameter names and that does not exist: EC2
// looks for what a call is about before it says that the call would be allowed. Filters, tags and
// names are not looked at.
void RequireNamedResources(const Region& region, const QueryParameters& parameters);

// The answer to a call that would be allowed: ApiError(DryRunOperation), HTTP 412.
[[noreturn]] void ThrowDryRunOperation();

}  // namespace localcloud
