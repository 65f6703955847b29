// Which name a misspelt one may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localcloud {

// The one of `names` that differs least from `name`, whatever the case. Requires: names not empty.
const std::string& NearestName(const std::vector<std::string>& names, std::string_view name);

}  // namespace localcloud
