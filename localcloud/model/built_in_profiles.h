// The profiles of profiles/*.json, compiled in, so that localcloud does not depend on files.
#pragma once

#include <map>
#include <string>

namespace localcloud {

// Returns a map from names (the file's name without .json) to JSON texts. CMakeLists.txt generates
// the definition.
const std::map<std::string, std::string>& BuiltInProfiles();

}  // namespace localcloud
