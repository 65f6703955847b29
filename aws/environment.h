// Reads the environment's variables. Internal to aws/.
#pragma once

#include <string>

namespace aws {

// Returns "" for a variable that is not set: AWS's tools take both as absent.
std::string EnvironmentVariable(const char* name);

}  // namespace aws
