// Random identifiers.
#pragma once

#include <string>

namespace localcloud {

// Returns a random (version 4) UUID in lower case.
std::string NewUuid();

}  // namespace localcloud
