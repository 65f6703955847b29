// Messages of the local cloud to its user.
#pragma once

#include <cstdio>
#include <string>

#include "localcloud/loop/printable.h"

namespace localcloud {

// Prints one line on standard error.
inline void Say(const std::string& message) {
  std::fprintf(stderr, "localcloud: %s\n", Printable(message).c_str());
}

}  // namespace localcloud
