// DryRun=true: the checks of an EC2 call without its effect.
#pragma once

#include "localcloud/ec2/state/region.h"
#include "localcloud/http/query_parameters.h"

namespace localcloud {

// Throws the ApiError of the first named resource that does not exist. EC2 checks this before it
// reports that the call would be allowed. Ignores filters, tags and names.
void RequireNamedResources(const Region& region, const QueryParameters& parameters);

// Throws the answer to a call that would be allowed: ApiError(DryRunOperation), HTTP 412.
[[noreturn]] void ThrowDryRunOperation();

}  // namespace localcloud
