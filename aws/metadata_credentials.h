// Credentials from the metadata services of containers and instances.
#pragma once

#include <optional>

#include "aws/credentials.h"

namespace aws {

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (at ECS's 169.254.170.2) or _FULL_URI, with the token in
// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN. Nothing: neither is
// set. A full URI must be https, or at loopback or at ECS's or EKS's own addresses: elsewhere a
// token, and keys, would go over a network in the clear. Throws Error(kCredentials).
std::optional<Credentials> FromContainer();

// The role of the EC2 instance that this runs on, by IMDSv2, at AWS_EC2_METADATA_SERVICE_ENDPOINT
// (http://169.254.169.254). Nothing: AWS_EC2_METADATA_DISABLED is true, nobody answers within a
// second, or the instance has no role. Throws Error(kCredentials).
std::optional<Credentials> FromInstance();

}  // namespace aws
