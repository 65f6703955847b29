// The scripts that build guest images: images/debian and images/small, which are compiled in.
#pragma once

#include <map>
#include <string>

namespace localcloud {

// By image name. Each is a whole script for bash: `bash -c SCRIPT NAME EMPTY_DIRECTORY`; what it
// writes stands in images/common.
const std::map<std::string, std::string>& GuestImageRecipes();

}  // namespace localcloud
