// The names of all calls the local cloud answers, of all its services.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localcloud {

// Sorted; each name once, also where two services have it.
const std::vector<std::string>& ActionNames();
// The one that differs least from `name`, whatever the case: what a misspelt one may have meant.
const std::string& NearestActionName(std::string_view name);

}  // namespace localcloud
