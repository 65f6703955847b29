#include "localcloud/ec2/state/instance_types.h"

namespace localcloud {

const std::vector<InstanceType>& InstanceTypes() {
  static const std::vector<InstanceType> types = {
      {"t2.micro", "x86_64", 1, 1024, true, true, true},
      {"t3.micro", "x86_64", 2, 1024, true, true},
      {"t3.small", "x86_64", 2, 2048, true, true},
      {"t3.medium", "x86_64", 2, 4096, true, true},
      {"t3.large", "x86_64", 2, 8192, true, true},
      {"t4g.micro", "arm64", 2, 1024, false, true},
      {"t4g.medium", "arm64", 2, 4096, false, true},
      {"c5.large", "x86_64", 2, 4096, true, true},
      {"c5.xlarge", "x86_64", 4, 8192, true, true},
      {"m5.large", "x86_64", 2, 8192, true, true},
      {"m6i.large", "x86_64", 2, 8192, true, true},
      {"m6g.large", "arm64", 2, 8192, false, true},
      {"m7i.large", "x86_64", 2, 8192, true, true},
      {"m7i.xlarge", "x86_64", 4, 16384, true, true},
      {"m7g.large", "arm64", 2, 8192, false, true},
      {"c7i.large", "x86_64", 2, 4096, true, true},
      {"c7g.large", "arm64", 2, 4096, false, true},
      {"r7i.large", "x86_64", 2, 16384, true, true},
  };
  return types;
}

const InstanceType* FindInstanceType(std::string_view name) {
  for (const InstanceType& type : InstanceTypes()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

}  // namespace localcloud
