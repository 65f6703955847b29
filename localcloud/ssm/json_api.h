// The JSON 1.1 operations: EC2 Instance Connect, SSM's public parameters, Service Quotas.
#pragma once

#include <string>

#include "localcloud/ec2/state/region.h"

namespace localcloud {

// `target`: "AmazonSSM.GetParameter", the X-Amz-Target header. Returns the answer's body; throws
// ApiError.
std::string RunJsonAction(Region* region, const std::string& target, const std::string& body,
                          const std::string& request_id);

}  // namespace localcloud
