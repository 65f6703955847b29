// The trees of public images.
#pragma once

#include <string>

namespace localcloud {

// Image trees: a directory an image, a copy (tree_copy.h) an instance. Not the event loop's
// business: call from anywhere. Creates the base image "al2023" below `directory`: what a guest
// command needs (/etc, /home/ec2-user, /var, a few marker files that say what is installed:
// cloud-init, ssm-agent, ...). Host programs come from the sandbox's read-only /usr. Throws
// std::runtime_error.
void CreateBaseImage(const std::string& directory);
// The same with Docker installed: the image that ECS publishes.
void CreateDockerImage(const std::string& directory);
// Where that is, after the base image's directory.
inline constexpr char kDockerTree[] = "-docker";

}  // namespace localcloud
