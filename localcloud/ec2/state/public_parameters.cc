#include "localcloud/ec2/state/public_parameters.h"

#include "localcloud/ec2/state/region.h"

namespace localcloud {

std::optional<std::string> FindPublicParameter(const std::string& region, const std::string& name) {
  const std::string latest = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";
  const std::string docker = "/aws/service/ecs/optimized-ami/amazon-linux-2023";
  for (const std::string architecture : {"x86_64", "arm64"}) {
    const std::string of_docker =
        docker + (architecture == "arm64" ? "/arm64" : "") + "/recommended/image_id";
    if (name == latest + architecture) return PublicImageId(region, architecture);
    if (name == of_docker) return DockerImageId(region, architecture);
  }
  return std::nullopt;
}

}  // namespace localcloud
