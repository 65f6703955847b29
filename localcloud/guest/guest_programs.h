// Programs of the guest itself, in addition to the host's /usr.
#pragma once

#include <vector>

namespace localcloud {

// Programs that a bake or a benchmark calls on a real Amazon Linux and that the sandbox cannot use
// from the host. They are shell scripts in /usr/local/bin. They really change the guest's tree:
// what is installed and enabled there decides how the guest boots.
struct GuestProgram {
  const char* name;
  const char* script;
};
const std::vector<GuestProgram>& GuestPrograms();

}  // namespace localcloud
