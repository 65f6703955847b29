// Tests if this host can run guests in sandboxes.
#pragma once

#include <string>

namespace localcloud {

// Returns true if bubblewrap can create sandboxes here (it needs user namespaces). Tries it: runs a
// command in a sandbox on `tree`, for example the base image, without changing anything there.
// Takes about 20 ms. On failure sets `why` to one line for the user.
bool SandboxAvailable(const std::string& tree, std::string* why);

}  // namespace localcloud
