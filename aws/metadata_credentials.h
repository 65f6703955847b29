// Credentials from the metadata services of containers and instances.
#pragma once

#include <optional>

#include "aws/credentials.h"

namespace aws {

// Asks AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (at ECS's 169.254.170.2) or _FULL_URI, with the token
// in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN. Returns nothing
// if neither URI is set. A full URI must be https, or at loopback, or at an address of ECS or EKS.
// Otherwise token and keys would cross a network unencrypted. Throws Error(kCredentials).
std::optional<Credentials> FromContainer();

// Asks IMDSv2 for the role of the EC2 instance that this program runs on, at
// AWS_EC2_METADATA_SERVICE_ENDPOINT (default http://169.254.169.254). Returns nothing if
// AWS_EC2_METADATA_DISABLED is true, if nobody answers within a second, or if the instance has no
// role. Throws Error(kCredentials).
std::optional<Credentials> FromInstance();

}  // namespace aws
