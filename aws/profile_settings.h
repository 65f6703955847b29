// What AWS's tools read beside credentials from the environment and from ~/.aws/config.
#pragma once

#include <string>

#include "aws/endpoint.h"

namespace aws {

// In the order of the AWS CLI: AWS_REGION, AWS_DEFAULT_REGION, `region` of the profile AWS_PROFILE
// (default "default") in AWS_CONFIG_FILE (~/.aws/config). Empty: none says. Throws
// Error(kCredentials) with file and line if the file does not parse.
std::string ConfiguredRegion();

// AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, else use_fips_endpoint and
// use_dualstack_endpoint of that profile: "true" or "false". Throws Error(kCredentials) that names
// what has another value, and as above.
EndpointVariant ConfiguredVariant();

}  // namespace aws
