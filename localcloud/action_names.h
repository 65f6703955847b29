// The names of all calls the local cloud answers, of all its services.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

// Sorted; each name once, also where two services have it.
const std::vector<std::string>& ActionNames();

}  // namespace localcloud
