// EC2 Instance Connect: pushes a key that a machine accepts for a minute.
#pragma once

#include <string>
#include <vector>

#include "localcloud/ec2/state/region.h"
#include "localcloud/http/json_service.h"

namespace localcloud {

class InstanceConnect : public JsonService {
 public:
  explicit InstanceConnect(FindRegion find_region);

  static std::vector<std::string> OperationNames();
};

}  // namespace localcloud
