// The public SSM parameters that name Amazon's latest images.
#pragma once

#include <optional>
#include <string>

namespace localcloud {

// Returns the image id that the parameter `name` has in `region`; nothing if there is no such
// parameter. Known: Amazon Linux 2023, and ECS's variant of it with Docker.
std::optional<std::string> FindPublicParameter(const std::string& region, const std::string& name);

}  // namespace localcloud
