// The list of the local cloud's services.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "localcloud/cloud.h"
#include "localcloud/http/service.h"

namespace localcloud {

// Creates all services; EC2 is the first. `cloud` must outlive them.
std::vector<std::unique_ptr<Service>> MakeServices(Cloud* cloud);

// Returns the names of all operations of all services, sorted and without duplicates.
const std::vector<std::string>& ActionNames();

}  // namespace localcloud
