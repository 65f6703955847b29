// Random identifiers.
#pragma once

#include <string>

namespace localcloud {

// A random (version 4) UUID, in lower case.
std::string NewUuid();

}  // namespace localcloud
