// Programs that guests have of their own, beside the host's /usr.
#pragma once

#include <vector>

namespace localcloud {

// What a bake or a benchmark calls on a real Amazon Linux and the sandbox cannot borrow from the
// host: shell scripts that really change the guest's tree (what is installed and enabled there
// decides how it boots), in /usr/local/bin.
struct GuestProgram {
  const char* name;
  const char* script;
};
const std::vector<GuestProgram>& GuestPrograms();

}  // namespace localcloud
