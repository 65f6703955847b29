// Creates the trees of public images.
#pragma once

#include <string>

namespace localcloud {

// Creates the base image "al2023" below `directory`. An image is one directory tree; each instance
// gets a copy (tree_copy.h). The tree has what guest commands need: /etc, /home/ec2-user, /var, and
// marker files for installed packages (cloud-init, ssm-agent, ...). Programs come from the host's
// /usr, which the sandbox mounts read-only. Slow, so call it outside the event loop; any thread
// may. Throws std::runtime_error.
void CreateBaseImage(const std::string& directory);
// Creates the same tree with Docker installed: the image that ECS publishes.
void CreateDockerImage(const std::string& directory);
// The suffix that this tree's directory has after the base image's name.
inline constexpr char kDockerTree[] = "-docker";

}  // namespace localcloud
