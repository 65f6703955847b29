// Whether guests can have sandboxes on this host.
#pragma once

#include <string>

namespace localcloud {

// Whether bubblewrap can make sandboxes here (it needs user namespaces): runs a command in one on
// `tree`, such as the base image, and changes nothing there. Takes some 20 ms. `why`: one line for
// the user where it cannot.
bool SandboxAvailable(const std::string& tree, std::string* why);

}  // namespace localcloud
