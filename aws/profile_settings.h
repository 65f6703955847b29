// Settings other than credentials that AWS's tools read from the environment and ~/.aws/config.
#pragma once

#include <string>

#include "aws/endpoint.h"

namespace aws {

// Returns the region. Looks in the order of the AWS CLI: AWS_REGION, AWS_DEFAULT_REGION, `region`
// of the profile AWS_PROFILE (default "default") in AWS_CONFIG_FILE (~/.aws/config). Returns "" if
// none is set. Throws Error(kCredentials) with file and line if the file does not parse.
std::string ConfiguredRegion();

// Reads AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, else use_fips_endpoint and
// use_dualstack_endpoint of the same profile. Throws Error(kCredentials) if a value is neither
// "true" nor "false", naming the setting, or if the file does not parse.
EndpointVariant ConfiguredVariant();

}  // namespace aws
