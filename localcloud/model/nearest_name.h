// Suggests the name that a misspelt one may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localcloud {

// Returns the entry of `names` that is most similar to `name`, ignoring case. Requires: `names` is
// not empty.
const std::string& NearestName(const std::vector<std::string>& names, std::string_view name);

}  // namespace localcloud
