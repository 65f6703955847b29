// The scripts that build guests' images, compiled in.
#pragma once

#include <map>
#include <string>

namespace localcloud {

// By file name. Each sources the file "common" of its directory (images/common says what it makes).
const std::map<std::string, std::string>& ImageRecipes();

}  // namespace localcloud
