#include "aws/environment.h"

#include <cstdlib>

namespace aws {

std::string EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace aws
