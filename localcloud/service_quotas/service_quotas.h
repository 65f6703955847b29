// Service Quotas: the number of vCPUs that the account may run.
#pragma once

#include <string>
#include <vector>

#include "localcloud/ec2/state/region.h"
#include "localcloud/http/json_service.h"

namespace localcloud {

class ServiceQuotas : public JsonService {
 public:
  explicit ServiceQuotas(FindRegion find_region);

  static std::vector<std::string> OperationNames();
};

}  // namespace localcloud
