// Which services the local cloud has.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "localcloud/cloud.h"
#include "localcloud/http/service.h"

namespace localcloud {

// EC2 is the first. `cloud` outlives them.
std::vector<std::unique_ptr<Service>> MakeServices(Cloud* cloud);

// The names of all operations of all services. Sorted; each name once, also if two services have
// it.
const std::vector<std::string>& ActionNames();

}  // namespace localcloud
