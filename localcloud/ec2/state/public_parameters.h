// The public SSM parameters that name Amazon's latest images.
#pragma once

#include <optional>
#include <string>

namespace localcloud {

// Returns the image id in the parameter `name` of `region`, or nothing if there is no such
// parameter. There are parameters for Amazon Linux 2023 and for its ECS variant with Docker.
std::optional<std::string> FindPublicParameter(const std::string& region, const std::string& name);

}  // namespace localcloud
